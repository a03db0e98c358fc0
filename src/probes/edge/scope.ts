/**
 * A cookie whose attributes the edge changes: do browsers still store it, and send it to the URL that set it? Pure.
 *
 * @module
 */
import type { IssuedCookie } from '../replay/answer.ts';

const MODES = { none: 0, lax: 1, strict: 2 } as const;

/**
 * True when what the edge made of it serves the URL as the origin's own line would, or better: an edge that maps
 * `/shop` to the app's `/` maps the cookie's Path as well. `url` as it is shown, with scheme and host.
 */
export function stillServes(origin: IssuedCookie, edge: IssuedCookie, url: string): boolean {
  const [before, after] = [attributesOf(origin), attributesOf(edge)];
  const at = URL.canParse(url) ? new URL(url) : undefined;
  if (!at) return false;
  const mode = (attributes: Attributes) => MODES[modeOf(attributes)];
  if (mode(after) > mode(before)) return false;
  // Without Secure browsers refuse SameSite=None and the prefixes (RFC 6265bis sections 4.1.3 and 5.7).
  const needsSecure = modeOf(after) === 'none' || /^__(?:secure|host)-/i.test(edge.name);
  if (needsSecure && !after.has('secure')) return false;
  if (/^__host-/i.test(edge.name) && (after.has('domain') || after.get('path') !== '/')) return false;
  return covers(after.get('path'), at.pathname) && reaches(after.get('domain'), at.hostname);
}

type Attributes = ReadonlyMap<string, string>;

function attributesOf({ attributes }: IssuedCookie): Attributes {
  return new Map(
    attributes.split('; ').map((part): [string, string] => {
      const [name = '', value = ''] = part.split('=', 2);
      return [name.toLowerCase(), value.toLowerCase()];
    }),
  );
}

/** None given counts as Lax, as Chromium takes it. */
function modeOf(attributes: Attributes): keyof typeof MODES {
  const given = attributes.get('samesite');
  return given === 'none' || given === 'strict' ? given : 'lax';
}

/** RFC 6265 section 5.1.4; a cookie without Path lies where it was set. */
function covers(path: string | undefined, asked: string): boolean {
  const at = asked.toLowerCase();
  if (path === undefined || path === '' || path === at) return true;
  return at.startsWith(path) && (path.endsWith('/') || at[path.length] === '/');
}

function reaches(domain: string | undefined, host: string): boolean {
  if (domain === undefined || domain === '') return true;
  const bare = domain.replace(/^\./, '');
  return host === bare || host.endsWith(`.${bare}`);
}
