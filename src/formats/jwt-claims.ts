/**
 * The claims of a JWT that matter for a session (RFC 7519 §4.1), and what is wrong with its times by
 * themselves. Does not judge them against a clock.
 *
 * @module
 */
import type { JsonObject } from '../parse/json.ts';
import type { Claims, Problem } from './format.ts';
import { clip } from './jose-header.ts';

const TEN_YEARS_S = 315_576_000;
/** Seconds beyond the year 5138 can only be milliseconds. */
const MILLISECONDS = 100_000_000_000;

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

/** A time in seconds, whatever unit the token used; undefined when there is none. */
export function seconds(time: number | undefined): number | undefined {
  return time !== undefined && time > MILLISECONDS ? time / 1000 : time;
}
