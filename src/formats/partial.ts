/**
 * What the beginning of a credential tells when the rest was cut off or masked. A guess, and it says so:
 * nothing here can be verified.
 *
 * @module
 */
import { fromAnyBase64 } from '../parse/base64.ts';
import { guid } from './aspnetcore.ts';
import type { Candidate, Reading } from './format.ts';

/** Beginnings that name a format by themselves. First match wins. */
const BEGINNINGS: readonly (readonly [RegExp, string])[] = [
  [/^Fe26\.2\*/, 'iron'],
  [/^CfDJ8/, 'aspnetcore-dataprotection'],
  [/^v[1-4]\.(?:local|public)\./, 'paseto'],
  [/^SFMyNTY\./, 'plug-signed'],
  [/^XCP\./, 'plug-encrypted-xcp'],
  [/^base64-eyJ/, 'supabase-session'],
  [/^s:/, 'cookie-signature'],
  [/^eyJpdiI6/, 'laravel-encrypted-cbc'],
  [/^eyJfcmFpbHMi/, 'rails-signed'],
  [/^BAh/, 'rails-signed'],
];

/** Reads what is left of a masked or truncated credential, or null when its beginning says nothing. */
export function readPartial(candidate: Candidate): Reading | null {
  const { text } = candidate;
  const named = BEGINNINGS.find(([pattern]) => pattern.test(text))?.[1] ?? joseKind(text);
  if (named === undefined) return null;
  const format = named === 'paseto' ? `paseto.${text.split('.').slice(0, 2).join('.')}` : named;
  const encrypted = /encrypted|jwe|iron|dataprotection|local/.test(format);
  return { format, sure: 'shape', signed: true, encrypted, kid: kidOf(format, text), problems: [] };
}

/** A JOSE header may be cut anywhere: what can be read of it tells an encrypted token from a signed one. */
function joseKind(text: string): string | undefined {
  const head = /^(eyJ[\w-]*)/.exec(text)?.[1];
  if (head === undefined) return undefined;
  const readable = Buffer.from(head, 'base64url').toString('latin1');
  if (!/^\{"(?:alg|enc|typ|kid)"/.test(readable)) return undefined;
  return /"enc"|"alg":"(?:dir|RSA-|A\d{3}|ECDH|PBES2|d$|di$)/.test(readable) ? 'jwe' : 'jws';
}

function kidOf(format: string, text: string): string | undefined {
  if (format === 'iron') return /^Fe26\.2\*([^*]*)\*/.exec(text)?.[1];
  if (format !== 'aspnetcore-dataprotection' || text.length < 28) return undefined;
  const bytes = fromAnyBase64(text.slice(0, 28));
  return bytes ? guid(bytes.subarray(4, 20)) : undefined;
}
