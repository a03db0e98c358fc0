/**
 * What a credential format is: how it is recognised, what can be read without a key, how it is verified.
 * Everything here is pure. A reading never leaves the process as it is: it holds the signature.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { Json } from '../model.ts';
import type { Carried } from '../parse/carried.ts';

/** A carried credential after normalising: what formats look at. */
export interface Candidate extends Carried {
  /** Value without quotes, percent-encoding and damage. */
  readonly text: string;
  /** What normalising had to do, e.g. `double-encoded`. */
  readonly repairs: readonly Repair[];
}

/** Damage and dressing that normalising met. `truncated` and `redacted` cannot be mended. */
export type Repair =
  | 'quoted'
  | 'percent-encoded'
  | 'double-encoded'
  | 'plus-became-space'
  | 'wrapped'
  | 'damaged'
  | 'truncated'
  | 'redacted';

/** The claims that matter; never personal ones. Times are seconds since 1970, as they stand in the token. */
export type Claims = {
  readonly iat?: number | undefined;
  readonly exp?: number | undefined;
  readonly nbf?: number | undefined;
  readonly iss?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
  readonly azp?: string | undefined;
  readonly client_id?: string | undefined;
  readonly token_use?: string | undefined;
};

/** What is wrong with one credential, whatever time it is. */
export const problemWords = {
  'alg-none': 'it is not signed at all (alg none)',
  'kid-in-payload': 'the key id stands in the payload, where no verifier looks for it, not in the header',
  'exp-milliseconds': 'exp is in milliseconds; JWT times are seconds',
  'iat-milliseconds': 'iat is in milliseconds; JWT times are seconds',
  'exp-before-iat': 'it ends before or as it begins',
  'lifetime-absurd': 'it lives longer than ten years',
  'lifetime-short': 'it lives for less than a minute',
  'no-expiry': 'it never ends: there is no exp',
  'time-not-a-number': 'a time claim is not a number',
  'payload-not-json': 'its payload is not JSON',
  'key-embedded': 'its header brings its own key or a URL of one (jwk, jku, x5u); that was not followed',
  'critical-header': 'its header demands extensions (crit) that a verifier may not know',
  'iss-not-text': 'its issuer is not text',
  unsigned: 'it is not signed, so anybody can make one',
  truncated: 'it was cut off before it got here, so nothing can be checked: paste it whole',
  redacted: 'it was masked before it got here',
  damaged: 'it holds bytes that no such credential has; they were cut off to read the rest',
  'signature-length':
    'its signature is not as long as its alg makes it: cut off on its way, or encoded in another way',
  'chunk-missing': 'a chunk of it is missing',
  oversize: 'name and value exceed 4096 bytes: browsers refuse it',
  large: 'name and value come near the 4096 bytes that browsers accept',
} as const;
export type Problem = keyof typeof problemWords;

/** What a check takes beside a key. */
export type Ingredient = 'salt' | 'purpose' | 'password hash';

/** How sure the recognition is: a mark no other format has, a shape with readable content, a shape alone. */
export type Sureness = 'marked' | 'readable' | 'shape';

export interface Reading {
  /** The format's id, as `decode` prints it. */
  readonly format: string;
  readonly sure: Sureness;
  readonly signed: boolean;
  readonly encrypted: boolean;
  readonly alg?: string | undefined;
  readonly enc?: string | undefined;
  /** Digest of the MAC or signature: `sha1`, `sha256` … It says nothing about the key derivation. */
  readonly digest?: string | undefined;
  readonly kid?: string | undefined;
  /** JSON, Marshal, pickle … of what is inside, where that shows. */
  readonly serializer?: string | undefined;
  /** What the credential says it is for, e.g. Rails' `cookie.remember_user_token`. */
  readonly purpose?: string | undefined;
  /** The parts of a header that are safe to show. */
  readonly header?: Readonly<Record<string, Json>> | undefined;
  readonly claims?: Claims | undefined;
  /** Seconds since 1970, may have a fraction. */
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  /** Other formats of the very same shape. */
  readonly alternatives?: readonly string[] | undefined;
  readonly problems: readonly Problem[];
  /**
   * What a deterministic signature covers, and the signature. Equal text under unequal signatures proves
   * that the key, salt or derivation changed. Left out for randomised signatures and ciphers.
   */
  readonly sealed?: { readonly text: string | Buffer; readonly mac: string } | undefined;
  /**
   * What the app itself chose and no credential shows, without which a key that does not fit proves
   * nothing: its own salt or purpose, or something of the user's.
   */
  readonly takes?: Ingredient | undefined;
  /** Tries one key. Left out for what did not arrive whole. Never throws. */
  readonly verify?: ((key: Material, extras: Extras) => Match | null) | undefined;
  /** Derivations too slow to run inside `verify`: to be awaited once before it, with every key. */
  readonly prepare?: ((key: Material, extras: Extras) => Promise<void>) | undefined;
}

/** A key that fitted. */
export interface Match {
  /** How the key was derived, in a few words; empty when it was used as it is. */
  readonly derivation: string;
  /** The format that it proves, where the shape alone allowed several. */
  readonly format?: string;
  /** Algorithm and digest that it proves, where nothing shows them without a key. */
  readonly alg?: string;
  readonly digest?: string;
}

/** A key used as it is. */
export const AS_IT_IS: Match = { derivation: '' };

/** Key material in one reading of it. */
export interface Material {
  /** How the secret's text was read: `utf-8`, `base64`, `hex` …, or `public key`. */
  readonly how: string;
  /** The bytes of a shared secret; empty for a public key. */
  readonly bytes: Buffer;
  /** A public (or private, for decryption) key. */
  readonly object?: KeyObject | undefined;
  readonly kid?: string | undefined;
  readonly alg?: string | undefined;
}

/** What some formats need beside a key. */
export interface Extras {
  /** Salts, purposes and the like that the app sets itself, tried after the framework's defaults. */
  readonly salts: readonly string[];
}

export interface Format {
  /** Contract: what `decode` prints. A family that shares one recogniser lists several. */
  readonly ids: readonly string[];
  /** Reads it, or null when it is something else. Linear in the length of the text; never throws. */
  recognise(candidate: Candidate): Reading | null;
}
