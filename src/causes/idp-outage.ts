import { defineCause } from './cause.ts';

export const idpOutage = defineCause({
  id: 'idp-outage',
  title: 'The identity provider is down, slow or answers wrongly',
  hop: 'provider',
  story:
    'Login, refresh or introspection needs the provider, and it refuses, times out or returns errors; 401, 404 and 429 can be an outage too. Sessions that the app can check by itself go on until their tokens run out, then they fall one by one. It ends by itself, often before it is understood.',
  selfHealing: true,
  prior: -3,
  signals: {
    'symptoms/pattern-new-refused': 4,
    'symptoms/login-fails': 'weak',
    'symptoms/onset-healed': 'weak',
    'symptoms/login-works': 'against',
    'symptoms/newLogin-sticks': -2,
    'symptoms/login-private-window-only': 'against',
  },
  doNow: [
    'Extend local sessions and stop forced refreshes: a failed refresh must not end a session while the provider is down.',
    'Keep using the last good JWKS and discovery document.',
    'Check the provider’s status page, and its endpoints from a second network; open a ticket with times and request ids.',
    'Tell users: “Sign-in is disturbed at our provider. Please do NOT sign out; those who are signed in can go on working.”',
    'Watch the success rate of a scripted login; then let retries back in slowly.',
  ],
  doNot: [
    'Do not ask users to log out, clear cookies or reinstall: they could not get back in.',
    'Do not restart verifiers: they lose the cached keys.',
    'Do not bypass the provider or relax MFA to let people in.',
    'Do not change your own client settings before the outage is ruled out.',
  ],
  prevent: [
    'A grace period on failed refresh; last-known-good keys and policies.',
    'Probe every endpoint in use (token, JWKS, userinfo), not only discovery.',
    'A second way in for operators.',
  ],
  confirmWith: [
    'Ask discovery, JWKS and token endpoint, with the time of each phase: --issuer URL',
    'Do the same from a second network.',
    'Log in with another client of the same provider: if that works, look at your own client’s credential instead.',
  ],
});
