/**
 * Somebody else's clock, read once or several times over a connection that takes time. Pure arithmetic:
 * each reading allows an interval of offsets, and readings of one clock have offsets in common.
 *
 * @module
 */

/** One reading of another clock. Everything in ms; times are epoch ms. Plain JSON, so it can be saved. */
export type ClockSample = {
  /** Local time when it was asked. */
  readonly sentAt: number;
  /** Local time when the answer was there. */
  readonly answeredAt: number;
  /** What it said, the start of its tick. */
  readonly serverTime: number;
  /** How long one tick is: 1000 for an HTTP Date, 0.001 for Redis TIME and SQL clock_timestamp(). */
  readonly resolutionMs: number;
};

/** All that one witness allows, both ends included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Date.now() cuts the fraction of a millisecond off both local times. */
const LOCAL_TICK_MS = 1;

/**
 * Servers fill in Date from a copy that they renew once a second, some milliseconds late when busy: less
 * than this between two readings is no sign of two clocks.
 */
const STALE_MS = 250;

/** What counts whole seconds may come out of such a copy. */
const COPIED_MS = 1000;

/**
 * How late a copy is renewed by a server with time to spare, ms; one that has none is as late as it is slow
 * to answer (measured on Node).
 */
const LATE_MS = 50;

/** The offsets (that clock minus the local one) that a reading allows. */
export function offsetBounds(sample: ClockSample): Interval {
  return {
    low: sample.serverTime - sample.answeredAt - LOCAL_TICK_MS,
    high: sample.serverTime + sample.resolutionMs - sample.sentAt,
  };
}

/** One clock among those that answered under a name. */
export interface ObservedClock extends Interval {
  /** How many of the readings were its. */
  readonly readings: number;
}

/**
 * The clocks behind some readings, most readings first: one, unless readings cannot be of the same clock.
 * Two clocks that differ by less than a tick and a quarter of a second count as one. Readings that are no
 * numbers are left out.
 */
export function clocksBehind(samples: readonly ClockSample[]): readonly ObservedClock[] {
  const groups: { low: number; high: number; readings: { high: number; late: number }[] }[] = [];
  for (const sample of samples) {
    const { low, high } = offsetBounds(sample);
    if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) continue;
    const late = sample.resolutionMs < COPIED_MS ? 0 : LATE_MS + sample.answeredAt - sample.sentAt;
    const reading = { high, late };
    const group = groups.find((one) => Math.max(one.low, low) <= Math.min(one.high, high) + STALE_MS);
    if (!group) groups.push({ low, high, readings: [reading] });
    else {
      group.low = Math.max(group.low, low);
      group.high = Math.min(group.high, high);
      group.readings.push(reading);
    }
  }
  return groups
    .map(({ low, high, readings }) => ({
      low: Math.min(low, high),
      high: latest(low, readings),
      readings: readings.length,
    }))
    .sort((a, b) => b.readings - a.readings || a.low - b.low);
}

/** A copy is never ahead of its clock: a reading that is too late for the others does not bind. */
function latest(low: number, readings: readonly { readonly high: number; readonly late: number }[]): number {
  const highs = readings.map(({ high }) => high).filter((high) => high >= low);
  return Math.min(...highs) + Math.max(0, ...readings.map(({ late }) => late));
}
