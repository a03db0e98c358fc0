/**
 * What a change does to people, URL by URL: which of two namesakes an app reads, and what follows.
 *
 * @module
 */
import type { CookieFacts } from './describe.ts';
import type { Generation, Phases, Sent } from './simulate.ts';

/**
 * `login-loop`: the app goes on reading the dead old cookie after a new login. `zombie`: the old cookie
 * is read again after a logout. `signed-out`: the app reads no session although the browser sends one.
 * `old-only`: a new login does not reach this URL; once the old cookie ends, nothing does.
 */
export type Symptom = 'none' | 'login-loop' | 'zombie' | 'signed-out' | 'old-only';

/** For one URL, by the kind of stack that reads. */
export interface Consequence {
  readonly url: string;
  /** Stacks that read the first of two: Express, Koa, Fastify, Hono, Nuxt, Flask, PHP, Rails, Go, nginx. */
  readonly first: Symptom;
  /** Stacks that read the last: Next.js, Django, Starlette, FastAPI, Tornado, aiohttp, HAProxy, Varnish. */
  readonly last: Symptom;
}

export const FIRST_STACKS = 'Express, Koa, Fastify, Hono, Nuxt, Flask, PHP, Rails, Go, nginx';
export const LAST_STACKS = 'Next.js, Django, Starlette, FastAPI, Tornado, aiohttp, HAProxy, Varnish';

/** The consequences of one changed cookie, by the name that the new deploy reads. */
export function consequencesOf(
  before: CookieFacts,
  after: CookieFacts,
  urls: readonly URL[],
  phases: readonly Phases[],
): readonly Consequence[] {
  return urls.map((url, index) => {
    const phase = phases[index] ?? { arriving: [], afterSetCookie: [], afterLogout: [] };
    const namesakes = (list: readonly Sent[]) => list.filter(({ name }) => name === after.name);
    const sent = namesakes(phase.afterSetCookie);
    const symptom = (reads: 0 | -1): Symptom => {
      const arriving = phase.arriving.some(({ name }) => name === before.name);
      if (arriving && (after.name !== before.name || guards(before, after, url))) return 'signed-out';
      if (sent.length === 0) return 'none';
      if (sent.some(isNew) && isOldValue(sent.at(reads), sent)) return 'login-loop';
      if (!sent.some(isNew))
        return after.path !== before.path || after.domain !== before.domain ? 'old-only' : 'none';
      return namesakes(phase.afterLogout).some(({ generation }) => generation === 'before')
        ? 'zombie'
        : 'none';
    };
    return { url: url.href, first: symptom(0), last: symptom(-1) };
  });
}

const isNew = ({ generation }: { readonly generation: Generation }) => generation === 'after';

/** The old cookie, with another value than the new one: the same id under both scopes does no harm. */
function isOldValue(read: Sent | undefined, sent: readonly Sent[]): boolean {
  return read?.generation === 'before' && !sent.some((other) => isNew(other) && other.value === read.value);
}

/** express-session leaves requests outside its cookie's path without a session, whatever they carry. */
function guards(before: CookieFacts, after: CookieFacts, url: URL): boolean {
  if (after.format !== 'express-signed' || after.path === before.path) return false;
  return !url.pathname.startsWith(after.path);
}
