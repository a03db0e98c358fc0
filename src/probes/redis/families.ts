/**
 * Key families: what keys have in common up to the id. A family is shown, a key never is.
 *
 * @module
 */

/** Where the common session stores put their keys (key layouts as the libraries write them). */
const LAYOUTS: readonly { readonly pattern: RegExp; readonly layout: string; readonly session: boolean }[] = [
  { pattern: /^spring:session:(?:[\w.-]{1,64}:)?sessions:expires:/, layout: 'Spring Session', session: true },
  { pattern: /^spring:session:(?:[\w.-]{1,64}:)?sessions:/, layout: 'Spring Session', session: true },
  { pattern: /^spring:session:(?:[\w.-]{1,64}:)?expirations:/, layout: 'Spring Session', session: false },
  {
    pattern: /^[\w.-]{0,64}:\d{1,3}:django\.contrib\.sessions\.(?:cache|cached_db)/,
    layout: 'Django',
    session: true,
  },
  { pattern: /^koa:sess:/, layout: 'koa-generic-session', session: true },
  { pattern: /^sess:/, layout: 'connect-redis and kin', session: true },
  { pattern: /^session:/, layout: 'Flask-Session and kin', session: true },
  { pattern: /^rack:session:2::/, layout: 'Rack', session: true },
  { pattern: /^PHPREDIS_SESSION:/, layout: 'phpredis', session: true },
  { pattern: /^PHPREDIS_CLUSTER_SESSION:/, layout: 'phpredis', session: true },
  { pattern: /^[\w-]{1,64}_database_[\w-]{0,64}:/, layout: 'Laravel', session: true },
  { pattern: /^better-auth:active-sessions-/, layout: 'Better Auth', session: false },
  { pattern: /^better-auth:/, layout: 'Better Auth', session: true },
  { pattern: /^user:session:by-user-id:/, layout: 'Auth.js', session: false },
  { pattern: /^user:session:/, layout: 'Auth.js', session: true },
  { pattern: /^shopify_sessions_/, layout: 'Shopify', session: true },
  { pattern: /^session_tag:/, layout: 'AdonisJS', session: false },
];

/** All layouts in one pass, a group each: a sample asks twenty thousand times. */
const ANY_LAYOUT = new RegExp(
  `^(?:${LAYOUTS.map(({ pattern }) => `(${pattern.source.slice(1)})`).join('|')})`,
);

export interface Family {
  /** Printable prefix with its delimiter, or `(no prefix)`. */
  readonly name: string;
  readonly layout?: string;
  /** Holds sessions, as far as its prefix tells. */
  readonly session: boolean;
}

/** By its library, its prefix, or a name that says so. */
export function looksLikeSession({ name, session }: Pick<Family, 'name' | 'session'>): boolean {
  return session || /sess/i.test(name);
}

const BARE: Family = { name: '(no prefix)', session: false };

/** The family of one key. With `keyPrefix` (config), keys that begin with it are the session family. */
export function familyOf(key: string, keyPrefix: string | undefined): Family {
  if (keyPrefix && key.startsWith(keyPrefix)) return { name: printable(keyPrefix), session: true };
  const found = ANY_LAYOUT.exec(key);
  if (found) {
    const known = LAYOUTS[found.findIndex((group, at) => at > 0 && group !== undefined) - 1];
    if (known)
      return { name: printable(found[0]), layout: known.layout, session: known.session && !keyPrefix };
  }
  const name = prefixOf(key);
  return name === undefined ? BARE : { name, session: !keyPrefix && /sess/i.test(name) };
}

/**
 * The words before the first part that could be an id, with their delimiters. Only words of letters, as a
 * programmer writes them, count as prefix, and at most three: a name that users chose stands behind it.
 */
function prefixOf(key: string): string | undefined {
  const found = /^(?:[a-z][a-z.-]{0,31}[:/|_]){1,3}/i.exec(key.slice(0, 128))?.[0];
  if (!found || found.length === key.length) return undefined;
  // The last word before an id names the record; words that vary as much as ids are dropped by the sampler.
  return printable(found);
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, '?').slice(0, 64);
}
