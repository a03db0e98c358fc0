/**
 * What the beginning of a credential tells when the rest was cut off or masked. A guess, and it says so:
 * nothing here can be verified.
 *
 * @module
 */
import { fromAnyBase64 } from '../parse/base64.ts';
import { jsonObject } from '../parse/json.ts';
import { guid } from './aspnetcore.ts';
import type { Candidate, Reading } from './format.ts';
import { joseHeader } from './jose-header.ts';
import { readClaims, seconds } from './jwt-claims.ts';

type Beginning = readonly [pattern: RegExp, format: string];

/** Beginnings that nothing else has: a value that begins so and was not read did not arrive whole. */
const MARKS: readonly Beginning[] = [
  [/^Fe26\.2\*/, 'iron'],
  [/^CfDJ8/, 'aspnetcore-dataprotection'],
  [/^v[1-4]\.(?:local|public)\./, 'paseto'],
  [/^SFMyNTY\./, 'plug-signed'],
  [/^XCP\./, 'plug-encrypted-xcp'],
  [/^base64-eyJ/, 'supabase-session'],
  [/^eyJpdiI6/, 'laravel-encrypted-cbc'],
  [/^eyJfcmFpbHMi/, 'rails-signed'],
  // A session id with no signature, or a piece of one, after it.
  [/^s:[\w-]{20,}(?:\.[A-Za-z0-9+/]{0,42})?$/, 'cookie-signature'],
  [/^BAh[A-Za-z0-9+/=]{16,}--[0-9a-f]{0,127}$/, 'rails-signed'],
  [/^[A-Za-z0-9+/]{16,}={0,2}--[A-Za-z0-9+/]{16}--[A-Za-z0-9+/]{0,22}=?$/, 'rails-encrypted-gcm'],
  // JSON, or what zlib makes of it, with a time and a piece of a signature.
  [/^(?:\.eJ|eyJ)[\w-]{12,}:[0-9A-Za-z]{6}:[\w-]{0,42}$/, 'django-signed'],
  [/^(?:\.eJ|eyJ)[\w-]{12,}={0,2}\.[\w-]{6}\.[\w-]{0,42}$/, 'itsdangerous-timed'],
  [/^2\|1:\d\|10:\d{10}\|\d{1,3}:/, 'tornado-signed-v2'],
  [/^gAAAAA[\w-]{24,}$/, 'fernet'],
  [/^![A-Za-z0-9+/]{22,86}={0,2}\?[A-Za-z0-9+/]/, 'bottle-signed'],
];

/** Beginnings that other text may have by chance: they count where the length, too, speaks of a cut. */
const HINTS: readonly Beginning[] = [
  [/^s:/, 'cookie-signature'],
  [/^BAh/, 'rails-signed'],
];

/** Reads what is left of a masked credential, or of one with a length at which things get cut; else null. */
export function readPartial(candidate: Candidate): Reading | null {
  return read(candidate, [...MARKS, ...HINTS]);
}

/** Reads the beginning of a credential of which half was pasted, or null when it may be anything. */
export function readHalf(candidate: Candidate): Reading | null {
  const { text } = candidate;
  if (text.length < MIN_HALF) return null;
  // A header that is damaged while the parts after it are there was not cut.
  const damaged = text.includes('.') && joseKind(text) !== undefined && !headOf(text).alg;
  return damaged ? null : read(candidate, MARKS);
}

/** Shorter text is no credential that somebody cut. */
const MIN_HALF = 16;

function read(candidate: Candidate, beginnings: readonly Beginning[]): Reading | null {
  // A quote whose end was cut off.
  const text = candidate.text.replace(/^"/, '');
  const named = beginnings.find(([pattern]) => pattern.test(text))?.[1] ?? joseKind(text);
  if (named === undefined) return null;
  const format = named === 'paseto' ? `paseto.${text.split('.').slice(0, 2).join('.')}` : named;
  const encrypted = /encrypted|jwe|iron|dataprotection|local/.test(format);
  const shown = format === 'jws' || format === 'jwe' ? headOf(text) : { kid: kidOf(format, text) };
  return { format, sure: 'shape', signed: true, encrypted, ...shown, problems: [] };
}

/** What a JOSE header tells that arrived whole, and the claims where those did, too. */
function headOf(text: string): Pick<Reading, 'alg' | 'enc' | 'kid' | 'claims' | 'issuedAt' | 'expiresAt'> {
  const head = joseHeader(text.split('.', 1)[0] ?? '');
  const shown = (member: string): string | undefined => {
    const value = head?.[member];
    return typeof value === 'string' ? value.slice(0, 200) : undefined;
  };
  const body = head && fromAnyBase64(text.split('.', 2)[1] ?? '');
  const { claims } = readClaims(body ? jsonObject(body) : null);
  return {
    alg: shown('alg'),
    enc: shown('enc'),
    kid: shown('kid'),
    claims,
    issuedAt: seconds(claims.iat),
    expiresAt: seconds(claims.exp),
  };
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
