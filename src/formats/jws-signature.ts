/**
 * Signatures of JWS: HS, RS, PS, ES and EdDSA (RFC 7518 §3, RFC 8037), checked with one key.
 *
 * @module
 */
import {
  constants,
  createHmac,
  type KeyObject,
  timingSafeEqual,
  verify as verifySignature,
} from 'node:crypto';
import { AS_IT_IS, type Match, type Material } from './format.ts';

/** Base64url digits of each alg's signature (RFC 7518 §3, RFC 8037); RSA's depends on the key. */
const SIGNATURE: Readonly<Record<string, number>> = {
  HS256: 43,
  HS384: 64,
  HS512: 86,
  ES256: 86,
  ES256K: 86,
  ES384: 128,
  ES512: 176,
  Ed25519: 86,
};

const ED448 = 152;

/** True when a signature of this alg can be so long. RSA keys have 1024 bits or more, by the 128. */
export function hasLengthOf(alg: string, digits: number): boolean {
  if (digits === 0) return alg.toLowerCase() === 'none';
  const own = SIGNATURE[alg];
  if (own !== undefined) return digits === own;
  if (alg === 'EdDSA') return digits === SIGNATURE['Ed25519'] || digits === ED448;
  if (!/^[RP]S/.test(alg)) return true;
  const bytes = (digits * 3) >> 2;
  return bytes >= 128 && bytes % 16 === 0 && Math.ceil((bytes * 4) / 3) === digits;
}

/** Digest inside a JWS alg (RFC 7518 §3.1, RFC 8037). */
export function digestOf(alg: string): string | undefined {
  const bits = /^(?:HS|RS|PS|ES)(256|384|512)$/.exec(alg)?.[1];
  if (bits) return `sha${bits}`;
  if (alg === 'ES256K') return 'sha256';
  return alg === 'EdDSA' || alg === 'Ed25519' ? 'sha512' : undefined;
}

/**
 * Checks one signature with one key: the match, or null. The key's type must fit the alg, so that a
 * public key is never used as an HMAC secret (the classic confusion). Does not look at claims.
 */
export function verifyJws(
  alg: string,
  signingInput: string | Buffer,
  signature: string,
  key: Material,
): Match | null {
  const digest = digestOf(alg);
  if (!digest || signature === '') return null;
  if (key.alg !== undefined && key.alg !== alg && !(alg === 'EdDSA' && key.alg === 'Ed25519')) return null;
  const mac = Buffer.from(signature, 'base64url');
  if (alg.startsWith('HS')) {
    if (key.object !== undefined || key.bytes.length === 0) return null;
    const expected = createHmac(digest, key.bytes).update(signingInput).digest();
    return expected.length === mac.length && timingSafeEqual(expected, mac) ? AS_IT_IS : null;
  }
  if (!key.object || !fits(alg, key.object)) return null;
  try {
    return verifySignature(
      alg.startsWith('Ed') ? null : digest,
      typeof signingInput === 'string' ? Buffer.from(signingInput, 'ascii') : signingInput,
      alg.startsWith('PS')
        ? {
            key: key.object,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
          }
        : alg.startsWith('ES')
          ? { key: key.object, dsaEncoding: 'ieee-p1363' }
          : key.object,
      mac,
    )
      ? AS_IT_IS
      : null;
  } catch {
    return null;
  }
}

const CURVES: Readonly<Record<string, string>> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
  ES256K: 'secp256k1',
};

/** True when a key of this type can have made a signature of this alg. */
export function fits(alg: string, key: KeyObject): boolean {
  const type = key.asymmetricKeyType;
  if (alg.startsWith('RS')) return type === 'rsa';
  if (alg.startsWith('PS')) return type === 'rsa' || type === 'rsa-pss';
  if (alg.startsWith('ES')) return type === 'ec' && key.asymmetricKeyDetails?.namedCurve === CURVES[alg];
  return type === 'ed25519' || (alg === 'EdDSA' && type === 'ed448');
}
