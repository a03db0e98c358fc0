/**
 * Does the outcome follow a header that names the instance, the build or the point of presence? Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import { BUILD_HEADERS, INSTANCE_HEADERS, POP_HEADERS } from '../../parse/affinity.ts';
import type { ReplaySlug } from './findings.ts';
import type { ReplaySeen } from './observe.ts';
import type { Outcome } from './outcome.ts';

type Follow = Extract<ReplaySlug, `follows-${string}`>;

/** One fact for each kind of header whose every value goes with one outcome. */
export function* groupsOf(seen: ReplaySeen, outcomes: readonly Outcome[]): Generator<Fact<ReplaySlug>> {
  const own = seen.instanceHeader ? [seen.instanceHeader] : [];
  const kinds: readonly (readonly [Follow, readonly string[]])[] = [
    ['follows-instance', [...own, ...INSTANCE_HEADERS]],
    ['follows-build', BUILD_HEADERS],
    ['follows-pop', POP_HEADERS.map(([name]) => name)],
  ];
  for (const [slug, headers] of kinds) {
    const found = headers
      .map((header) => ({ header, groups: split(seen, outcomes, header) }))
      .find(({ groups }) => decides(groups));
    if (!found) continue;
    const told = [...found.groups].map(
      ([value, tally]) => `${value}: ${tally.good} accepted, ${tally.bad} refused`,
    );
    yield {
      slug,
      subject: found.header,
      detail: told.slice(0, 10).join('; '),
      data: Object.fromEntries([...found.groups].map(([value, { good, bad }]) => [value, { good, bad }])),
    };
  }
}

interface Tally {
  good: number;
  bad: number;
}

function split(seen: ReplaySeen, outcomes: readonly Outcome[], header: string): ReadonlyMap<string, Tally> {
  const pattern = POP_HEADERS.find(([name]) => name === header)?.[1];
  const groups = new Map<string, Tally>();
  for (const [index, reply] of seen.replayed.entries()) {
    const outcome = outcomes[index];
    const raw = reply.ok ? reply.headers[header] : undefined;
    const value = raw === undefined || !pattern ? raw : pattern.exec(raw)?.[1];
    if (value === undefined || outcome === undefined || outcome === 'none') continue;
    const tally = groups.get(value.slice(0, 80)) ?? { good: 0, bad: 0 };
    if (outcome === 'accepted') tally.good += 1;
    else tally.bad += 1;
    groups.set(value.slice(0, 80), tally);
  }
  return groups;
}

/** Every value has one outcome, both outcomes occur, and values repeat: a header unique per answer decides nothing. */
function decides(groups: ReadonlyMap<string, Tally>): boolean {
  const tallies = [...groups.values()];
  const total = tallies.reduce((sum, { good, bad }) => sum + good + bad, 0);
  return (
    tallies.length >= 2 &&
    tallies.length <= total / 2 &&
    tallies.every(({ good, bad }) => good === 0 || bad === 0) &&
    tallies.some(({ good }) => good > 0) &&
    tallies.some(({ bad }) => bad > 0)
  );
}
