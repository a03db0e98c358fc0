/**
 * Which URLs a comparison is asked about.
 *
 * @module
 */
import type { CookieFacts } from './describe.ts';
import { isAddress, siteOf } from './site.ts';
import { isLogout, type Placed } from './stage.ts';

const MAX_URLS = 48;
/** Of those that were asked of the deploys. */
const MAX_OWN = 8;

/**
 * The given URLs first, then the deploy's own hosts, apex, www and api, each at the paths that cookies name,
 * then what was asked of the deploy itself.
 */
export function urlsToAsk(
  given: readonly string[],
  responses: readonly Placed[],
  cookies: readonly CookieFacts[],
): readonly URL[] {
  const found = new Map<string, URL>();
  const add = (text: string) => {
    if (found.size < MAX_URLS && URL.canParse(text)) {
      const url = new URL(text);
      url.hash = '';
      found.set(url.href, url);
    }
  };
  for (const url of given) add(url);
  const setting = responses.filter(({ cookies: list }) => list.length > 0);
  const origins = [...new Set(setting.map(({ url }) => url.origin))].slice(0, 4);
  const main = setting[0]?.url ?? responses[0]?.url;
  if (!main) return [...found.values()];
  const site = siteOf(main.hostname);
  const port = main.port && `:${main.port}`;
  const family =
    isAddress(site) || !site.includes('.')
      ? []
      : ['', 'www.', 'api.'].map((label) => `${main.protocol}//${label}${site}${port}`);
  const paths = [...new Set(['/', ...cookies.map(({ path }) => path)])].slice(0, 6);
  for (const origin of new Set([...origins, ...family])) for (const path of paths) add(`${origin}${path}`);
  const own = responses.filter((response) => !isLogout(response)).map(({ url }) => url.origin + url.pathname);
  for (const text of [...new Set(own)].slice(0, MAX_OWN)) add(text);
  return [...found.values()];
}
