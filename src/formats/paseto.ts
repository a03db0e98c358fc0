/**
 * PASETO v1 to v4, local and public. The footer is always readable (its kid, too), the claims of public
 * tokens as well. Times are ISO 8601 texts. Keys are PASERK texts, raw bytes or PEM.
 * Source: github.com/paseto-standard/paseto-spec.
 *
 * @module
 */
import { xchacha20poly1305 } from '@noble/ciphers/chacha';
import { blake2b } from '@noble/hashes/blake2b';
import { constants, createPublicKey, hkdfSync, type KeyObject, verify } from 'node:crypto';
import { fromBase64url } from '../parse/base64.ts';
import { type JsonObject, jsonObject } from '../parse/json.ts';
import { hmac, same } from './crypto.ts';
import { AS_IT_IS, type Claims, type Format, type Material, type Reading } from './format.ts';

const SIGNATURE_BYTES: Readonly<Record<string, number>> = { v1: 256, v2: 64, v3: 96, v4: 64 };
const ALGS: Readonly<Record<string, string>> = {
  'v1.local': 'aes-256-ctr+hmac-sha384',
  'v2.local': 'xchacha20-poly1305',
  'v3.local': 'aes-256-ctr+hmac-sha384',
  'v4.local': 'xchacha20+blake2b',
  'v1.public': 'rsa-pss-sha384',
  'v2.public': 'ed25519',
  'v3.public': 'ecdsa-p384',
  'v4.public': 'ed25519',
};

export const paseto: Format = {
  ids: Object.keys(ALGS).map((kind) => `paseto.${kind}`),
  recognise({ text }) {
    const match = /^(v[1-4])\.(local|public)\.([\w-]+)(?:\.([\w-]*))?$/.exec(text);
    const body = fromBase64url(match?.[3] ?? '');
    if (!match?.[1] || !match[2] || !body) return null;
    const footer = match[4] ? (fromBase64url(match[4]) ?? Buffer.alloc(0)) : Buffer.alloc(0);
    const kind = `${match[1]}.${match[2]}`;
    const token: Token = { version: match[1], header: `${kind}.`, body, footer };
    const kid = jsonObject(footer, 4096)?.['kid'];
    const claims = match[2] === 'public' ? claimsOf(token) : {};
    return {
      format: `paseto.${kind}`,
      sure: 'marked',
      signed: true,
      encrypted: match[2] === 'local',
      alg: ALGS[kind],
      kid: typeof kid === 'string' ? kid.slice(0, 200) : undefined,
      claims,
      issuedAt: claims.iat,
      expiresAt: claims.exp,
      serializer: match[2] === 'public' ? 'json' : undefined,
      problems: [],
      verify: (key) => ((match[2] === 'public' ? isSigned(key, token) : opens(key, token)) ? AS_IT_IS : null),
    } satisfies Reading;
  },
};

interface Token {
  readonly version: string;
  /** `v4.public.` with both dots. */
  readonly header: string;
  readonly body: Buffer;
  readonly footer: Buffer;
}

function claimsOf({ version, body }: Token): Claims {
  const payload = jsonObject(body.subarray(0, -(SIGNATURE_BYTES[version] ?? 64)));
  if (!payload) return {};
  const text = (name: string) =>
    typeof payload[name] === 'string' ? payload[name].slice(0, 200) : undefined;
  const claims = {
    iat: time(payload, 'iat'),
    exp: time(payload, 'exp'),
    nbf: time(payload, 'nbf'),
    iss: text('iss'),
    aud: text('aud'),
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

function time(payload: JsonObject, name: string): number | undefined {
  const at = typeof payload[name] === 'string' ? Date.parse(payload[name]) : Number.NaN;
  return Number.isNaN(at) ? undefined : at / 1000;
}

/** Pre-authentication encoding: count and lengths, little-endian, before each piece. */
function pae(...pieces: readonly Buffer[]): Buffer {
  const size = (number: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(number);
    return bytes;
  };
  return Buffer.concat([size(pieces.length), ...pieces.flatMap((piece) => [size(piece.length), piece])]);
}

function isSigned(key: Material, { version, header, body, footer }: Token): boolean {
  const length = SIGNATURE_BYTES[version] ?? 64;
  const object = publicKey(version, key);
  if (!object || body.length <= length) return false;
  const [message, signature] = [body.subarray(0, -length), body.subarray(-length)];
  const start = Buffer.from(header);
  try {
    if (version === 'v1')
      return verify(
        'sha384',
        pae(start, message, footer),
        { key: object, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 },
        signature,
      );
    if (version === 'v3') {
      const point = compressed(object);
      return verify(
        'sha384',
        pae(point, start, message, footer, Buffer.alloc(0)),
        { key: object, dsaEncoding: 'ieee-p1363' },
        signature,
      );
    }
    const signed =
      version === 'v2' ? pae(start, message, footer) : pae(start, message, footer, Buffer.alloc(0));
    return verify(null, signed, object, signature);
  } catch {
    return false;
  }
}

/** SubjectPublicKeyInfo before a raw Ed25519 key, and before a compressed P-384 point. */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const P384_SPKI = Buffer.from('3046301006072a8648ce3d020106052b81040022033200', 'hex');

function publicKey(version: string, key: Material): KeyObject | undefined {
  if (key.object) return key.object;
  const raw = key.bytes;
  try {
    if (version === 'v1') return createPublicKey({ key: raw, format: 'der', type: 'spki' });
    if (version === 'v3' && raw.length === 49)
      return createPublicKey({ key: Buffer.concat([P384_SPKI, raw]), format: 'der', type: 'spki' });
    if (version !== 'v3' && raw.length === 32)
      return createPublicKey({ key: Buffer.concat([ED25519_SPKI, raw]), format: 'der', type: 'spki' });
  } catch {
    // Bytes that are no key of this kind: it does not fit.
  }
  return undefined;
}

/** The point with a sign byte and x alone (SEC 1 §2.3.3), as v3 signs it. */
function compressed(object: KeyObject): Buffer {
  const jwk = object.export({ format: 'jwk' });
  const [x, y] = [Buffer.from(String(jwk.x), 'base64url'), Buffer.from(String(jwk.y), 'base64url')];
  return Buffer.concat([Buffer.from([2 + ((y.at(-1) ?? 0) & 1)]), x]);
}

function opens(key: Material, { version, header, body, footer }: Token): boolean {
  if (key.bytes.length !== 32 || body.length < 48) return false;
  const start = Buffer.from(header);
  if (version === 'v2') {
    const nonce = body.subarray(0, 24);
    try {
      xchacha20poly1305(key.bytes, nonce, pae(start, nonce, footer)).decrypt(body.subarray(24));
      return true;
    } catch {
      return false;
    }
  }
  const nonce = body.subarray(0, 32);
  const info = Buffer.from('paseto-auth-key-for-aead');
  if (version === 'v4') {
    const macKey = blake2b(Buffer.concat([info, nonce]), { key: key.bytes, dkLen: 32 });
    const signed = pae(start, nonce, body.subarray(32, -32), footer, Buffer.alloc(0));
    return same(Buffer.from(blake2b(signed, { key: macKey, dkLen: 32 })), body.subarray(-32));
  }
  const v1 = version === 'v1';
  const macKey = Buffer.from(
    v1
      ? hkdfSync('sha384', key.bytes, nonce.subarray(0, 16), info, 32)
      : hkdfSync('sha384', key.bytes, Buffer.alloc(0), Buffer.concat([info, nonce]), 48),
  );
  const pieces = [start, nonce, body.subarray(32, -48), footer];
  const signed = v1 ? pae(...pieces) : pae(...pieces, Buffer.alloc(0));
  return same(hmac('sha384', macKey, signed), body.subarray(-48));
}
