/**
 * Plug and Phoenix: signed (`SFMyNTY.`), encrypted (`XCP.`, and `QTEyOEdDTQ.` of Plug.Crypto 1), and
 * Phoenix.Token, whose issue time and age are readable. Salts are the app's own, so a key alone does not
 * verify: give them as salts. Source: Plug.Crypto.
 *
 * @module
 */
import { xchacha20poly1305 } from '@noble/ciphers/chacha';
import { fromBase64url } from '../parse/base64.ts';
import { decrypt, digestOfBytes, hmac, pbkdf2, same } from './crypto.ts';
import type { Extras, Format, Match, Material } from './format.ts';

const DIGESTS: Readonly<Record<string, string>> = { SFMyNTY: 'sha256', SFMzODQ: 'sha384', SFM1MTI: 'sha512' };
/** Key derivations in the field: Plug's default, then a hardened setting. */
const DERIVATIONS = [
  ['sha256', 1000],
  ['sha512', 4000],
] as const;

export const plugSigned: Format = {
  ids: ['plug-signed'],
  recognise({ text }) {
    const match = /^(SFMyNTY|SFMzODQ|SFM1MTI)\.([\w-]*)\.([\w-]+)$/.exec(text);
    const digest = DIGESTS[match?.[1] ?? ''];
    const term = fromBase64url(match?.[2] ?? '');
    const mac = fromBase64url(match?.[3] ?? '');
    if (!match?.[3] || !digest || !mac) return null;
    const whole = digestOfBytes(mac.length) === digest;
    const signed = text.slice(0, text.length - match[3].length - 1);
    return {
      format: 'plug-signed',
      sure: 'marked',
      signed: true,
      encrypted: false,
      digest,
      serializer: term?.[0] === 131 ? 'erlang external term format' : undefined,
      ...tokenTimes(term),
      problems: whole ? [] : ['signature-length'],
      takes: 'salt',
      sealed: whole ? { text: signed, mac: match[3] } : undefined,
      verify: whole
        ? (key, extras) => derive(key, extras, 32, (secret) => same(hmac(digest, secret, signed), mac))
        : undefined,
    };
  },
};

/** Phoenix.Token's term: `{data, signed_at_ms, max_age_s}`; the last two stand at its end. */
function tokenTimes(term: Buffer | null): { issuedAt?: number; expiresAt?: number } {
  // A tuple of three (104, 3) that ends in a small big integer of 6 bytes (110, 6, 0) and an integer (98).
  if (!term || term[0] !== 131 || term[1] !== 104 || term[2] !== 3) return {};
  const big = term.length - 14;
  if (big < 3 || term[big] !== 110 || term[big + 1] !== 6 || term[big + 2] !== 0 || term[big + 9] !== 98)
    return {};
  const issuedAt = term.readUIntLE(big + 3, 6) / 1000;
  return { issuedAt: Math.floor(issuedAt), expiresAt: Math.floor(issuedAt + term.readInt32BE(big + 10)) };
}

export const plugEncrypted: Format = {
  ids: ['plug-encrypted-xcp', 'plug-encrypted-a128gcm'],
  recognise({ text }) {
    const xcp = text.startsWith('XCP.') ? fromBase64url(text.slice(4)) : null;
    if (xcp && xcp.length >= 41)
      return {
        ...sealed('plug-encrypted-xcp', 'xchacha20-poly1305'),
        verify: (key, extras) => derive(key, extras, 32, (secret) => opensXcp(secret, xcp)),
      };
    const parts = text.startsWith('QTEyOEdDTQ.') ? text.split('.') : [];
    const [head, wrapped, iv, data, tag] = parts.map((part) => fromBase64url(part));
    if (parts.length !== 5 || !head || !wrapped || !iv || !data || !tag) return null;
    return {
      ...sealed('plug-encrypted-a128gcm', 'a128gcm-kw'),
      verify: (key, extras) =>
        derive(key, extras, 32, (secret) => opensA128(secret, { wrapped, iv, data, tag })),
    };
  },
};

function sealed(format: string, alg: string) {
  return { format, sure: 'marked', signed: true, encrypted: true, alg, takes: 'salt', problems: [] } as const;
}

function derive(
  key: Material,
  { salts }: Extras,
  length: number,
  fits: (secret: Buffer) => boolean,
): Match | null {
  for (const salt of salts)
    for (const [digest, iterations] of DERIVATIONS)
      if (fits(pbkdf2(key.bytes, salt, iterations, length, digest)))
        return { derivation: `PBKDF2-${digest.toUpperCase()}, ${iterations} iterations, salt "${salt}"` };
  return null;
}

/** `nonce 24 | tag 16 | ciphertext`, with the text A128GCM as associated data. */
function opensXcp(secret: Buffer, bytes: Buffer): boolean {
  try {
    const box = Buffer.concat([bytes.subarray(40), bytes.subarray(24, 40)]);
    xchacha20poly1305(secret, bytes.subarray(0, 24), Buffer.from('A128GCM')).decrypt(box);
    return true;
  } catch {
    return false;
  }
}

interface Parts {
  readonly wrapped: Buffer;
  readonly iv: Buffer;
  readonly data: Buffer;
  readonly tag: Buffer;
}

/** The content key is wrapped under the secret: `ct 16 | tag 16 | iv 12`, with no sign secret as associated data. */
function opensA128(secret: Buffer, { wrapped, iv, data, tag }: Parts): boolean {
  if (wrapped.length !== 44) return false;
  const key = decrypt('gcm', secret, wrapped.subarray(32), wrapped.subarray(0, 16), {
    tag: wrapped.subarray(16, 32),
    aad: Buffer.alloc(0),
  });
  return key !== null && decrypt('gcm', key, iv, data, { tag, aad: Buffer.from('A128GCM') }) !== null;
}
