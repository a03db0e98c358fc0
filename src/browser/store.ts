/**
 * A browser's cookie store: what it keeps of a response and what it sends with a request, by a virtual
 * clock. tough-cookie brings dates, matching and public suffixes; the rules that browsers have beyond
 * that are here (RFC 6265bis draft 20, and Chromium where it goes further).
 *
 * It knows nothing of scripts, service workers, storage partitioning by extension, or user settings
 * other than `thirdParty`.
 *
 * @module
 */
import { defaultPath, parseDate, pathMatch } from 'tough-cookie';
import { type CookieAttributes, effectiveAttributes, type SetCookie } from '../parse/set-cookie.ts';
import type { Engine } from './engines.ts';
import { purgeOf, SITE_QUOTA } from './quota.ts';
import type { Refusal } from './refusal.ts';
import { cookieDomain, covers, isTrustworthy, siteOf } from './site.ts';

/** RFC 6265bis 5.7: name and value together, octets. */
export const MAX_PAIR = 4096;
/** RFC 6265bis 5.5: no cookie lives longer, ms. */
export const MAX_AGE_MS = 400 * 86_400_000;
/** Chromium: a cookie without SameSite goes along with a cross-site POST for that long after it was set, ms. */
const LAX_POST_MS = 120_000;

/** A Set-Cookie as the store takes it; `bytes` stands in for a value that is known by length only. */
export interface ReceivedCookie extends Pick<SetCookie, 'name' | 'value' | 'attributes' | 'control'> {
  /** Octets of name and value; counted from them when absent. */
  readonly bytes?: number;
}

/** Where and when a response came. */
export interface Arrival {
  readonly url: URL;
  /** The browser's clock, epoch ms. */
  readonly now: number;
  /** The response's Date header, epoch ms; null when it had none. Expires is read against it. */
  readonly date: number | null;
  /** Registrable domain in the address bar, when it is not the response's own. */
  readonly topSite?: string;
}

export interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
  readonly partition: string | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: 'strict' | 'lax' | 'none' | 'unspecified';
  readonly priority: 'low' | 'medium' | 'high';
  /** Epoch ms by the browser's clock; null for a cookie that ends with the browser. */
  readonly expires: number | null;
  /** Position among all creations; older first in the header. */
  readonly created: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Position among all uses; the quota takes the smallest. */
  readonly used: number;
}

/** What became of one Set-Cookie. */
export type Receipt =
  | { readonly kind: 'stored' | 'replaced'; readonly cookie: StoredCookie; readonly evicted: number }
  /** The same key and value again. */
  | { readonly kind: 'refreshed'; readonly cookie: StoredCookie; readonly old: StoredCookie }
  /** It had already ended on arrival; `hit` says whether that took an existing cookie away. */
  | { readonly kind: 'expired'; readonly hit: boolean }
  | { readonly kind: 'refused'; readonly reason: Refusal };

/**
 * How a request came about. `same-site`: typed or linked from the same site; the others are cross-site:
 * `link` a navigation with GET, `post` a navigation with POST, `embedded` an iframe, image or fetch.
 */
export type RequestKind = 'same-site' | 'link' | 'post' | 'embedded';

/** One browser profile. */
export class CookieStore {
  readonly #engine: Engine;
  readonly #thirdParty: 'blocked' | 'allowed';
  #cookies: StoredCookie[] = [];
  #tick = 0;

  /** `thirdParty`: whether cross-site embedded requests may carry unpartitioned cookies at all. */
  constructor(engine: Engine, thirdParty: 'blocked' | 'allowed' = 'blocked') {
    this.#engine = engine;
    this.#thirdParty = thirdParty;
  }

  /** Everything kept, in order of creation. */
  cookies(): readonly StoredCookie[] {
    return this.#cookies.toSorted((a, b) => a.created - b.created);
  }

  /** Takes one Set-Cookie of a response, in the order in which they stand. */
  receive(line: ReceivedCookie, arrival: Arrival): Receipt {
    const attributes = effectiveAttributes(line.attributes);
    const cookie = this.#build(line, attributes, arrival);
    if (typeof cookie === 'string') return { kind: 'refused', reason: cookie };
    this.#expire(arrival.now);
    if (this.#coversSecure(cookie, arrival.url)) return { kind: 'refused', reason: 'OverwriteSecure' };
    const old = this.#cookies.find((other) => sameKey(other, cookie));
    if (cookie.expires !== null && cookie.expires <= arrival.now) {
      this.#cookies = this.#cookies.filter((other) => other !== old);
      return { kind: 'expired', hit: old !== undefined };
    }
    const keepsPlace = old && (old.value === cookie.value || !this.#engine.newValueMovesBack);
    const kept = keepsPlace ? { ...cookie, created: old.created, createdAt: old.createdAt } : cookie;
    this.#cookies = [...this.#cookies.filter((other) => other !== old), kept];
    if (old?.value === kept.value) return { kind: 'refreshed', cookie: kept, old };
    const evicted = this.#purge(siteOf(kept.domain));
    return { kind: old ? 'replaced' : 'stored', cookie: kept, evicted };
  }

  /** Acts on a `Clear-Site-Data` header. Browsers obey it from https only. Gives the number of cookies taken. */
  clearSiteData(header: string, url: URL): number {
    if (!clearsCookies(header) || !isTrustworthy(url)) return 0;
    const before = this.#cookies.length;
    const host = url.hostname;
    const site = siteOf(host);
    this.#cookies = this.#cookies.filter((cookie) =>
      this.#engine.clears === 'site'
        ? siteOf(cookie.domain) !== site
        : !(cookie.hostOnly && cookie.domain === host),
    );
    return before - this.#cookies.length;
  }

  /** The cookies that go with a request, in the order of the Cookie header. */
  send(url: URL, now: number, kind: RequestKind = 'same-site', topSite?: string): readonly StoredCookie[] {
    this.#expire(now);
    const partition = topSite ?? siteOf(url.hostname);
    return this.#cookies
      .filter(
        (cookie) =>
          covers(cookie, url.hostname) &&
          pathMatch(url.pathname, cookie.path) &&
          (!cookie.secure || isTrustworthy(url)) &&
          (cookie.partition === null || cookie.partition === partition) &&
          this.#allowed(cookie, kind, now),
      )
      .sort((a, b) => b.path.length - a.path.length || a.created - b.created);
  }

  #allowed(cookie: StoredCookie, kind: RequestKind, now: number): boolean {
    if (kind === 'same-site') return true;
    if (cookie.sameSite === 'none')
      return kind !== 'embedded' || this.#thirdParty === 'allowed' || cookie.partition !== null;
    if (kind === 'link') return cookie.sameSite !== 'strict';
    return kind === 'post' && cookie.sameSite === 'unspecified' && now - cookie.createdAt <= LAX_POST_MS;
  }

  #build(line: ReceivedCookie, attributes: CookieAttributes, arrival: Arrival): StoredCookie | Refusal {
    const { url } = arrival;
    if (line.name === '' && (line.value === '' || !this.#engine.keepsNameless)) return 'NoCookieContent';
    if (line.control) return 'DisallowedCharacter';
    const bytes = line.bytes ?? Buffer.byteLength(line.name) + Buffer.byteLength(line.value);
    if (bytes > MAX_PAIR) return 'NameValuePairExceedsMaxSize';
    const domain = cookieDomain(attributes.domain, url.hostname);
    if (!domain) return 'InvalidDomain';
    const path = attributes.path?.startsWith('/') ? attributes.path : defaultPath(url.pathname);
    const secureFrom = isTrustworthy(url);
    if (breaksPrefix(line, attributes, path, secureFrom)) return 'InvalidPrefix';
    if (attributes.partitioned && !attributes.secure) return 'InvalidPartitioned';
    if (attributes.secure && !secureFrom) return 'SecureOnly';
    if (attributes.sameSite === 'none' && !attributes.secure) return 'SameSiteNoneInsecure';
    const tick = ++this.#tick;
    return {
      name: line.name,
      value: line.value,
      ...domain,
      path,
      partition: attributes.partitioned ? (arrival.topSite ?? siteOf(url.hostname)) : null,
      secure: attributes.secure,
      httpOnly: attributes.httpOnly,
      sameSite: attributes.sameSite ?? 'unspecified',
      priority: attributes.priority ?? 'medium',
      expires: expiryOf(attributes, arrival),
      created: tick,
      createdAt: arrival.now,
      used: tick,
    };
  }

  /** RFC 6265bis "leave secure cookies alone": an http response may not set a namesake that shadows one. */
  #coversSecure(cookie: StoredCookie, url: URL): boolean {
    if (isTrustworthy(url)) return false;
    return this.#cookies.some(
      (other) =>
        other.secure &&
        other.name === cookie.name &&
        (covers({ domain: cookie.domain, hostOnly: false }, other.domain) ||
          covers({ domain: other.domain, hostOnly: false }, cookie.domain)) &&
        pathMatch(cookie.path, other.path),
    );
  }

  #expire(now: number): void {
    this.#cookies = this.#cookies.filter((cookie) => cookie.expires === null || cookie.expires > now);
  }

  #purge(site: string): number {
    const own = this.#cookies.filter((cookie) => siteOf(cookie.domain) === site);
    if (own.length <= SITE_QUOTA) return 0;
    const doomed = purgeOf(own);
    this.#cookies = this.#cookies.filter((cookie) => !doomed.has(cookie));
    return doomed.size;
  }
}

/** Whether a `Clear-Site-Data` header names cookies. */
export function clearsCookies(header: string | null): boolean {
  return header !== null && /"(?:cookies|\*)"/.test(header);
}

/** The key of a stored cookie: a Set-Cookie that differs in any of these is stored beside it. */
export function sameKey(a: StoredCookie, b: StoredCookie): boolean {
  return (
    a.name === b.name &&
    a.domain === b.domain &&
    a.hostOnly === b.hostOnly &&
    a.path === b.path &&
    a.partition === b.partition
  );
}

/**
 * When a cookie ends, epoch ms by the browser's clock; null at the browser's end. Max-Age beats Expires;
 * Expires is shifted by how far the response's Date is from the browser's clock; both are capped.
 */
export function expiryOf(
  attributes: CookieAttributes,
  arrival: Pick<Arrival, 'now' | 'date'>,
): number | null {
  const cap = arrival.now + MAX_AGE_MS;
  if (attributes.maxAge !== undefined) return Math.min(arrival.now + attributes.maxAge * 1000, cap);
  const expires = attributes.expires === undefined ? undefined : parseDate(attributes.expires)?.getTime();
  if (expires === undefined || Number.isNaN(expires)) return null;
  const shift = arrival.date === null ? 0 : arrival.now - arrival.date;
  return Math.min(expires + shift, cap);
}

/** RFC 6265bis 4.1.3 with `__Http-` and `__Host-Http-`; a nameless cookie may not pretend to have a prefix. */
function breaksPrefix(
  line: ReceivedCookie,
  attributes: CookieAttributes,
  path: string,
  secureFrom: boolean,
): boolean {
  const name = line.name.toLowerCase();
  if (name === '') return /^__(?:secure|host|http|host-http)-/i.test(line.value);
  const secure = attributes.secure && secureFrom;
  const host = secure && !attributes.domain && attributes.path === '/' && path === '/';
  if (name.startsWith('__host-http-')) return !(host && attributes.httpOnly);
  if (name.startsWith('__host-')) return !host;
  if (name.startsWith('__http-')) return !(secure && attributes.httpOnly);
  return name.startsWith('__secure-') && !secure;
}
