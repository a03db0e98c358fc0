/**
 * Memory: eviction and its opposite, a full store that refuses. Words and judgement. Pure.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import type { Scene } from '../probe.ts';
import { looksLikeSession } from './families.ts';
import { notBefore, standing, type View } from './view.ts';
import { bytes, counted, many, moment, percent, span } from './words.ts';

export const memoryFindings = {
  evicting: {
    level: 'critical',
    title: 'Redis is full and evicts keys, sessions among them',
    why: 'Memory is at maxmemory and the policy deletes keys before their time. Sessions die while their cookies live.',
    fix: 'CONFIG SET maxmemory … (more than now), then sessions into an instance of their own with maxmemory-policy noeviction',
  },
  'evicting-others': {
    level: 'warning',
    title: 'Redis is full and evicts keys, but no session was seen among them',
    why: 'A cache does so every day. If sessions belong here, the last of them may have been evicted already.',
    fix: 'Check that this is the store of the sessions, and that redis.keyPrefix is theirs.',
  },
  evicted: {
    level: 'warning',
    title: 'Keys were evicted at some time',
    why: 'Memory reached maxmemory since the counters began; it has room again now.',
    fix: 'An instance for sessions alone with maxmemory-policy noeviction, sized for the peak.',
  },
  'no-eviction': {
    level: 'ok',
    title: 'No key was evicted',
    why: 'Eviction did not take sessions within the time that the counter covers.',
  },
  'out-of-memory': {
    level: 'critical',
    title: 'Redis is out of memory and refuses writes',
    why: 'With noeviction every write is answered OOM: new logins and renewals fail, existing sessions stay readable.',
    fix: 'CONFIG SET maxmemory … (more than now), or delete what is no session; do not switch to an evicting policy now.',
  },
  'out-of-memory-before': {
    level: 'warning',
    title: 'Writes were refused for lack of memory at some time',
    why: 'Since the counters began some writes were answered OOM; there is room again now.',
  },
  'eviction-possible': {
    level: 'warning',
    title: 'Sessions live in a store that may evict them',
    why: 'When maxmemory is reached, this policy deletes keys that have not been used lately, sessions included.',
    fix: 'redis.conf: maxmemory-policy noeviction, in an instance for sessions alone',
    weakness: true,
  },
} as const satisfies Record<string, FindingDoc>;

type Slug = keyof typeof memoryFindings;

/** Eviction frees a little more than it must: just after it, memory stands somewhat below maxmemory. */
const FULL = 0.9;
/** Fewer evicted keys than this share of all are not what logs everybody out. */
const NOTABLE = 0.01;
/** Of so many keys none would be a session by chance only where few are. */
const ENOUGH = 20;

/** Everything about memory of one node. */
export function* examineMemory(view: View, scene: Scene): Generator<Fact<Slug>> {
  if (!view.info) return;
  const subject = view.node.address;
  const used = view.num('used_memory') ?? 0;
  const max = view.num('maxmemory') ?? 0;
  const policy = view.info.fields['maxmemory_policy'] ?? '';
  const evicts = policy !== '' && policy !== 'noeviction';
  const evicted = view.num('evicted_keys') ?? 0;
  const later = Number(view.node.later?.info.fields['evicted_keys'] ?? evicted);
  const growth = Math.max(0, later - evicted);
  const full = max > 0 && used >= FULL * max;
  const room =
    max === 0
      ? 'no maxmemory is set'
      : `${bytes(used)} of ${bytes(max)} in use (${percent(used / max)}), ${policy}`;
  const rate = view.node.later
    ? `, ${many(growth)} of them within the last ${span(view.node.later.gapMs)}`
    : '';
  const share = evicted / Math.max(1, evicted + (view.allKeys ?? 0));

  if (evicted > 0 && (growth > 0 || (full && share >= NOTABLE)))
    yield {
      slug: othersOnly(view) ? 'evicting-others' : 'evicting',
      subject,
      detail: `${counted(evicted, 'key')} evicted${since(view)}${rate}; ${room}`,
      data: { evicted, growth, policy },
      ...notBefore(view, scene),
    };
  else if (evicted > 0)
    yield {
      slug: 'evicted',
      subject,
      detail: `${counted(evicted, 'key')} evicted${since(view)}${rate}; ${room}`,
      ...notBefore(view, scene),
    };
  else if (!view.countersReset && covers(view, scene, !evicts || max === 0))
    yield { slug: 'no-eviction', subject, detail: `0 keys evicted${since(view)}; ${room}` };

  const refused = (view.info.errors['OOM'] ?? 0) + (view.info.commands['set']?.rejected ?? 0);
  if (refusesWrites(view))
    yield {
      slug: 'out-of-memory',
      subject,
      detail: `${room}; ${many(view.info.errors['OOM'] ?? 0)} writes were answered OOM${since(view)}`,
      ...notBefore(view, scene),
    };
  else if ((view.info.errors['OOM'] ?? 0) > 0 && refused > 0)
    yield {
      slug: 'out-of-memory-before',
      subject,
      detail: `${many(view.info.errors['OOM'] ?? 0)} writes were answered OOM${since(view)}; ${room}`,
      ...notBefore(view, scene),
    };

  if (evicts && max > 0 && evicted === 0) yield { slug: 'eviction-possible', subject, detail: room };
}

/**
 * No session among the keys that were looked at, and those have lives: under a volatile policy keys without
 * one stay, and what went were the sessions.
 */
function othersOnly({ node, info }: View): boolean {
  const { sample } = node;
  const sessions =
    sample.method === 'none' ? sample.glimpse?.sessions : sample.families.filter(looksLikeSession).length;
  const looked = sample.method === 'none' ? (sample.glimpse?.keys ?? 0) : sample.keys;
  if (looked < ENOUGH || sessions !== 0) return false;
  if (!info?.fields['maxmemory_policy']?.startsWith('volatile')) return true;
  const keys = Object.values(info.keyspace);
  const mortal = keys.reduce((sum, one) => sum + one.expires, 0);
  return mortal > 0.05 * keys.reduce((sum, one) => sum + one.keys, 0);
}

function since(view: View): string {
  if (view.countersReset) return ' since the counters were reset';
  return view.start === undefined ? '' : ` since the server started at ${moment(view.start)}`;
}

/** Nobody said when it began, so a zero must have been given some time to become more. ms */
const A_WHILE = 3_600_000;

/** A zero counts only where the counter covers the incident. `cannot`: as it is set, nothing is ever evicted. */
function covers(view: View, scene: Scene, cannot: boolean): boolean {
  if (view.start === undefined) return false;
  if (scene.since === null) return cannot || (view.uptimeMs ?? 0) >= A_WHILE;
  return standing(view.start, scene) !== 'after';
}

/** Over maxmemory with nothing that may be evicted: every write is answered OOM at this moment. */
export function refusesWrites(view: View): boolean {
  const max = view.num('maxmemory') ?? 0;
  const policy = view.info?.fields['maxmemory_policy'];
  return (
    max > 0 && (view.num('used_memory') ?? 0) > max && policy === 'noeviction' && view.role !== 'replica'
  );
}
