/**
 * Which cookies of a site go when there are too many, as Chromium's cookie monster decides it.
 *
 * @module
 */
import type { StoredCookie } from './store.ts';

/** Over this many cookies of one site … */
export const SITE_QUOTA = 180;
/** … cookies go until this many are left. */
const AFTER_PURGE = 150;

/** That many cookies of a priority are left alone, whatever their age. */
const PROTECTED = { low: 30, medium: 50, high: 70 } as const;

/** Rounds in order: cookies without Secure before those with it, low priority before high. */
const ROUNDS = [
  ['low', 'sparing Secure'],
  ['low', 'all'],
  ['medium', 'sparing Secure'],
  ['high', 'sparing Secure'],
  ['medium', 'all'],
  ['high', 'all'],
] as const;

/** The cookies that go, least recently used first within a round. `own` are all cookies of the site. */
export function purgeOf(own: readonly StoredCookie[]): ReadonlySet<StoredCookie> {
  const doomed = new Set<StoredCookie>();
  let goal = own.length - AFTER_PURGE;
  for (const [priority, which] of ROUNDS) {
    const peers = own.filter((cookie) => cookie.priority === priority && !doomed.has(cookie));
    const kept = PROTECTED[priority];
    if (goal <= 0 || peers.length <= kept) continue;
    const spared = which === 'all' ? 0 : peers.filter(({ secure }) => secure).length;
    const going = peers
      .filter(({ secure }) => which === 'all' || !secure)
      .sort((a, b) => a.used - b.used)
      .slice(0, Math.max(0, Math.min(goal, peers.length - Math.max(spared, kept))));
    for (const cookie of going) doomed.add(cookie);
    goal -= going.length;
  }
  return doomed;
}
