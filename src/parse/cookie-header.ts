/**
 * The `Cookie:` request header, as it arrived: every pair, in order, duplicates included.
 *
 * @module
 */

/** A request header larger than this is refused by every server; the rest is not read. UTF-16 units. */
const MAX_HEADER = 262_144;
/** Chromium sends at most 180 cookies a site; far more is an attack or a broken client. */
const MAX_PAIRS = 4096;

/** One `name=value` of a Cookie header. A piece without `=` has the name '' (as browsers send nameless cookies). */
export type CookiePair = readonly [name: string, value: string];

/**
 * Splits a Cookie header's value at `;`, each piece at its first `=`. Spaces and tabs around name and
 * value go; nothing is decoded, unquoted or merged, because a name that comes twice is the evidence.
 * Several Cookie headers (HTTP/2 splits them) are joined with `; ` before. Never throws.
 */
export function parseCookieHeader(header: string): readonly CookiePair[] {
  const pairs: CookiePair[] = [];
  for (const piece of header.slice(0, MAX_HEADER).split(';')) {
    const text = trimBlanks(piece);
    if (text === '') continue;
    const equals = text.indexOf('=');
    pairs.push(
      equals < 0 ? ['', text] : [trimBlanks(text.slice(0, equals)), trimBlanks(text.slice(equals + 1))],
    );
    if (pairs.length === MAX_PAIRS) break;
  }
  return pairs;
}

/** Names that come more than once, in order of first appearance, with their values in order. */
export function duplicatesOf(pairs: readonly CookiePair[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const list = values.get(name);
    if (list) list.push(value);
    else values.set(name, [value]);
  }
  return new Map([...values].filter(([, list]) => list.length > 1));
}

/** Without spaces and tabs at both ends (RFC 9110's optional white space; `trim` would take more). */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (text[start] === ' ' || text[start] === '\t')) start++;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return text.slice(start, end);
}
