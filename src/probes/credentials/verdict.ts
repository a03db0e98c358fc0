/**
 * Which key a credential verifies with.
 *
 * @module
 */
import type { Extras, Ingredient, Material, Reading } from '../../formats/format.ts';
import { fits } from '../../formats/jws-signature.ts';
import { currentFirst, type Key } from '../../formats/keys.ts';

export type Verified = 'current' | 'previous' | 'no' | 'no-key';

export interface Verdict {
  readonly verified: Verified;
  /** Name of the key that fitted. */
  readonly key?: string;
  /** How that key's text was read: `utf-8`, `base64` … */
  readonly how?: string;
  /** How the key was derived from it. */
  readonly derivation?: string;
  /** The format that the key proved, where the shape allowed several. */
  readonly format?: string;
  readonly alg?: string;
  readonly digest?: string;
  /** What was not told beside the key, so that its not fitting proves nothing; only with `no-key`. */
  readonly lacks?: Ingredient;
}

/** One key in one reading of it. */
export interface Trial {
  readonly key: Key;
  readonly material: Material;
}

/** Tries every fitting key, current ones first, those of the credential's own kid before others. */
export function verdictOf(reading: Reading, keys: readonly Key[], extras: Extras): Verdict {
  const { verify } = reading;
  if (!verify) return { verified: 'no-key' };
  const trials = trialsOf(reading, keys);
  for (const { key, material } of trials) {
    const match = verify(material, extras);
    if (match) return { verified: key.generation, key: key.name, how: material.how, ...match };
  }
  if (trials.length === 0) return { verified: 'no-key' };
  return reading.takes && extras.salts.length === 0
    ? { verified: 'no-key', lacks: reading.takes }
    : { verified: 'no' };
}

/** The trials that `verdictOf` makes, in its order: a JWS's depend on nothing but its alg and kid. */
export function trialsOf(reading: Reading, keys: readonly Key[]): readonly Trial[] {
  return ordered(reading, keys).flatMap((key) =>
    key.materials.filter((material) => couldFit(reading, material)).map((material) => ({ key, material })),
  );
}

function ordered(reading: Reading, keys: readonly Key[]): readonly Key[] {
  const sorted = currentFirst(keys);
  if (reading.kid === undefined) return sorted;
  const own = (key: Key) => key.materials.some((material) => material.kid === reading.kid);
  return [...sorted.filter(own), ...sorted.filter((key) => !own(key))];
}

/** A key pair's half is no shared secret, nor the other way round. */
function couldFit(reading: Reading, material: Material): boolean {
  const alg = reading.alg ?? '';
  // Public keys of PASETO come as raw bytes too.
  if (reading.format.endsWith('.public')) return true;
  if (reading.format !== 'jws')
    return takesKeyPair(reading) ? material.object !== undefined : isShared(material);
  if (alg.startsWith('HS')) return isShared(material);
  // A key that is published for another alg is no key for this token; that is no wrong signature.
  const own = material.alg === undefined || material.alg === alg || alg === 'EdDSA' || alg === 'Ed25519';
  return own && material.object !== undefined && fits(alg, material.object);
}

function isShared(material: Material): boolean {
  return material.object === undefined && material.bytes.length > 0;
}

function takesKeyPair({ format, alg }: Reading): boolean {
  return format === 'jwe' && /^(?:RSA|ECDH)/.test(alg ?? '');
}

/** Runs the slow derivations that a reading asks for, before `verdictOf`. */
export async function prepare(reading: Reading, keys: readonly Key[], extras: Extras): Promise<void> {
  if (!reading.prepare) return;
  for (const key of keys) for (const material of key.materials) await reading.prepare(material, extras);
}
