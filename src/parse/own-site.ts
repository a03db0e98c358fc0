/**
 * A recording holds more than the app's own requests: analytics, a support widget, an identity provider. What
 * those keep in cookies says nothing of the app's sessions.
 *
 * @module
 */
import type { Carried } from './carried.ts';
import { parseCookieHeader } from './cookie-header.ts';
import { type Exchange, headerValues } from './exchanges.ts';
import { parseSetCookie } from './set-cookie.ts';

/** What tells the app's own site in a recording. */
export interface OwnSite {
  /** The registrable domain of a host. */
  siteOf(host: string): string;
  /** Hosts that the operator named: where one of their sites is in the recording, that is the app's. */
  readonly hosts: readonly string[];
  /** Cookies by these names are taken from any site. */
  readonly names: readonly string[];
  /** Told of each cookie that is left out. */
  leftOut(site: string, own: string): void;
}

/**
 * What to keep of an exchange's credentials: those of the app's site, which is a named one, else one with a
 * cookie that was asked for, else that of most requests with cookies (of two, the earlier). Tokens are kept whatever the site: an API may have another.
 */
export function ofOwnSite(
  exchanges: readonly Exchange[],
  own: OwnSite,
): (exchange: Exchange, credentials: readonly Carried[]) => readonly Carried[] {
  const siteOf = ({ url }: Exchange): string | undefined =>
    url !== null && URL.canParse(url) ? own.siteOf(new URL(url).hostname) : undefined;
  const weights = new Map<string, number>();
  const asked = new Set<string>();
  for (const exchange of exchanges) {
    const site = siteOf(exchange);
    const names = cookieNames(exchange);
    if (site === undefined || names.length === 0) continue;
    weights.set(site, (weights.get(site) ?? 0) + 1);
    if (names.some((name) => own.names.includes(name))) asked.add(site);
  }
  const sites = [...weights].sort(([, a], [, b]) => b - a).map(([site]) => site);
  const named = own.hosts.map((host) => own.siteOf(host)).find((site) => weights.has(site));
  const main = named ?? sites.find((site) => asked.has(site)) ?? sites[0];
  return (exchange, credentials) => {
    const site = siteOf(exchange);
    if (main === undefined || site === undefined || site === main) return credentials;
    return credentials.filter(({ name }) => {
      const kept = name === null || own.names.includes(name);
      if (!kept) own.leftOut(site, main);
      return kept;
    });
  };
}

function cookieNames({ request, response }: Exchange): string[] {
  const sent = headerValues(request, 'cookie').flatMap(parseCookieHeader);
  const set = headerValues(response, 'set-cookie').map(parseSetCookie);
  return [...sent.map(([name]) => name), ...set.map(({ name }) => name)];
}
