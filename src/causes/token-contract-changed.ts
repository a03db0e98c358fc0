import { defineCause } from './cause.ts';

export const tokenContractChanged = defineCause({
  id: 'token-contract-changed',
  title: 'Tokens are genuine, but a claim or algorithm is no longer what the verifier expects',
  hop: 'app',
  story:
    'Issuer and verifier no longer agree on iss, aud, alg, typ or the form of kid: a trailing slash moved, an audience was renamed, a library became stricter, the algorithm was switched. The signature is right, yet every token is refused, and as a rule the fresh ones too, so that signing in again does not help.',
  prior: -4,
  signals: {
    'symptoms/pattern-all-refused': 4,
    'symptoms/oldSessions-rejected': 'weak',
    'symptoms/login-works': -2,
    'symptoms/newLogin-sticks': 'against',
    'symptoms/oldSessions-mixed': -2,
    'symptoms/login-private-window-only': 'against',
    'symptoms/onset-healed': 'against',
    'credentials/issuer-unexpected': 'decisive',
    'credentials/audience-unexpected': 'decisive',
    'credentials/algorithm-unexpected': 'decisive',
    'credentials/alg-none': 'strong',
    'credentials/kid-in-payload': 'strong',
    'credentials/issuer-changed': 'strong',
    'credentials/audience-changed': 'strong',
    'credentials/algorithm-changed': 'strong',
    'credentials/type-changed': 'weak',
    'credentials/kid-missing': 'weak',
    'credentials/jwks-duplicate-kid': 'weak',
    'credentials/claims-accepted': 'against',
    'credentials/contract-unchanged': 'against',
  },
  doNow: [
    'Find WHICH claim is refused (compare bytes: iss, aud, alg, typ) before changing anything.',
    'Make the verifier accept both the old and the new value, for that one claim, with an end date.',
    'If a library upgrade did it, go back to the earlier version through the pipeline.',
    'Tell users: “Sign-in is being repaired, please wait.” Signing in again does not help yet.',
    'Watch refusals by claim until both old and fresh tokens pass.',
  ],
  doNot: [
    'Do not switch the check of issuer, audience or algorithm off, and never allow “none”.',
    'Do not accept an HMAC algorithm where a public key is configured.',
    'Do not rotate keys: the signatures are fine.',
  ],
  prevent: [
    'Test the verifier against the live discovery document and a real token before each release.',
    'Log which claim failed, with expected and actual value.',
    'Change issuer, audience or algorithm with an accept-list on both sides for one token lifetime.',
  ],
  confirmWith: [
    'Verify a token with an independent library and compare its claims with what is expected: --samples FILE --jwks URL and credentials.expect in sessdoctor.yaml',
    'Compare the issuer in the token, in discovery and in the verifier’s configuration byte by byte: --issuer URL',
    'Diff the lock file of the verifier between the two releases.',
  ],
});
