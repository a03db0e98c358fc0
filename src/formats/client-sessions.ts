/**
 * Mozilla's client-sessions: `iv.ciphertext.createdAt.duration.mac`, base64url, times in ms. Five parts
 * like a JWE, so it is tried before.
 *
 * @module
 */
import { fromBase64url } from '../parse/base64.ts';
import { digestOfBytes, hmac, same } from './crypto.ts';
import type { Format, Match, Material } from './format.ts';

const SHAPE = /^([\w-]{22})\.([\w-]+)\.(\d{13})\.(\d{1,15})\.([\w-]{43}|[\w-]{64}|[\w-]{86})$/;

export const clientSessions: Format = {
  ids: ['client-sessions'],
  recognise({ text }) {
    const match = SHAPE.exec(text);
    const [iv, data] = [fromBase64url(match?.[1] ?? ''), fromBase64url(match?.[2] ?? '')];
    const mac = fromBase64url(match?.[5] ?? '');
    const digest = mac ? digestOfBytes(mac.length) : undefined;
    if (!match || !iv || !data || !mac || !digest) return null;
    const [created, duration] = [match[3] ?? '', match[4] ?? ''];
    return {
      format: 'client-sessions',
      sure: 'marked',
      signed: true,
      encrypted: true,
      alg: 'aes256',
      digest,
      issuedAt: Math.floor(Number(created) / 1000),
      expiresAt: Math.floor((Number(created) + Number(duration)) / 1000),
      problems: [],
      verify: (key) => check(key, digest, { iv, data, created, duration }, mac),
    };
  },
};

interface Parts {
  readonly iv: Buffer;
  readonly data: Buffer;
  readonly created: string;
  readonly duration: string;
}

/** `encryptionKey:signatureKey` in hex, or one secret from which both are derived. */
function check(key: Material, digest: string, parts: Parts, mac: Buffer): Match | null {
  const pair = /^(?:[0-9a-f]{2})+:((?:[0-9a-f]{2})+)$/i.exec(key.bytes.toString('latin1'));
  const macKey = pair?.[1]
    ? Buffer.from(pair[1], 'hex')
    : hmac('sha256', key.bytes, 'cookiesession-signature');
  const { iv, data, created, duration } = parts;
  const made = hmac(digest, macKey, iv, '.', data, `.${created}.${duration}`);
  if (!same(made, mac)) return null;
  return { derivation: pair ? 'signature key' : 'HMAC-SHA256 of "cookiesession-signature"' };
}
