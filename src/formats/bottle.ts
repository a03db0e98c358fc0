/**
 * Bottle: `!base64(mac)?base64(pickle)`. MD5 in 0.12, SHA256 in 0.13. Pickles are never opened.
 *
 * @module
 */
import { fromBase64 } from '../parse/base64.ts';
import { digestOfBytes, hmac, same } from './crypto.ts';
import { AS_IT_IS, type Format } from './format.ts';

export const bottle: Format = {
  ids: ['bottle-signed'],
  recognise({ text }) {
    const match = /^!([A-Za-z0-9+/]{22,88}={0,2})\?([A-Za-z0-9+/]+={0,2})$/.exec(text);
    const mac = match?.[1] ? fromBase64(match[1]) : null;
    const digest = mac ? digestOfBytes(mac.length) : undefined;
    const signed = match?.[2];
    if (!mac || !digest || !signed) return null;
    return {
      format: 'bottle-signed',
      sure: 'marked',
      signed: true,
      encrypted: false,
      digest,
      serializer: 'pickle',
      problems: [],
      sealed: { text: signed, mac: mac.toString('hex') },
      verify: (key) => (same(hmac(digest, key.bytes, signed), mac) ? AS_IT_IS : null),
    };
  },
};
