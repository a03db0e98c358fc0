/**
 * The app's clock, told by a session cookie that says only when it ends: that moment less the lifetime that
 * was configured is when the app thought it was. Pure.
 *
 * @module
 */
import { looksLikeSession } from '../../browser/names.ts';
import type { Settings } from '../../config/config.ts';
import { formatDuration } from '../../config/time.ts';
import type { Fact } from '../../model.ts';
import { clocksBehind, type Interval } from '../../parse/clock-sample.ts';
import type { Slug } from './findings.ts';
import { against, isAmong } from './host-facts.ts';
import { type Correction, distance, middle } from './judge.ts';
import { SLIGHT_MS, standing } from './own.ts';
import type { CookieEnd, HostSeen } from './seen.ts';
import { aheadOrBehind, roughly, together } from './words.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Facts about the apps behind `host`, only where a lifetime was configured: session cookies are those named
 * in the config, else those whose name says so. One that lives as long as any configured lifetime says
 * nothing. By itself a difference is two things, and it is said that it is; an instance of `all` whose own
 * Date is off by as much decides between them.
 */
export function* lifetimeFacts(
  host: HostSeen,
  all: readonly HostSeen[],
  correction: Correction,
  settings: Settings,
): Iterable<Fact<Slug>> {
  const lifetimes = [...new Set([settings.expect.lifetimeMs, settings.sessionTtlMs])].filter(
    (one) => one !== undefined,
  );
  const dates = clocksBehind(host.dates);
  const right = rightTime(dates, correction);
  if (lifetimes.length === 0 || !right) return;
  const limit = Math.max(settings.leewayMs, SLIGHT_MS);
  const agreed = Number.isFinite(correction.uncertaintyMs);
  for (const [name, ends] of byName(host.ends ?? [], settings.cookieNames)) {
    const off = farthest(ends, lifetimes, dates, right, limit);
    if (!off || isOneDate(ends)) continue;
    yield factOf({ host, name, lifetimes, agreed, ...off }, peerOf(off.offset, host, all, right, limit));
  }
}

/** The agreed time; where there is none, the Date beside the cookie. */
function rightTime(dates: readonly Interval[], correction: Correction): Correction | undefined {
  if (Number.isFinite(correction.uncertaintyMs)) return correction;
  return dates[0] && middle(dates[0]);
}

function byName(
  ends: readonly CookieEnd[],
  names: readonly string[] | undefined,
): ReadonlyMap<string, readonly CookieEnd[]> {
  const isSession = (name: string) => (names ? names.includes(name) : looksLikeSession(name));
  const groups = new Map<string, CookieEnd[]>();
  for (const end of ends)
    if (isSession(end.name)) groups.set(end.name, [...(groups.get(end.name) ?? []), end]);
  return groups;
}

interface Off {
  /** How long it lives by the right time, ms. */
  readonly livesMs: number;
  /** The app's clock, if it means the nearest of the configured lifetimes, from the right time. */
  readonly offset: Interval;
}

/** Of the apps behind one name the one that is farthest off, by the configured lifetime that is nearest to its own. */
function farthest(
  ends: readonly CookieEnd[],
  lifetimes: readonly number[],
  dates: readonly Interval[],
  right: Correction,
  limit: number,
): Off | undefined {
  const offs = clocksBehind(ends).flatMap((end): Off[] => {
    // Some apps round where others cut.
    const clocks = lifetimes.map((one) => ({ low: end.low - one - 1000, high: end.high - one }));
    if (clocks.some((one) => isAmong(one, dates))) return [];
    const offset = clocks.map((one) => against(one, right)).reduce(nearer);
    if (standing(offset, limit) !== 'wrong') return [];
    return [{ livesMs: middle(against(end, right)).offsetMs, offset }];
  });
  return offs.toSorted((a, b) => distance(b.offset) - distance(a.offset))[0];
}

function nearer(one: Interval, other: Interval): Interval {
  return distance(other) < distance(one) ? other : one;
}

/** An end at the same full hour, or one second before it, at every look is a date and no lifetime. */
function isOneDate(ends: readonly CookieEnd[]): boolean {
  const at = ends[0]?.serverTime ?? 0;
  return [0, HOUR_MS - 1000].includes(at % HOUR_MS) && ends.every(({ serverTime }) => serverTime === at);
}

interface Peer {
  readonly name: string;
  readonly offset: Interval;
}

/** Another instance whose own Date is off by as much. */
function peerOf(
  app: Interval,
  host: HostSeen,
  all: readonly HostSeen[],
  right: Correction,
  limit: number,
): Peer | undefined {
  return all
    .filter((one) => one !== host)
    .flatMap((one) =>
      clocksBehind(one.dates).map((clock) => ({ name: one.host, offset: against(clock, right) })),
    )
    .find(({ offset }) => standing(offset, limit) === 'wrong' && isAmong(app, [offset]));
}

interface Told extends Off {
  readonly host: HostSeen;
  readonly name: string;
  readonly lifetimes: readonly number[];
  /** False: measured from the Date beside it. */
  readonly agreed: boolean;
}

function factOf(
  { host, name, lifetimes, livesMs, offset, agreed }: Told,
  peer: Peer | undefined,
): Fact<Slug> {
  const ends = `${formatDuration(Math.round(Math.abs(livesMs) / 1000) * 1000)} ${livesMs > 0 ? 'after' : 'before'} the answer that sets it`;
  const wanted = together(lifetimes.map(formatDuration));
  const seen = `${host.host} sets the cookie ${name} with an Expires ${ends}; configured ${lifetimes.length === 1 ? 'is a lifetime' : 'are lifetimes'} of ${wanted}`;
  const data = middle(offset);
  if (peer)
    return {
      slug: 'host-app-clock-agrees',
      subject: host.host,
      detail: `${seen}: the app’s clock is ${roughly(offset)}, as ${peer.name} is by its own Date (${aheadOrBehind(peer.offset)})`,
      data,
    };
  const by = agreed ? '' : ' by the Date beside it';
  const either = `either the app’s clock is about ${roughly(offset)}${by}, or it gives that cookie another lifetime than configured`;
  return isWhole(offset) && livesMs > 0
    ? { slug: 'host-cookie-lifetime-differs', subject: name, detail: `${seen}: ${either}`, data }
    : { slug: 'host-app-clock-suspect', subject: host.host, detail: `${seen}: ${either}`, data };
}

/** Two lifetimes differ by whole minutes as a rule, two clocks seldom. */
function isWhole(offset: Interval): boolean {
  const whole = Math.round(middle(offset).offsetMs / MINUTE_MS) * MINUTE_MS;
  return distance(offset, whole) === 0;
}
