/**
 * What the formats share of cryptography: MACs, compared in constant time, and slow key derivations,
 * bounded and remembered.
 *
 * @module
 */
import { createDecipheriv, createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';

/** Digest names by length of the MAC in bytes. BLAKE2 and SHA-3 of the same size look the same. */
const DIGESTS: Readonly<Record<number, string>> = {
  16: 'md5',
  20: 'sha1',
  28: 'sha224',
  32: 'sha256',
  48: 'sha384',
  64: 'sha512',
};

/** The digest whose output has this many bytes, or undefined. */
export function digestOfBytes(bytes: number): string | undefined {
  return DIGESTS[bytes];
}

/** HMAC (RFC 2104). Strings are UTF-8. */
export function hmac(digest: string, key: Buffer | string, ...parts: readonly (Buffer | string)[]): Buffer {
  const mac = createHmac(digest, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** Plain hash. Strings are UTF-8. */
export function hash(digest: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const sum = createHash(digest);
  for (const part of parts) sum.update(part);
  return sum.digest();
}

/** Equal bytes, compared in constant time; unequal lengths are unequal. */
export function same(a: Buffer, b: Buffer | null): boolean {
  return b !== null && a.length === b.length && timingSafeEqual(a, b);
}

const MAX_ITERATIONS = 100_000;
const MAX_REMEMBERED = 4000;
const remembered = new Map<string, Buffer>();

/** Remembers a slow derivation by everything it depends on (as a hash: the secret itself is not kept). */
export function derived(id: readonly (string | number | Buffer)[], derive: () => Buffer): Buffer {
  const sum = createHash('sha256');
  for (const part of id) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(String(part));
    sum.update(`${bytes.length}:`).update(bytes);
  }
  const key = sum.digest('base64');
  let found = remembered.get(key);
  if (!found) {
    found = derive();
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(key, found);
  }
  return found;
}

/** PBKDF2-HMAC (RFC 8018), remembered. More than 100,000 iterations are refused with an empty key. */
export function pbkdf2(
  key: Buffer,
  salt: Buffer | string,
  iterations: number,
  length: number,
  digest: string,
): Buffer {
  if (!(iterations >= 1 && iterations <= MAX_ITERATIONS)) return Buffer.alloc(0);
  return derived(['pbkdf2', key, salt, iterations, length, digest], () =>
    pbkdf2Sync(key, salt, iterations, length, digest),
  );
}

/** Decrypts, or null when the key, the tag or the padding does not fit. */
export function decrypt(
  cipher: 'gcm' | 'cbc' | 'ctr',
  key: Buffer,
  iv: Buffer,
  data: Buffer,
  more: { readonly tag?: Buffer; readonly aad?: Buffer } = {},
): Buffer | null {
  try {
    const bits = key.length * 8;
    if (cipher === 'gcm') {
      const gcm = createDecipheriv(`aes-${bits}-gcm` as 'aes-256-gcm', key, iv);
      if (more.aad) gcm.setAAD(more.aad);
      gcm.setAuthTag(more.tag ?? Buffer.alloc(0));
      return Buffer.concat([gcm.update(data), gcm.final()]);
    }
    const plain = createDecipheriv(`aes-${bits}-${cipher}`, key, iv);
    return Buffer.concat([plain.update(data), plain.final()]);
  } catch {
    return null;
  }
}
