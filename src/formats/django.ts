/**
 * Django: signed cookies and signed-cookie sessions (`value:time:mac`), and the CSRF cookie. SHA1 up to
 * 3.0, SHA256 from 3.1. Source: django.core.signing, django.middleware.csrf.
 *
 * @module
 */
import { fromBase64url } from '../parse/base64.ts';
import { digestOfBytes, hmac, same } from './crypto.ts';
import type { Extras, Format, Match, Material } from './format.ts';
import { concatKey, payloadKind, plausible } from './python.ts';

const SIGNED = /^(.*):([0-9A-Za-z]{6}):([A-Za-z0-9_-]{27}|[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{86})$/s;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export const djangoSigned: Format = {
  ids: ['django-signed'],
  recognise(candidate) {
    const match = SIGNED.exec(candidate.text);
    if (match?.[1] === undefined || !match[2] || !match[3]) return null;
    const issuedAt = base62(match[2]);
    const mac = fromBase64url(match[3]);
    const digest = mac ? digestOfBytes(mac.length) : undefined;
    if (!mac || !digest || !plausible(issuedAt)) return null;
    const value = match[1];
    const kind = payloadKind(value);
    const signed = `${value}:${match[2]}`;
    return {
      format: 'django-signed',
      sure: kind === undefined ? 'shape' : 'readable',
      signed: true,
      encrypted: false,
      digest,
      serializer: kind,
      issuedAt,
      // set_signed_cookie, which signs text, and dumps, which signs no cookie, take a salt of the app's own.
      takes: kind === undefined || candidate.name === null ? 'salt' : undefined,
      problems: [],
      sealed: { text: signed, mac: match[3] },
      verify: (key, extras) => check(key, extras, candidate.name ?? '', digest, signed, mac),
    };
  },
};

/** 64 alphanumerics up to 4.0, 32 from 4.1; only the name tells it from any other random text. */
export const djangoCsrf: Format = {
  ids: ['django-csrf'],
  recognise({ name, text }) {
    if (name !== 'csrftoken' || !/^(?:[A-Za-z0-9]{32}|[A-Za-z0-9]{64})$/.test(text)) return null;
    return {
      format: 'django-csrf',
      sure: 'shape',
      signed: false,
      encrypted: false,
      header: { shape: `alnum-${text.length}` },
      problems: [],
    };
  },
};

/** Sessions sign with SECRET_KEY; set_signed_cookie and messages prefix it, and salt with the cookie's name. */
function check(
  key: Material,
  { salts }: Extras,
  name: string,
  digest: string,
  signed: string,
  mac: Buffer,
): Match | null {
  const prefixed = Buffer.concat([Buffer.from('django.http.cookies'), key.bytes]);
  const own: (readonly [string, Buffer])[] = [
    ['django.contrib.sessions.backends.signed_cookies', key.bytes],
    [name, prefixed],
    ['django.contrib.messages', prefixed],
    ['django.core.signing', key.bytes],
  ];
  // An app's own salt is added to the cookie's name by set_signed_cookie, or stands alone in dumps().
  for (const salt of salts) own.push([salt, key.bytes], [salt, prefixed], [`${name}${salt}`, prefixed]);
  for (const [salt, base] of own)
    if (same(hmac(digest, concatKey(digest, salt, base), signed), mac))
      return { derivation: `salt "${salt}"` };
  return null;
}

function base62(text: string): number {
  let number = 0;
  for (const char of text) number = number * 62 + BASE62.indexOf(char);
  return number;
}
