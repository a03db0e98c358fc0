/**
 * JWS compact serialisation and JWT (RFC 7515, RFC 7519). Reads header and claims without a key; checks
 * HS, RS, PS, ES and EdDSA signatures. Does not judge claims against a clock or a contract.
 *
 * @module
 */
import {
  constants,
  createHmac,
  type KeyObject,
  timingSafeEqual,
  verify as verifySignature,
} from 'node:crypto';
import type { Json } from '../model.ts';
import { fromBase64url } from '../parse/base64.ts';
import { isObject, type JsonObject, jsonObject } from '../parse/json.ts';
import {
  AS_IT_IS,
  type Candidate,
  type Claims,
  type Format,
  type Match,
  type Material,
  type Problem,
  type Reading,
} from './format.ts';

/** Header members that are safe to show; values are clipped. */
const HEADER_SHOWN = ['alg', 'typ', 'cty', 'kid', 'enc', 'zip', 'crit', 'b64', 'x5t', 'x5t#S256', 'p2c'];
/** Header members that name or bring a key. Reported by name, never followed. */
const HEADER_KEYS = ['jwk', 'jku', 'x5u', 'x5c'];
const TEN_YEARS_S = 315_576_000;
/** Seconds beyond the year 5138 can only be milliseconds. */
const MILLISECONDS = 100_000_000_000;

export const jws: Format = {
  ids: ['jws'],
  recognise(candidate) {
    const { text } = candidate;
    if (!text.startsWith('e')) return null;
    const one = text.indexOf('.');
    const two = one < 0 ? -1 : text.indexOf('.', one + 1);
    if (two < 0 || text.includes('.', two + 1)) return null;
    const head = headOf(text.slice(0, one));
    const signature = text.slice(two + 1);
    if (!head || !URL_SAFE.test(signature)) return null;
    const body = text.slice(one + 1, two);
    // Decoding drops what is no base64url; JSON that comes out is proof enough, anything else is checked.
    const payload = body === '' ? null : jsonObject(Buffer.from(body, 'base64url'));
    if (!payload && !URL_SAFE.test(body)) return null;
    return readJws(candidate, head, payload, body, signature);
  },
};

const URL_SAFE = /^[A-Za-z0-9_-]*={0,2}$/;

/** What a header tells, once for all tokens that share it. */
interface Head {
  readonly alg: string;
  readonly digest: string | undefined;
  readonly kid: string | undefined;
  readonly signed: boolean;
  readonly deterministic: boolean;
  readonly shown: Readonly<Record<string, Json>>;
  readonly problems: readonly Problem[];
  /** No kid: one in the payload would be misplaced. */
  readonly kidless: boolean;
}

/** Headers met lately: millions of tokens share a few. */
const heads = new Map<string, Head>();
const MAX_HEADS = 1000;

function headOf(part: string): Head | null {
  const known = heads.get(part);
  if (known) return known;
  const head = joseHeader(part);
  if (!head || typeof head['alg'] !== 'string' || head['enc'] !== undefined) return null;
  const alg = clip(head['alg']);
  const made: Head = {
    alg,
    digest: digestOf(alg),
    kid: kidOf(head),
    signed: alg.toLowerCase() !== 'none',
    deterministic: /^(?:HS|RS|Ed)/.test(alg),
    shown: shownHeader(head),
    problems: headerProblems(head),
    kidless: head['kid'] === undefined,
  };
  if (heads.size >= MAX_HEADS) heads.clear();
  heads.set(part, made);
  return made;
}

/** The JSON object in a base64url JOSE header, or null. */
export function joseHeader(part: string): JsonObject | null {
  const bytes = part.length > 16_384 ? null : fromBase64url(part);
  return bytes?.[0] === 0x7b ? jsonObject(bytes) : null;
}

/** True of the header and one part more: a token of which the rest was cut off. */
export function isHalfToken(text: string): boolean {
  const dot = text.startsWith('eyJ') ? text.indexOf('.') : -1;
  return (
    dot > 0 && !text.includes('.', dot + 1) && typeof joseHeader(text.slice(0, dot))?.['alg'] === 'string'
  );
}

function readJws(
  candidate: Candidate,
  head: Head,
  payload: JsonObject | null,
  body: string,
  signature: string,
): Reading {
  const { claims, problems } = readClaims(payload);
  if (!payload && body !== '') problems.push('payload-not-json');
  if (head.kidless && typeof payload?.['kid'] === 'string') problems.push('kid-in-payload');
  problems.push(...head.problems);
  const whole = hasLengthOf(head.alg, signature.length);
  if (!whole) problems.push('signature-length');
  const signingInput = candidate.text.slice(0, candidate.text.length - signature.length - 1);
  return {
    format: 'jws',
    sure: 'marked',
    signed: head.signed && signature !== '',
    encrypted: false,
    alg: head.alg,
    digest: head.digest,
    kid: head.kid,
    header: head.shown,
    claims,
    issuedAt: seconds(claims.iat),
    expiresAt: seconds(claims.exp),
    serializer: payload ? 'json' : undefined,
    problems,
    sealed: head.deterministic && whole ? { text: signingInput, mac: signature } : undefined,
    verify: whole ? (key) => verifyJws(head.alg, signingInput, signature, key) : undefined,
  };
}

/** Base64url digits of each alg's signature (RFC 7518 §3, RFC 8037); RSA's depends on the key. */
const SIGNATURE: Readonly<Record<string, number>> = {
  HS256: 43,
  HS384: 64,
  HS512: 86,
  ES256: 86,
  ES256K: 86,
  ES384: 128,
  ES512: 176,
  Ed25519: 86,
};

const ED448 = 152;

/** True when a signature of this alg can be so long. RSA keys have 1024 bits or more, by the 128. */
function hasLengthOf(alg: string, digits: number): boolean {
  if (digits === 0) return alg.toLowerCase() === 'none';
  const own = SIGNATURE[alg];
  if (own !== undefined) return digits === own;
  if (alg === 'EdDSA') return digits === SIGNATURE['Ed25519'] || digits === ED448;
  if (!/^[RP]S/.test(alg)) return true;
  const bytes = (digits * 3) >> 2;
  return bytes >= 128 && bytes % 16 === 0 && Math.ceil((bytes * 4) / 3) === digits;
}

const TIMES = ['iat', 'exp', 'nbf'] as const;
const TEXTS = ['iss', 'aud', 'azp', 'client_id', 'token_use'] as const;

/** The claims that matter out of a payload, and what is wrong with them. */
export function readClaims(payload: JsonObject | null): { claims: Claims; problems: Problem[] } {
  const problems: Problem[] = [];
  if (!payload) return { claims: {}, problems };
  const claims: { -readonly [K in keyof Claims]: Claims[K] } = {};
  for (const name of TIMES) {
    const value = payload[name];
    if (value === undefined || value === null) continue;
    if (typeof value === 'number' && Number.isFinite(value)) claims[name] = value;
    else if (!problems.includes('time-not-a-number')) problems.push('time-not-a-number');
  }
  for (const name of TEXTS) {
    const value = payload[name];
    if (typeof value === 'string') claims[name] = clip(value);
  }
  const aud = payload['aud'];
  if (Array.isArray(aud))
    claims.aud = aud
      .filter((one): one is string => typeof one === 'string')
      .slice(0, 10)
      .map(clip);
  if (payload['iss'] !== undefined && claims.iss === undefined) problems.push('iss-not-text');
  problems.push(...timeProblems(claims));
  return { claims, problems };
}

/** What can be wrong with the two times of a token, a bit each, in the order in which it is told. */
const TIME_PROBLEMS: readonly Problem[] = [
  'exp-milliseconds',
  'iat-milliseconds',
  'no-expiry',
  'exp-before-iat',
  'lifetime-absurd',
  'lifetime-short',
];
/** A sum of `1 << index of TIME_PROBLEMS`. */
export type TimeFaults = number;

/** What is wrong with the times of one token. Seconds. */
export function timeFaults(iat: number | undefined, exp: number | undefined): TimeFaults {
  const faults =
    (exp !== undefined && exp > MILLISECONDS ? 1 : 0) |
    (iat !== undefined && iat > MILLISECONDS ? 2 : 0) |
    (exp === undefined ? 4 : 0);
  if (exp === undefined || iat === undefined || faults !== 0) return faults;
  if (exp <= iat) return 8;
  return exp - iat > TEN_YEARS_S ? 16 : exp - iat < 60 ? 32 : 0;
}

function timeProblems({ iat, exp }: Claims): Problem[] {
  const faults = timeFaults(iat, exp);
  return faults === 0 ? [] : TIME_PROBLEMS.filter((_, index) => (faults >> index) & 1);
}

function headerProblems(head: JsonObject): Problem[] {
  const problems: Problem[] = [];
  if (String(head['alg']).toLowerCase() === 'none') problems.push('alg-none');
  if (HEADER_KEYS.some((name) => head[name] !== undefined)) problems.push('key-embedded');
  if (head['crit'] !== undefined) problems.push('critical-header');
  return problems;
}

/** What of a JOSE header may be shown. Members that bring a key are named without their value. */
export function shownHeader(head: JsonObject): Record<string, Json> {
  const shown: Record<string, Json> = {};
  for (const name of HEADER_SHOWN) {
    const value = head[name];
    if (typeof value === 'string') shown[name] = clip(value);
    else if (typeof value === 'number' || typeof value === 'boolean') shown[name] = value;
    else if (Array.isArray(value)) shown[name] = value.slice(0, 10).map((one) => clip(String(one)));
  }
  for (const name of HEADER_KEYS) if (head[name] !== undefined) shown[name] = '(present, not followed)';
  return shown;
}

/** The header's kid as text; verifiers compare it as text, whatever JSON type the issuer used. */
export function kidOf(head: JsonObject): string | undefined {
  const kid = head['kid'];
  return typeof kid === 'string' || typeof kid === 'number' ? clip(String(kid)) : undefined;
}

/** Digest inside a JWS alg (RFC 7518 §3.1, RFC 8037). */
export function digestOf(alg: string): string | undefined {
  const bits = /^(?:HS|RS|PS|ES)(256|384|512)$/.exec(alg)?.[1];
  if (bits) return `sha${bits}`;
  if (alg === 'ES256K') return 'sha256';
  return alg === 'EdDSA' || alg === 'Ed25519' ? 'sha512' : undefined;
}

/**
 * Checks one signature with one key: the match, or null. The key's type must fit the alg, so that a
 * public key is never used as an HMAC secret (the classic confusion). Does not look at claims.
 */
export function verifyJws(
  alg: string,
  signingInput: string | Buffer,
  signature: string,
  key: Material,
): Match | null {
  const digest = digestOf(alg);
  if (!digest || signature === '') return null;
  if (key.alg !== undefined && key.alg !== alg && !(alg === 'EdDSA' && key.alg === 'Ed25519')) return null;
  const mac = Buffer.from(signature, 'base64url');
  if (alg.startsWith('HS')) {
    if (key.object !== undefined || key.bytes.length === 0) return null;
    const expected = createHmac(digest, key.bytes).update(signingInput).digest();
    return expected.length === mac.length && timingSafeEqual(expected, mac) ? AS_IT_IS : null;
  }
  if (!key.object || !fits(alg, key.object)) return null;
  try {
    return verifySignature(
      alg.startsWith('Ed') ? null : digest,
      typeof signingInput === 'string' ? Buffer.from(signingInput, 'ascii') : signingInput,
      alg.startsWith('PS')
        ? {
            key: key.object,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
          }
        : alg.startsWith('ES')
          ? { key: key.object, dsaEncoding: 'ieee-p1363' }
          : key.object,
      mac,
    )
      ? AS_IT_IS
      : null;
  } catch {
    return null;
  }
}

const CURVES: Readonly<Record<string, string>> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
  ES256K: 'secp256k1',
};

/** True when a key of this type can have made a signature of this alg. */
export function fits(alg: string, key: KeyObject): boolean {
  const type = key.asymmetricKeyType;
  if (alg.startsWith('RS')) return type === 'rsa';
  if (alg.startsWith('PS')) return type === 'rsa' || type === 'rsa-pss';
  if (alg.startsWith('ES')) return type === 'ec' && key.asymmetricKeyDetails?.namedCurve === CURVES[alg];
  return type === 'ed25519' || (alg === 'EdDSA' && type === 'ed448');
}

/** A time in seconds, whatever unit the token used; undefined when there is none. */
export function seconds(time: number | undefined): number | undefined {
  return time !== undefined && time > MILLISECONDS ? time / 1000 : time;
}

function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** True when `value` is a JWK Set: an object with a list of keys. */
export function isJwkSet(value: unknown): value is { readonly keys: readonly JsonObject[] } {
  return isObject(value) && Array.isArray(value['keys']) && value['keys'].every(isObject);
}
