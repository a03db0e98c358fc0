import { defineCause } from './cause.ts';

export const secretRotatedNoGrace = defineCause({
  id: 'secret-rotated-no-grace',
  title: 'The signing secret was changed and the old one is no longer accepted',
  hop: 'app',
  story:
    'Cookies or tokens are signed or encrypted with one secret. It was replaced, and nothing still checks with the old one, so every credential issued before that moment fails its signature although its session is alive in the store. Whoever logs in again gets a credential made with the new secret and stays in.',
  prior: -3,
  signals: {
    'symptoms/pattern-lost-once': 3,
    'symptoms/oldSessions-rejected': 'weak',
    'symptoms/oldSessions-accepted': 'against',
    'symptoms/oldSessions-mixed': 'against',
    'symptoms/login-fails': -2,
    'symptoms/login-private-window-only': 'against',
    'symptoms/newLogin-dies': 'against',
    'symptoms/onset-healed': 'against',
    'credentials/verifies-previous-only': 'decisive',
    // What still signs with the old key was not rotated everywhere.
    'credentials/split-keys': 'against',
    'credentials/keys-differ-after': 'against',
    'credentials/key-replaced': 'strong',
    'credentials/resealed': 'strong',
    'credentials/signature-bad-right-kid': 'strong',
    // The given keys may not be the app's: likely at most, and proved only by the previous secret.
    'credentials/every-signature-fails': 4.5,
    'credentials/verifies-nothing': 'weak',
    'credentials/verifies-current': 'refutes',
    'replay/old-accepted': -6,
    'credentials/key-id-changed': 'weak',
    // A rotation keeps its ring; a ring without the key was made anew.
    'credentials/key-id-not-in-ring': -2,
    'replay/all-refused': 1,
  },
  doNow: [
    'First ask security whether the old secret leaked. If it did, stop here: this is a deliberate revocation, announce it.',
    'Add {the old secret|credentials/verifies-previous-only} back for verification only, behind the new one (Rails rotations, Django SECRET_KEY_FALLBACKS, Laravel APP_PREVIOUS_KEYS, an array of secrets in express-session), on every instance.',
    'Keep signing with {the new secret|credentials/verifies-current}: the newest logins depend on it.',
    'Tell users: “You may be asked to sign in once. If you have not been, you need do nothing.”',
    'Watch the share of signature failures until it is back to its usual level on every instance.',
  ],
  doNot: [
    'Do not swap back to the old secret alone: that logs out everybody who signed in since.',
    'Do not take the old secret out again before the longest credential lifetime has passed.',
    'Do not flush the session store to “start clean”: the sessions are intact and usable again once the old secret verifies.',
    'Do not relax MFA to speed up re-login while the cause of the change is unknown.',
  ],
  prevent: [
    'Rotate in two steps: accept the new secret everywhere, then sign with it; keep the old one for at least the longest credential lifetime.',
    'In CI, replay a stored credential of the previous release against the new build.',
    'Expose a fingerprint of the secret (never the secret) in the health check and alert when it changes.',
  ],
  confirmWith: [
    'Verify an old credential with the previous and the current secret: --samples FILE --previous-secret old=file:… --secret new=file:…',
    'Compare issue times: every refused credential is older than one moment, none is younger (--samples and --samples-after).',
    'Ask who changed the secret and when; compare its fingerprint between the two releases.',
  ],
});
