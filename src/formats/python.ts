/**
 * What Python's signers share: the compressed or plain payload of itsdangerous and Django, and key
 * formulas. Source: itsdangerous.Signer, django.core.signing.
 *
 * @module
 */
import { inflateSync } from 'node:zlib';
import { fromBase64, fromBase64url } from '../parse/base64.ts';
import { jsonValue } from '../parse/json.ts';
import { hash, hmac } from './crypto.ts';

/** What of a compressed payload is opened. Bytes. */
const MAX_PAYLOAD = 262_144;

/** What a payload of itsdangerous or Django turns out to be: `json`, `pickle`, or undefined. */
export function payloadKind(text: string): string | undefined {
  const compressed = text.startsWith('.');
  const bytes = compressed ? fromBase64url(text.slice(1)) : (fromBase64url(text) ?? fromBase64(text));
  if (!bytes) return undefined;
  const plain = compressed ? inflated(bytes) : bytes;
  if (!plain || plain.length === 0) return undefined;
  // Pickle protocols 2 to 5: 0x80, the protocol.
  if (plain[0] === 0x80 && (plain[1] ?? 9) <= 5) return 'pickle';
  return /^[{["\d]/.test(plain.subarray(0, 1).toString('latin1')) && jsonValue(plain) !== undefined
    ? 'json'
    : undefined;
}

function inflated(bytes: Buffer): Buffer | null {
  try {
    return inflateSync(bytes, { maxOutputLength: MAX_PAYLOAD });
  } catch {
    return null;
  }
}

/** `dg(salt + "signer" + key)`: Django, and itsdangerous by default. */
export function concatKey(digest: string, salt: string, key: Buffer): Buffer {
  return hash(digest, salt, 'signer', key);
}

/** `HMAC(dg, key, salt)`: Flask. */
export function hmacKey(digest: string, salt: string, key: Buffer): Buffer {
  return hmac(digest, key, salt);
}

const YEAR_2015_S = 1_420_070_400;
const YEAR_2040_S = 2_208_988_800;

/** True when `seconds` can be an issue time: 2015 to 2040. A fixed window, so that the answer never ages. */
export function plausible(seconds: number): boolean {
  return seconds >= YEAR_2015_S && seconds < YEAR_2040_S;
}
