/**
 * Keys that credentials are tried with: named secrets in every reading that libraries give them, and the
 * public keys of a JWK Set.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, KeyObject, X509Certificate } from 'node:crypto';
import type { JWK } from 'jose';
import type { Secret } from '../config/secret.ts';
import { fromAnyBase64, fromHex } from '../parse/base64.ts';
import { isObject, type JsonObject, jsonObject } from '../parse/json.ts';
import { readKeyRing } from '../parse/key-ring.ts';
import type { Material } from './format.ts';

/** A key by its name, in all its readings. */
export interface Key {
  /** The name that the operator gave, or the kid. */
  readonly name: string;
  readonly generation: 'current' | 'previous';
  readonly from: 'secret' | 'jwks';
  readonly materials: readonly Material[];
}

/** A named secret as a key. */
export async function secretKey(
  name: string,
  secret: Secret,
  generation: 'current' | 'previous',
): Promise<Key> {
  return { name, generation, from: 'secret', materials: await secretReadings(secret.bytes()) };
}

/**
 * The readings of one secret: PEM, JWK, PASERK or a Data Protection key ring's XML where the text is one; else the bytes as they are, and
 * hex, base64, base64url and latin-1 readings of the same text, because libraries disagree which of them
 * a configured secret is. Last the text with a newline at its end, the classic of secrets mounted as files.
 */
export async function secretReadings(bytes: Buffer): Promise<Material[]> {
  const text = bytes.toString('utf8').trim();
  if (text.startsWith('-----BEGIN ')) {
    const object = pemKey(text);
    return object ? [{ how: 'public key', bytes: Buffer.alloc(0), object }] : [];
  }
  const ring = text.startsWith('<') || text.startsWith('\uFEFF<') ? readKeyRing(text) : null;
  if (ring)
    return ring.flatMap(({ id, master }) => (master ? [{ how: 'key ring', bytes: master, kid: id }] : []));
  const jwk = text.startsWith('{') ? jsonObject(text) : null;
  if (jwk) {
    const material = await jwkMaterial(jwk);
    if (material) return [material];
  }
  const plain = text.replace(/^(?:base64:|k[1-4]\.(?:local|public|secret)\.)/, '');
  const readings: (Material | null)[] = [
    reading('utf-8', bytes),
    reading('hex', fromHex(plain)),
    reading('base64', fromAnyBase64(plain)),
    reading('latin-1', Buffer.from(bytes.toString('utf8'), 'latin1')),
    reading('utf-8 with a newline at its end', Buffer.concat([bytes, Buffer.from('\n')])),
  ];
  const seen = new Set<string>();
  return readings.filter((one): one is Material => {
    const id = one?.bytes.toString('hex');
    if (!one || id === undefined || seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

function reading(how: string, bytes: Buffer | null): Material | null {
  return bytes && bytes.length > 0 ? { how, bytes } : null;
}

function pemKey(pem: string): KeyObject | undefined {
  try {
    return pem.includes('PRIVATE KEY') ? createPrivateKey(pem) : createPublicKey(pem);
  } catch {
    return undefined;
  }
}

/** One JWK as key material, or null when it is not usable (unknown type, damaged). */
export async function jwkMaterial(jwk: JsonObject): Promise<Material | null> {
  const kid = typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined;
  const alg = typeof jwk['alg'] === 'string' ? jwk['alg'] : undefined;
  try {
    const { importJWK } = await import('jose');
    // `use` and `key_ops` say what a key should be used for; whether it may be is judged where it is chosen.
    const { key_ops: _ops, use: _use, ...plain } = jwk;
    const imported = await importJWK(plain as JWK, alg ?? guessAlg(jwk), { extractable: true });
    return imported instanceof Uint8Array
      ? { how: 'JWK', bytes: Buffer.from(imported), kid, alg }
      : { how: 'public key', bytes: Buffer.alloc(0), object: KeyObject.from(imported), kid, alg };
  } catch {
    const object = certified(jwk);
    return object && { how: 'public key', bytes: Buffer.alloc(0), object, kid, alg };
  }
}

/** The key of its certificate (x5c), for sets that publish nothing else of it. */
function certified(jwk: JsonObject): KeyObject | null {
  const chain = jwk['x5c'];
  const leaf: unknown = Array.isArray(chain) ? chain[0] : undefined;
  if (typeof leaf !== 'string' || leaf.length > 65_536 || 'n' in jwk || 'x' in jwk) return null;
  try {
    return new X509Certificate(Buffer.from(leaf, 'base64')).publicKey;
  } catch {
    return null;
  }
}

/** An alg that imports the key's type; which one does not matter to the imported key's bytes. */
function guessAlg(jwk: JsonObject): string {
  if (jwk['kty'] === 'EC') return { 'P-384': 'ES384', 'P-521': 'ES512' }[String(jwk['crv'])] ?? 'ES256';
  if (jwk['kty'] === 'OKP') return 'EdDSA';
  return jwk['kty'] === 'oct' ? 'HS256' : 'RS256';
}

/** The best of several keys for one verification: the current ones first. */
export function currentFirst(keys: readonly Key[]): Key[] {
  return [...keys].sort((a, b) => Number(a.generation === 'previous') - Number(b.generation === 'previous'));
}

/** True when `value` is a JWK Set: an object with a list of keys. */
export function isJwkSet(value: unknown): value is { readonly keys: readonly JsonObject[] } {
  return isObject(value) && Array.isArray(value['keys']) && value['keys'].every(isObject);
}
