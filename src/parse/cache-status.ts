/**
 * Did this answer come out of a cache? RFC 9211 `Cache-Status`, and the headers that vendors had before it.
 * The absence of all of them proves nothing: nginx says nothing unless it is configured to.
 *
 * @module
 */

/** `hit`: from the store, stale and revalidated ones included. `miss`: fetched now. `bypass`: not looked up. */
export type CacheWord = 'hit' | 'miss' | 'bypass';

export interface CacheSign {
  /** Header and what it said, for people: `x-cache: HIT from edge`. */
  readonly said: string;
  readonly word: CacheWord;
}

const MAX_HEADER = 2048;

/** Headers of which one word says it: nginx, Cloudflare, Varnish by hand, Squid, CloudFront, Fastly, Akamai, Vercel, Bunny … */
const WORDED = [
  'x-cache',
  'x-cache-status',
  'x-proxy-cache',
  'x-nginx-cache',
  'cf-cache-status',
  'cdn-cache',
  'x-vercel-cache',
  'x-nextjs-cache',
  'x-litespeed-cache',
  'x-cacheable',
] as const;

/** All signs in an answer's headers (by lower-case name). Never throws. */
export function cacheSigns(headers: Readonly<Record<string, string>>): readonly CacheSign[] {
  const signs: CacheSign[] = [];
  const add = (name: string, word: CacheWord | undefined): void => {
    if (word) signs.push({ said: `${name}: ${(headers[name] ?? '').slice(0, 80)}`, word });
  };
  add('cache-status', standard(headers['cache-status'] ?? ''));
  for (const name of WORDED) add(name, worded(headers[name] ?? ''));
  // Two transaction ids: the second is the request that had fetched it.
  const ids = (headers['x-varnish'] ?? '').trim().split(/[\s,]+/);
  if (/^\d+$/.test(ids[0] ?? '')) add('x-varnish', ids.length > 1 ? 'hit' : 'miss');
  const counts = (headers['x-cache-hits'] ?? '').split(',').map(Number);
  if (counts.some((count) => count > 0)) add('x-cache-hits', 'hit');
  const age = ageOf(headers);
  if (age !== undefined && age > 0) add('age', 'hit');
  return signs;
}

/** Seconds in a cache, or undefined when it is not said or no number. */
export function ageOf(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers['age'];
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** The signs that say "out of a store"; empty when none does. */
export function hits(headers: Readonly<Record<string, string>>): readonly string[] {
  return cacheSigns(headers)
    .filter(({ word }) => word === 'hit')
    .map(({ said }) => said);
}

/** One word of a vendor. In a chain of caches ("MISS, HIT") a hit anywhere is a stored copy. */
function worded(value: string): CacheWord | undefined {
  const text = value.slice(0, MAX_HEADER).toUpperCase();
  if (
    /(?:^|[\s,_:])(?:HIT|REFRESHHIT|REFRESH_HIT|MEM_HIT|STALE|REVALIDATED|UPDATING|PRERENDER)(?=$|[\s,;-])/.test(
      text,
    )
  )
    return 'hit';
  if (/\b(?:BYPASS|DYNAMIC|PASS|UNCACHEABLE|NONE)\b/.test(text)) return 'bypass';
  return /(?:^|[\s,_:])(?:MISS|EXPIRED|ERROR)(?=$|[\s,;-])/.test(text) ? 'miss' : undefined;
}

/** RFC 9211: a list of caches, nearest to the origin first, each with `hit` or `fwd=reason`. */
function standard(value: string): CacheWord | undefined {
  const members = splitOutside(value.slice(0, MAX_HEADER), ',');
  const words = members.map((member): CacheWord | undefined => {
    const parameters = splitOutside(member, ';')
      .slice(1)
      .map((one) => one.trim().toLowerCase());
    if (parameters.some((one) => one === 'hit' || one === 'hit=?1')) return 'hit';
    const forwarded = parameters.find((one) => one.startsWith('fwd='))?.slice(4);
    if (forwarded === undefined) return undefined;
    return forwarded === 'bypass' || forwarded === 'method' ? 'bypass' : 'miss';
  });
  return (['hit', 'miss', 'bypass'] as const).find((word) => words.includes(word));
}

/** Splits at a separator that stands outside of double quotes (structured fields, RFC 8941). */
function splitOutside(text: string, separator: string): readonly string[] {
  const pieces: string[] = [];
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (quoted && text[at] === '\\') at++;
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && text[at] === separator) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  pieces.push(text.slice(start));
  return pieces;
}
