/**
 * THE ORDER OF RECOGNITION: the first format that reads a credential names it. An order is needed because
 * shapes overlap; it is tested over all samples. A format that is not listed here does not exist.
 *
 * @module
 */
import type { Carried } from '../parse/carried.ts';
import type { Candidate, Format, Problem, Reading } from './format.ts';
import { jws } from './jws.ts';
import { normalise } from './normalise.ts';
import { readOpaque } from './opaque.ts';

/** Every format, in the order in which they are tried. What none of them reads is opaque. */
export const formats: readonly Format[] = [jws];

/** Browsers refuse a cookie whose name and value are longer (RFC 6265bis §5.6). Octets. */
const COOKIE_LIMIT = 4096;
const COOKIE_NEAR = 3800;

export interface Recognised {
  readonly candidate: Candidate;
  readonly reading: Reading;
}

/** Reads one credential. Never throws; time is linear in its length. */
export function recognise(carried: Carried): Recognised {
  const candidate = normalise(carried);
  for (const format of formats) {
    const reading = format.recognise(candidate);
    if (reading) return { candidate, reading: withProblems(candidate, reading) };
  }
  return { candidate, reading: withProblems(candidate, readOpaque(candidate)) };
}

/** Adds what can be wrong with any credential, whatever its format. */
function withProblems(candidate: Candidate, reading: Reading): Reading {
  const more: Problem[] = [];
  if (candidate.repairs.includes('redacted')) more.push('redacted');
  else if (candidate.repairs.includes('truncated')) more.push('truncated');
  if (candidate.gap) more.push('chunk-missing');
  if (candidate.name !== null && candidate.chunks === undefined) {
    const length = candidate.name.length + Buffer.byteLength(candidate.value);
    if (length > COOKIE_LIMIT) more.push('oversize');
    else if (length >= COOKIE_NEAR) more.push('large');
  }
  return more.length === 0 ? reading : { ...reading, problems: [...reading.problems, ...more] };
}
