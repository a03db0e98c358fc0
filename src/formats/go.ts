/**
 * Go: gorilla/securecookie (also gin-contrib/sessions and Ory Kratos) and oauth2-proxy. Both bind the name.
 *
 * @module
 */
import { fromAnyBase64, fromBase64url } from '../parse/base64.ts';
import { jsonValue } from '../parse/json.ts';
import { digestOfBytes, hmac, same } from './crypto.ts';
import { AS_IT_IS, type Format } from './format.ts';

/** Base64url of `time|base64url(value)|raw mac`. */
export const gorilla: Format = {
  ids: ['gorilla-securecookie'],
  recognise(candidate) {
    const bytes = candidate.text.startsWith('MT') ? fromBase64url(candidate.text) : null;
    const head = bytes ? /^(\d{10})\|([\w-]+={0,2})\|/.exec(bytes.toString('latin1')) : null;
    if (!bytes || !head?.[1] || !head[2]) return null;
    const mac = bytes.subarray(head[0].length);
    const digest = digestOfBytes(mac.length);
    const value = fromBase64url(head[2]);
    if (!digest || !value) return null;
    const serializer = valueKind(value);
    const signed = `${candidate.name ?? ''}|${head[1]}|${head[2]}`;
    return {
      format: 'gorilla-securecookie',
      sure: 'marked',
      signed: true,
      encrypted: serializer === undefined,
      digest,
      serializer,
      issuedAt: Number(head[1]),
      problems: [],
      sealed: { text: signed, mac: mac.toString('hex') },
      verify: (key) => (same(hmac(digest, key.bytes, signed), mac) ? AS_IT_IS : null),
    };
  },
};

/** Gob begins with a message length and a negative type id; anything else unreadable is encrypted. */
function valueKind(value: Buffer): string | undefined {
  if (jsonValue(value) !== undefined) return 'json';
  const first = value[0] ?? 0;
  // A message's length below 128: of the whole value for a text, else of a type whose id is negative (ff 81 …).
  const ofType = value[1] === 0xff && (value[2] ?? 0) >= 0x81;
  return first > 0 && first < 128 && (ofType || first === value.length - 1) ? 'gob' : undefined;
}

export const oauth2Proxy: Format = {
  ids: ['oauth2-proxy'],
  recognise(candidate) {
    const match = /^([\w-]+={0,2})\|(\d{10})\|([\w-]{43}=)$/.exec(candidate.text);
    const mac = fromBase64url(match?.[3] ?? '');
    if (!match?.[1] || !match[2] || !mac || !fromAnyBase64(match[1])) return null;
    const signed = `${candidate.name ?? ''}${match[1]}${match[2]}`;
    return {
      format: 'oauth2-proxy',
      sure: 'marked',
      signed: true,
      encrypted: true,
      digest: 'sha256',
      issuedAt: Number(match[2]),
      problems: [],
      verify: (key) => (same(hmac('sha256', key.bytes, signed), mac) ? AS_IT_IS : null),
    };
  },
};
