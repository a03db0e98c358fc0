/**
 * Did sessions go that were there before? The question behind every "flushed" and "restarted empty". Pure.
 *
 * @module
 */
import type { Scene } from '../probe.ts';
import { shareBefore, shareSurelyBefore } from './ages.ts';
import type { View } from './view.ts';
import { counted, many, moment, percent, span } from './words.ts';

/** `kept`: sessions from before are still there. `never`: there is no sign that any were there. */
export interface Loss {
  readonly verdict: 'lost' | 'kept' | 'never' | 'unclear';
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
/** This share of surviving sessions from before the incident says that it did not take them. */
const SURVIVORS = 0.02;

/** Looks for what is gone, by what is left: keys, the ages of sessions, memory, counters. */
export function lossOf(view: View, scene: Scene): Loss {
  if (view.keys === undefined) return { verdict: 'unclear', why: 'the number of keys is not known' };
  const sessions = view.sessions?.keys ?? 0;
  const prefixGone = sessions === 0 && view.complete && scene.settings.keyPrefix !== undefined;
  if (view.keys === 0 || prefixGone) return gone(view, view.keys === 0 ? 'no key' : 'no session key');
  return byAge(view, scene) ?? byTotals(view);
}

function gone(view: View, what: string): Loss {
  const { elsewhere, sample } = view.node;
  const alike = sample.method === 'none' ? [] : sample.families.filter(({ name }) => /sess/i.test(name));
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
  if (view.writes > 0)
    return { verdict: 'lost', why: `${what} is left after ${counted(view.writes, 'write')}${space}` };
  // Replies that were long (COMMAND DOCS, SLOWLOG) leave free memory behind as well.
  const wroteNone = view.bare && !view.countersReset;
  if (freed && !wroteNone) return { verdict: 'lost', why: `${what} is left${space}` };
  // What an append-only file brought back is counted nowhere.
  if (view.persistence === 'aof' && (view.num('aof_current_size') ?? 0) > 4096)
    return { verdict: 'unclear', why: `${what} is there; whether any was loaded is not to be seen` };
  return {
    verdict: 'never',
    why: `${what} is there, and nothing shows that any ever was since the server started`,
  };
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
    if (view.start === undefined || scene.since - view.start > SHORT)
      return {
        verdict: 'lost',
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
  if (width < room / 4 && room > SHORT)
    return {
      verdict: 'lost',
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
    why: `${percent(view.freed)} of the memory once in use is free again; ${counted(view.keys ?? 0, 'key')} are left`,
  };
}

/** For stores that are up for a short time: fewer keys than were ever made, or all of them. */
function byCount(view: View): Loss | undefined {
  const short = (view.uptimeMs ?? Number.POSITIVE_INFINITY) < HOUR;
  if (!short || view.countersReset) return undefined;
  const { writes, allKeys = 0 } = view;
  if (allKeys * 2 < writes && !holdsItsPeak(view))
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

function oldest({ ages }: View): string {
  return ages ? `, the oldest session from ${moment(ages.oldest)}` : '';
}
