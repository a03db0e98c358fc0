/**
 * JWE compact serialisation (RFC 7516), and the sessions of NextAuth, Auth.js and the Auth0 SDKs, which are
 * JWEs under a key derived from the secret. Only the protected header is readable. Checked by decrypting;
 * the plaintext is dropped.
 *
 * @module
 */
import {
  constants,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type JsonWebKey,
  privateDecrypt,
} from 'node:crypto';
import { fromBase64url } from '../parse/base64.ts';
import { isObject, type JsonObject } from '../parse/json.ts';
import { decrypt, derived, hash, hmac, pbkdf2, same } from './crypto.ts';
import type { Candidate, Format, Match, Material } from './format.ts';
import { joseHeader, kidOf, shownHeader } from './jose-header.ts';
import { readClaims } from './jwt-claims.ts';

export const jwe: Format = {
  ids: ['jwe'],
  recognise(candidate) {
    const parts = candidate.text.split('.', 6);
    if (parts.length !== 5 || !parts[0]?.startsWith('e')) return null;
    const head = joseHeader(parts[0]);
    if (!head || typeof head['alg'] !== 'string' || typeof head['enc'] !== 'string') return null;
    const [wrapped, iv, data, tag] = parts
      .slice(1)
      .map((part) => (part === '' ? Buffer.alloc(0) : fromBase64url(part)));
    if (!wrapped || !iv || !data || !tag) return null;
    const token: Token = {
      head,
      enc: head['enc'],
      aad: Buffer.from(parts[0], 'ascii'),
      wrapped,
      iv,
      data,
      tag,
    };
    const whole = tag.length === (TAGS[head['enc']] ?? tag.length);
    // express-openid-connect puts iat and exp into the header.
    const { claims } = readClaims(head);
    return {
      format: 'jwe',
      sure: 'marked',
      signed: true,
      encrypted: true,
      alg: head['alg'].slice(0, 64),
      enc: head['enc'].slice(0, 64),
      digest: /HS(256|384|512)$/.exec(head['enc'])?.[1]
        ? `sha${/HS(\d+)$/.exec(head['enc'])?.[1]}`
        : undefined,
      kid: kidOf(head),
      header: shownHeader(head),
      claims: { iat: claims.iat, exp: claims.exp },
      issuedAt: claims.iat,
      expiresAt: claims.exp,
      problems: whole ? [] : ['signature-length'],
      verify: whole ? (key) => check(key, token, candidate) : undefined,
    };
  },
};

/** Bytes of each enc's tag (RFC 7518 §5). */
const TAGS: Readonly<Record<string, number>> = {
  A128GCM: 16,
  A192GCM: 16,
  A256GCM: 16,
  'A128CBC-HS256': 16,
  'A192CBC-HS384': 24,
  'A256CBC-HS512': 32,
};

interface Token {
  readonly head: JsonObject;
  readonly enc: string;
  readonly aad: Buffer;
  readonly wrapped: Buffer;
  readonly iv: Buffer;
  readonly data: Buffer;
  readonly tag: Buffer;
}

function check(key: Material, token: Token, { name }: Candidate): Match | null {
  try {
    const alg = String(token.head['alg']);
    if (alg !== 'dir') {
      const cek = contentKey(alg, key, token);
      return cek && opens(cek, token) ? { derivation: alg } : null;
    }
    if (opens(key.bytes, token)) return { derivation: '' };
    for (const [words, salt, info] of derivations(name ?? '')) {
      const length = keyLength(token.enc);
      const cek = derived(['hkdf', key.bytes, salt, info, length], () =>
        Buffer.from(hkdfSync('sha256', key.bytes, salt, info, length)),
      );
      if (opens(cek, token)) return { derivation: words };
    }
    return null;
  } catch {
    return null;
  }
}

/** How the SDKs make a content key out of their secret: name, HKDF salt, HKDF info. */
function derivations(name: string): (readonly [string, string, string])[] {
  const authjs = (cookie: string) =>
    [`Auth.js, salt "${cookie}"`, cookie, `Auth.js Generated Encryption Key (${cookie})`] as const;
  const usual = ['__Secure-authjs.session-token', 'authjs.session-token'];
  return [
    ['NextAuth 4', '', 'NextAuth.js Generated Encryption Key'],
    ['Auth0', '', 'JWE CEK'],
    ...[...new Set([name, ...usual])].map(authjs),
  ];
}

/** Bytes of the content key of an `enc` (RFC 7518 §5). */
function keyLength(enc: string): number {
  const bits = Number(/^A(\d{3})/.exec(enc)?.[1] ?? 0);
  return enc.includes('CBC') ? bits / 4 : bits / 8;
}

function opens(cek: Buffer, { enc, aad, iv, data, tag }: Token): boolean {
  if (cek.length === 0 || cek.length !== keyLength(enc)) return false;
  if (enc.endsWith('GCM')) return tag.length === 16 && decrypt('gcm', cek, iv, data, { tag, aad }) !== null;
  const half = cek.length / 2;
  const bits = Buffer.alloc(8);
  bits.writeBigUInt64BE(BigInt(aad.length * 8));
  const mac = hmac(`sha${half * 16}`, cek.subarray(0, half), aad, iv, data, bits);
  return same(mac.subarray(0, half), tag);
}

/** The content key that the recipient's key unwraps (RFC 7518 §4). */
function contentKey(alg: string, key: Material, { head, wrapped, enc }: Token): Buffer | null {
  if (alg.startsWith('RSA-OAEP') && key.object)
    return privateDecrypt(
      {
        key: key.object,
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: alg === 'RSA-OAEP' ? 'sha1' : `sha${alg.slice(9)}`,
      },
      wrapped,
    );
  if (/^A\d{3}KW$/.test(alg)) return unwrap(key.bytes, wrapped, Number(alg.slice(1, 4)) / 8);
  const pbes2 = /^PBES2-HS(\d{3})\+A(\d{3})KW$/.exec(alg);
  const salt = typeof head['p2s'] === 'string' ? fromBase64url(head['p2s']) : null;
  if (pbes2?.[1] && pbes2[2] && salt) {
    const whole = Buffer.concat([Buffer.from(alg), Buffer.alloc(1), salt]);
    const length = Number(pbes2[2]) / 8;
    return unwrap(pbkdf2(key.bytes, whole, Number(head['p2c']), length, `sha${pbes2[1]}`), wrapped, length);
  }
  if (!alg.startsWith('ECDH-ES') || !key.object || !isObject(head['epk'])) return null;
  const publicKey = createPublicKey({ key: head['epk'] as JsonWebKey, format: 'jwk' });
  const shared = diffieHellman({ privateKey: key.object, publicKey });
  const bits = /\+A(\d{3})KW$/.exec(alg)?.[1];
  const length = bits ? Number(bits) / 8 : keyLength(enc);
  const agreed = concatKdf(shared, bits ? alg : enc, length, head);
  return bits ? unwrap(agreed, wrapped, length) : agreed;
}

/** Concat KDF (NIST SP 800-56A, RFC 7518 §4.6.2), one or two rounds of SHA-256. */
function concatKdf(shared: Buffer, algorithm: string, length: number, head: JsonObject): Buffer {
  const u32 = (number: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(number);
    return bytes;
  };
  const sized = (bytes: Buffer) => Buffer.concat([u32(bytes.length), bytes]);
  const party = (name: string) => {
    const value = head[name];
    return sized((typeof value === 'string' ? fromBase64url(value) : null) ?? Buffer.alloc(0));
  };
  const info = Buffer.concat([sized(Buffer.from(algorithm)), party('apu'), party('apv'), u32(length * 8)]);
  const rounds = [1, 2].map((round) => hash('sha256', u32(round), shared, info));
  return Buffer.concat(rounds).subarray(0, length);
}

/** AES key wrap (RFC 3394). Throws when the key does not fit. */
function unwrap(key: Buffer, wrapped: Buffer, length: number): Buffer | null {
  if (key.length !== length) return null;
  const cipher = createDecipheriv(`id-aes${length * 8}-wrap`, key, Buffer.alloc(8, 0xa6));
  return Buffer.concat([cipher.update(wrapped), cipher.final()]);
}
