/**
 * When were the surviving sessions last written? Read from their remaining lives: a session that was given
 * the lifetime T and has PTTL left was written (or touched) T − PTTL ago. Pure.
 *
 * @module
 */
import type { FamilySeen } from './sample.ts';

/** Fewer sessions than this tell nothing about a distribution, unless the lifetime is known. */
const ENOUGH = 30;
const ENOUGH_WITH_LIFETIME = 5;

export interface Ages {
  /** Sessions that the ages were read from. */
  readonly count: number;
  /** The lifetime that they are given, ms: as configured, else by the longest that was seen. */
  readonly lifetimeMs: number;
  readonly lifetimeKnown: boolean;
  /** All writes may be this much younger: the lifetime was guessed longer than the longest life seen. ms */
  readonly guessedMs: number;
  /** Last writes, epoch ms, ascending (at most 201 of them, evenly spread over the sample). */
  readonly writes: readonly number[];
  readonly oldest: number;
  readonly newest: number;
}

/**
 * The last writes of a family's sessions; undefined when there are too few to tell. Sessions with different
 * lifetimes under one prefix (a day, and thirty for "remember me") are told apart by the gap between them:
 * each group is read by its own longest life. None is older than `notBefore` (epoch ms): a server that loaded
 * nothing holds nothing from before its start, whatever a guessed or configured lifetime says.
 */
export function agesOf(
  family: FamilySeen,
  at: number,
  sessionTtlMs: number | undefined,
  notBefore: number,
): Ages | undefined {
  const ages = agesByLifetime(family, at, sessionTtlMs);
  if (!ages || ages.oldest >= notBefore) return ages;
  // The lifetime was taken for longer than it is: by the longest remaining life it is the shortest it can be.
  const longest = family.ttl.at(-1) ?? 0;
  const writes = family.ttl.map((left) => Math.max(notBefore, at - (longest - left)));
  return {
    ...ages,
    lifetimeMs: longest,
    lifetimeKnown: false,
    guessedMs: 0,
    writes,
    oldest: writes[0] ?? at,
    newest: writes.at(-1) ?? at,
  };
}

function agesByLifetime(family: FamilySeen, at: number, sessionTtlMs: number | undefined): Ages | undefined {
  const ttl = family.ttl;
  const longest = ttl.at(-1);
  const needed = sessionTtlMs === undefined ? ENOUGH : ENOUGH_WITH_LIFETIME;
  if (longest === undefined || family.withTtl < needed) return undefined;
  // A configured lifetime shorter than what was seen is not this family's.
  const known = sessionTtlMs !== undefined && sessionTtlMs >= longest - 1000;
  const groups = known ? [{ lifetime: sessionTtlMs, ttl }] : byLifetime(ttl, longest);
  const writes = groups
    .flatMap((group) => group.ttl.map((left) => at - (group.lifetime - left)))
    .sort((a, b) => a - b);
  return {
    count: family.withTtl,
    lifetimeMs: known ? sessionTtlMs : likelyLifetime(longest),
    lifetimeKnown: known,
    guessedMs: known ? 0 : likelyLifetime(longest) - longest,
    writes,
    oldest: writes[0] ?? at,
    newest: writes.at(-1) ?? at,
  };
}

/** Lifetimes that people and libraries choose, seconds. */
const ROUND = [
  300, 600, 900, 1200, 1440, 1800, 2100, 2700, 3600, 5400, 7200, 10_800, 14_400, 21_600, 28_800, 43_200,
  86_400, 172_800, 259_200, 604_800, 1_209_600, 2_592_000, 2_678_400, 5_184_000, 7_776_000, 31_536_000,
];

/**
 * The lifetime that a longest remaining life was given: the round one just above it, when it is within two
 * per cent (nobody may have logged in for a while), else the longest itself.
 */
export function likelyLifetime(longest: number): number {
  return Math.max(roundLifetime(longest) ?? 0, longest);
}

/** The round lifetime just above, if it is within two per cent: what was written now was given it. */
export function roundLifetime(longest: number): number | undefined {
  const round = ROUND.map((seconds) => seconds * 1000).find((ms) => ms >= longest - 1000);
  return round !== undefined && longest >= round * 0.98 ? round : undefined;
}

/** How many writes a family's end must have had, for a silence as long to be one. */
const STEADY = 20;
/** Two looks at a clock may lie so far apart, and two logins at night. ms */
const SILENCE = 2 * 60_000;

/**
 * When a family of sessions ceased to be written, epoch ms: there were many writes just before, and none for
 * as long since. Undefined while it is written, and when that cannot be told: a quiet end, lifetimes that vary.
 */
export function endOfWrites(
  family: Pick<FamilySeen, 'ttl' | 'withTtl'>,
  at: number,
  sessionTtlMs: number | undefined,
): number | undefined {
  const { ttl, withTtl } = family;
  const longest = ttl.at(-1);
  if (longest === undefined) return undefined;
  const known = sessionTtlMs !== undefined && sessionTtlMs >= longest - 1000;
  const lifetime = known ? sessionTtlMs : roundLifetime(longest);
  if (lifetime === undefined) return undefined;
  const silent = lifetime - longest;
  const just = ttl.filter((left) => left >= longest - silent).length;
  const steady = (just / ttl.length) * withTtl >= STEADY;
  return silent >= SILENCE && steady ? at - silent : undefined;
}

/** Splits at every gap of more than a quarter of the longest life. */
function byLifetime(ttl: readonly number[], longest: number): { lifetime: number; ttl: number[] }[] {
  const groups: { lifetime: number; ttl: number[] }[] = [];
  let previous: number | undefined;
  for (const left of ttl) {
    const group = groups.at(-1);
    if (!group || (previous !== undefined && left - previous > longest / 4))
      groups.push({ lifetime: left, ttl: [left] });
    else {
      group.ttl.push(left);
      group.lifetime = left;
    }
    previous = left;
  }
  for (const group of groups) group.lifetime = likelyLifetime(group.lifetime);
  return groups;
}

/** Share of the sessions whose last write lies before `moment`, 0…1. */
export function shareBefore(ages: Ages, moment: number): number {
  return ages.writes.filter((write) => write < moment).length / ages.writes.length;
}

/** Share of the sessions whose last write lies before `moment` even if the lifetime was guessed too long, 0…1. */
export function shareSurelyBefore(ages: Ages, moment: number): number {
  return shareBefore(ages, moment - ages.guessedMs);
}

/** How many sessions from before the last `elapsed` ms there should still be, were they made at a steady pace. */
export function expectedBefore({ count, lifetimeMs }: Ages, elapsed: number): number {
  return (count * (lifetimeMs - elapsed)) / Math.max(1, elapsed);
}

/** A time in which no surviving session was written, although there were writes before and after. */
export interface Hole {
  readonly from: number;
  readonly to: number;
  /** How many times longer than the usual distance between two writes. */
  readonly times: number;
}

/** A server tells its uptime in whole seconds: its start lies up to this much earlier. ms */
const START_GRAIN = 1500;
/** Users come back to a busy app within this. ms */
const SOON = 60_000;

/** The hole that ends at `start`, when what was written just before it is missing. */
export function holeBefore(ages: Ages, start: number): Hole | undefined {
  const before = ages.writes.filter((write) => write <= start - START_GRAIN);
  const last = before.at(-1);
  const next = ages.writes[before.length];
  if (last === undefined || next === undefined || before.length < 20) return undefined;
  const usual = (last - ages.oldest) / Math.max(1, before.length - 1);
  const to = Math.min(next, start);
  const times = (to - last) / Math.max(1, usual);
  // After a quiet night traffic comes back at its own time, not with the start.
  const soon = Math.min((to - last) / 10, Math.max(SOON, 3 * usual));
  const atOnce = next - start <= Math.max(START_GRAIN, soon);
  return times >= 10 && atOnce && to - last > 2000 ? { from: last, to, times } : undefined;
}
