/**
 * JWS compact serialisation and JWT (RFC 7515, RFC 7519). Reads header and claims without a key. Does not
 * judge claims against a clock or a contract.
 *
 * @module
 */
import type { Json } from '../model.ts';
import { type JsonObject, jsonObject } from '../parse/json.ts';
import type { Candidate, Format, Problem, Reading } from './format.ts';
import { clip, headerProblems, joseHeader, kidOf, shownHeader } from './jose-header.ts';
import { readClaims, seconds } from './jwt-claims.ts';
import { digestOf, hasLengthOf, verifyJws } from './jws-signature.ts';

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
