/**
 * Plack::Session::State::Cookie: `time:base64(Storable):hex mac`, SHA1.
 *
 * @module
 */
import { fromHex } from '../parse/base64.ts';
import { hmac, same } from './crypto.ts';
import { AS_IT_IS, type Format } from './format.ts';

export const plack: Format = {
  ids: ['plack-session-cookie'],
  recognise({ text }) {
    const match = /^(\d{10}(?:\.\d{1,9})?):([A-Za-z0-9+/]+={0,2}):([0-9a-f]{40})$/.exec(text);
    const mac = fromHex(match?.[3] ?? '');
    const signed = match?.[2];
    if (!mac || !signed) return null;
    return {
      format: 'plack-session-cookie',
      sure: 'marked',
      signed: true,
      encrypted: false,
      digest: 'sha1',
      serializer: signed.startsWith('BQ') ? 'perl Storable' : undefined,
      issuedAt: Number(match?.[1]),
      problems: [],
      sealed: { text: signed, mac: mac.toString('hex') },
      verify: (key) => (same(hmac('sha1', key.bytes, signed), mac) ? AS_IT_IS : null),
    };
  },
};
