/**
 * Credentials as they were carried: cookies by name, tokens without one. Cookies that a framework cut
 * into chunks are put back together, and `NAME.sig` is paired with `NAME`. Duplicates stay, in order.
 *
 * @module
 */
import type { CookiePair } from './cookie-header.ts';

/** A credential as it was carried: a cookie with its name, or a token without one. */
export interface Carried {
  /** Cookie name, or null for a bare token. */
  readonly name: string | null;
  /** As on the wire: percent-encoding and quotes kept. */
  readonly value: string;
  /** Value of the cookie NAME.sig, where one came along. */
  readonly companion?: string;
  /** From how many chunked cookies the value was joined. */
  readonly chunks?: number;
  /** A chunk between others is missing, or fewer came than were announced. */
  readonly gap?: true;
}

/** How frameworks name chunks: `n.0` NextAuth, Auth.js, Supabase; `n__0` Auth0; `n_0` oauth2-proxy; `n-0` AWS ALB. */
const CHUNK = /^(.{1,200}?)(\.|__|_|-)(\d{1,3})$/;
/** ASP.NET Core says how many chunks follow under NAMEC1, NAMEC2, … */
const ANNOUNCED = /^chunks-(\d{1,3})$/;

/**
 * Cookies of one request, response or jar. A series is joined only when it begins with its chunk 0, so
 * that `cart.1` of something else stays what it is; `NAME.sig` of a present NAME is not listed itself.
 */
export function carriedCookies(pairs: readonly CookiePair[]): readonly Carried[] {
  if (pairs.length === 1 && pairs[0]) return [{ name: pairs[0][0] || null, value: pairs[0][1] }];
  const all = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const values = all.get(name);
    if (values) values.push(value);
    else all.set(name, [value]);
  }
  const first = new Map([...all].map(([name, values]) => [name, values[0] ?? '']));
  const used = new Set<string>();
  const joined = new Map<string, Carried>();
  for (const [name, value] of first) {
    const whole = zeroSeries(name, first) ?? announcedSeries(name, value, first);
    if (!whole) continue;
    for (const part of whole.parts) used.add(part);
    joined.set(name, whole.carried);
  }
  const out: Carried[] = [];
  const seen = new Map<string, number>();
  for (const [name, value] of pairs) {
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    const whole = nth > 0 ? undefined : joined.get(name);
    if (whole) out.push(whole);
    else if (!used.has(name) && !isCompanion(name, first))
      out.push(alone(name, value, companionOf(name, nth, all)));
  }
  return out;
}

/** Where a name comes as often as its `.sig`, they came in pairs; else only the first of each surely did. */
function companionOf(
  name: string,
  nth: number,
  all: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  const signatures = all.get(`${name}.sig`);
  return nth === 0 || signatures?.length === all.get(name)?.length ? signatures?.[nth] : undefined;
}

function alone(name: string, value: string, companion: string | undefined): Carried {
  return { name: name || null, value, ...(companion !== undefined && { companion }) };
}

function isCompanion(name: string, first: ReadonlyMap<string, string>): boolean {
  return name.endsWith('.sig') && first.has(name.slice(0, -4));
}

interface Series {
  readonly parts: readonly string[];
  readonly carried: Carried;
}

function zeroSeries(name: string, first: ReadonlyMap<string, string>): Series | undefined {
  const match = CHUNK.exec(name);
  if (!match || match[3] !== '0') return undefined;
  const stem = `${match[1]}${match[2]}`;
  const parts: string[] = [];
  let gap = false;
  // One missing chunk is told apart from the end of the series by what comes after it.
  for (let index = 0, missing = 0; index < 1000 && missing < 3; index++) {
    if (!first.has(`${stem}${index}`)) missing++;
    else {
      gap ||= missing > 0;
      missing = 0;
      parts.push(`${stem}${index}`);
    }
  }
  const value = parts.map((part) => first.get(part) ?? '').join('');
  return { parts, carried: series(match[1] ?? name, value, parts.length, gap) };
}

function announcedSeries(
  name: string,
  value: string,
  first: ReadonlyMap<string, string>,
): Series | undefined {
  const count = Number(ANNOUNCED.exec(value)?.[1] ?? 0);
  if (count === 0 || !first.has(`${name}C1`)) return undefined;
  const wanted = Array.from({ length: count }, (_, index) => `${name}C${index + 1}`);
  const parts = wanted.filter((part) => first.has(part));
  const text = parts.map((part) => first.get(part) ?? '').join('');
  return { parts: [name, ...parts], carried: series(name, text, parts.length, parts.length < count) };
}

function series(name: string, value: string, chunks: number, gap: boolean): Carried {
  return { name, value, chunks, ...(gap && { gap: true as const }) };
}
