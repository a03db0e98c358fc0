/**
 * Everything the credentials probe can say.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';
import { contentFindings } from './findings-content.ts';

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
  'samples-repeated': {
    level: 'info',
    title: 'Credentials given as issued after the incident are from before',
    why: 'The very same ones came with the samples from before, so they say nothing about who issues now.',
    fix: 'log in anew and take that cookie or token for --samples-after',
  },
  'site-left-out': {
    level: 'info',
    title: 'Cookies of other sites in the recording were left out',
    why: 'What a third party keeps in a browser is no session of this app, and its keys are not the app’s.',
    fix: 'where such a cookie is the app’s own, name it: --cookie NAME',
  },
  'no-credential': {
    level: 'warning',
    title: 'The samples hold no credential',
    why: 'What people keep beside their session (a theme, a language) says nothing of why they were logged out.',
    fix: 'give the session cookie or the token itself: the Cookie: line of a request that was refused, a HAR with sensitive data, or an Authorization: Bearer line',
    blind: true,
  },
  'nothing-to-check': {
    level: 'info',
    title: 'The samples hold ids that only their store can tell more of',
    why: 'A random id carries no signature, issuer or time; whether it is still good, its store knows.',
    fix: 'give the store that keeps them (--redis URL with --key-prefix, or --database URL), or follow one of them: sessdoctor trace',
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
    fix: 'give --jwks, --secret NAME=REF or --previous-secret NAME=REF (of ASP.NET Core: the folder of its key ring: --secret ring=file:FOLDER)',
  },
  'samples-damaged': {
    level: 'info',
    title: 'Credentials did not arrive whole, so their signatures were not checked',
    why: 'What was cut off or masked on its way here fails with any key; that says nothing about the app.',
    fix: 'take samples from where nothing shortens them: the browser’s storage, or a HAR with sensitive data',
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
  'few-verify-previous': {
    level: 'info',
    title: 'A few credentials from before verify only with a previous secret',
    why: 'They are left over from before a rotation; most of those that stopped working verify with the current key.',
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
  'keys-differ-after': {
    level: 'critical',
    title: 'Credentials given as issued after the incident verify under different keys',
    why: 'Instances disagree about the secret, unless some of these are older than they were said to be, or the switch came later than the incident.',
    fix: 'compare the secret’s fingerprint on every instance; take what fresh logins are given now, Set-Cookie lines and all',
  },
  'split-with-previous': {
    level: 'warning',
    title: 'Of the credentials given as issued after the incident, some verify with a previous secret only',
    why: 'Some instances still sign with it, or these are old cookies that browsers still hold: nothing in them tells when they were issued.',
    fix: 'take only what a fresh login was given, and compare the secret’s fingerprint on every instance',
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
  'newline-everywhere': {
    level: 'info',
    title: 'The app’s secret ends in a newline, before and after alike',
    why: 'That is part of its key, and all instances that issued these agree. One that trims it would not.',
  },
  ...contentFindings,
} as const satisfies Readonly<Record<string, FindingDoc>>;

export type Slug = keyof typeof findings;
