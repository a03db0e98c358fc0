/**
 * Small turns of phrase that the provider's facts share.
 *
 * @module
 */
import { formatDuration } from '../../config/time.ts';
import type { Asked, Endpoint } from './seen.ts';

const NAMES: Readonly<Record<Endpoint, string>> = {
  discovery: 'discovery',
  jwks: 'the key set',
  authorization: 'the authorization endpoint',
  userinfo: 'userinfo',
  'end-session': 'end-session',
  token: 'the token endpoint',
  introspection: 'introspection',
  site: 'the site itself',
};

export function nameOf(endpoint: Endpoint): string {
  return NAMES[endpoint] ?? endpoint;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(items: readonly string[], most = 5): string {
  const shown = items.slice(0, most);
  const rest = items.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** `1 key`, `2 keys`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** An instant for people, to the minute, UTC. */
export function minute(at: number): string {
  return Number.isFinite(at) && Math.abs(at) < 8e15
    ? `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
    : 'an unreadable date';
}

/** `3d 4h ago` or `in 12d`. */
export function away(at: number, now: number): string {
  return at <= now ? `${formatDuration(now - at)} ago` : `in ${formatDuration(at - now)}`;
}

/** How two texts that should be equal differ, at 3 a.m. */
export function difference(a: string, b: string): string {
  if (a === b) return 'they are equal';
  if (a.replace(/\/$/, '') === b.replace(/\/$/, '')) return 'they differ only in the trailing slash';
  if (a.toLowerCase() === b.toLowerCase()) return 'they differ only in upper and lower case';
  if (a.replace(/^https?:\/\//, '') === b.replace(/^https?:\/\//, ''))
    return 'they differ only in the scheme';
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return `they differ from character ${at + 1} on`;
}

/** A status, and how long to stay away; or in which phase what went wrong. */
export function outcomeOf(one: Asked): string {
  if (!one.answered) return `${one.kind} in ${one.phase}`;
  return `${one.status}${one.status >= 500 && one.retryAfter ? ` (Retry-After: ${one.retryAfter})` : ''}`;
}

/** `host:port` of a URL, or the text itself. */
export function hostOf(url: string): string {
  return /^[a-z]+:\/\/([^/]{1,260})/i.exec(url)?.[1] ?? url;
}
