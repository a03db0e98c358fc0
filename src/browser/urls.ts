/**
 * Which URLs a comparison is asked about.
 *
 * @module
 */
import type { CookieFacts } from './describe.ts';
import { isAddress, siteOf } from './site.ts';
import type { Placed } from './stage.ts';

const MAX_URLS = 40;

/** The given URLs first, then apex, www, api and the deploy's own hosts, each at the paths that cookies name. */
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
  return [...found.values()];
}
