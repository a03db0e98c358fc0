/**
 * Mojolicious sessions: base64 JSON whose `=` became `-`, then `--` and a hex MAC over `name=value`, so
 * renaming the cookie alone breaks it. SHA1 up to 8.x, SHA256 from 9.x.
 *
 * @module
 */
import { fromAnyBase64, fromHex } from '../parse/base64.ts';
import { jsonObject } from '../parse/json.ts';
import { digestOfBytes, hmac, same } from './crypto.ts';
import { AS_IT_IS, type Candidate, type Format, type Reading } from './format.ts';

/**
 * Text that the app signed itself (`signed_cookie`): nothing in `text--hex` marks it, a build id looks the
 * same, so only the key can tell. Undefined for any other shape.
 */
export function readSignedText({
  name,
  text,
}: Candidate): Pick<Reading, 'alternatives' | 'verify'> | undefined {
  const match = /^(.+)--([0-9a-f]{40}|[0-9a-f]{64})$/s.exec(text);
  const mac = fromHex(match?.[2] ?? '');
  const digest = mac ? digestOfBytes(mac.length) : undefined;
  if (!mac || !digest || name === null) return undefined;
  const signed = `${name}=${match?.[1]}`;
  return {
    alternatives: ['mojolicious-signed'],
    verify: (key) =>
      same(hmac(digest, key.bytes, signed), mac)
        ? { derivation: '', format: 'mojolicious-signed', digest }
        : null,
  };
}

export const mojolicious: Format = {
  ids: ['mojolicious-signed'],
  recognise(candidate) {
    const match = /^([A-Za-z0-9+/]+)(-{0,2})--([0-9a-f]{40}|[0-9a-f]{64})$/.exec(candidate.text);
    if (!match?.[1] || match[2] === undefined || !match[3]) return null;
    if (match[2] === '' && candidate.name !== 'mojolicious') return null;
    const bytes = fromAnyBase64(match[1]);
    // 8.x pads short sessions with Z after the closing brace.
    const payload = bytes ? jsonObject(bytes.toString('utf8').replace(/\}Z*$/, '}')) : null;
    const mac = fromHex(match[3]);
    const digest = mac ? digestOfBytes(mac.length) : undefined;
    if (!payload || !mac || !digest) return null;
    const value = `${match[1]}${match[2]}`;
    const expires = payload['expires'];
    return {
      format: 'mojolicious-signed',
      sure: match[2] === '' ? 'readable' : 'marked',
      signed: true,
      encrypted: false,
      digest,
      serializer: 'json',
      expiresAt: typeof expires === 'number' ? expires : undefined,
      problems: [],
      sealed: { text: `${candidate.name}=${value}`, mac: match[3] },
      verify: (key) =>
        same(hmac(digest, key.bytes, `${candidate.name ?? ''}=${value}`), mac) ? AS_IT_IS : null,
    };
  },
};
