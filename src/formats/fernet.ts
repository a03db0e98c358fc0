/**
 * Fernet (github.com/fernet/spec), as aiohttp-session writes it: `0x80 | time u64 | iv 16 | ct | mac 32`.
 *
 * @module
 */
import { fromBase64url } from '../parse/base64.ts';
import { hmac, same } from './crypto.ts';
import { AS_IT_IS, type Format } from './format.ts';
import { plausible } from './python.ts';

export const fernet: Format = {
  ids: ['fernet'],
  recognise({ text }) {
    const bytes = text.startsWith('gAAAA') ? fromBase64url(text) : null;
    if (!bytes || bytes.length < 73 || (bytes.length - 57) % 16 !== 0) return null;
    const issuedAt = Number(bytes.readBigUInt64BE(1));
    if (!plausible(issuedAt)) return null;
    return {
      format: 'fernet',
      sure: 'marked',
      signed: true,
      encrypted: true,
      alg: 'aes-128-cbc+hmac-sha256',
      digest: 'sha256',
      issuedAt,
      problems: [],
      verify: (key) =>
        key.bytes.length === 32 &&
        same(hmac('sha256', key.bytes.subarray(0, 16), bytes.subarray(0, -32)), bytes.subarray(-32))
          ? AS_IT_IS
          : null,
    };
  },
};
