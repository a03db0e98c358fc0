/**
 * A value as it was carried → the text that formats are recognised in. Undoes quoting and percent-
 * encoding, mends what wrapping and form-decoding did, and says what was done. The wire form is kept.
 *
 * @module
 */
import type { Carried } from '../parse/carried.ts';
import type { Candidate, Repair } from './format.ts';

/** Larger values are cut: no cookie or header is this large. UTF-16 units. */
const MAX_VALUE = 131_072;
/** What people and log shippers put in place of a secret. */
const MASK = /…|\.\.\.|\*{3,}|\[(?:REDACTED|Redacted|Filtered|FILTERED|redacted)\]|<(?:masked|redacted)>/;
/** Lengths at which logs and columns cut. */
const ROUND_LIMITS = new Set([
  100, 120, 128, 200, 250, 255, 256, 500, 512, 1000, 1024, 2000, 2048, 4000, 4095, 4096,
]);

/** Normalises one value. Never throws; linear. `+` never becomes a space. */
export function normalise(carried: Carried): Candidate {
  const repairs: Repair[] = [];
  let text = carried.value.length > MAX_VALUE ? carried.value.slice(0, MAX_VALUE) : carried.value;
  if (PLAIN.test(text)) return { ...carried, text, repairs };
  text = text.trim();
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) {
    text = unquote(text.slice(1, -1));
    repairs.push('quoted');
  }
  const once = percentDecode(text);
  if (once !== text) {
    repairs.push('percent-encoded');
    const twice = percentDecode(once);
    if (twice !== once) repairs.push('double-encoded');
    text = twice;
  }
  if (/^[\w+/=.:;|*~!?\s-]+$/.test(text) && /\s/.test(text)) {
    const wrapped = /[\r\n]/.test(text);
    repairs.push(wrapped ? 'wrapped' : 'plus-became-space');
    text = wrapped ? text.replace(/\s+/g, '') : text.replace(/ /g, '+');
  }
  if (MASK.test(text)) repairs.push('redacted');
  return { ...carried, text, repairs };
}

/** Nothing to undo: no quotes, escapes, blanks or masks (three dots are two more than any token has in a row). */
const PLAIN = /^(?:[\w-]+\.){0,4}[\w-]*$/;

/** True when the value's length is one at which things get cut. */
export function cutLength(carried: Carried): boolean {
  return ROUND_LIMITS.has(carried.value.length);
}

/** Python's and RFC 2109's quoting: `\"`, `\\` and octal `\ooo`. */
function unquote(inner: string): string {
  return inner.replace(/\\([0-3][0-7][0-7]|.)/g, (_, one: string) =>
    one.length === 3 ? String.fromCharCode(Number.parseInt(one, 8)) : one,
  );
}

function percentDecode(text: string): string {
  if (!/%[0-9a-fA-F]{2}/.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
