/**
 * Strict base64 and base64url (RFC 4648 §4, §5). `Buffer.from` accepts anything and drops what it does
 * not know; telling formats apart needs a decoder that refuses.
 *
 * @module
 */

const URL_SAFE = /^[A-Za-z0-9_-]*={0,2}$/;
const STANDARD = /^[A-Za-z0-9+/]*={0,2}$/;

/** Base64url with or without padding, or null when it is not that (empty text is not). */
export function fromBase64url(text: string): Buffer | null {
  return URL_SAFE.test(text) ? decoded(text, 'base64url') : null;
}

/** Standard base64 with or without padding, or null when it is not that (empty text is not). */
export function fromBase64(text: string): Buffer | null {
  return STANDARD.test(text) ? decoded(text, 'base64') : null;
}

/** Either alphabet, but not both in one text. */
export function fromAnyBase64(text: string): Buffer | null {
  return fromBase64url(text) ?? fromBase64(text);
}

/** Hexadecimal of even length, or null. */
export function fromHex(text: string): Buffer | null {
  return text.length > 0 && text.length % 2 === 0 && /^[0-9a-f]*$/i.test(text)
    ? Buffer.from(text, 'hex')
    : null;
}

function decoded(text: string, encoding: 'base64' | 'base64url'): Buffer | null {
  const digits = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  if (digits === 0 || digits % 4 === 1) return null;
  if (digits !== text.length && text.length % 4 !== 0) return null;
  return Buffer.from(text, encoding);
}
