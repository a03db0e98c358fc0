/**
 * Offsets in words, with the digits that their bounds deserve.
 *
 * @module
 */
import { formatDuration } from '../../config/time.ts';
import type { Interval } from '../../parse/clock-sample.ts';
import { distance, middle } from './judge.ts';

/** A span without sign: `0.3 ms`, `5.250 s`, `1h (3600.000 s)`. */
export function span(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1000) return `${size < 10 ? size.toFixed(1) : size.toFixed(0)} ms`;
  const seconds = `${(size / 1000).toFixed(3)} s`;
  return size < 120_000 ? seconds : `${formatDuration(Math.round(size / 100) * 100)} (${seconds})`;
}

/** What a clock that may be off by `offset` (itself minus the true time) is: ahead, behind, or right. */
export function aheadOrBehind(offset: Interval): string {
  const { offsetMs, uncertaintyMs } = middle(offset);
  if (distance(offset) === 0) return `right to within ${span(Math.max(-offset.low, offset.high))}`;
  return `${span(offsetMs)} ${offsetMs > 0 ? 'ahead' : 'behind'} (± ${span(uncertaintyMs)})`;
}

/** `a`, `a and b`, `a, b and c`; beyond ten the rest is counted. */
export function together(names: readonly string[]): string {
  if (names.length > 10) return `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`;
  return names.length < 2 ? (names[0] ?? 'none') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** The same in few words, where the exact ones are told elsewhere: `2h behind`. */
export function roughly(offset: Interval): string {
  const { offsetMs } = middle(offset);
  const size = Math.abs(offsetMs);
  const unit = size < 10_000 ? 100 : size < 3_590_000 ? 1000 : 60_000;
  return `${formatDuration(Math.round(size / unit) * unit)} ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}

/** What to add to the words about one wrong clock so that they do not hide the others. */
export function besides(others: readonly string[]): string {
  return others.length === 0 ? '' : `; also off: ${together(others)}`;
}
