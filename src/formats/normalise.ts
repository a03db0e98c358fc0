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
const MASK =
  /…|\.\.\.|\*{3,}|\[(?:REDACTED|Redacted|Filtered|FILTERED|redacted|filtered)\]|<(?:masked|redacted)>/;
/** Lengths at which logs and columns cut. */
const ROUND_LIMITS = new Set([
  100, 120, 128, 200, 250, 255, 256, 500, 512, 1000, 1024, 2000, 2048, 4000, 4095, 4096,
]);
/** Nothing to undo. */
const PLAIN = /^[\w.-]*$/;

const NONE: readonly Repair[] = [];

/** Normalises one value. Never throws; linear. `+` never becomes a space. */
export function normalise(carried: Carried): Candidate {
  const cut = carried.value.length > MAX_VALUE;
  let text = cut ? carried.value.slice(0, MAX_VALUE) : carried.value;
  if (!cut && PLAIN.test(text) && !text.includes('...')) {
    // Written out: spreading the object costs more than all the rest at a million tokens.
    const { name, value, companion, chunks, gap } = carried;
    return { name, value, companion, chunks, gap, text, repairs: NONE } as Candidate;
  }
  const repairs: Repair[] = cut ? ['truncated'] : [];
  text = text.trim().replace(/;\s*$/, '');
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) {
    text = unquote(text.slice(1, -1));
    repairs.push('quoted');
  }
  // Before decoding: a blank that was sent as %20 is the value's own.
  if (/\s/.test(text) && /^[\w+/=.:;|*~!?%\s-]+$/.test(text)) {
    const wrapped = /[\r\n]/.test(text);
    // Between quotes a blank is the value's own.
    if (wrapped || !repairs.includes('quoted')) {
      repairs.push(wrapped ? 'wrapped' : 'plus-became-space');
      text = wrapped ? text.replace(/\s+/g, '') : text.replace(/ /g, '+');
    }
  }
  const once = percentDecode(text);
  if (once !== text) {
    repairs.push('percent-encoded');
    const twice = percentDecode(once);
    if (twice !== once) repairs.push('double-encoded');
    text = twice;
  }
  const mask = MASK.exec(text);
  if (mask) {
    repairs.push('redacted');
    text = text.slice(0, mask.index);
  } else if (/^[\x21-\x7e]{16,}[\x80-\xff\ufffd]{1,3}$/.test(text)) {
    repairs.push('damaged');
    text = text.replace(/[\x80-\xff\ufffd]+$/, '');
  }
  return { ...carried, text, repairs };
}

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
    // Not UTF-8: byte by byte, so that one bad escape does not hide the rest.
    return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
}
