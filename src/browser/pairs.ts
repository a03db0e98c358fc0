/**
 * Which cookie of the new deploy stands for which of the old one: by name and host, then by name, then
 * by role and shape (a rename).
 *
 * @module
 */
import { effectiveAttributes } from '../parse/set-cookie.ts';
import type { CookieSeen } from './deploy.ts';
import type { CookieFacts } from './describe.ts';
import { isAside, looksLikeSession } from './names.ts';
import { cookieDomain } from './site.ts';
import { isLogout, type Placed } from './stage.ts';
import { defaultPath } from 'tough-cookie';
import { expiryOf } from './store.ts';

/** The Set-Cookie that counts: the last of its name from one host, logouts and migrations aside. */
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
const ENOUGH_ALONE = 1.25;

/**
 * The last Set-Cookie of each (name, host), in order of first appearance; `names` restricts. Responses of
 * a logout do not count. A line that clears a scope does not count either while the deploy sets the same
 * name in another one: that is a migration. One that clears the very scope that was set before it counts.
 */
export function countingCookies(
  responses: readonly Placed[],
  names: readonly string[] | undefined,
): readonly Counting[] {
  const last = new Map<string, Counting>();
  const hosts = new Set<string>();
  const hostKey = ({ cookie, response }: Counting) => `${cookie.name}\n${response.url.hostname}`;
  for (const response of responses.filter((each) => !isLogout(each)))
    for (const cookie of response.cookies) {
      if (names && !names.includes(cookie.name)) continue;
      const counting = { cookie, response };
      const key = scopeKey(counting);
      hosts.add(hostKey(counting));
      // The order of the map is the order of the last appearance.
      last.delete(key);
      last.set(key, counting);
    }
  const finals = [...last.values()];
  const living = new Set(finals.filter((each) => !isClearing(each)).map(({ cookie }) => cookie.name));
  const found = new Map<string, Counting>();
  for (const each of finals)
    if (!living.has(each.cookie.name) || !isClearing(each)) found.set(hostKey(each), each);
  return [...hosts].flatMap((key) => found.get(key) ?? []);
}

/** Whether a line takes a cookie away: it has already ended when it arrives. */
export function isClearing({ cookie, response }: Counting): boolean {
  const end = expiryOf(effectiveAttributes(cookie.attributes), {
    now: response.reference,
    date: response.reference,
  });
  return end !== null && end <= response.reference;
}

/** The scope that a line names, as browsers read it; one that they refuse is told by its own words. */
function scopeKey({ cookie, response }: Counting): string {
  const { domain, path, partitioned } = effectiveAttributes(cookie.attributes);
  const host = response.url.hostname;
  const where = cookieDomain(domain, host);
  return JSON.stringify([
    cookie.name,
    where?.domain ?? domain,
    where?.hostOnly,
    path?.startsWith('/') ? path : defaultPath(response.url.pathname),
    partitioned,
  ]);
}

/**
 * Pairs in the order of the old cookies, then what only the new deploy sets. A deletion is a namesake's
 * partner, but never a rename, and not while there is a session of another name to have moved to.
 */
export function pairCookies(before: readonly Counting[], after: readonly Counting[]): readonly Pair[] {
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
  const sameHost = (a: Counting, b: Counting) => a.response.url.hostname === b.response.url.hostname;
  const ending = new Set([...before, ...after].filter(isClearing));
  for (const old of before)
    take(old, (b) => sameName(old, b) && sameHost(old, b) && (!ending.has(b) || ending.has(old)));
  for (const old of before) take(old, (b) => sameName(old, b) && (!ending.has(b) || ending.has(old)));
  const alone = before.filter((old) => !partner.has(old) && !ending.has(old));
  const candidates = alone
    .flatMap((old) =>
      [...free]
        .filter((fresh) => !ending.has(fresh) && !sameName(old, fresh))
        .map((fresh) => ({ old, fresh, score: likeness(old.cookie, fresh.cookie) })),
    )
    .sort((a, b) => b.score - a.score);
  const single = before.length === 1 && after.length === 1;
  const enough = single ? ENOUGH_ALONE : ENOUGH;
  for (const { old, fresh, score } of candidates) {
    const isDeleted = [...free].some((each) => sameName(old, each));
    const fits = !isDeleted || areSessions(old.cookie, fresh.cookie);
    if (score >= enough && fits) take(old, (candidate) => candidate === fresh);
  }
  for (const old of before) take(old, (b) => sameName(old, b) && sameHost(old, b));
  for (const old of before) take(old, (b) => sameName(old, b));
  return [
    ...before.map((old) => ({ name: old.cookie.name, before: old, after: partner.get(old) })),
    ...[...free].map((fresh) => ({ name: fresh.cookie.name, before: undefined, after: fresh })),
  ];
}

/** Formats that only sessions have. */
const SESSION_FORMATS = new Set(['express-signed', 'jwt', 'jwe', 'iron']);
/** Formats of values that only a server can read. */
const OPAQUE = new Set([...SESSION_FORMATS, 'uuid', 'hex', 'signed', 'token']);

/**
 * Which cookies matter for being signed in: those that were named; else those that are a session by name
 * or format; beside a session that scripts can read, also what only the server can; else those kept from
 * scripts; else all but what is known to carry no login.
 */
export function carriesLogin(
  cookies: readonly Pick<CookieFacts, 'name' | 'httpOnly' | 'format'>[],
  names: readonly string[] | undefined,
): (cookie: { readonly name: string }) => boolean {
  if (names) return () => true;
  const possible = cookies.filter(({ name }) => !isAside(name));
  const byName = possible.filter(({ name }) => looksLikeSession(name));
  const plain = possible.filter(
    ({ name, httpOnly, format }) =>
      SESSION_FORMATS.has(format) || (looksLikeSession(name) && (httpOnly || OPAQUE.has(format))),
  );
  const hidden = possible.filter(({ httpOnly }) => httpOnly);
  const unreadable = hidden.filter(({ format }) => OPAQUE.has(format));
  const tiers = [plain.length > 0 ? [...plain, ...byName] : [...byName, ...unreadable], hidden, possible];
  const session = new Set((tiers.find((tier) => tier.length > 0) ?? []).map(({ name }) => name));
  return ({ name }) => session.has(name);
}

const areSessions = (a: CookieSeen, b: CookieSeen) =>
  bare(a.name) === bare(b.name) || (looksLikeSession(a.name) && looksLikeSession(b.name));

/** How much two cookies of different names look like the same one renamed. */
function likeness(a: CookieSeen, b: CookieSeen): number {
  let score = 0;
  if (bare(a.name) === bare(b.name)) score += 3;
  const sessions = [a, b].filter(({ name }) => looksLikeSession(name));
  const others = [a, b].filter(({ name }) => !looksLikeSession(name));
  if (sessions.length === 2) score += 2;
  if (sessions.length === 1 && !others.some(isUnreadable)) score -= 1;
  if (isAside(a.name) !== isAside(b.name)) score -= 4;
  if (a.format === b.format) score += a.format === 'text' ? 0.5 : 1.5;
  else if (OPAQUE.has(a.format) && OPAQUE.has(b.format)) score += 1.5;
  const [small, large] = [a, b].map(({ name, bytes }) => bytes - name.length).sort((x, y) => x - y);
  if ((small ?? 0) >= (large ?? 0) * 0.75) score += 1;
  const [mine, theirs] = [effectiveAttributes(a.attributes), effectiveAttributes(b.attributes)];
  if (mine.httpOnly === theirs.httpOnly) score += mine.httpOnly ? 1 : 0.5;
  return score;
}

/** Kept from scripts, and for the server only. */
function isUnreadable({ attributes, format }: CookieSeen): boolean {
  return effectiveAttributes(attributes).httpOnly && OPAQUE.has(format);
}

/** A name without prefix, case and punctuation. */
function bare(name: string): string {
  return name
    .toLowerCase()
    .replace(/^__(?:host-http|host|http|secure)-/, '')
    .replace(/[^a-z0-9]/g, '');
}
