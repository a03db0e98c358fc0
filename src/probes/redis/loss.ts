/**
 * Did sessions go that were there before? The question behind every "flushed" and "restarted empty". Pure.
 *
 * @module
 */
import type { Scene } from '../probe.ts';
import { shareBefore } from './ages.ts';
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
const HOUR = 3_600_000;
/** This share of surviving sessions from before the incident says that it did not take them. */
const SURVIVORS = 0.02;

/** Looks for what is gone, by what is left: keys, the ages of sessions, memory, counters. */
export function lossOf(view: View, scene: Scene): Loss {
  if (view.keys === undefined) return { verdict: 'unclear', why: 'the number of keys is not known' };
  const sessions = view.sessions?.keys ?? 0;
  const prefixGone = sessions === 0 && view.complete && scene.settings.keyPrefix !== undefined;
  if (view.keys === 0 || prefixGone) return gone(view, view.keys === 0 ? 'no key' : 'no session key');
  return byAge(view, scene) ?? byMemory(view) ?? byCount(view);
}

function gone(view: View, what: string): Loss {
  const { elsewhere } = view.node;
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
  if (freed) return { verdict: 'lost', why: `${what} is left${space}` };
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
    const share = shareBefore(ages, scene.since - SHORT / 2);
    if (share >= SURVIVORS)
      return {
        verdict: 'kept',
        why: `${percent(share)} of ${count} sessions were last written before it began, the oldest at ${moment(ages.oldest)}`,
      };
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

function byMemory(view: View): Loss | undefined {
  if (view.freed === undefined) return undefined;
  if (view.freed >= MOST)
    return {
      verdict: 'lost',
      why: `${percent(view.freed)} of the memory once in use is free again; ${counted(view.keys ?? 0, 'key')} are left`,
    };
  if (view.freed <= LITTLE)
    return {
      verdict: 'kept',
      why: `memory use is within ${percent(view.freed)} of its highest, with ${counted(view.keys ?? 0, 'key')}`,
    };
  return undefined;
}

/** For small stores that are up for a short time: fewer keys than were ever made. */
function byCount(view: View): Loss {
  const short = (view.uptimeMs ?? Number.POSITIVE_INFINITY) < HOUR;
  if (short && !view.countersReset && (view.allKeys ?? 0) * 2 < view.writes)
    return {
      verdict: 'lost',
      why: `${counted(view.writes, 'write')} were counted and ${counted(view.allKeys ?? 0, 'key')} are left`,
    };
  if (short && !view.countersReset && (view.allKeys ?? 0) >= view.writes && view.writes > 0)
    return { verdict: 'kept', why: `all ${counted(view.writes, 'key')} that were written are there` };
  return {
    verdict: 'unclear',
    why: `${counted(view.keys ?? 0, 'key')} are there; whether more were is not to be seen`,
  };
}
