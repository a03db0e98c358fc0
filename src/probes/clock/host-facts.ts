/**
 * What the instances' answers say about their clocks, as facts. Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import { clocksBehind, type Interval } from '../../parse/clock-sample.ts';
import type { Slug } from './findings.ts';
import { type Correction, distance, middle } from './judge.ts';
import { SLIGHT_MS, standing } from './own.ts';
import type { CookieClock, HostSeen } from './seen.ts';
import { aheadOrBehind, besides, roughly, span, together } from './words.ts';

/** Facts about one instance, against the agreed time. */
export function* hostFacts(host: HostSeen, correction: Correction, leewayMs: number): Iterable<Fact<Slug>> {
  const subject = host.host;
  if (host.failure) {
    yield { slug: 'host-unreachable', subject, detail: `${subject}: ${host.failure}` };
    return;
  }
  const limit = Math.max(leewayMs, SLIGHT_MS);
  const clocks = clocksBehind(host.dates);
  const [clock] = clocks;
  if (!clock) {
    const why = host.cached > 0 ? `${host.cached} came from a cache` : 'none had a Date header';
    yield { slug: 'host-no-time', subject, detail: `${subject}: of ${host.answers} answers, ${why}` };
  } else if (clocks.length > 1) yield twoClocks(subject, clocks, correction, limit);
  else yield* oneClock(subject, clock, correction, limit);
  yield* appClock(host, clocks, correction, limit);
  const [dead] = host.bornExpired;
  if (dead)
    yield {
      slug: 'host-cookie-born-expired',
      subject: dead.name,
      detail: `${subject} set the cookie ${dead.name} with an Expires ${span(dead.byMs)} before its own Date`,
    };
}

/** Of several wrong instances the first names the others too: one is what a reader of a cause sees. */
export function namingOthers(facts: readonly Fact<Slug>[]): readonly Fact<Slug>[] {
  const [first, ...rest] = facts.filter(({ slug }) => slug === 'host-wrong');
  const others = rest.map(({ subject, data }) => {
    const { offsetMs, uncertaintyMs } = data as Correction;
    return `${subject} ${roughly({ low: offsetMs - uncertaintyMs, high: offsetMs + uncertaintyMs })}`;
  });
  return facts.map((fact) =>
    fact === first ? { ...fact, detail: `${fact.detail}${besides(others)}` } : fact,
  );
}

/** Another clock's offset from the agreed time, out of its offset from the local clock. */
export function against(clock: Interval, correction: Correction): Interval {
  return {
    low: clock.low - correction.offsetMs - correction.uncertaintyMs,
    high: clock.high - correction.offsetMs + correction.uncertaintyMs,
  };
}

function* oneClock(
  subject: string,
  clock: Interval & { readonly readings: number },
  correction: Correction,
  limit: number,
): Iterable<Fact<Slug>> {
  const readings = `${clock.readings} readings of its Date`;
  if (!Number.isFinite(correction.uncertaintyMs)) {
    if (standing(clock, limit) === 'wrong')
      yield {
        slug: 'host-differs',
        subject,
        detail: `${subject} is ${aheadOrBehind(clock)} seen from this host’s clock, which was not checked (${readings}); the leeway is ${span(limit)}`,
        data: middle(clock),
      };
    return;
  }
  const offset = against(clock, correction);
  const data = middle(offset);
  const detail = `${subject} is ${aheadOrBehind(offset)}, by ${readings}`;
  const state = standing(offset, limit);
  if (state === 'right') yield { slug: 'host-in-sync', subject, detail, data };
  if (state === 'slightly-off')
    yield {
      slug: 'host-off-within-leeway',
      subject,
      detail: `${detail}; the leeway is ${span(limit)}`,
      data,
    };
  if (state === 'wrong')
    yield { slug: 'host-wrong', subject, detail: `${detail}; the leeway is ${span(limit)}`, data };
}

function twoClocks(
  subject: string,
  clocks: readonly (Interval & { readonly readings: number })[],
  correction: Correction,
  limit: number,
): Fact<Slug> {
  const known = Number.isFinite(correction.uncertaintyMs);
  const each = clocks.map((clock) => {
    const offset = known ? against(clock, correction) : clock;
    return `${clock.readings} × ${aheadOrBehind(offset)}`;
  });
  const apart = Math.max(...clocks.map(({ low }) => low)) - Math.min(...clocks.map(({ high }) => high));
  const wrong = known && clocks.some((clock) => standing(against(clock, correction), limit) === 'wrong');
  const tolerated = apart <= limit && !wrong;
  return {
    slug: tolerated ? 'host-off-within-leeway' : 'host-two-clocks',
    subject,
    detail: `${subject} answered with ${clocks.length} clocks: ${together(each)}${known ? '' : ', seen from this host’s clock'}; no single clock gives these${tolerated ? `; the leeway is ${span(limit)}` : ''}`,
    data: clocks.map((clock) => ({ ...middle(clock), readings: clock.readings })),
  };
}

/** The app's own clock, or one of several, told by its cookies, against the Dates beside them. */
function* appClock(
  host: HostSeen,
  dates: readonly Interval[],
  correction: Correction,
  limit: number,
): Iterable<Fact<Slug>> {
  const cookie = host.cookies[0]?.name;
  if (!Number.isFinite(correction.uncertaintyMs)) return;
  const app = clocksBehind(host.cookies).find(
    (one) => !isAmong(one, dates) && standing(against(one, correction), limit) === 'wrong',
  );
  if (!app) return;
  const offset = against(app, correction);
  const [date] = dates;
  const detail = `behind ${host.host}, the app is ${aheadOrBehind(offset)} by the Expires and Max-Age of its cookie ${cookie}${date ? `, while the Date beside it is ${aheadOrBehind(against(date, correction))}` : ''}`;
  const right = date ? middle(date).offsetMs : correction.offsetMs;
  yield isByDesign(host.cookies, { low: app.low - right, high: app.high - right }, right)
    ? {
        slug: 'host-cookie-times-differ',
        subject: cookie ?? host.host,
        detail: `${detail}; it may as well have been given two lifetimes`,
        data: middle(offset),
      }
    : { slug: 'host-app-clock-wrong', subject: host.host, detail, data: middle(offset) };
}

/** Whether an app's clock is what a Date of the same answers tells: then no proxy wrote over it. */
export function isAmong(app: Interval, dates: readonly Interval[]): boolean {
  return dates.some((date) => app.low <= date.high + SLIGHT_MS && app.high >= date.low - SLIGHT_MS);
}

const MINUTE_MS = 60_000;

/**
 * An app may give a cookie an Expires of a day and a Max-Age of an hour, or an Expires that is a date (the
 * last second of a year). The difference of two lifetimes is whole minutes, the same for no two lifetimes,
 * and lets no cookie end before it begins; that of two clocks is none of this. `off` is from the right time, which is `rightMs` from the local clock's.
 */
function isByDesign(cookies: readonly CookieClock[], off: Interval, rightMs: number): boolean {
  const lifetimes = new Set(cookies.flatMap((one) => one.lifetimeMs ?? []));
  const dead = cookies.some(
    (one) =>
      one.lifetimeMs !== undefined &&
      one.serverTime + one.resolutionMs + one.lifetimeMs < one.sentAt + rightMs,
  );
  const dates = cookies.every(
    (one) => one.lifetimeMs !== undefined && isRound(one.serverTime + one.lifetimeMs + 1000),
  );
  const whole = Math.round((off.low + off.high) / 2 / MINUTE_MS) * MINUTE_MS;
  return lifetimes.size < 2 && !dead && (dates || distance(off, whole) <= SLIGHT_MS);
}

/** The first or the last second of a minute: nobody's clock stands there at every look. */
function isRound(at: number): boolean {
  return [0, MINUTE_MS - 1000].includes(at % MINUTE_MS);
}
