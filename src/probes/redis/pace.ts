/**
 * What the server does between two looks, and when it last stood still. Words and judgement. Pure.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import type { Scene } from '../probe.ts';
import { isTrouble, MAKERS, READERS } from './seen.ts';
import { standing, type View } from './view.ts';
import { bytes, counted, many, moment, span } from './words.ts';

export const paceFindings = {
  pace: {
    level: 'info',
    title: 'What Redis does at the moment',
    why: 'Counted between two looks, without what looking itself adds. Reads that find nothing are lookups of sessions that are gone.',
  },
  stalled: {
    level: 'warning',
    title: 'Redis stood still for a second or more',
    why: 'It does one thing at a time: meanwhile every lookup waits, and apps with a short timeout take that for “no session”.',
    fix: 'SLOWLOG GET and LATENCY DOCTOR name what it was; KEYS, a large DEL, a fork or a slow disk are the usual ones.',
  },
} as const satisfies Record<string, FindingDoc>;

type Slug = keyof typeof paceFindings;

/** Lookups that wait this long meet the timeouts of apps. ms */
const LONG = 1000;
/** Without a time of the incident, only what is this recent may be it. ms */
const RECENT = 3_600_000;

/** Rates and stalls of one node. */
export function* examinePace(view: View, scene: Scene): Generator<Fact<Slug>> {
  const { node, info } = view;
  const subject = node.address;
  if (info && node.later) yield { slug: 'pace', subject, detail: paceWords(view, info, node.later) };
  const wanted = scene.since ?? view.at;
  const nearest = stallsOf(view)
    .filter(({ at }) => mayBeIt(at, view, scene))
    .sort((a, b) => Math.abs(a.at - wanted) - Math.abs(b.at - wanted))[0];
  if (nearest)
    yield {
      slug: 'stalled',
      subject,
      detail: `${nearest.what} took ${span(nearest.ms)} at ${moment(nearest.at)}`,
      at: nearest.at,
    };
}

function mayBeIt(at: number, view: View, scene: Scene): boolean {
  const stands = standing(at, scene);
  return stands === 'unknown' ? view.at - at < RECENT : stands !== 'before';
}

interface Stall {
  readonly what: string;
  readonly ms: number;
  readonly at: number;
}

/** By the slow log, which is always on, and by the latency monitor, which must be turned on. */
function stallsOf(view: View): readonly Stall[] {
  const { slowlog, stalls = [] } = view.node;
  const slow = isTrouble(slowlog) ? [] : slowlog;
  return [
    ...slow.map(({ at, us, command }) => ({
      what: command === 'other' ? 'a command' : command.toUpperCase(),
      ms: us / 1000,
      at: view.ours(at),
    })),
    ...stalls.map(({ event, at, ms }) => ({ what: `the event “${event}”`, ms, at: view.ours(at) })),
  ].filter(({ ms }) => ms >= LONG);
}

type Info = NonNullable<View['info']>;

function paceWords(view: View, info: Info, later: NonNullable<View['node']['later']>): string {
  const seconds = Math.max(1, later.gapMs) / 1000;
  const calls = (name: string): number =>
    Math.max(0, (later.info.commands[name]?.calls ?? 0) - (info.commands[name]?.calls ?? 0));
  const sum = (names: readonly string[]): number => names.reduce((total, name) => total + calls(name), 0);
  const field = (name: string): number =>
    Math.max(0, Number(later.info.fields[name] ?? 0) - Number(info.fields[name] ?? 0));
  const rate = (count: number): string => `${many(count / seconds)}/s`;
  const reads = sum(READERS);
  const misses = field('keyspace_misses');
  const errors = Object.entries(later.info.errors).flatMap(([code, total]) => {
    const grown = total - (info.errors[code] ?? 0);
    return grown > 0 ? [`${code} ${rate(grown)}`] : [];
  });
  return [
    `${rate(reads)} reads${reads > 0 && misses <= reads ? ` (${many(misses)} of ${many(reads)} found nothing)` : ''}`,
    `${rate(sum(MAKERS))} writes`,
    `${rate(sum(['del', 'unlink']))} deletions`,
    `${rate(field('expired_keys'))} keys expired, ${rate(field('evicted_keys'))} evicted`,
    `errors: ${errors.length > 0 ? errors.slice(0, 5).join(', ') : 'none'}`,
    `${counted(view.num('connected_clients') ?? 0, 'client')}, ${bytes(view.num('used_memory') ?? 0)} in use; over ${span(later.gapMs)}`,
  ].join(', ');
}
