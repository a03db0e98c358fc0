/**
 * `Cache-Control` and its kin: may a shared cache store this answer? (RFC 9111 §3, §5.2, §7.3)
 *
 * @module
 */

/** Directives by lower-case name; the value is '' when there is none, and unquoted. The first of each counts. */
export type CacheControl = ReadonlyMap<string, string>;

const MAX_HEADER = 8192;

/** Splits a Cache-Control value. Never throws; unknown directives are kept. */
export function parseCacheControl(header: string): CacheControl {
  const found = new Map<string, string>();
  for (const piece of header
    .slice(0, MAX_HEADER)
    .matchAll(/([^\s=,;"]{1,64})(?:\s?=\s?("[^"]{0,512}"|[^\s,;]{0,512}))?/g)) {
    const name = (piece[1] ?? '').toLowerCase();
    const value = (piece[2] ?? '').replace(/^"|"$/g, '');
    if (!found.has(name)) found.set(name, value);
  }
  return found;
}

/** Statuses that a cache may store without being told (RFC 9110 §15.1). */
const HEURISTIC: ReadonlySet<number> = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]);

/**
 * `no`: private or no-store forbids it. `told`: a lifetime or `public` invites it. `untold`: nothing
 * forbids it, so a cache may by its own heuristics. `Set-Cookie` does not inhibit storing (RFC 9111 §7.3).
 * Headers by lower-case name.
 */
export function sharedStorage(
  status: number,
  headers: Readonly<Record<string, string>>,
): 'no' | 'told' | 'untold' {
  // What is meant for CDNs wins over what is meant for everybody (RFC 9213).
  const aimed = headers['cdn-cache-control'] ?? headers['surrogate-control'];
  const directives = parseCacheControl(aimed ?? headers['cache-control'] ?? '');
  // `private="Set-Cookie"` keeps only that field back; the answer may be stored.
  const privately = directives.has('private') && directives.get('private') === '';
  if (directives.has('no-store') || privately) return 'no';
  const lifetime = Number(directives.get('s-maxage') ?? directives.get('max-age') ?? Number.NaN);
  if (lifetime > 0 || directives.has('public')) return 'told';
  if (lifetime === 0 || directives.has('no-cache')) return 'no';
  // An Expires that is no date, `0` above all, is one in the past (RFC 9111 §5.3).
  const { expires, date } = headers;
  if (expires !== undefined) return Date.parse(expires) > Date.parse(date ?? '') ? 'told' : 'no';
  return HEURISTIC.has(status) ? 'untold' : 'no';
}
