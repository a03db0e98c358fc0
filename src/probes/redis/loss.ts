/**
 * Did sessions go that were there before? The question behind every "flushed" and "restarted empty". Pure.
 *
 * @module
 */
import type { Scene } from '../probe.ts';
import { expectedBefore, shareBefore, shareSurelyBefore } from './ages.ts';
import { looksLikeSession } from './families.ts';
import type { View } from './view.ts';
import { counted, many, moment, percent, span } from './words.ts';

/** `kept`: sessions from before are still there. `never`: there is no sign that any were there. */
export interface Loss {
  readonly verdict: 'lost' | 'kept' | 'never' | 'unclear';
  /** A quiet time before, a night or a weekend after which all had expired, would look the same. */
  readonly orQuiet?: true;
  /** Continues a sentence: "…, and no key is left". */
  readonly why: string;
}

/** More than this share of the memory that was once in use is free again: most of the data went. */
const MOST = 0.6;
const LITTLE = 0.3;
/** Uptimes too short for ages to tell before from after. ms */
const SHORT = 2 * 60_000;
const NEARLY_ALL = 0.95;
const HOUR = 3_600_000;
/** Below this, baseline, buffers and the allocator's own needs weigh as much as the keys. Bytes */
const TELLING = 4 * 1_048_576;
/** Nights without a login are no loss. ms */
const QUIET = 12 * HOUR;
/** Nor are weekends, and hardly anything is quiet for longer. ms */
export const LONG_QUIET = 72 * HOUR;
/** Sessions that there should be from before, for their absence to tell. */
export const EXPECTED = 20;
/** A session takes at least this much. Bytes */
const LEAST = 150;
/** From this uptime on the peak is one. ms */
const SETTLED = 30_000;
/** Sessions live at least about this long. ms */
const SHORT_LIFE = HOUR / 2;
/** This share of surviving sessions from before the incident says that it did not take them. */
const SURVIVORS = 0.02;

/** Looks for what is gone, by what is left: keys, the ages of sessions, memory, counters. */
export function lossOf(view: View, scene: Scene): Loss {
  if (view.keys === undefined) return { verdict: 'unclear', why: 'the number of keys is not known' };
  const sessions = view.sessions?.keys ?? 0;
  if (view.keys === 0) return gone(view, 'no key');
  if (sessions === 0 && view.complete && scene.settings.keyPrefix !== undefined) return prefixGone(view);
  const aged = byAge(view, scene);
  if (aged && !aged.orQuiet) return aged;
  const totals = byTotals(view);
  return aged && (totals.verdict !== 'lost' || totals.orQuiet) ? aged : totals;
}

/** Other keys are there: the prefix may be the wrong one, unless more than they ever held is free again. */
function prefixGone(view: View): Loss {
  const loss = view.freed !== undefined && view.freed >= MOST ? gone(view, 'no session key') : byTotals(view);
  return loss.verdict === 'lost'
    ? loss
    : { verdict: 'unclear', why: 'no key has the configured prefix, and nothing shows that any ever had' };
}

function gone(view: View, what: string): Loss {
  const { elsewhere, sample } = view.node;
  const alike = sample.method === 'none' ? [] : sample.families.filter(looksLikeSession);
  if (alike.length > 0)
    return {
      verdict: 'unclear',
      why: `${what} is there, but there are others under ${alike[0]?.name ?? ''}`,
    };
  if (elsewhere.some(({ sample }) => sample.method !== 'none' && sample.families.some((one) => one.session)))
    return { verdict: 'unclear', why: `${what} is in this database, but there are sessions in another` };
  const freed = view.freed !== undefined && view.freed >= LITTLE;
  const space = freed ? `, and ${percent(view.freed ?? 0)} of the memory once in use is free again` : '';
  if ((view.loaded ?? 0) > 0)
    return {
      verdict: 'lost',
      why: `${what} is left of ${many(view.loaded ?? 0)} loaded at the start${space}`,
    };
  const expired = view.num('expired_keys') ?? 0;
  if (view.writes > 0 && expired >= view.writes / 2 && usual(view) < 5)
    return { verdict: 'unclear', why: `${what} is there; ${counted(expired, 'key')} expired by themselves` };
  const quiet = ranOut(view) && { orQuiet: true as const };
  if (view.writes > 0)
    return {
      verdict: 'lost',
      ...quiet,
      why: `${what} is left after ${counted(view.writes, 'write')}${space}`,
    };
  // Replies that were long (COMMAND DOCS, SLOWLOG) leave free memory behind as well.
  const wroteNone = view.bare && !view.countersReset;
  if (freed && !wroteNone) return { verdict: 'lost', ...quiet, why: `${what} is left${space}` };
  // What an append-only file brought back is counted nowhere.
  if (view.persistence === 'aof' && (view.num('aof_current_size') ?? 0) > 4096)
    return { verdict: 'unclear', why: `${what} is there; whether any was loaded is not to be seen` };
  return {
    verdict: 'never',
    why: `${what} is there, and nothing shows that any ever was since the server started`,
  };
}

/** A key with its session takes about this much, where none is left to tell. Bytes */
const USUAL = 500;

/**
 * As many keys expired by themselves as there can have been at once: after a quiet time that was all of them.
 * Counters that were reset say nothing of it, so it may have been.
 */
function ranOut(view: View): boolean {
  const expired = view.num('expired_keys');
  if (expired === undefined) return false;
  const most = (view.num('used_memory_peak') ?? 0) - (view.num('used_memory_startup') ?? 0);
  return expired >= EXPECTED && expired >= Math.min(most / USUAL, view.writes + (view.loaded ?? 0)) / 2;
}

/** Most of what was ever written here is here: the store is new, or new to these sessions. */
function heldNoMore(view: View): boolean {
  const ever = view.writes + (view.loaded ?? 0);
  return (
    !view.countersReset && view.writes > 0 && (view.freed ?? 0) < LITTLE && (view.allKeys ?? 0) >= ever / 2
  );
}

/** Sessions that live longer than any quiet time outlive it. */
function shorterThanQuiet(view: View, elapsed: number): boolean {
  return (view.ages?.lifetimeMs ?? 0) - elapsed < LONG_QUIET;
}

/** Keys that would be there at the average pace of writes. */
function usual({ writes, uptimeMs }: View): number {
  return uptimeMs ? (writes / uptimeMs) * Math.min(SHORT_LIFE, uptimeMs) : writes;
}

/** Sessions live for days and even the oldest of a few has most of its life ahead: none is from before. */
export function onlyYoung({ sessions }: View): boolean {
  const least = sessions?.ttl[0] ?? 0;
  return (sessions?.withTtl ?? 0) >= 5 && least >= QUIET && least >= 0.75 * (sessions?.ttl.at(-1) ?? 0);
}

/** The surviving sessions' last writes: do they reach back before the incident? */
function byAge(view: View, scene: Scene): Loss | undefined {
  const { ages } = view;
  if (!ages) return undefined;
  const count = many(ages.count);
  if (scene.since !== null) {
    const share = shareSurelyBefore(ages, scene.since - SHORT / 2);
    if (share >= SURVIVORS)
      return {
        verdict: 'kept',
        why: `${percent(share)} of ${count} sessions were last written before it began, the oldest at ${moment(ages.oldest)}`,
      };
    if (shareBefore(ages, scene.since - SHORT / 2) >= SURVIVORS) return undefined;
    const elapsed = Math.max(SHORT, view.at - scene.since);
    if (
      expectedBefore(ages, elapsed) >= EXPECTED &&
      (view.start === undefined || scene.since - view.start > SHORT)
    )
      return {
        verdict: 'lost',
        ...(((shorterThanQuiet(view, elapsed) && ranOut(view)) || heldNoMore(view)) && {
          orQuiet: true as const,
        }),
        why: `none of ${count} sessions was written before it began; the oldest is from ${moment(ages.oldest)}`,
      };
    return undefined;
  }
  const width = ages.newest - ages.oldest;
  const room = Math.min(ages.lifetimeMs, view.uptimeMs ?? Number.POSITIVE_INFINITY);
  if (width >= room / 2 && width > SHORT * 5)
    return {
      verdict: 'kept',
      why: `the ${count} sessions were written over ${span(width)}, back to ${moment(ages.oldest)}`,
    };
  if (width < room / 4 && room - width >= QUIET)
    return {
      verdict: 'lost',
      orQuiet: true,
      why: `all ${count} sessions were written since ${moment(ages.oldest)}, although they live ${span(ages.lifetimeMs)} and the server is up ${span(view.uptimeMs ?? 0)}`,
    };
  return undefined;
}

/**
 * By memory and counters. A flush of another database frees memory and leaves fewer keys than were written
 * just the same, so where it may have been one these say nothing.
 */
function byTotals(view: View): Loss {
  const told = byCount(view) ?? byMemory(view);
  if (told && (told.verdict !== 'lost' || !perhapsAnotherDatabase(view))) return told;
  return {
    verdict: 'unclear',
    why: told
      ? `${told.why}, which a flush of another database would explain as well`
      : `${counted(view.keys ?? 0, 'key')} are there; whether more were is not to be seen`,
  };
}

/** FLUSHDB takes the client's own database, and that is 0 until it has called SELECT. */
function perhapsAnotherDatabase(view: View): boolean {
  if (view.calls('flushdb') === 0 || view.calls('flushall') > 0) return false;
  return view.countersReset || view.calls('select') > 0;
}

/**
 * Memory near its highest does not say that nothing was lost: new sessions may have taken the place of the
 * old ones. Only memory that is free again tells.
 */
function byMemory(view: View): Loss | undefined {
  if (view.freed === undefined || view.freed < MOST) return undefined;
  return {
    verdict: 'lost',
    ...(shorterThanQuiet(view, 0) && ranOut(view) && { orQuiet: true as const }),
    why: `${percent(view.freed)} of the memory once in use is free again; ${counted(view.keys ?? 0, 'key')} are left`,
  };
}

/** For stores that are up for a short time: fewer keys than were ever made, or all of them. */
function byCount(view: View): Loss | undefined {
  const short = (view.uptimeMs ?? Number.POSITIVE_INFINITY) < HOUR;
  if (!short || view.countersReset) return undefined;
  const { writes, allKeys = 0 } = view;
  if (allKeys * 2 < writes && !holdsItsPeak(view) && !rewritten(view))
    return {
      verdict: 'lost',
      why: `${counted(writes, 'write')} were counted and ${counted(allKeys, 'key')} are left${oldest(view)}`,
    };
  const loaded = view.persistence === 'aof' ? undefined : view.loaded;
  if (loaded !== undefined && writes > 0 && allKeys >= NEARLY_ALL * (writes + loaded))
    return {
      verdict: 'kept',
      why: `of ${counted(writes + loaded, 'key')} that were written ${many(allKeys)} are there`,
    };
  return undefined;
}

/** The keys that are there account for all the memory that was ever used: many writes, of few keys. */
function holdsItsPeak(view: View): boolean {
  const most = (view.num('used_memory_peak') ?? 0) - (view.num('used_memory_startup') ?? 0);
  return most >= TELLING && view.freed !== undefined && view.freed <= LITTLE;
}

/**
 * Had every write made a key of its own, memory would once have held more than it ever did. The server takes
 * its peak ten times a second, so in its first moments it may have missed it.
 */
function rewritten(view: View): boolean {
  const { writes, allKeys = 0, uptimeMs = 0 } = view;
  if (uptimeMs < SETTLED) return false;
  const once = (view.num('used_memory_peak') ?? Number.POSITIVE_INFINITY) - (view.num('used_memory') ?? 0);
  return once < (LEAST * (writes - allKeys)) / 2;
}

function oldest({ ages }: View): string {
  return ages ? `, the oldest session from ${moment(ages.oldest)}` : '';
}
