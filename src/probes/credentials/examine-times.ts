/**
 * What the times say: lifetimes, and validity against network time and against this host's clock. Pure.
 *
 * @module
 */
import { formatDuration } from '../../config/time.ts';
import type { Fact } from '../../model.ts';
import type { Scene } from '../probe.ts';
import type { Slug } from './findings.ts';
import type { CredentialsSeen } from './observe.ts';
import type { Group, Times } from './population.ts';
import { count, list, sum, tell } from './words.ts';

/** Problems that make a credential's times useless: they are no instants, or in no order. */
export const IMPOSSIBLE: readonly string[] = [
  'exp-milliseconds',
  'iat-milliseconds',
  'exp-before-iat',
  'time-not-a-number',
];
const HOUR_S = 3600;
/** What a clock that nobody checked may be off by without being told of. s */
const UNCHECKED_S = 60;

/** Facts about times. Seconds as in the tokens; `seen.now` is corrected time in ms. */
export function* examineTimes(seen: CredentialsSeen, scene: Scene): Generator<Fact<Slug>> {
  const before = seen.before?.groups ?? [];
  const after = seen.after?.groups ?? [];
  const all = [...before, ...after];
  yield* lifetimes(before, after, scene);
  yield* againstClock(all, seen, scene);
  yield* atIncident(before, scene);
  const aeons = all.filter((group) => group.problems.includes('lifetime-absurd'));
  if (aeons.length > 0)
    yield {
      slug: 'lifetime-of-decades',
      detail: `${tell(sum(aeons), sum(all), 'credential')}: ${spanWords(span(aeons) ?? [0, 0])}`,
    };
  const endless = all.filter((group) => group.problems.includes('no-expiry'));
  if (endless.length > 0)
    yield { slug: 'no-expiry', detail: `${tell(sum(endless), sum(all), 'credential')} have no end (no exp)` };
}

function* lifetimes(before: readonly Group[], after: readonly Group[], scene: Scene): Generator<Fact<Slug>> {
  const all = [...before, ...after];
  const absurd = all.filter((group) => group.problems.some((problem) => IMPOSSIBLE.includes(problem)));
  if (absurd.length > 0)
    yield {
      slug: 'lifetime-absurd',
      detail: `${tell(sum(absurd), sum(all), 'credential')}: ${absurdWords(absurd)}`,
    };
  let faults = absurd.length;
  const known = all.filter((group) => group.lifetime !== null && !absurd.includes(group));
  for (const name of new Set(known.map((group) => `${group.name ?? ''}\u0000${group.format}`))) {
    const same = (groups: readonly Group[]) =>
      groups.filter((group) => known.includes(group) && `${group.name ?? ''}\u0000${group.format}` === name);
    const old = span(same(before));
    const fresh = span(same(after));
    if (!old || !fresh || overlap(old, fresh)) continue;
    faults++;
    yield {
      slug: lifetimeSlug(old, fresh),
      subject: name.split('\u0000')[0] || undefined,
      detail: `${spanWords(old)} before, ${spanWords(fresh)} after${hoursWords(fresh[0] - old[0])}`,
    };
  }
  const wanted = scene.settings.expect.lifetimeMs;
  if (wanted !== undefined) {
    const off = known.filter((group) => group.lifetime && !near(group.lifetime, wanted / 1000));
    const lifetime = span(off);
    if (lifetime) {
      faults++;
      yield {
        slug: 'lifetime-unexpected',
        detail: `${count(sum(off), 'credential')} live ${spanWords(lifetime)}, ${formatDuration(wanted)} was configured${hoursWords(lifetime[0] - wanted / 1000)}`,
      };
    }
  }
  const lifetime = span(known);
  if (faults === 0 && lifetime)
    yield {
      slug: 'lifetimes-sane',
      detail: `${count(sum(known), 'credential')} live ${spanWords(lifetime)}`,
    };
}

function* againstClock(all: readonly Group[], seen: CredentialsSeen, scene: Scene): Generator<Fact<Slug>> {
  const leeway = scene.settings.leewayMs / 1000;
  const checked = seen.uncertaintyMs !== null;
  const slack = seen.uncertaintyMs === null ? UNCHECKED_S : seen.uncertaintyMs / 1000;
  const now = seen.now / 1000;
  const local = seen.localNow / 1000;
  const sound = all.filter((group) => !group.problems.some((problem) => IMPOSSIBLE.includes(problem)));
  let refused = 0;
  let early: number[] = [];
  for (const group of sound)
    for (const times of group.times) {
      if (valid(times, now, leeway - slack) && !valid(times, local, leeway)) refused++;
      const ahead = Math.max(times.iat ?? 0, times.nbf ?? 0) - now;
      if (ahead > leeway + slack) early = [...early, ahead].slice(0, 64);
    }
  if (refused > 0 && checked)
    yield {
      slug: 'clock-rejects',
      detail: `${count(refused, 'token')} valid by network time would be refused by this host's clock, which is ${formatDuration(Math.abs(seen.localNow - seen.now))} ${seen.localNow > seen.now ? 'ahead' : 'behind'} (leeway ${formatDuration(scene.settings.leewayMs)})`,
    };
  const first = early[0];
  if (first === undefined) return;
  const hours = Math.round(first / HOUR_S);
  const begin = `${count(early.length, 'token')} begin ${formatDuration(first * 1000)} in the future`;
  const forgiven = `leeway ${formatDuration(scene.settings.leewayMs)}`;
  if (!checked) {
    yield {
      slug: 'future-by-unchecked-clock',
      detail: `${begin} by this host’s unchecked clock (${forgiven})`,
    };
    return;
  }
  const zone = hours >= 1 && Math.abs(first - hours * HOUR_S) < 300 && hours <= 14;
  yield {
    slug: zone ? 'time-zone-shift' : 'issued-in-future',
    detail: `${begin} by network time (${forgiven})`,
  };
}

function* atIncident(before: readonly Group[], { since }: Scene): Generator<Fact<Slug>> {
  if (since === null) return;
  const at = since / 1000;
  const kept = before.flatMap((group) =>
    group.problems.some((problem) => IMPOSSIBLE.includes(problem)) ? [] : group.times,
  );
  const ended = kept.filter((times) => times.exp !== undefined && times.exp < at).length;
  const alive = kept.filter(
    (times) => times.exp !== undefined && times.exp >= at && (times.iat ?? 0) <= at,
  ).length;
  if (ended > 0)
    yield {
      slug: 'ended-before',
      detail: `${tell(ended, kept.length, 'sample')} had run out before ${new Date(since).toISOString()}`,
    };
  if (alive > 0)
    yield {
      slug: 'alive-at-incident',
      detail: `${tell(alive, kept.length, 'sample')} were valid by their own times at ${new Date(since).toISOString()}`,
    };
}

/** Valid at `at` for a verifier that forgives `leeway`. All in seconds. */
function valid({ iat, exp, nbf }: Times, at: number, leeway: number): boolean {
  if (exp !== undefined && at >= exp + leeway) return false;
  if (nbf !== undefined && at < nbf - leeway) return false;
  return iat === undefined || at >= iat - leeway;
}

function absurdWords(groups: readonly Group[]): string {
  const first = groups[0];
  const problems = [...new Set(groups.flatMap((group) => group.problems))].filter((one) =>
    IMPOSSIBLE.includes(one),
  );
  const lifetime = first?.lifetime ? `, exp − iat = ${Math.round(first.lifetime[0])} s` : '';
  return `${list(problems)}${lifetime}`;
}

type Span = readonly [min: number, max: number];

function span(groups: readonly Group[]): Span | undefined {
  const ranges = groups.flatMap((group) => (group.lifetime ? [group.lifetime] : []));
  if (ranges.length === 0) return undefined;
  return [Math.min(...ranges.map(([min]) => min)), Math.max(...ranges.map(([, max]) => max))];
}

/** A lifetime that grew logs nobody out; one that fell below a tenth ends nearly everything early. */
function lifetimeSlug(old: Span, fresh: Span): Slug {
  if (fresh[0] > old[1]) return 'lifetime-changed';
  return fresh[1] < old[0] / 10 ? 'lifetime-collapsed' : 'lifetime-shortened';
}

/** True when two spans meet, two seconds or two percent apart at most. */
function overlap(a: Span, b: Span): boolean {
  const slack = Math.max(2, 0.02 * Math.max(a[1], b[1]));
  return a[0] - slack <= b[1] && b[0] - slack <= a[1];
}

function near(range: Span, seconds: number): boolean {
  const slack = Math.max(2, 0.02 * seconds);
  return range[0] >= seconds - slack && range[1] <= seconds + slack;
}

function spanWords([min, max]: Span): string {
  const from = formatDuration(min * 1000);
  const to = formatDuration(max * 1000);
  return from === to ? from : `${from} to ${to}`;
}

function hoursWords(difference: number): string {
  const hours = Math.round(difference / HOUR_S);
  return hours !== 0 && Math.abs(hours) <= 14 && Math.abs(difference - hours * HOUR_S) < 3
    ? `: exactly ${Math.abs(hours)} h ${hours > 0 ? 'more' : 'less'}, as a time zone mistake makes it`
    : '';
}
