/**
 * Pyramid and WebOb: sessions signed by SignedSerializer, and auth_tkt (also of mod_auth_tkt).
 * Source: webob.cookies, pyramid.authentication.
 *
 * @module
 */
import { fromBase64url } from '../parse/base64.ts';
import { jsonValue } from '../parse/json.ts';
import { digestOfBytes, hash, hmac, same } from './crypto.ts';
import type { Extras, Format, Match, Material } from './format.ts';
import { plausible } from './python.ts';

/** Base64url of `mac | JSON`; the digest is where the JSON begins. */
export const webob: Format = {
  ids: ['webob-signed'],
  recognise({ text }) {
    if (text.length < 40 || text.length > 16_384) return null;
    const bytes = fromBase64url(text);
    if (!bytes) return null;
    for (const length of [64, 32, 20, 48]) {
      if (bytes[length] !== 0x5b && bytes[length] !== 0x7b) continue;
      const body = bytes.subarray(length);
      const value = jsonValue(body);
      if (value === undefined) continue;
      const mac = bytes.subarray(0, length);
      const digest = digestOfBytes(length) ?? 'sha512';
      const created: unknown = Array.isArray(value) ? value[1] : undefined;
      return {
        format: 'webob-signed',
        sure: 'readable',
        signed: true,
        encrypted: false,
        digest,
        serializer: 'json',
        issuedAt: typeof created === 'number' && plausible(created) ? created : undefined,
        problems: [],
        sealed: { text: body, mac: mac.toString('hex') },
        verify: (key, extras) => check(key, extras, digest, body, mac),
      };
    }
    return null;
  },
};

function check(key: Material, { salts }: Extras, digest: string, body: Buffer, mac: Buffer): Match | null {
  for (const salt of ['pyramid.session.', ...salts])
    if (same(hmac(digest, Buffer.concat([Buffer.from(salt, 'latin1'), key.bytes]), body), mac))
      return { derivation: `salt "${salt}"` };
  return null;
}

const TICKET = /^([0-9a-f]+?)([0-9a-f]{8})([^!]{1,512})!([^!]*)(?:!(.*))?$/s;

/** `digest | hex time | user ! tokens ! data`, hashed twice, not HMAC. */
export const authTkt: Format = {
  ids: ['auth_tkt'],
  recognise({ text }) {
    if (!/^[0-9a-f]{40}/.test(text) || !text.includes('!')) return null;
    for (const [length, digest] of [
      [128, 'sha512'],
      [64, 'sha256'],
      [40, 'sha1'],
      [32, 'md5'],
    ] as const) {
      const mac = text.slice(0, length);
      const match = /^[0-9a-f]+$/.test(mac) ? TICKET.exec(`0${text.slice(length)}`) : null;
      const time = Number.parseInt(text.slice(length, length + 8), 16);
      if (!match || !/^[0-9a-f]{8}/.test(text.slice(length)) || !plausible(time)) continue;
      const rest = text.slice(length + 8).split('!');
      const [user = '', tokens, data] = rest.length > 2 ? rest : [rest[0], '', rest[1]];
      return {
        format: 'auth_tkt',
        sure: 'readable',
        signed: true,
        encrypted: false,
        digest,
        issuedAt: time,
        problems: [],
        verify: (key) => ticket(key, digest, time, [user, tokens ?? '', data ?? ''], mac),
      };
    }
    return null;
  },
};

function ticket(
  key: Material,
  digest: string,
  time: number,
  [user, tokens, data]: readonly [string, string, string],
  mac: string,
): Match | null {
  // The client's address goes in only where the app asked for it; 0.0.0.0 stands for "not".
  const head = Buffer.alloc(8);
  head.writeUInt32BE(time, 4);
  const inner = hash(digest, head, key.bytes, `${user}\0${tokens}\0${data}`).toString('hex');
  return hash(digest, inner, key.bytes).toString('hex') === mac ? { derivation: 'without an address' } : null;
}
