/**
 * Cookies that are base64 of a JSON object: cookie-session and koa-session (signed in NAME.sig by keygrip),
 * Laravel's encrypted cookies, better-auth's session cache, and plain unsigned ones.
 *
 * @module
 */
import { fromAnyBase64, fromBase64, fromHex } from '../parse/base64.ts';
import { isObject, type JsonObject, jsonValue } from '../parse/json.ts';
import { decrypt, digestOfBytes, hmac, same } from './crypto.ts';
import { AS_IT_IS, type Candidate, type Format, type Match, type Material, type Reading } from './format.ts';

export const base64Json: Format = {
  ids: [
    'laravel-encrypted-cbc',
    'laravel-encrypted-gcm',
    'better-auth-session-data',
    'cookie-session-keygrip',
    'base64-json',
  ],
  recognise(candidate) {
    const { text } = candidate;
    if (!/^(?:eyJ|ey0|W1|e30)/.test(text) || text.includes('.') || text.includes('--')) {
      return candidate.companion === undefined ? null : keygrip(candidate, null);
    }
    const bytes = fromAnyBase64(text);
    const payload = bytes ? jsonValue(bytes) : undefined;
    if (payload === undefined) return candidate.companion === undefined ? null : keygrip(candidate, null);
    const object = isObject(payload) ? payload : null;
    // The header of a token whose rest was cut off is no session that somebody forgot to sign.
    if (object && isJoseHeader(object) && candidate.companion === undefined) return null;
    return (
      (object && laravel(object)) ??
      (object && betterAuth(object)) ??
      (candidate.companion === undefined ? unsigned(object) : keygrip(candidate, object))
    );
  },
};

function isJoseHeader({ alg, typ, kid, enc }: JsonObject): boolean {
  const names = [typ, kid, enc].filter((one) => one !== undefined);
  return typeof alg === 'string' && /^[A-Za-z][\w+-]{1,30}$/.test(alg) && names.length > 0;
}

function laravel(payload: JsonObject): Reading | null {
  const { iv, value, mac, tag } = payload;
  if (typeof iv !== 'string' || typeof value !== 'string' || typeof mac !== 'string') return null;
  const gcm = mac === '' && typeof tag === 'string' && tag !== '';
  const [nonce, data] = [fromBase64(iv), fromBase64(value)];
  if (!nonce || !data) return null;
  return {
    format: gcm ? 'laravel-encrypted-gcm' : 'laravel-encrypted-cbc',
    sure: 'marked',
    signed: true,
    encrypted: true,
    alg: gcm ? 'aes-256-gcm' : 'aes-256-cbc',
    digest: gcm ? undefined : 'sha256',
    // Laravel 7 and newer always write the field; its absence dates the writer.
    header: { shape: tag === undefined ? 'without a tag field' : 'with a tag field' },
    problems: [],
    verify: (key) =>
      gcm
        ? openGcm(key, nonce, data, fromBase64(tag) ?? Buffer.alloc(0))
        : same(hmac('sha256', key.bytes, iv, value), fromHex(mac))
          ? { derivation: '', alg: `aes-${key.bytes.length * 8}-cbc` }
          : null,
  };
}

function openGcm(key: Material, iv: Buffer, data: Buffer, tag: Buffer): Match | null {
  if (key.bytes.length !== 16 && key.bytes.length !== 32) return null;
  return decrypt('gcm', key.bytes, iv, data, { tag })
    ? { derivation: '', alg: `aes-${key.bytes.length * 8}-gcm` }
    : null;
}

function betterAuth(payload: JsonObject): Reading | null {
  const { session, expiresAt, signature } = payload;
  if (!isObject(session) || typeof expiresAt !== 'number' || typeof signature !== 'string') return null;
  const mac = fromAnyBase64(signature);
  const signed = JSON.stringify({ ...session, expiresAt });
  return {
    format: 'better-auth-session-data',
    sure: 'marked',
    signed: true,
    encrypted: false,
    digest: 'sha256',
    serializer: 'json',
    expiresAt: expiresAt / 1000,
    problems: [],
    sealed: { text: signed, mac: signature },
    verify: (key) => (same(hmac('sha256', key.bytes, signed), mac) ? AS_IT_IS : null),
  };
}

/** keygrip: the MAC stands in NAME.sig and covers `NAME=value`, so renaming alone breaks it. */
function keygrip(candidate: Candidate, payload: JsonObject | null): Reading | null {
  const mac = fromAnyBase64(candidate.companion ?? '');
  const digest = mac ? digestOfBytes(mac.length) : undefined;
  if (!mac || !digest) return null;
  const signed = `${candidate.name ?? ''}=${candidate.value}`;
  const [expire, age] = [payload?.['_expire'], payload?.['_maxAge']];
  return {
    format: 'cookie-session-keygrip',
    sure: payload ? 'marked' : 'readable',
    signed: true,
    encrypted: false,
    digest,
    serializer: payload ? 'json' : undefined,
    expiresAt: typeof expire === 'number' ? expire / 1000 : undefined,
    issuedAt: typeof expire === 'number' && typeof age === 'number' ? (expire - age) / 1000 : undefined,
    problems: [],
    sealed: { text: signed, mac: candidate.companion ?? '' },
    verify: (key) => (same(hmac(digest, key.bytes, signed), mac) ? AS_IT_IS : null),
  };
}

function unsigned(payload: JsonObject | null): Reading {
  const expire = payload?.['_expire'];
  return {
    format: 'base64-json',
    sure: 'readable',
    signed: false,
    encrypted: false,
    serializer: 'json',
    expiresAt: typeof expire === 'number' ? expire / 1000 : undefined,
    problems: ['unsigned'],
  };
}
