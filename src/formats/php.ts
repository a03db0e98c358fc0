/**
 * Symfony's remember-me cookie and CakePHP's encrypted cookies.
 *
 * @module
 */
import { fromBase64, fromHex } from '../parse/base64.ts';
import { hash, hmac, same } from './crypto.ts';
import type { Extras, Format, Match, Material } from './format.ts';

const REMEMBER = /^([\w.\\]{1,200}):([\w+/~-]{1,512}):(\d{10}):([\w+/-]{43}[=~])([\w+/-]{43}[=~])$/;

/** `Class.Dots:b64(user):expires:b64(mac) b64(hash of the user's properties)`; base64 with `-_~`. */
export const symfony: Format = {
  ids: ['symfony-remember-me'],
  recognise({ text }) {
    const match = REMEMBER.exec(text);
    if (!match?.[2] || !match[3] || !match[4] || !match[5]) return null;
    const plain = (part: string) => part.replace(/-/g, '+').replace(/_/g, '/').replace(/~/g, '=');
    const user = fromBase64(plain(match[2]));
    const mac = fromBase64(plain(match[4]));
    const fields = match[5];
    const expires = match[3];
    if (!user || !mac) return null;
    return {
      format: 'symfony-remember-me',
      sure: 'marked',
      signed: true,
      encrypted: false,
      digest: 'sha256',
      expiresAt: Number(expires),
      problems: [],
      verify: (key) => {
        for (const form of [fields, plain(fields)])
          if (same(hmac('sha256', key.bytes, `${form}:${expires}:`, user), mac)) return { derivation: '' };
        return null;
      },
    };
  },
};

/** `Q2FrZQ==.` and base64 of `hex mac 64 | iv 16 | AES-256-CBC`. */
export const cakephp: Format = {
  ids: ['cakephp-encrypted'],
  recognise({ text }) {
    if (!text.startsWith('Q2FrZQ==.')) return null;
    const bytes = fromBase64(text.slice(9));
    const mac = bytes ? fromHex(bytes.subarray(0, 64).toString('latin1')) : null;
    if (!bytes || !mac || bytes.length < 96) return null;
    return {
      format: 'cakephp-encrypted',
      sure: 'marked',
      signed: true,
      encrypted: true,
      alg: 'aes-256-cbc',
      digest: 'sha256',
      takes: 'salt',
      problems: [],
      verify: (key, extras) => checkCake(key, extras, bytes.subarray(64), mac),
    };
  },
};

/** The key is the first 32 hex digits of SHA-256 over key and salt; the salt is Security.salt, often the same text. */
function checkCake(key: Material, { salts }: Extras, data: Buffer, mac: Buffer): Match | null {
  for (const salt of [key.bytes, ...salts.map((one) => Buffer.from(one))]) {
    const derivedKey = hash('sha256', key.bytes, salt).toString('hex').slice(0, 32);
    if (same(hmac('sha256', derivedKey, data), mac)) return { derivation: 'SHA-256 of key and salt' };
  }
  return null;
}
