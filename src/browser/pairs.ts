/**
 * Which cookie of the new deploy stands for which of the old one: by name and host, then by name, then
 * by role and shape (a rename).
 *
 * @module
 */
import { effectiveAttributes } from '../parse/set-cookie.ts';
import type { CookieSeen } from './deploy.ts';
import type { Placed } from './stage.ts';

/** The Set-Cookie that counts: the last of its name from one host. */
export interface Counting {
  readonly cookie: CookieSeen;
  readonly response: Placed;
}

export interface Pair {
  /** The old name; the new one where there was no old cookie. */
  readonly name: string;
  readonly before: Counting | undefined;
  readonly after: Counting | undefined;
}

/** A rename is believed from this likeness on. */
const ENOUGH = 3;
/** Where each deploy sets one cookie only, less will do. */
const ENOUGH_ALONE = 2.5;

/** The last Set-Cookie of each (name, host), in order of first appearance; `names` restricts. */
export function countingCookies(
  responses: readonly Placed[],
  names: readonly string[] | undefined,
): readonly Counting[] {
  const found = new Map<string, Counting>();
  for (const response of responses)
    for (const cookie of response.cookies)
      if (!names || names.includes(cookie.name))
        found.set(`${cookie.name}\n${response.url.hostname}`, { cookie, response });
  return [...found.values()];
}

/**
 * Pairs in the order of the old cookies, then what only the new deploy sets. Where `names` were given and
 * leave one cookie on each side, these are meant for each other.
 */
export function pairCookies(
  before: readonly Counting[],
  after: readonly Counting[],
  names: readonly string[] | undefined,
): readonly Pair[] {
  const free = new Set(after);
  const partner = new Map<Counting, Counting>();
  const take = (old: Counting, fits: (candidate: Counting) => boolean) => {
    if (partner.has(old)) return;
    const found = [...free].find(fits);
    if (!found) return;
    free.delete(found);
    partner.set(old, found);
  };
  const sameName = (a: Counting, b: Counting) => a.cookie.name === b.cookie.name;
  for (const old of before)
    take(old, (b) => sameName(old, b) && old.response.url.hostname === b.response.url.hostname);
  for (const old of before) take(old, (b) => sameName(old, b));
  const alone = before.filter((old) => !partner.has(old));
  const candidates = alone
    .flatMap((old) => [...free].map((fresh) => ({ old, fresh, score: likeness(old.cookie, fresh.cookie) })))
    .sort((a, b) => b.score - a.score);
  const single = before.length === 1 && after.length === 1;
  const enough = single ? (names ? 0 : ENOUGH_ALONE) : ENOUGH;
  for (const { old, fresh, score } of candidates)
    if (score >= enough) take(old, (candidate) => candidate === fresh);
  return [
    ...before.map((old) => ({ name: old.cookie.name, before: old, after: partner.get(old) })),
    ...[...free].map((fresh) => ({ name: fresh.cookie.name, before: undefined, after: fresh })),
  ];
}

const SESSION_LIKE = /sess|sid\b|^sid|auth|token|login|jwt|remember/i;
const NOT_SESSION = /csrf|xsrf|consent|locale|lang|theme|^_g|analytics|affinity/i;

/** Whether a name suggests that the cookie carries a login. */
export function looksLikeSession(name: string): boolean {
  return SESSION_LIKE.test(name) && !NOT_SESSION.test(name);
}

/** How much two cookies of different names look like the same one renamed. */
function likeness(a: CookieSeen, b: CookieSeen): number {
  let score = 0;
  if (bare(a.name) === bare(b.name)) score += 3;
  if (looksLikeSession(a.name) && looksLikeSession(b.name)) score += 2;
  if (NOT_SESSION.test(a.name) !== NOT_SESSION.test(b.name)) score -= 4;
  if (a.format === b.format) score += a.format === 'text' ? 0.5 : 1.5;
  const [small, large] = [a, b].map(({ name, bytes }) => bytes - name.length).sort((x, y) => x - y);
  if ((small ?? 0) >= (large ?? 0) * 0.75) score += 1;
  const [mine, theirs] = [effectiveAttributes(a.attributes), effectiveAttributes(b.attributes)];
  if (mine.httpOnly === theirs.httpOnly) score += mine.httpOnly ? 1 : 0.5;
  return score;
}

/** A name without prefix, case and punctuation. */
function bare(name: string): string {
  return name
    .toLowerCase()
    .replace(/^__(?:host-http|host|http|secure)-/, '')
    .replace(/[^a-z0-9]/g, '');
}
