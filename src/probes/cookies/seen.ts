/**
 * What the parts of this probe share: the observation, the facts, and how lists become words.
 *
 * @module
 */
import type { CookieDiff, CookieVerdict } from '../../browser/compare.ts';
import type { Deploy } from '../../browser/deploy.ts';
import type { Fact } from '../../model.ts';
import type { Slug } from './findings.ts';

/** What the probe saw. */
export type Seen = {
  /** By the corrected clock, epoch ms. */
  readonly takenAt: number;
  readonly names: readonly string[] | null;
  /** Absolute, without query. */
  readonly urls: readonly string[];
  readonly before: Deploy | null;
  readonly after: Deploy | null;
};

/** What the parts of this probe say. */
export type CookieFact = Fact<Slug>;

/** Whether a cookie matters for being signed in: it was named, or looks like a session, or nothing does. */
export type Matters = (cookie: Pick<CookieDiff | CookieVerdict['facts'], 'name'>) => boolean;

/** A few of many, in words. */
export function some(items: readonly string[], limit = 3): string {
  const rest = items.length - limit;
  return rest > 0 ? `${items.slice(0, limit).join(', ')} and ${rest} more` : items.join(', ');
}
