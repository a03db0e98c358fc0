/**
 * Sets the stage for a comparison: which site is meant, on which host each response stands, and which
 * responses are a logout rather than the app at work.
 *
 * @module
 */
import { effectiveAttributes } from '../parse/set-cookie.ts';
import type { CookieSeen, Deploy, ResponseSeen } from './deploy.ts';
import { isAside, looksLikeSession } from './names.ts';
import { covers, isAddress, isLoopback, isTrustworthy, siteOf } from './site.ts';

/** A response with a URL that can be reasoned about. */
export interface Placed {
  readonly url: URL;
  /** Null when the file does not say. */
  readonly status: number | null;
  /** Upper case; null when the file does not say. */
  readonly method: string | null;
  /** Names of the cookies that the request brought. */
  readonly carried: ReadonlySet<string>;
  /** What its Expires are read against: its Date, else when it was recorded, else now. Epoch ms. */
  readonly reference: number;
  readonly cookies: readonly CookieSeen[];
  readonly clearSiteData: string | null;
}

export interface Stage {
  readonly before: readonly Placed[];
  readonly after: readonly Placed[];
  /** What was assumed to make the two comparable, in sentences. */
  readonly assumptions: readonly string[];
  /** What was not looked at. */
  readonly leftOut: readonly LeftOut[];
}

/** A site whose sessions were left out, because the file tells more of another one. */
export interface LeftOut {
  readonly site: string;
  /** Of the cookies that it sets, those that look like a session; with one of them as `--cookie` it is looked at. */
  readonly names: readonly string[];
  /** The recording began there, as one of somebody who visits the app does. */
  readonly began: boolean;
  /** People sign in there, by its paths: an identity provider. */
  readonly signsIn: boolean;
}

const LOGOUT = /\/(?:log|sign)[-_]?(?:out|off)(?:[/.]|$)|\/end[-_]?session(?:\/|$)/i;
const SIGN_IN = /authori[sz]e|log[-_]?in|sign[-_]?in|sso|saml|oauth|openid|realms/i;
const STAGED =
  /(?:^|[.-])(?:stag(?:e|ing)|stg|preview|preprod|pre|test|testing|qa|uat|acc|int|sandbox|dev|canary|blue|green|next|beta|local)\d*(?=[.-]|$)/i;

/** How the stage is set. */
export interface StageOptions {
  /** The cookies that were asked for. */
  readonly names?: readonly string[] | undefined;
  readonly urls: readonly string[];
  /** For responses that say nothing of when they were made, epoch ms. */
  readonly now: number;
}

/** Puts both deploys on one host, as far as they are to be compared at all. */
export function setStage(before: Deploy, after: Deploy, { names, urls, now }: StageOptions): Stage {
  const assumptions: string[] = [];
  const own = { before: mainSite(before.responses, names), after: mainSite(after.responses, names) };
  const left = [...leftOut(before.responses, own.before), ...leftOut(after.responses, own.after)].filter(
    ({ site }, index, all) => all.findIndex((each) => each.site === site) === index,
  );
  assumptions.push(...left.map(inWords));
  const fallback = new URL(
    assumedUrl(own.before, own.after, urls, [...cookiesOf(before), ...cookiesOf(after)]),
  );
  const unplaced = [...before.responses, ...after.responses].some(
    ({ url, cookies }) => url === null && cookies.length > 0,
  );
  if (unplaced) assumptions.push(`responses without a URL were read as answers of ${fallback.origin}/`);
  const place = (responses: readonly ResponseSeen[], site: string | undefined) =>
    responses
      .filter(({ url }) => url === null || siteOf(new URL(url).hostname) === site)
      .map((response) => placed(response, fallback, now));
  const placedOld = place(before.responses, own.before);
  const fresh = place(after.responses, own.after);
  const host = mainHost(placedOld);
  const isStaged = host !== undefined && isLoopback(host.hostname) && !isLoopback(fallback.hostname);
  if (isStaged) assumptions.push(`${host.host} was read as if it were ${fallback.host}`);
  const old = isStaged ? placedOld.map((response) => rehome(response, host, fallback)) : placedOld;
  const home = isStaged ? fallback : host;
  const guest = mainHost(fresh);
  if (home && guest && home.hostname !== guest.hostname && isRehearsal(home, guest)) {
    assumptions.push(`${guest.host} was read as if it were ${home.host}`);
    const widened = fresh.map((response) => withDomainsOf(old, response, guest, assumptions));
    const after = widened.map((response) => rehome(response, guest, home));
    return { before: old, after: withNamesOf(old, after, assumptions), assumptions, leftOut: left };
  }
  return { before: old, after: fresh, assumptions, leftOut: left };
}

/**
 * "staging.example.com" with its own name as Domain stands for a whole site: where the old deploy's cookie
 * of that name has the whole site as Domain, so has this one.
 */
function withDomainsOf(
  before: readonly Placed[],
  response: Placed,
  guest: URL,
  assumptions: string[],
): Placed {
  if (response.url.host !== guest.host || siteOf(guest.hostname) === guest.hostname) return response;
  const domainOf = (cookie: CookieSeen) => effectiveAttributes(cookie.attributes).domain;
  const cookies = response.cookies.map((cookie) => {
    const namesake = before.flatMap((each) => each.cookies).findLast(({ name }) => name === cookie.name);
    const whole = namesake && domainOf(namesake);
    if (!whole || whole !== siteOf(guest.hostname) || domainOf(cookie) !== guest.hostname) return cookie;
    const line = `Domain=${guest.hostname} of ${cookie.name} was read as if it were Domain=${whole}`;
    if (!assumptions.includes(line)) assumptions.push(line);
    return { ...cookie, attributes: [...cookie.attributes, ['Domain', whole] as const] };
  });
  return { ...response, cookies };
}

/** Sites that the file tells less of (an identity provider's or the app's own), if they set a session. */
function leftOut(
  responses: readonly ResponseSeen[],
  chosen: string | undefined,
): readonly (LeftOut & { readonly chosen: string | undefined })[] {
  const names = new Map<string, Set<string>>();
  const placed = responses.flatMap(({ url, cookies }) =>
    url === null ? [] : [{ site: siteOf(new URL(url).hostname), path: new URL(url).pathname, cookies }],
  );
  const began = placed[0]?.site;
  for (const { site, cookies } of placed) {
    if (site === chosen) continue;
    // Where a visit begins is the app, whatever it calls its session.
    const kept = cookies.filter(({ name }) => looksLikeSession(name) || (site === began && !isAside(name)));
    if (kept.length > 0)
      names.set(site, new Set([...(names.get(site) ?? []), ...kept.map(({ name }) => name)]));
  }
  return [...names].slice(0, 3).map(([site, of]) => ({
    site,
    names: [...of].slice(0, 3),
    began: site === began,
    signsIn: placed.some((each) => each.site === site && SIGN_IN.test(each.path)),
    chosen,
  }));
}

function inWords({ site, names, chosen }: LeftOut & { readonly chosen: string | undefined }): string {
  return `most answers are ${chosen}'s; ${site} was left out (it sets ${names.join(', ')}: ask for it with --cookie ${names[0]})`;
}

/** Drupal and WordPress end a cookie's name with a hash of the host: another host, another name, the same cookie. */
function withNamesOf(
  before: readonly Placed[],
  after: readonly Placed[],
  assumptions: string[],
): readonly Placed[] {
  const stem = (name: string) => /^(.*?[^0-9a-f])?[0-9a-f]{32}$/i.exec(name)?.[1];
  const named = new Map(before.flatMap(({ cookies }) => cookies.map(({ name }) => [stem(name), name])));
  const renamed = new Map<string, string>();
  for (const { name } of after.flatMap(({ cookies }) => cookies)) {
    const own = stem(name);
    const known = own === undefined ? undefined : named.get(own);
    if (known !== undefined && known !== name) renamed.set(name, known);
  }
  for (const [name, known] of renamed) assumptions.push(`${name} was read as if it were ${known}`);
  return after.map((response) => ({
    ...response,
    cookies: response.cookies.map((cookie) => {
      const known = renamed.get(cookie.name);
      if (known === undefined) return cookie;
      return { ...cookie, name: known, bytes: cookie.bytes - cookie.name.length + known.length };
    }),
  }));
}

/** Whether a response is the app's logout, by its path. Its deletions are not what a login gets. */
export function isLogout(response: Placed): boolean {
  return LOGOUT.test(response.url.pathname);
}

function placed(response: ResponseSeen, fallback: URL, now: number): Placed {
  return {
    url: response.url === null ? fallback : new URL(response.url),
    status: response.status,
    method: response.method,
    carried: new Set(response.sent?.pairs.map(([name]) => name)),
    reference: response.date ?? response.at ?? now,
    cookies: response.cookies,
    clearSiteData: response.clearSiteData,
  };
}

const cookiesOf = (deploy: Deploy) => deploy.responses.flatMap(({ cookies }) => cookies);

/**
 * The site that most responses belong to; a tie goes to the one that sets cookies, then to the first. Where it sets
 * none of the cookies that were asked for, it is the one of those that do.
 */
export function mainSite(responses: readonly ResponseSeen[], names?: readonly string[]): string | undefined {
  const weights = new Map<string, { responses: number; setting: number }>();
  for (const { url, cookies } of responses) {
    if (url === null) continue;
    const site = siteOf(new URL(url).hostname);
    const known = weights.get(site) ?? { responses: 0, setting: 0 };
    known.responses += 1 + (cookies.length > 0 ? 0.001 : 0);
    known.setting += cookies.some(({ name }) => names?.includes(name)) ? 1 : 0;
    weights.set(site, known);
  }
  const sites = [...weights].toSorted(([, a], [, b]) => b.responses - a.responses);
  return (sites.find(([, { setting }]) => setting > 0) ?? sites[0])?.[0];
}

function mainHost(responses: readonly Placed[]): URL | undefined {
  const setting = responses.filter(({ cookies }) => cookies.length > 0);
  const counts = new Map<string, { readonly url: URL; count: number }>();
  for (const { url } of setting.length > 0 ? setting : responses) {
    const seen = counts.get(url.host);
    if (seen) seen.count++;
    else counts.set(url.host, { url, count: 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.url;
}

/** Where responses without a URL are taken to come from: a known host, else the longest Domain, else a made-up one. */
function assumedUrl(
  before: string | undefined,
  after: string | undefined,
  urls: readonly string[],
  cookies: readonly CookieSeen[],
): string {
  const site = [before, after].find((each) => each !== undefined && !isLoopback(each));
  const domains = cookies
    .flatMap(({ attributes }) => attributes.filter(([name]) => name.toLowerCase() === 'domain'))
    .map(([, value]) => value.replace(/^\./, '').toLowerCase())
    .filter((domain) => /^[a-z0-9.-]{1,253}$/.test(domain) && URL.canParse(`https://${domain}/`));
  const longest = domains.toSorted((a, b) => b.length - a.length)[0];
  const reaches = (host: string) => domains.every((domain) => covers({ domain, hostOnly: false }, host));
  const given = urls.map((url) => new URL(url));
  const fitting = given.find(({ hostname }) => reaches(hostname)) ?? (longest ? undefined : given[0]);
  // Without a sign of plain http, https is what a session cookie comes over.
  if (fitting) return `${isTrustworthy(fitting) ? fitting.protocol : 'https:'}//${fitting.host}/`;
  if (longest && (site === undefined || siteOf(longest) === site)) {
    // A Domain that is a whole site is sent by some host below it, more often than not www.
    return `https://${siteOf(longest) === longest && !isAddress(longest) ? `www.${longest}` : longest}/`;
  }
  return `https://${site ?? before ?? after ?? 'www.example.com'}/`;
}

/** Another site, or a host named like a stage before production. */
function isRehearsal(home: URL, guest: URL): boolean {
  if (siteOf(home.hostname) !== siteOf(guest.hostname)) return true;
  return STAGED.test(guest.hostname) && !STAGED.test(home.hostname);
}

/** Moves a response, and the Domain attributes that reach its host, to another host. */
function rehome(response: Placed, from: URL, to: URL): Placed {
  const url = new URL(response.url);
  if (url.host !== from.host) return response;
  url.protocol = to.protocol;
  url.host = to.host;
  if (to.port === '') url.port = '';
  return {
    ...response,
    url,
    cookies: response.cookies.map((cookie) => ({
      ...cookie,
      attributes: cookie.attributes.map(([name, value]) =>
        name.toLowerCase() === 'domain'
          ? ([name, rehomeDomain(value, from.hostname, to.hostname)] as const)
          : ([name, value] as const),
      ),
    })),
  };
}

function rehomeDomain(attribute: string, from: string, to: string): string {
  const domain = attribute.replace(/^\./, '').toLowerCase();
  if (!covers({ domain, hostOnly: false }, from)) return attribute;
  if (domain === from) return to;
  const dropped = from.split('.').length - domain.split('.').length;
  const labels = to.split('.').slice(dropped);
  return labels.length >= siteOf(to).split('.').length ? labels.join('.') : siteOf(to);
}
