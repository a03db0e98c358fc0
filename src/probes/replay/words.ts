/**
 * Counts and statuses as the replay tells them.
 *
 * @module
 */

import type { Reply } from './answer.ts';
import { type EchoOutcome, type Outcome, strip } from './outcome.ts';
import { interval, nearestFleets, percent, smallestShareSeen } from './share.ts';

/** How many refused, which share that may be of the whole, and one mark an answer. */
export function mixDetail(outcomes: readonly (Outcome | EchoOutcome)[], refusals: number, n: number): string {
  const [low, high] = interval(refusals, n);
  const fleets = nearestFleets(refusals, n);
  const fits = fleets.length > 0 ? `; fits ${fleets.join(' or ')} instances` : '';
  return `${refusals} of ${n} refused (${percent(refusals / n)}; 95 % between ${percent(low)} and ${percent(high)}${fits}): ${strip(outcomes)}`;
}

/** What so many like answers leave open. */
export function excludes(n: number): string {
  const share = smallestShareSeen(n);
  return `a share of ${percent(share)} or more of differing instances would have shown with 95 % probability; a smaller one may hide ((1-p)^${n})`;
}

/** Every status that came, once; `none` where nothing was answered. */
export function statusOf(replies: readonly Reply[]): string {
  return [...new Set(replies.flatMap((reply) => (reply.ok ? [reply.status] : [])))].join(', ') || 'none';
}

/** How often it is in the list. */
export function count<T>(list: readonly T[], wanted: T): number {
  return list.filter((one) => one === wanted).length;
}
