/**
 * Tornado's secure cookies: v2 with key version (its kid) and SHA256, v1 with SHA1. Both bind the name.
 * Source: tornado.web.create_signed_value.
 *
 * @module
 */
import { fromHex } from '../parse/base64.ts';
import { jsonObject } from '../parse/json.ts';
import { hmac, same } from './crypto.ts';
import type { Format, Match, Material } from './format.ts';

const V2 = /^(2\|1:(\d)\|10:(\d{10})\|\d{1,4}:[^|]*\|\d{1,6}:[^|]*\|)([0-9a-f]{64})$/;
const V1 = /^([A-Za-z0-9+/]+={0,2})\|(\d{10})\|([0-9a-f]{40})$/;

export const tornado: Format = {
  ids: ['tornado-signed-v2', 'tornado-signed-v1'],
  recognise(candidate) {
    const v2 = V2.exec(candidate.text);
    const v1 = v2 ? null : V1.exec(candidate.text);
    const mac = fromHex(v2?.[4] ?? v1?.[3] ?? '');
    if (!mac) return null;
    const digest = v2 ? 'sha256' : 'sha1';
    const signed = v2?.[1] ?? `${candidate.name ?? ''}${v1?.[1]}${v1?.[2]}`;
    return {
      format: v2 ? 'tornado-signed-v2' : 'tornado-signed-v1',
      sure: 'marked',
      signed: true,
      encrypted: false,
      digest,
      kid: v2?.[2],
      issuedAt: Number(v2?.[3] ?? v1?.[2]),
      problems: [],
      sealed: { text: signed, mac: mac.toString('hex') },
      verify: (key) => check(key, v2?.[2] ?? '0', digest, signed, mac),
    };
  },
};

/** A secret may be a map of versions, `{"1": "…", "2": "…"}`: then the one of the cookie's key version counts. */
function check(key: Material, version: string, digest: string, signed: string, mac: Buffer): Match | null {
  if (same(hmac(digest, key.bytes, signed), mac)) return { derivation: '' };
  const own = key.bytes[0] === 0x7b ? jsonObject(key.bytes)?.[version] : undefined;
  return typeof own === 'string' && same(hmac(digest, own, signed), mac)
    ? { derivation: `key version ${version}` }
    : null;
}
