/**
 * DURATION and TIME, as an operator types them.
 *
 * @module
 */

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `10s`, `2m`, `1h`, `30d` → milliseconds; undefined when it is not a DURATION. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text.trim());
  if (!match?.[1] || !match[2]) return undefined;
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
}

/** Milliseconds as a short DURATION: `90s`, `45m`, `2h`, `30d`, `1h 30m`. For people, so it rounds. */
export function formatDuration(ms: number): string {
  const whole = Math.abs(Math.round(ms));
  const sign = ms < 0 ? '-' : '';
  if (whole < 1000) return `${sign}${whole}ms`;
  if (whole < 120_000) return `${sign}${trim(whole / 1000)}s`;
  if (whole < 7_200_000) return `${sign}${two(whole, 60_000, 'm', 1000, 's')}`;
  if (whole < 172_800_000) return `${sign}${two(whole, 3_600_000, 'h', 60_000, 'm')}`;
  return `${sign}${two(whole, 86_400_000, 'd', 3_600_000, 'h')}`;
}

function trim(seconds: number): string {
  return seconds < 10 ? String(Math.round(seconds * 10) / 10) : String(Math.round(seconds));
}

function two(ms: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const bigs = Math.floor(ms / big);
  const smalls = Math.floor((ms % big) / small);
  return smalls === 0 ? `${bigs}${bigUnit}` : `${bigs}${bigUnit} ${smalls}${smallUnit}`;
}

/**
 * A TIME before the clock is known: an instant (epoch ms), a clock time of the day (resolved to its
 * latest occurrence that is not in the future), or an age (counted back from the corrected time).
 */
export type Moment =
  | { readonly kind: 'instant'; readonly at: number }
  | { readonly kind: 'clock'; readonly hours: number; readonly minutes: number; readonly seconds: number }
  | { readonly kind: 'age'; readonly ms: number };

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** ISO 8601, `03:00`, `03:00:30` or an age; undefined when it is not a TIME. */
export function parseMoment(text: string): Moment | undefined {
  const trimmed = text.trim();
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(trimmed);
  if (clock)
    return {
      kind: 'clock',
      hours: Number(clock[1]),
      minutes: Number(clock[2]),
      seconds: Number(clock[3] ?? 0),
    };
  const age = parseDuration(trimmed.replace(/\s+ago$/, ''));
  if (age !== undefined) return { kind: 'age', ms: age };
  if (!ISO.test(trimmed)) return undefined;
  const at = Date.parse(trimmed.replace(' ', 'T'));
  if (Number.isNaN(at)) return undefined;
  // Date.parse rolls 31 February over to March; an operator who typed it meant something else.
  const day = Number(trimmed.slice(8, 10));
  const lastDay = new Date(
    Date.UTC(Number(trimmed.slice(0, 4)), Number(trimmed.slice(5, 7)), 0),
  ).getUTCDate();
  return day > lastDay ? undefined : { kind: 'instant', at };
}

/** A moment as epoch ms, seen from `now` (epoch ms, corrected). Clock times are in the local zone. */
export function resolveMoment(moment: Moment, now: number): number {
  if (moment.kind === 'instant') return moment.at;
  if (moment.kind === 'age') return now - moment.ms;
  const day = new Date(now);
  day.setHours(moment.hours, moment.minutes, moment.seconds, 0);
  if (day.getTime() > now) day.setDate(day.getDate() - 1);
  return day.getTime();
}
