/**
 * Flask-Login's remember cookie (`id|hex128`, HMAC-SHA512, no time in it), and the CSRF cookie of
 * Auth.js and NextAuth (`hex64|hex64`, a plain SHA-256 of token and secret).
 *
 * @module
 */
import { fromHex } from '../parse/base64.ts';
import { hash, hmac, same } from './crypto.ts';
import { AS_IT_IS, type Format } from './format.ts';

export const flaskLogin: Format = {
  ids: ['flask-login-remember'],
  recognise({ text }) {
    const match = /^(.{1,512})\|([0-9a-f]{128})$/s.exec(text);
    const mac = fromHex(match?.[2] ?? '');
    const user = match?.[1];
    if (!mac || user === undefined) return null;
    return {
      format: 'flask-login-remember',
      sure: 'marked',
      signed: true,
      encrypted: false,
      digest: 'sha512',
      problems: [],
      sealed: { text: user, mac: mac.toString('hex') },
      verify: (key) => (same(hmac('sha512', key.bytes, user), mac) ? AS_IT_IS : null),
    };
  },
};

export const authjsCsrf: Format = {
  ids: ['authjs-csrf'],
  recognise({ text }) {
    const match = /^([0-9a-f]{64})\|([0-9a-f]{64})$/.exec(text);
    const mac = fromHex(match?.[2] ?? '');
    const token = match?.[1];
    if (!mac || token === undefined) return null;
    return {
      format: 'authjs-csrf',
      sure: 'marked',
      signed: true,
      encrypted: false,
      digest: 'sha256',
      problems: [],
      sealed: { text: token, mac: mac.toString('hex') },
      verify: (key) => (same(hash('sha256', token, key.bytes), mac) ? AS_IT_IS : null),
    };
  },
};
