/**
 * Supabase SSR: `base64-` and a JSON session, in chunks of 3180 characters. The session is not signed; the
 * access token in it is, and that is what is verified.
 *
 * @module
 */
import { fromAnyBase64 } from '../parse/base64.ts';
import { jsonObject } from '../parse/json.ts';
import type { Format } from './format.ts';
import { jws } from './jws.ts';

export const supabase: Format = {
  ids: ['supabase-session'],
  recognise(candidate) {
    if (!candidate.text.startsWith('base64-eyJ')) return null;
    const bytes = fromAnyBase64(candidate.text.slice(7));
    const session = bytes ? jsonObject(bytes) : null;
    const token = session?.['access_token'];
    const inner =
      typeof token === 'string'
        ? jws.recognise({ name: null, value: token, text: token, repairs: [] })
        : null;
    return {
      format: 'supabase-session',
      sure: 'marked',
      signed: false,
      encrypted: false,
      alg: inner?.alg,
      kid: inner?.kid,
      header: inner?.header,
      claims: inner?.claims,
      issuedAt: inner?.issuedAt,
      expiresAt: inner?.expiresAt,
      serializer: 'json',
      problems: session ? (inner?.problems ?? []) : ['truncated'],
      verify: inner?.verify,
    };
  },
};
