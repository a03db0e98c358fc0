/**
 * Whether credentials that were given as issued after the incident are: those of another key than the newest
 * may be left over from before a switch, and only what is not shows that instances disagree. Pure.
 *
 * @module
 */
import type { Group } from './population.ts';
import { isoSeconds, of, sum } from './words.ts';

/**
 * `newest`: under the key that was switched to last. `older`: issued before that switch. `fresh`: surely issued
 * since. `said to be fresh`: nothing shows when, or it was the operator's moment that came first. `left over`:
 * nothing shows when, and it looks like what a browser still held.
 */
export type Age = 'newest' | 'older' | 'fresh' | 'said to be fresh' | 'left over';

export interface Aged {
  readonly age: Age;
  /** What tells, for a detail. */
  readonly words: string;
}

/** A deploy that reaches one instance after the other. Seconds. */
const ROLL_OUT_S = 900;
/** The part of the new key's time in which the old one may still have signed. */
const ROLL_OUT_PART = 0.25;
/** `since` is as good as the watch of who told it. Seconds. */
const SINCE_SLACK_S = 120;
/** One in so many under another key is a straggler. */
const FEW = 10;

/** The age of each of some groups that are alike. `since` in epoch ms, null when nobody said. */
export function agesOf(groups: readonly Group[], since: number | null): ReadonlyMap<Group, Aged> {
  const newest = newestKey(groups);
  const fresh = groups.filter((group) => isUnder(newest, group));
  const times = fresh.flatMap((group) => (group.issued ? [group.issued] : []));
  const [first, last] = [Math.min(...times.map(([min]) => min)), Math.max(...times.map(([, max]) => max))];
  return new Map(
    groups.map((group) => {
      if (isUnder(newest, group)) return [group, { age: 'newest', words: '' }];
      if (!group.issued) return [group, undated(group, sum(fresh))];
      const until = group.issued[1];
      const words = `the last under ${group.key === null ? 'no key given' : `"${group.key}"`} was issued at ${isoSeconds(until)}`;
      if (times.length === 0) return [group, { age: 'said to be fresh', words }];
      const rolled = until < first + ROLL_OUT_PART * (last - first) && until < first + ROLL_OUT_S;
      if (!rolled)
        return [
          group,
          { age: 'fresh', words: `${words}, the first under "${newest?.key}" at ${isoSeconds(first)}` },
        ];
      const late = since !== null && until < first && until > since / 1000 + SINCE_SLACK_S;
      return [
        group,
        late
          ? {
              age: 'said to be fresh',
              words: `${words}, after it began; the first under "${newest?.key}" at ${isoSeconds(first)}`,
            }
          : { age: 'older', words },
      ];
    }),
  );
}

function undated(group: Group, fresh: number): Aged {
  if (group.verified === 'current') return { age: 'fresh', words: 'both are keys of now' };
  if (group.set > 0)
    return { age: 'fresh', words: `${group.set} of those under "${group.key}" were just set` };
  if (group.twice === group.count)
    return { age: 'left over', words: `those under "${group.key}" came beside another of their name` };
  const words = `nothing in those under "${group.key}" tells when they were issued`;
  return { age: group.count * FEW < fresh ? 'left over' : 'said to be fresh', words };
}

/** The current key whose first credential is the latest; undated ones count only where none is dated. */
function newestKey(groups: readonly Group[]): Group | undefined {
  const current = of(groups, 'current');
  const begins = (group: Group) =>
    Math.min(
      ...current
        .filter((one) => isUnder(group, one))
        .map((one) => one.issued?.[0] ?? Number.POSITIVE_INFINITY),
    );
  const dated = current.filter((group) => group.issued);
  return dated.toSorted((a, b) => begins(b) - begins(a))[0] ?? current[0];
}

function isUnder(newest: Group | undefined, group: Group): boolean {
  return newest !== undefined && group.key === newest.key && group.how === newest.how;
}
