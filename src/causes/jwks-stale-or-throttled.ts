import { defineCause } from './cause.ts';

export const jwksStaleOrThrottled = defineCause({
  id: 'jwks-stale-or-throttled',
  title: 'Verifiers see an outdated JWKS, or are throttled when they refresh it',
  hop: 'provider',
  story:
    'The provider signs with a new key, and an edge cache, a client cache or a rate limit keeps verifiers on the old key set. Tokens from before still verify; every new login is refused. It heals when the cache runs out, which is why it is often gone before anybody has looked.',
  selfHealing: true,
  prior: -4,
  signals: {
    'symptoms/pattern-ended-alone': 4.5,
    'symptoms/pattern-new-refused': 4,
    'symptoms/oldSessions-accepted': 'weak',
    'symptoms/onset-healed': 'weak',
    'symptoms/oldSessions-rejected': 'against',
    'symptoms/login-works': 'against',
    'symptoms/login-private-window-only': 'against',
    'credentials/new-kid-not-in-jwks': 'strong',
    'credentials/kid-not-in-jwks': 'against',
    'provider/kid-at-origin-only': 12,
    'provider/copies-differ': 4,
    'provider/kid-missing-in-cached-copy': 4,
    'provider/new-kid-missing': 'strong',
    'provider/throttled': 4,
    'provider/limits-bursts': 'weak',
    'provider/key-reused': 'weak',
    'provider/kid-missing': 'against',
    'provider/kid-in-old-copy-only': 'against',
    'provider/keys-unchanged': 'against',
  },
  doNow: [
    'Purge the JWKS path at the edge and compare {the kids|provider/kid-at-origin-only credentials/new-kid-not-in-jwks} there with the origin’s.',
    'Make the verifiers refetch the key set; restart them one at a time only where they cannot refetch.',
    'If the edge or the rate limit cannot be mended quickly, sign with the old key again.',
    'Tell users: “Please do not sign out; sign-in is being repaired.” Those who are in stay in.',
    'Watch the failure rate of newly issued tokens per verifier until it is zero.',
  ],
  doNot: [
    'Do not withdraw the old key to “force” the new one: that would end the old sessions as well.',
    'Do not restart all verifiers at once against a JWKS endpoint that throttles.',
    'Do not ask users to log out and in again: old sessions work, new ones do not.',
  ],
  prevent: [
    'Publish a key at least one JWKS max-age before signing with it.',
    'Verifiers refetch on an unknown kid, with a cool-down, a negative cache and one shared client; on 429 they keep the last good set.',
    'Compare the kids at edge and origin in CI and continuously.',
  ],
  confirmWith: [
    'Compare the kids that edge and origin serve, with Age and Cache-Control: --issuer URL --edge URL --origin URL',
    'Split refused tokens by issue time: only those after the rotation fail (--samples and --samples-after).',
    'Look for 429 from the JWKS endpoint, or from a local limiter, in the verifiers’ logs.',
  ],
});
