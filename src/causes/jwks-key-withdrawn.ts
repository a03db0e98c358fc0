import { defineCause } from './cause.ts';

export const jwksKeyWithdrawn = defineCause({
  id: 'jwks-key-withdrawn',
  title: 'A signing key that tokens still use was taken out of the JWKS',
  hop: 'provider',
  story:
    'Verifiers look up the public key by the kid in the token. The provider removed that key while tokens signed with it are still alive, or while it still signs with it. Each verifier starts to refuse when its cached copy of the key set runs out, so the failure spreads in steps. The provider itself looks healthy and fast.',
  prior: -4,
  signals: {
    'symptoms/pattern-all-refused': 3,
    'symptoms/oldSessions-rejected': 'weak',
    'symptoms/onset-ramp': 'weak',
    'symptoms/oldSessions-accepted': 'against',
    'symptoms/oldSessions-error': -2,
    'symptoms/login-private-window-only': 'against',
    'credentials/kid-not-in-jwks': 'decisive',
    'credentials/jwks-empty': 'decisive',
    'credentials/kid-in-jwks': 'refutes',
    'credentials/signature-bad-right-kid': 'against',
    'replay/old-accepted': -6,
    'provider/kid-missing': 'decisive',
    // It must outweigh the credentials probe, which read the very copy that is old.
    'provider/kid-in-old-copy-only': 15,
    'provider/new-kid-missing': 3,
    'provider/no-keys': 7,
    'provider/kid-missing-in-cached-copy': 4,
    'provider/key-removed': 3,
    'provider/key-reused': 'strong',
    'provider/kid-present': 'refutes',
    'provider/kid-at-origin-only': 'refutes',
    'provider/keys-unchanged': 'against',
    'replay/all-refused': 1,
  },
  doNow: [
    'If the key was withdrawn because it leaked, stop: leave it out and announce a forced sign-in.',
    'Put {the public key|credentials/kid-not-in-jwks provider/kid-missing} back under its kid into the JWKS at the origin, then purge the JWKS path at the edge.',
    'Refresh or restart verifiers only after the key is back and visible to them; a verifier that still has the old set in memory is your only working one.',
    'Tell users: “Sign-in is being repaired, please wait a few minutes.” Do not send them to log in while the provider signs with a key that nobody can look up.',
    'Watch the share of “unknown kid” per verifier until it is zero on all of them.',
  ],
  doNot: [
    'Do not restart verifiers before the key is back: they lose the last good copy.',
    'Do not turn signature checks off, and do not pin a key by hand without an end date.',
    'Do not raise the JWKS cache time now: it would also keep the bad set.',
  ],
  prevent: [
    'Withdraw in two phases: stop signing, wait the longest token lifetime plus the longest cache time, then remove.',
    'Refuse to remove a key while an unexpired token names it; alert when the set of kids shrinks.',
    'Verifiers keep the last good key set when a refresh brings a smaller one.',
  ],
  confirmWith: [
    'Compare the kids of refused tokens with the live set at origin and edge: --samples FILE --jwks URL --issuer URL',
    'Ask whether keys were rotated or removed, and compare with a saved copy of the key set.',
  ],
});
