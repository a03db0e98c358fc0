/**
 * libsodium's secretbox: @fastify/secure-session (`b64(box);b64(nonce)`) and aiohttp-session's NaCl storage
 * (`b64(nonce | box)`, which has no mark and is known by its key or not at all).
 *
 * @module
 */
import { xsalsa20poly1305 } from '@noble/ciphers/salsa';
import { fromBase64 } from '../parse/base64.ts';
import { hash } from './crypto.ts';
import type { Extras, Format, Match, Material } from './format.ts';

/** @fastify/secure-session's own salt, base64. */
const DEFAULT_SALT = Buffer.from('mq9hDxBVDbspDR6nLfFT1g==', 'base64');

export const secureSession: Format = {
  ids: ['fastify-secure-session'],
  recognise({ text }) {
    const match = /^([A-Za-z0-9+/]{24,}={0,2});([A-Za-z0-9+/]{32})$/.exec(text);
    const [box, nonce] = [fromBase64(match?.[1] ?? ''), fromBase64(match?.[2] ?? '')];
    if (!box || !nonce) return null;
    return {
      format: 'fastify-secure-session',
      sure: 'marked',
      signed: true,
      encrypted: true,
      alg: 'xsalsa20-poly1305',
      problems: [],
      verify: (key, extras) => check(key, extras, box, nonce),
      prepare: stretch,
    };
  },
};

/** Under aiohttp-session's default name only: nothing in the bytes tells it from any random text. */
export const naclSession: Format = {
  ids: ['nacl-secretbox-b64'],
  recognise({ name, text }) {
    if (name !== 'AIOHTTP_SESSION' || text.length < 56) return null;
    const bytes = fromBase64(text);
    if (!bytes || bytes.length < 40) return null;
    return {
      format: 'nacl-secretbox-b64',
      sure: 'shape',
      signed: true,
      encrypted: true,
      alg: 'xsalsa20-poly1305',
      problems: [],
      verify: (key) =>
        opens(key.bytes, bytes.subarray(24), bytes.subarray(0, 24)) ? { derivation: '' } : null,
    };
  },
};

/** A key of 32 bytes, or a secret of at least 32 characters that `stretch` has dealt with. */
function check(key: Material, extras: Extras, box: Buffer, nonce: Buffer): Match | null {
  if (opens(key.bytes, box, nonce)) return { derivation: '' };
  for (const [words, salt] of saltsOf(extras)) {
    const key32 = stretched.get(stretchId(key.bytes, salt));
    if (key32 && opens(key32, box, nonce)) return { derivation: `Argon2id, ${words}` };
  }
  return null;
}

/** Stretched secrets by the hash of secret and salt. */
const stretched = new Map<string, Buffer>();
const MAX_STRETCHED = 64;

/** Argon2id, 3 passes over 256 MiB, about a second each: once a secret and salt, ahead of `verify`. */
async function stretch(key: Material, extras: Extras): Promise<void> {
  if (key.how !== 'utf-8' || key.bytes.length < 32) return;
  for (const [, salt] of saltsOf(extras)) {
    const id = stretchId(key.bytes, salt);
    if (stretched.has(id) || stretched.size >= MAX_STRETCHED) continue;
    const { argon2id } = await import('hash-wasm');
    const made = await argon2id({
      password: key.bytes,
      salt,
      iterations: 3,
      memorySize: 262_144,
      parallelism: 1,
      hashLength: 32,
      outputType: 'binary',
    });
    stretched.set(id, Buffer.from(made));
  }
}

function stretchId(key: Buffer, salt: Buffer): string {
  return hash('sha256', salt, key).toString('base64');
}

function saltsOf({ salts }: Extras): (readonly [string, Buffer])[] {
  const own = salts.filter((salt) => salt.length === 16);
  return [
    ['the default salt', DEFAULT_SALT],
    ...own.map((salt) => [`salt "${salt}"`, Buffer.from(salt, 'latin1')] as const),
  ];
}

function opens(key: Buffer, box: Buffer, nonce: Buffer): boolean {
  if (key.length !== 32) return false;
  try {
    xsalsa20poly1305(key, nonce).decrypt(box);
    return true;
  } catch {
    return false;
  }
}
