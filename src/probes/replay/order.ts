/**
 * Did the answers change once and for good, or by turns? Pure.
 *
 * @module
 */

import type { Reply } from './answer.ts';
import type { Outcome } from './outcome.ts';
import { count } from './words.ts';

/** Fewer answers than this show no order in time. */
const ENOUGH_FOR_ORDER = 6;

/** All passes come before all refusals, of which there are enough. */
export function endsFor(outcomes: readonly Outcome[], passes: number): boolean {
  const good = outcomes.filter((one) => one !== 'none');
  return good.length >= ENOUGH_FOR_ORDER && good.lastIndexOf('accepted') === passes - 1;
}

/** Less than this is no chance: so seldom would a lottery put all its refusals into the beginning. */
const RARE = 0.02;

/** All failures before all passes, or the reverse, or refusals that stop for good; and too many for chance. */
export function inOrder(outcomes: readonly Outcome[]): 'healed' | 'died' | undefined {
  const good = outcomes.filter((one) => one !== 'none').map((one) => one === 'accepted');
  const turns = good.filter((one, index) => index > 0 && one !== good[index - 1]).length;
  const fewest = Math.min(count(good, true), count(good, false));
  if (good.length < ENOUGH_FOR_ORDER || fewest < 2) return undefined;
  if (turns === 1) return good[0] ? 'died' : 'healed';
  // A replica that is one of several lags for some of the reads only, until it has caught up.
  const last = good.lastIndexOf(false) + 1;
  if (count(good, false) < 3) return undefined;
  return ways(last, count(good, false)) / ways(good.length, count(good, false)) < RARE ? 'healed' : undefined;
}

/** Ways to choose `k` of `n`. */
function ways(n: number, k: number): number {
  return k === 0 ? 1 : (ways(n - 1, k - 1) * n) / k;
}

/** From the first request to the one that was answered otherwise, in seconds. */
export function secondsUntilTurn(
  replies: readonly Reply[],
  outcomes: readonly Outcome[],
  order: 'healed' | 'died',
): string {
  const start = replies[0]?.at ?? 0;
  const bad = outcomes.map((one) => one === 'refused' || one === 'error');
  const turned = replies[order === 'healed' ? bad.lastIndexOf(true) + 1 : bad.indexOf(true)]?.at ?? start;
  return ((turned - start) / 1000).toFixed(1);
}
