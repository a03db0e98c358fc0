/**
 * Marzullo's question: which time do most of the witnesses allow? Pure arithmetic on intervals.
 *
 * @module
 */
import type { Interval } from '../../parse/clock-sample.ts';

/** What a strict majority agrees on. */
export interface Agreement extends Interval {
  /** Indexes of the intervals that overlap it. */
  readonly agreeing: readonly number[];
  /** Indexes of those that do not: false tickers. */
  readonly dissenting: readonly number[];
}

/**
 * The hull of every point that lies in more than half of the intervals, or undefined when there is none.
 * If more than half of the witnesses are right, the truth lies in it, whatever the others say; Marzullo's
 * smallest interval has no such promise when a false ticker happens to overlap some of the right ones.
 */
export function majorityIntersection(intervals: readonly Interval[]): Agreement | undefined {
  const needed = Math.floor(intervals.length / 2) + 1;
  const edges = intervals
    .flatMap(({ low, high }) => [
      { at: low, step: 1 },
      { at: high, step: -1 },
    ])
    .sort((a, b) => a.at - b.at || b.step - a.step);
  let depth = 0;
  let low: number | undefined;
  let high = 0;
  for (const edge of edges) {
    if (edge.step === 1 && depth + 1 === needed) low ??= edge.at;
    if (edge.step === -1 && depth === needed) high = edge.at;
    depth += edge.step;
  }
  if (low === undefined) return undefined;
  const from = low;
  const indexes = intervals.map((_, index) => index);
  const overlaps = (index: number) => {
    const interval = intervals[index];
    return interval !== undefined && interval.low <= high && interval.high >= from;
  };
  return {
    low: from,
    high,
    agreeing: indexes.filter(overlaps),
    dissenting: indexes.filter((index) => !overlaps(index)),
  };
}
