/**
 * Hosts, sites and which of them a cookie's Domain reaches.
 *
 * @module
 */
import { isIP } from 'node:net';
import { canonicalDomain, domainMatch, getPublicSuffix } from 'tough-cookie';

const cache = new Map<string, string>();
const MAX_CACHE = 10_000;

/**
 * The registrable domain ("example.com", "shop.co.uk"), private suffixes included; a host that has none
 * (an address, localhost, a public suffix) is its own site.
 */
export function siteOf(host: string): string {
  const known = cache.get(host);
  if (known !== undefined) return known;
  const site = registrable(host) ?? host;
  if (cache.size < MAX_CACHE) cache.set(host, site);
  return site;
}

function registrable(host: string): string | undefined {
  // A single label (localhost, a top-level domain) is a suffix to browsers.
  if (isAddress(host) || !host.includes('.')) return undefined;
  try {
    return getPublicSuffix(host, { allowSpecialUseDomain: true, ignoreError: true });
  } catch {
    return undefined;
  }
}

/** An IPv4 or IPv6 address, the latter with or without brackets. */
export function isAddress(host: string): boolean {
  return isIP(host.replace(/^\[|\]$/g, '')) !== 0;
}

/**
 * What a Domain attribute comes to on this host: the domain and whether it is host-only. Undefined when
 * browsers refuse the cookie for it. A Domain equal to a host that has no registrable domain is host-only.
 */
export function cookieDomain(
  attribute: string | undefined,
  host: string,
): { readonly domain: string; readonly hostOnly: boolean } | undefined {
  if (!attribute) return { domain: host, hostOnly: true };
  if (!/^[\x21-\x7e]+$/.test(attribute) || /[:/?#@\\[\]%]/.test(attribute)) {
    return attribute === host ? { domain: host, hostOnly: true } : undefined;
  }
  // One leading dot is gone by now; Chromium refuses a second one.
  if (attribute.startsWith('.')) return undefined;
  const domain = canonicalDomain(attribute);
  if (!domain) return undefined;
  if (registrable(host) === undefined) return domain === host ? { domain: host, hostOnly: true } : undefined;
  if (registrable(domain) !== registrable(host) || !domainMatch(host, domain)) return undefined;
  return { domain, hostOnly: false };
}

/** Whether a stored cookie's domain reaches a host. */
export function covers(
  cookie: { readonly domain: string; readonly hostOnly: boolean },
  host: string,
): boolean {
  if (cookie.domain === host) return true;
  return !cookie.hostOnly && !isAddress(host) && host.endsWith(`.${cookie.domain}`);
}

/** This very machine: a deploy rehearsed, never one that users reach. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return (
    bare === 'localhost' ||
    bare.endsWith('.localhost') ||
    bare === '::1' ||
    (isAddress(bare) && bare.startsWith('127.'))
  );
}

/** https, or this very machine: where browsers take and send Secure cookies. */
export function isTrustworthy(url: URL): boolean {
  return url.protocol === 'https:' || url.protocol === 'wss:' || isLoopback(url.hostname);
}
