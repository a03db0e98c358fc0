import { defineCause } from './cause.ts';

export const cookieIdentityChanged = defineCause({
  id: 'cookie-identity-changed',
  title: 'The session cookie changed its name, Domain or Path, and the old one is still in browsers',
  hop: 'client',
  story:
    'A browser knows a cookie by name, domain, host-only flag and path. A release changed one of them, so the new cookie is stored NEXT TO the old one, and the browser sends both (or, after a rename, the old name only). Apps read the first or the last of two equal names: returning visitors loop at the login, cannot log out, or see state and CSRF errors, while a private window works.',
  prior: -3,
  signals: {
    'cookies/renamed': 'decisive',
    'cookies/duplicate-sent': 'decisive',
    'cookies/login-loop': 'strong',
    'cookies/login-loop-last': 4.5,
    'cookies/path-excluded': 'strong',
    'cookies/old-scope-deleted': 'strong',
    'cookies/scope-coexists': 'weak',
    'cookies/identity-kept': 'refutes',
    'cookies/single-in-request': -2,
    'symptoms/pattern-some-private': 4,
    'symptoms/login-private-window-only': 4,
    'symptoms/pattern-lost-once': 1.5,
    // Who has not tried a private window says that it fails.
    'symptoms/login-fails': 1,
    'symptoms/oldSessions-mixed': -2,
    'symptoms/onset-healed': 'against',
    'symptoms/oldSessions-error': -2,
    'replay/fleet-names': 6,
    'replay/fleet-scopes': 6,
    'replay/fleet-sessionless': 4,
    'edge/cookie-rewritten': 3,
    'edge/edge-picks-duplicate': 2,
  },
  doNow: [
    'Roll FORWARD. After a change of Domain or Path: on every response, also expire {the old cookie|cookies/login-loop cookies/login-loop-last cookies/scope-coexists} in its own scope (same name, the OLD Domain and Path, Max-Age=0), besides setting the new one.',
    'Where two cookies of the name arrive, try each and use the one that validates; or give the new scope a new name.',
    '{After a rename|cookies/renamed}: read the old name too, write the new one when it validates, and expire the old one only then.',
    'Tell users: “If you cannot sign in, use a private window or delete this site’s cookies; we are removing the cause.”',
    'Watch the share of requests that carry the name twice until it is nearly zero.',
  ],
  doNot: [
    'No plain revert: those who came since hold the new cookie, and the revert makes them a second group of victims.',
    'Do not send Clear-Site-Data “to be sure”: it deletes every cookie of the site and behaves differently per browser.',
    'Do not ask all users to clear cookies: those who are signed in would be signed out for nothing.',
  ],
  prevent: [
    'Never change the scope of a cookie without changing its name.',
    'One cookie attribute per release; first ship “expire the old scope”.',
    'Test each release with a browser that already holds the previous release’s cookie.',
  ],
  confirmWith: [
    'Compare the Set-Cookie of both deploys: --before FILE --after FILE (save one with: sessdoctor capture URL -o FILE)',
    'Look at the raw Cookie header of a returning browser: the same name twice proves it.',
    'Ask whether a private window works.',
  ],
});
