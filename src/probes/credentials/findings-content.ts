/**
 * What the credentials probe can say of times, claims and forms, which show without a key.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';

/** The words, keyed by slug. */
export const contentFindings = {
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
  'lifetime-of-decades': {
    level: 'info',
    title: 'Tokens live longer than ten years',
    why: 'That logs nobody out. It is a long-lived key, or a lifetime in the wrong unit.',
    weakness: true,
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
  'claims-mixed': {
    level: 'warning',
    title: 'Some tokens are what verifiers expect, others are not',
    why: 'ID tokens and tokens of another service look so; so does one client or instance that has another setting.',
    fix: 'look at what the others are; if the app gets them, give it tokens that are made out to it',
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
  'key-id-in-ring': {
    level: 'ok',
    title: 'The key ring holds the keys that the cookies name',
    why: 'The ring was not lost: an instance that reads it finds the key.',
  },
  'key-id-revoked': {
    level: 'critical',
    title: 'Cookies carry the id of a key that the ring revokes',
    why: 'Somebody revoked it, by hand or by code: what it sealed is refused from then on.',
    fix: 'ask who revoked the key, and why, before anything is undone',
  },
  'key-ring-without-live-key': {
    level: 'warning',
    title: 'The key ring holds no key that is active now',
    why: 'Data Protection then makes a new key at once; where the ring cannot be written, each instance makes its own in memory.',
    fix: 'let the app write its ring, and share it between all instances',
    weakness: true,
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
