/**
 * A cookie's attributes as they are reported and compared: what browsers make of them, not how they
 * were written.
 *
 * @module
 */
import { parseDate } from 'tough-cookie';
import { effectiveAttributes } from '../parse/set-cookie.ts';
import type { Counting } from './pairs.ts';
import { cookieDomain } from './site.ts';
import { MAX_AGE_MS } from './store.ts';

/** One cookie of one deploy, as reported. */
export type CookieFacts = {
  readonly name: string;
  /** The host, when host-only. */
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
  /** Seconds; null when not given or not a number. */
  readonly maxAge: number | null;
  /** ISO 8601; null when not given or not a date. */
  readonly expires: string | null;
  /** How long it lives from its arrival, seconds; null: until the browser is closed. Negative or 0: ended on arrival. */
  readonly lifetime: number | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: 'strict' | 'lax' | 'none' | null;
  readonly partitioned: boolean;
  /** Octets of name and value; from 2,000,000 on, at least that many. */
  readonly bytes: number;
  readonly format: string;
};

/** What can differ between two cookies, besides the value. */
export type Change =
  | 'name'
  | 'domain'
  | 'path'
  | 'maxAge'
  | 'expires'
  | 'secure'
  | 'httpOnly'
  | 'sameSite'
  | 'partitioned';

/** From here on `bytes` is where reading ended, not the size. */
const READ_BYTES = 2_000_000;
/** Browsers cut every lifetime to 400 days. Seconds. */
export const LIFETIME_CAP = MAX_AGE_MS / 1000;

/** Lifetimes that differ by less are the same one seen twice (Expires has seconds, servers take their time). */
const SAME_SECONDS = 5;
const SAME_SHARE = 0.01;

/** A cookie's facts, whether or not a browser keeps it. */
export function factsOf({ cookie, response }: Counting): CookieFacts {
  const attributes = effectiveAttributes(cookie.attributes);
  const host = response.url.hostname;
  // A Domain that browsers refuse is shown as it was written.
  const scope = cookieDomain(attributes.domain, host) ?? {
    domain: attributes.domain ?? host,
    hostOnly: false,
  };
  const written = attributes.expires === undefined ? undefined : parseDate(attributes.expires)?.getTime();
  const expires = Number.isNaN(written) ? undefined : written;
  const fromExpires = expires === undefined ? null : Math.round((expires - response.reference) / 1000);
  return {
    name: cookie.name,
    ...scope,
    path: attributes.path?.startsWith('/') ? attributes.path.slice(0, 300) : defaultPathOf(response.url),
    maxAge: attributes.maxAge ?? null,
    expires: expires === undefined ? null : new Date(expires).toISOString(),
    lifetime: attributes.maxAge ?? fromExpires,
    secure: attributes.secure,
    httpOnly: attributes.httpOnly,
    sameSite: attributes.sameSite ?? null,
    partitioned: attributes.partitioned,
    bytes: cookie.bytes,
    format: cookie.format,
  };
}

/** What differs, in a fixed order. Two host-only cookies of different hosts differ in `domain`. */
export function changesOf(before: CookieFacts, after: CookieFacts): readonly Change[] {
  const changes: Change[] = [];
  if (before.name !== after.name) changes.push('name');
  if (before.domain !== after.domain || before.hostOnly !== after.hostOnly) changes.push('domain');
  if (before.path !== after.path) changes.push('path');
  if (!sameLifetime(before.lifetime, after.lifetime))
    changes.push(before.maxAge !== null || after.maxAge !== null ? 'maxAge' : 'expires');
  if (before.secure !== after.secure) changes.push('secure');
  if (before.httpOnly !== after.httpOnly) changes.push('httpOnly');
  if (before.sameSite !== after.sameSite) changes.push('sameSite');
  if (before.partitioned !== after.partitioned) changes.push('partitioned');
  return changes;
}

/** The size in words; one that was not read to its end is told as such. */
export function sizeInWords(bytes: number): string {
  return bytes >= READ_BYTES ? `more than ${READ_BYTES} bytes` : `${bytes} bytes`;
}

function sameLifetime(was: number | null, is: number | null): boolean {
  if (was === null || is === null) return was === is;
  const [a, b] = [Math.min(was, LIFETIME_CAP), Math.min(is, LIFETIME_CAP)];
  const apart = Math.abs(a - b);
  if (a <= 0 !== b <= 0) return false;
  return apart <= SAME_SECONDS || apart <= SAME_SHARE * Math.max(Math.abs(a), Math.abs(b));
}

/** RFC 6265 5.1.4. */
function defaultPathOf(url: URL): string {
  const end = url.pathname.lastIndexOf('/');
  return end <= 0 ? '/' : url.pathname.slice(0, end);
}
