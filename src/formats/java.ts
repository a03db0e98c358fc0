/**
 * Java: Spring Session's base64 UUID, Spring Security's remember-me token, Shiro's rememberMe.
 *
 * @module
 */
import { fromAnyBase64, fromBase64 } from '../parse/base64.ts';
import { decrypt, digestOfBytes, hash } from './crypto.ts';
import type { Extras, Format, Match, Material } from './format.ts';

const UUID = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\.([\w-]{1,64}))?$/;

/** Base64 of a session id (a UUID), perhaps with the node's route. */
export const springSession: Format = {
  ids: ['spring-session'],
  recognise({ text }) {
    if (text.length < 48 || text.length > 160) return null;
    const match = UUID.exec(fromBase64(text)?.toString('latin1') ?? '');
    if (!match) return null;
    return {
      format: 'spring-session',
      sure: 'readable',
      signed: false,
      encrypted: false,
      header: { shape: 'uuid', ...(match[2] !== undefined && { route: match[2] }) },
      problems: [],
    };
  },
};

const REMEMBER = /^([^:]{1,512}):(\d{13}):(?:(MD5|SHA256):)?([0-9a-f]{32}|[0-9a-f]{64})$/;

/** Base64 of `user:expires ms:(alg:)hex`; a plain hash that also takes in the user's stored password hash. */
export const springRememberMe: Format = {
  ids: ['spring-security-remember-me'],
  recognise({ text }) {
    if (text.length < 60 || text.length > 1024) return null;
    const match = REMEMBER.exec(fromAnyBase64(text)?.toString('latin1') ?? '');
    if (!match?.[1] || !match[2] || !match[4]) return null;
    const digest = digestOfBytes(match[4].length / 2) ?? 'md5';
    const [user, expires, mac] = [match[1], match[2], match[4]];
    return {
      format: 'spring-security-remember-me',
      sure: 'marked',
      signed: true,
      encrypted: false,
      alg: digest === 'md5' ? 'MD5' : 'SHA256',
      digest,
      expiresAt: Math.floor(Number(expires) / 1000),
      takes: 'password hash',
      problems: [],
      verify: (key, extras) => checkRememberMe(key, extras, digest, [user, expires, mac]),
    };
  },
};

function checkRememberMe(
  key: Material,
  { salts }: Extras,
  digest: string,
  [user, expires, mac]: readonly [string, string, string],
): Match | null {
  for (const password of salts)
    for (const name of new Set([user, unescaped(user)]))
      if (hash(digest, `${name}:${expires}:${password}:`, key.bytes).toString('hex') === mac)
        return { derivation: 'with the user’s password hash' };
  return null;
}

function unescaped(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** AES over Java serialisation, without a MAC; only its name marks it. */
export const shiro: Format = {
  ids: ['shiro-rememberme'],
  recognise({ name, text }) {
    if (name !== 'rememberMe' || text === 'deleteMe') return null;
    const bytes = fromBase64(text);
    if (!bytes || bytes.length < 48 || bytes.length % 16 !== 0) return null;
    return readShiro(bytes, 'readable');
  },
};

/** The same bytes under another name look like any random base64; a key settles it. */
export function readShiro(bytes: Buffer, sure: 'readable' | 'shape') {
  return {
    format: 'shiro-rememberme',
    sure,
    signed: false,
    encrypted: true,
    alg: 'aes-cbc (1.4.2+: aes-gcm)',
    problems: [],
    verify: (key: Material) => opensShiro(key, bytes),
  } as const;
}

/** Java's serialisation begins with ac ed 00 05. */
function opensShiro(key: Material, bytes: Buffer): Match | null {
  if (![16, 24, 32].includes(key.bytes.length)) return null;
  const [iv, data] = [bytes.subarray(0, 16), bytes.subarray(16)];
  const cbc = decrypt('cbc', key.bytes, iv, data);
  const gcm = decrypt('gcm', key.bytes, iv, data.subarray(0, -16), { tag: data.subarray(-16) });
  const java = [cbc, gcm].find((plain) => plain?.subarray(0, 4).toString('hex') === 'aced0005');
  return java ? { derivation: java === cbc ? 'AES-CBC' : 'AES-GCM', format: 'shiro-rememberme' } : null;
}
