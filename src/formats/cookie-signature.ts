/**
 * `value.base64(HMAC)`: cookie-signature (Express, express-session, React Router, Remix, @fastify/cookie
 * and /session), its padded form (Hono, better-auth), and Express's unsigned JSON cookies. cookie-signature
 * is always SHA256; @fastify/cookie may be set to another digest.
 *
 * @module
 */
import { fromBase64 } from '../parse/base64.ts';
import { digestOfBytes, hmac, same } from './crypto.ts';
import { AS_IT_IS, type Candidate, type Format, type Reading, type Sureness } from './format.ts';
import { check } from './itsdangerous.ts';
import { isHalfToken } from './jose-header.ts';
import { payloadKind } from './python.ts';

/** With Express's mark: `s:value.mac`; `j:` is JSON without a signature. */
export const expressCookie: Format = {
  ids: ['cookie-signature', 'express-json-cookie'],
  recognise({ text }) {
    if (/^j:[[{"]/.test(text))
      return { ...unsigned('express-json-cookie'), serializer: 'json', problems: ['unsigned'] };
    const match = /^s:(.*)\.([A-Za-z0-9+/]{43})$/s.exec(text);
    return match?.[1] === undefined || !match[2]
      ? null
      : signed('cookie-signature', match[1], match[2], 'marked');
  },
};

/** With the padding kept, which only Hono and better-auth do. */
export const paddedSignature: Format = {
  ids: ['cookie-signature-padded'],
  recognise({ text }) {
    const match = /^(.+)\.([A-Za-z0-9+/]{43}=)$/s.exec(text);
    return !match?.[1] || !match[2] ? null : signed('cookie-signature-padded', match[1], match[2], 'marked');
  },
};

/** Without any mark. Python's itsdangerous makes the same shape, so this one asks for a sign of Node. */
export const plainSignature: Format = {
  ids: ['cookie-signature'],
  recognise(candidate) {
    const match = /^(.+)\.([A-Za-z0-9+/]{27}|[A-Za-z0-9+/]{43}|[A-Za-z0-9+/]{86})$/s.exec(candidate.text);
    const [value, tail] = [match?.[1], match?.[2]];
    if (!value || !tail || isHalfToken(candidate.text)) return null;
    const node = signsOfNode(candidate, value, tail);
    if (!node && (value.startsWith('.eJ') || tail.length === 27)) return null;
    const reading = signed('cookie-signature', value, tail, node ? 'readable' : 'shape');
    if (node) return reading;
    const mac = fromBase64(tail) ?? Buffer.alloc(0);
    return {
      ...reading,
      alternatives: ['itsdangerous'],
      verify: (key, extras) =>
        reading.verify?.(key, extras) ?? check(key, extras, reading.digest ?? 'sha256', value, mac),
    };
  },
};

function signsOfNode(candidate: Candidate, value: string, tail: string): boolean {
  // Standard base64 in the tail, percent-encoded or raw, `=` inside the payload, or express-session's id.
  return (
    /[+/]/.test(tail) ||
    /%(?:2B|2F|3D)/i.test(candidate.value) ||
    value.includes('=') ||
    /^[\w-]{32}$/.test(value)
  );
}

function signed(format: string, value: string, tail: string, sure: Sureness): Reading {
  const mac = fromBase64(tail) ?? Buffer.alloc(0);
  const digest = digestOfBytes(mac.length) ?? 'sha256';
  return {
    format,
    sure,
    signed: true,
    encrypted: false,
    digest,
    serializer: payloadKind(value),
    problems: [],
    sealed: { text: value, mac: tail },
    verify: (key) => (same(hmac(digest, key.bytes, value), mac) ? AS_IT_IS : null),
  };
}

function unsigned(format: string): Reading {
  return { format, sure: 'marked', signed: false, encrypted: false, problems: [] };
}
