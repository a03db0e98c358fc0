/**
 * What the provider probe can say of the key set.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';

export const keys = {
  'kid-present': {
    level: 'ok',
    title: 'Every key that the samples name is in the provider’s key set',
    why: 'No key that these tokens need was withdrawn.',
  },
  'kid-missing': {
    level: 'critical',
    title: 'Living tokens name a key that the provider does not publish',
    why: 'Every verifier refuses them as soon as its own copy of the key set runs out; until then the same token passes here and fails there.',
    fix: 'Put the public key with that kid back into the key set, unless it was withdrawn because it leaked.',
  },
  'new-kid-missing': {
    level: 'critical',
    title: 'Fresh tokens name a key that the key set does not hold',
    why: 'Either a cache that does not say so gave an old copy, or the provider signs with a key that it has not published. The tokens that name it are refused until a copy with the key arrives.',
    fix: 'Name the origin to tell the two apart: provider.origin in sessdoctor.yaml, or --origin URL. Purge the key set’s path at the edge.',
  },
  'kid-in-old-copy-only': {
    level: 'critical',
    title: 'Living tokens name a key that only an old copy of the key set still holds',
    why: 'The provider has withdrawn it. Verifiers that read the old copy accept the tokens until it is renewed; those that read the new one refuse them now.',
    fix: 'Put the public key with that kid back into the key set before copies run out, unless it was withdrawn because it leaked. Do not purge caches before.',
  },
  'kid-unknown': {
    level: 'info',
    title: 'The key set is too long to be read whole',
    why: 'Keys that tokens name may stand in the part that was not read, so nothing is said of them.',
  },
  'kid-retired': {
    level: 'info',
    title: 'A key of tokens that have expired is gone from the key set',
    why: 'That is how a rotation should end: the tokens had expired first.',
  },
  'kid-missing-in-cached-copy': {
    level: 'critical',
    title: 'Tokens name a key that a cached copy of the key set does not hold',
    why: 'The copy may be outdated, or the key may be gone: only the origin can tell.',
    fix: 'Name the origin: provider.origin in sessdoctor.yaml, or --origin URL.',
  },
  'kid-at-origin-only': {
    level: 'critical',
    title: 'Tokens name a key that the origin publishes and the public copy does not',
    why: 'Verifiers that ask the public URL refuse these tokens until the copy is renewed; tokens signed with older keys pass.',
    fix: 'Purge the key set’s path at the edge, then let verifiers fetch it again one by one.',
  },
  'copies-differ': {
    level: 'warning',
    title: 'The key set is not the same from every side',
    why: 'Which keys a verifier knows depends on the copy that it was given.',
    fix: 'Purge the key set’s path at the edge.',
  },
  'key-unfit': {
    level: 'critical',
    title: 'The key that tokens name is published for something else',
    why: 'Verifiers that pick a key by kid, use and alg together, as jose does, find none that matches. Some look at less: jwks-rsa leaves out keys for encryption, and does not read alg.',
    fix: 'Publish the key with use "sig" and the algorithm that the tokens are signed with.',
  },
  'key-removed': {
    level: 'warning',
    title: 'A key has gone from the key set since the earlier copy',
    why: 'Tokens signed with it fail wherever the new set is known.',
  },
  'key-added': {
    level: 'info',
    title: 'A key is new in the key set since the earlier copy',
    why: 'Tokens signed with it fail wherever the old set is still cached.',
  },
  'key-reused': {
    level: 'critical',
    title: 'A kid has another key behind it than before',
    why: 'Verifiers that hold the old key refuse new tokens with a bad signature, those with the new key refuse old tokens; none of them fetches again, because the kid is known.',
    fix: 'Give the new key a kid of its own.',
  },
  'earlier-copy-unread': {
    level: 'info',
    title: 'The earlier copy of the key set could not be had',
    why: 'So whether keys were withdrawn, added or replaced since is not known from it.',
    fix: 'Give a saved key set or an evidence file instead (provider.before in sessdoctor.yaml).',
  },
  'keys-unchanged': {
    level: 'ok',
    title: 'The key set is the same as in the earlier copy',
    why: 'Nothing was withdrawn, added or replaced between the two.',
  },
  'duplicate-kid': {
    level: 'warning',
    title: 'Two keys share one kid',
    why: 'jose refuses to choose (ERR_JWKS_MULTIPLE_MATCHING_KEYS); jwks-rsa silently takes one.',
    fix: 'Publish each key once, under a kid of its own.',
  },
  'keys-without-kid': {
    level: 'warning',
    title: 'Several keys have no kid',
    why: 'A verifier cannot tell which one to use; jose refuses to choose.',
  },
  'no-keys': {
    level: 'critical',
    title: 'The key set holds no key for signatures',
    why: 'No verifier that fetches it now can accept any token.',
    fix: 'Restore the signing keys; do not restart verifiers that still hold the old set.',
  },
  'key-set-unreadable': {
    level: 'critical',
    title: 'The key set is not one',
    why: 'It is no JSON, or has no list of keys: verifiers fail when they refresh.',
  },
  'private-key-published': {
    level: 'critical',
    title: 'The key set publishes private or symmetric key material',
    why: 'Whoever read it can sign tokens for anybody. This is a security incident of its own.',
    fix: 'Rotate that key now, and end the sessions that were made with it.',
  },
  'cache-window': {
    level: 'info',
    title: 'How long copies of the key set may live',
    why: 'A change of keys reaches each verifier only when its copy runs out.',
  },
  'key-certificate-expired': {
    level: 'warning',
    title: 'The certificate beside a signing key has expired',
    why: 'Most verifiers ignore x5c dates; those that check them refuse every token signed with the key.',
  },
} as const satisfies Record<string, FindingDoc>;
