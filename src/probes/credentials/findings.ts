/**
 * Everything the credentials probe can say.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';

/** The words, keyed by slug. A slug never changes its meaning. */
export const findings = {
  'samples-unreachable': {
    level: 'warning',
    title: 'A URL that samples were to come from could not be read',
    why: 'Without samples the credentials that stopped working cannot be looked at.',
    blind: true,
  },
  'samples-cut-short': {
    level: 'info',
    title: 'Not all samples were read before the deadline',
    why: 'What was read stands; a longer --timeout reads the rest.',
  },
  'jwks-unreachable': {
    level: 'warning',
    title: 'The key set could not be fetched',
    why: 'A verifier that cannot fetch its keys refuses every token; from here it could not be fetched either.',
    blind: true,
  },
  'jwks-unusable': {
    level: 'critical',
    title: 'The key set’s URL answers, but not with a key set',
    why: 'Verifiers that refresh now get no keys and refuse every token.',
    fix: 'serve the JWKS document at that URL again, and check what answers in front of it',
    blind: true,
  },
  'jwks-empty': {
    level: 'critical',
    title: 'The key set holds no signing key',
    why: 'No token can be verified with it.',
    fix: 'publish the public key that signs',
  },
  'jwks-duplicate-kid': {
    level: 'warning',
    title: 'Two keys of the key set share one kid',
    why: 'Strict verifiers refuse every token of that kid; others take either key.',
    fix: 'give each key its own kid',
  },
  'no-key': {
    level: 'info',
    title: 'Signatures were not checked: no fitting key was given',
    why: 'Only a key can tell a rotated secret from a changed contract.',
    fix: 'give --jwks, --secret NAME=REF or --previous-secret NAME=REF',
  },
  'verifies-current': {
    level: 'ok',
    title: 'Credentials from before verify with a current key',
    why: 'The key was not rotated away from under them.',
  },
  'verifies-previous-only': {
    level: 'critical',
    title: 'Credentials from before verify only with a previous secret',
    why: 'The secret was rotated and the app no longer accepts what the old one signed.',
    fix: 'add the previous secret back as verify-only (fallback, rotation or previous-keys list)',
  },
  'key-replaced': {
    level: 'critical',
    title: 'New credentials verify with the current key, old ones with none that was given',
    why: 'The key, or how it is derived, changed between them.',
    fix: 'find the key of the previous deploy and accept it beside the current one',
  },
  resealed: {
    level: 'critical',
    title: 'The same content carries another signature after the incident',
    why: 'For a deterministic signature this proves, without any key, that key, salt or digest changed.',
    fix: 'compare secret, salt and digest settings of the two deploys',
  },
  'verifies-nothing': {
    level: 'warning',
    title: 'Credentials verify with none of the keys that were given',
    why: 'Either the key was replaced, or the given keys are not the app’s.',
    fix: 'give the secret of the previous deploy with --previous-secret',
  },
  'every-signature-fails': {
    level: 'critical',
    title: 'Not one credential from before verifies with a key that was given',
    why: 'If these are the keys that the app uses now, the key was replaced and everything signed before is refused. If they are not, nothing was learnt.',
    fix: 'give the secret of the previous deploy with --previous-secret: if that one verifies them, the rotation is proved',
  },
  'signature-bad-right-kid': {
    level: 'critical',
    title: 'The provider’s key under this kid was replaced, or another issuer uses the kid',
    why: 'The key set lists the kid that the tokens name, and the signature does not fit its key. Verifiers find a key, so they do not fetch again: they refuse the token.',
    fix: 'this is the provider’s signing key, not a secret of the app: have the provider publish the earlier public key again, and the new one beside it under a kid of its own',
  },
  'kid-not-in-jwks': {
    level: 'critical',
    title: 'Tokens name a key that the key set no longer lists',
    why: 'Every verifier that refreshes its keys refuses these tokens.',
    fix: 'put the public key back into the key set until the last token it signed has ended',
  },
  'new-kid-not-in-jwks': {
    level: 'critical',
    title: 'New tokens are signed with a key that the key set does not list yet',
    why: 'Every fresh login is refused until the key is published and fetched.',
    fix: 'publish the key, or sign with the old one until it is',
  },
  'kid-in-jwks': {
    level: 'ok',
    title: 'The key set lists every key that the tokens name',
    why: 'No key was withdrawn.',
  },
  'kid-missing': {
    level: 'warning',
    title: 'Tokens name no key while the key set holds several that fit',
    why: 'Strict verifiers refuse such tokens; others try a key at random.',
    fix: 'write the kid into the header when signing',
  },
  'kid-in-payload': {
    level: 'critical',
    title: 'The key id is in the payload instead of the header',
    why: 'No verifier looks there: with more than one key, tokens are refused.',
    fix: 'pass the kid to the signer’s header option',
  },
  'alg-none': {
    level: 'critical',
    title: 'Tokens are not signed at all (alg none)',
    why: 'Any sound verifier refuses them, and anybody can make one.',
    fix: 'set the algorithm when signing',
  },
  'split-keys': {
    level: 'critical',
    title: 'Credentials issued after the incident are signed with different keys',
    why: 'Instances disagree about the secret: what one issues, another refuses.',
    fix: 'give every instance the same secret and restart the ones that differ',
  },
  'split-unverified': {
    level: 'critical',
    title: 'Of the credentials issued after the incident, some verify and some do not',
    why: 'Some instances sign with a key that is not the given one.',
    fix: 'compare the secret’s fingerprint on every instance',
  },
  'same-key-after': {
    level: 'ok',
    title: 'Credentials issued after the incident all verify with one key',
    why: 'The instances that issued them agree.',
  },
  'newline-in-secret': {
    level: 'critical',
    title: 'Credentials verify with the secret plus a newline',
    why: 'Some instance read the secret from a file with its trailing newline: a different key.',
    fix: 'trim the secret when reading it, on every instance',
  },
  'clock-rejects': {
    level: 'critical',
    title: 'Tokens that are valid by network time are refused by this host’s clock',
    why: 'A verifier with this clock logs people out although their tokens are good.',
    fix: 'step the clock and repair its synchronisation',
  },
  'issued-in-future': {
    level: 'critical',
    title: 'Tokens begin in the future by network time',
    why: 'The issuer’s clock is ahead; verifiers refuse them until that time has come.',
    fix: 'step the issuer’s clock; allow 30 to 60 s of leeway',
  },
  'future-by-unchecked-clock': {
    level: 'warning',
    title: 'Tokens begin in the future by this host’s clock, which nobody checked',
    why: 'The issuer’s clock is ahead, this host’s is behind, or local time was written as UTC. A verifier with this clock refuses them until that time has come.',
    fix: 'ask time servers, which tells whose clock it is: --ntp HOST HOST HOST',
  },
  'time-zone-shift': {
    level: 'critical',
    title: 'Token times are off by whole hours',
    why: 'Local time was written as if it were UTC.',
    fix: 'issue times in seconds since 1970 UTC',
  },
  'lifetime-absurd': {
    level: 'critical',
    title: 'Token lifetimes are impossible',
    why: 'A wrong unit or sign: such tokens are dead on arrival or never end.',
    fix: 'write iat and exp in seconds, exp after iat',
  },
  'lifetime-collapsed': {
    level: 'critical',
    title: 'Tokens live less than a tenth of what they did',
    why: 'Whoever is given a new token is signed out at the new, short age.',
    fix: 'put the lifetime setting back; tokens that were issued short stay short',
  },
  'lifetime-shortened': {
    level: 'warning',
    title: 'Tokens live shorter than before',
    why: 'People are logged out at a younger age.',
    fix: 'compare the lifetime settings of the two deploys',
  },
  'lifetime-changed': {
    level: 'info',
    title: 'Tokens live longer than before',
    why: 'It logs nobody out by itself; it shows that the setting or the arithmetic changed.',
    fix: 'compare the lifetime settings of the two deploys',
  },
  'lifetime-unexpected': {
    level: 'warning',
    title: 'Tokens do not live as long as they should',
    why: 'People are logged out at another age than was configured.',
    fix: 'compare exp − iat with the configured lifetime',
  },
  'lifetimes-sane': {
    level: 'ok',
    title: 'Token lifetimes are sane',
    why: 'No wrong unit, sign or setting shows in them.',
  },
  'no-expiry': {
    level: 'info',
    title: 'Tokens never end',
    why: 'They cannot have run out; they also cannot be got rid of.',
    weakness: true,
  },
  'ended-before': {
    level: 'info',
    title: 'Samples had ended by design before the incident',
    why: 'They say nothing about why others were logged out.',
    fix: 'take samples that should still be valid',
  },
  'alive-at-incident': {
    level: 'ok',
    title: 'Samples from before were still running when it began',
    why: 'They did not end by themselves: something refused or lost them.',
  },
  'issuer-unexpected': {
    level: 'critical',
    title: 'The tokens’ issuer is not the one that verifiers expect',
    why: 'Issuers are compared byte for byte, trailing slash included.',
    fix: 'make both the same, or accept both for one token lifetime',
  },
  'audience-unexpected': {
    level: 'critical',
    title: 'The tokens’ audience is not one that verifiers expect',
    why: 'Verifiers refuse tokens that are not made out to them.',
    fix: 'accept both audiences for one token lifetime',
  },
  'algorithm-unexpected': {
    level: 'critical',
    title: 'Tokens are signed with an algorithm that verifiers do not accept',
    why: 'Verifiers refuse it whatever the key.',
    fix: 'accept both algorithms for one token lifetime',
  },
  'claims-accepted': {
    level: 'ok',
    title: 'Issuer, audience and algorithm are what verifiers expect',
    why: 'The contract between issuer and verifier holds.',
  },
  'issuer-changed': {
    level: 'critical',
    title: 'The issuer changed between before and after',
    why: 'Verifiers that expect one refuse the other.',
    fix: 'accept both issuers for one token lifetime',
  },
  'audience-changed': {
    level: 'critical',
    title: 'The audience changed between before and after',
    why: 'Verifiers that expect one refuse the other.',
    fix: 'accept both audiences for one token lifetime',
  },
  'algorithm-changed': {
    level: 'critical',
    title: 'The signing algorithm changed between before and after',
    why: 'Verifiers that accept only the new one refuse every old token.',
    fix: 'accept both algorithms for one token lifetime',
  },
  'type-changed': {
    level: 'warning',
    title: 'The token type (typ) changed between before and after',
    why: 'Verifiers that insist on one refuse the other (RFC 9068: at+jwt).',
    fix: 'accept both types for one token lifetime',
  },
  'contract-unchanged': {
    level: 'ok',
    title: 'Issuer, audience, algorithm and type are the same before and after',
    why: 'The tokens’ contract did not change.',
  },
  'form-changed': {
    level: 'critical',
    title: 'The form of credentials changed between before and after',
    why: 'A reader that knows only the new form refuses every old credential, and a rolling deploy has both kinds of reader.',
    fix: 'accept both forms until the old ones have ended; write the new one only when every reader knows it',
  },
  'form-changed-same-secret': {
    level: 'critical',
    title: 'The same secret signs and seals in another way than before',
    why: 'The secret was not rotated: digest, cipher, serializer or key derivation changed, as framework upgrades do.',
    fix: 'set the old digest, cipher, serializer or derivation as a fallback for reading',
  },
  'form-unchanged': {
    level: 'ok',
    title: 'The form of credentials is the same before and after',
    why: 'No upgrade changed how they are signed, sealed or serialised, as far as that shows.',
  },
  'key-id-not-in-ring': {
    level: 'critical',
    title: 'Cookies carry a key id that the key ring does not hold',
    why: 'The ring was lost or made anew at a start or deploy; nothing it sealed before can be read.',
    fix: 'restore the old key beside the new one, and keep the ring outside the instance',
  },
  'key-id-changed': {
    level: 'warning',
    title: 'Credentials carry another key id than before',
    why: 'Old ones are readable only while the old key is still in the ring.',
    fix: 'check that the ring of every instance still holds the old key id',
  },
  'cookie-oversize': {
    level: 'critical',
    title: 'Cookies are larger than browsers accept',
    why: 'The browser drops the cookie without a word, and the login is lost.',
    fix: 'keep the session on the server, or cut what is stored in the cookie',
  },
  'cookie-large': {
    level: 'info',
    title: 'Cookies come near the size that browsers accept',
    why: 'One more claim or group and the browser drops them.',
    weakness: true,
  },
  'chunk-missing': {
    level: 'warning',
    title: 'Chunked cookies lack a chunk',
    why: 'Without every chunk the credential cannot be read: the user is logged out.',
    fix: 'clear all chunks when writing fewer, and keep the sum under the header limit',
  },
  'cut-at-round-time': {
    level: 'warning',
    title: 'Refused and accepted credentials part exactly at a full hour, under one key',
    why: 'People revoke at round times; faults seldom keep to them.',
  },
  'sharp-cut': {
    level: 'info',
    title: 'A sharp cut in issue times separates the keys',
    why: 'Everything issued before it carries another key than everything after: a switch at that time.',
  },
} as const satisfies Readonly<Record<string, FindingDoc>>;

export type Slug = keyof typeof findings;
