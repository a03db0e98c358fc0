/**
 * Iron (`Fe26.2*…`): @hapi/iron, iron-webcrypto, iron-session, h3. The password's id and the end are
 * readable. Iterations are invisible: 1 in iron and h3 1.x, 8192 in h3 2.x.
 *
 * @module
 */
import { fromBase64url } from '../parse/base64.ts';
import { hmac, pbkdf2, same } from './crypto.ts';
import type { Format, Match, Material } from './format.ts';

const ITERATIONS = [1, 8192, 10_000];
/** Bytes of its HMAC-SHA256. */
const MAC = 32;

export const iron: Format = {
  ids: ['iron'],
  recognise({ text }) {
    if (!text.startsWith('Fe26.2*')) return null;
    const parts = text.replace(/~\d{1,2}$/, '').split('*');
    const [, id, , , data, expires, salt, tail] = parts;
    const mac = fromBase64url(tail ?? '') ?? Buffer.alloc(0);
    const sealed = fromBase64url(data ?? '');
    if (parts.length !== 8 || id === undefined || !salt || !sealed || !/^\d*$/.test(expires ?? 'x'))
      return null;
    const whole = mac.length === MAC;
    const signed = parts.slice(0, 6).join('*');
    return {
      format: 'iron',
      sure: 'marked',
      signed: true,
      encrypted: true,
      alg: sealed.length % 16 === 0 ? 'aes-256-cbc' : 'aes-128-ctr',
      digest: 'sha256',
      kid: id,
      expiresAt: expires ? Number(expires) / 1000 : undefined,
      problems: whole ? [] : ['signature-length'],
      verify: whole ? (key) => check(key, salt, signed, mac) : undefined,
    };
  },
};

/** Passwords are text; every reading costs all iterations anew, since each token has its own salt. */
function check(key: Material, salt: string, signed: string, mac: Buffer): Match | null {
  if (!key.how.startsWith('utf-8')) return null;
  for (const iterations of ITERATIONS)
    if (same(hmac('sha256', pbkdf2(key.bytes, salt, iterations, 32, 'sha1'), signed), mac))
      return { derivation: `PBKDF2-SHA1, ${iterations} iteration${iterations === 1 ? '' : 's'}` };
  return null;
}
