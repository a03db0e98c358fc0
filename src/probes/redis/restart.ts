/**
 * Did the store restart, and what came back with it? Words and judgement. Pure.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import type { Scene } from '../probe.ts';
import { expectedBefore, type Hole, holeBefore, shareBefore, shareSurelyBefore } from './ages.ts';
import { EXPECTED } from './loss.ts';
import { isTrouble, type RedisSeen } from './seen.ts';
import { emptyStart } from './shards.ts';
import { earliestStart, standing, type View } from './view.ts';
import { bytes, counted, many, moment, percent, span } from './words.ts';

export const restartFindings = {
  'restarted-empty': {
    level: 'critical',
    title: 'Redis restarted and came back without the sessions',
    why: 'It loaded nothing at its start. Everything that was only in memory is gone.',
    fix: 'CONFIG SET appendonly yes, then CONFIG REWRITE: on the running server, not in the file alone. In redis.conf: appendonly yes / appendfsync everysec',
  },
  'restarted-after': {
    level: 'warning',
    title: 'Redis restarted empty after the incident had begun',
    why: 'It lost what was in memory, but by the time given it cannot have begun the logouts: it may have been a repair, and it hides the first cause.',
  },
  'restarted-young': {
    level: 'warning',
    title: 'Redis was started, and all that it holds is newer',
    why: 'If sessions were there before the start, they are gone. Whether that is what people complain about, the time of the incident decides.',
    fix: 'Compare the start with when the logouts began (--since TIME), and ask who started it.',
  },
  'started-bare': {
    level: 'warning',
    title: 'Redis started lately without persistence and holds nothing',
    why: 'One that lost its sessions in a restart looks like this, and so does one that is new and never held any: from one look they cannot be told apart.',
    fix: 'Give the time of the incident: --since TIME. Did the app keep its sessions here before the start?',
  },
  'started-empty': {
    level: 'warning',
    title: 'Redis started and loaded nothing',
    why: 'A new server looks like this, and so does one whose volume, file name or folder changed.',
    fix: 'Compare CONFIG GET dir and dbfilename with where the data was; look for an RDB or AOF left elsewhere.',
  },
  'restarted-from-snapshot': {
    level: 'warning',
    title: 'Redis restarted from a snapshot',
    why: 'Sessions made or renewed between the last save and the restart are gone; older ones are back.',
    fix: 'CONFIG SET appendonly yes, then CONFIG REWRITE.',
  },
  'write-hole': {
    level: 'critical',
    title: 'Sessions written before the restart are missing',
    why: 'The surviving ones show a gap that ends at the restart: an old snapshot or a cut-off append-only file was loaded.',
    fix: 'CONFIG SET appendonly yes, then CONFIG REWRITE.',
  },
  'loaded-expired': {
    level: 'critical',
    title: 'The snapshot that was loaded had expired',
    why: 'Its sessions’ time had run out by the time of the restart: it was old, or the server was down for long.',
  },
  'restarted-with-data': {
    level: 'ok',
    title: 'Redis restarted and brought its data back',
    why: 'The sessions from before the restart are there.',
  },
  'up-since-before': {
    level: 'ok',
    title: 'Redis has been up since before the incident',
    why: 'No restart can have lost the sessions.',
  },
  'up-long': {
    level: 'ok',
    title: 'Redis has not restarted lately',
    why: 'A restart before that is not what people complain about now.',
  },
  'sessions-survive': {
    level: 'ok',
    title: 'Sessions from before the incident are still in the store',
    why: 'Neither a flush nor a restart took them.',
  },
  'resynced-empty': {
    level: 'critical',
    title: 'This replica held data and was emptied by its primary',
    why: 'A primary that restarted without data makes its replicas empty as well.',
    fix: 'Turn off automatic restarts of a primary without persistence; set repl-diskless-load disabled and use persistence on the primary.',
  },
  'promoted-empty': {
    level: 'critical',
    title: 'An empty replica was promoted to primary',
    why: 'It had never copied, or had lost, the data when it took over.',
    fix: 'Look for the former primary: its memory or files may still hold the sessions.',
  },
  promoted: {
    level: 'info',
    title: 'This server was a replica and was promoted',
    why: 'Writes that the former primary had not yet passed on are missing.',
  },
} as const satisfies Record<string, FindingDoc>;

type Slug = keyof typeof restartFindings;

/** Without a time of the incident, a restart this recent may be it. ms */
const RECENT = 2 * 3_600_000;
const LONG = 6 * 3_600_000;
/** In the first minutes every server's keys are young. ms */
const TOO_YOUNG = 2 * 60_000;
/** A snapshot no older than this was taken at the shutdown. ms */
const FRESH = 60_000;
/** An append-only file of an empty store is smaller. Bytes */
const FILLED = 4096;

/** Everything about restarts and failovers of one node. */
export function* examineRestart(view: View, seen: RedisSeen, scene: Scene): Generator<Fact<Slug>> {
  if (view.start === undefined || view.uptimeMs === undefined) return;
  const failover = [...examineFailover(view)];
  yield* failover;
  if (holeOf(view) === undefined) yield* survivors(view, scene);
  const stands = standing(view.start, scene);
  const detail = `up since ${moment(view.start)} (${span(view.uptimeMs)})`;
  const subject = view.node.address;
  if (stands === 'before') yield { slug: 'up-since-before', subject, detail };
  else if (stands === 'unknown' && view.uptimeMs >= LONG) yield { slug: 'up-long', subject, detail };
  else if (view.role !== 'replica' && view.info?.fields['loading'] !== '1' && !failover.some(isEmptyFailover))
    yield* restarted(view, seen, stands);
}

function isEmptyFailover(fact: Fact<Slug>): boolean {
  return fact.slug === 'promoted-empty' || fact.slug === 'resynced-empty';
}

function* restarted(
  view: View,
  seen: RedisSeen,
  stands: 'about' | 'after' | 'unknown',
): Generator<Fact<Slug>> {
  const subject = view.node.address;
  const start = view.start ?? view.at;
  const head = `started at ${moment(start)} (${span(view.uptimeMs ?? 0)} ago), ${persistenceWords(view)}`;
  const expired = view.num('rdb_last_load_keys_expired') ?? 0;
  const back = broughtBack(view);
  if (expired > (view.loaded ?? 0) && expired > 10 && !(view.start !== undefined && oldShare(view) > 0.02))
    yield {
      slug: 'loaded-expired',
      subject,
      detail: `${head}: ${counted(expired, 'key')} of the snapshot had expired, ${many(view.loaded ?? 0)} were loaded`,
    };
  if (back !== undefined) {
    yield* withData(view, `${head}; ${back}`);
    return;
  }
  // What was written since and went again is another matter: a flush, a deletion.
  if (view.flushes > 0 || (view.keys === 0 && (view.writes > 4 || (view.freed ?? 0) > 0.3))) return;
  const loaded = view.loaded === undefined ? '' : ', nothing was loaded at the start';
  const youngOnly = view.keys !== 0;
  // What an append-only file brought back is counted nowhere; short lives may be over since.
  if (view.persistence === 'aof' && youngOnly && missing(view) < EXPECTED) return;
  const left = view.keys === 0 ? 'no key is there' : `${counted(view.keys ?? 0, 'key')} are there, all newer`;
  const detail = `${head}${loaded}; ${left}`;
  if (!youngOnly && (view.allKeys ?? 0) > 0) return;
  if (youngOnly && !view.ages && view.loaded === undefined) return;
  if (stands === 'about')
    yield { slug: 'restarted-empty', subject, detail, at: earliestStart(view) ?? start };
  else if (stands === 'after' && youngOnly)
    yield {
      slug: 'restarted-young',
      subject,
      detail,
      at: earliestStart(view) ?? start,
      fix: 'Ask who restarted it: by the time given the logouts had begun before, so it may have been a repair.',
    };
  else if (stands === 'after') {
    // Dated after the beginning it votes for nothing, and is too grave to be passed over.
    yield { slug: 'restarted-empty', subject, detail, at: earliestStart(view) ?? start };
    yield { slug: 'restarted-after', subject, detail };
  } else if ((view.uptimeMs ?? 0) > RECENT) return;
  else if (!youngOnly && view.persistence === 'none') yield { slug: emptyStart(view, seen), subject, detail };
  else if (!youngOnly) yield { slug: 'started-empty', subject, detail };
  else if (view.persistence === 'none' && (view.uptimeMs ?? 0) >= TOO_YOUNG)
    yield { slug: 'restarted-young', subject, detail, fix: 'Give the time of the incident: --since TIME' };
}

/** Words on what came back, or undefined when nothing did. */
function broughtBack(view: View): string | undefined {
  if ((view.loaded ?? 0) > 0) return `${counted(view.loaded ?? 0, 'key')} were loaded from the snapshot`;
  if (view.persistence === 'aof' && (view.keys ?? 0) > view.writes)
    return `${counted(view.keys ?? 0, 'key')} are there and ${counted(view.writes, 'write')} were counted since: the append-only file was loaded`;
  const base = view.num('aof_base_size') ?? 0;
  if (view.persistence === 'aof' && base >= FILLED && view.num('aof_rewrites') === 0)
    return `the append-only file held ${bytes(base)} at the start`;
  if (oldShare(view) > 0.02)
    return `${percent(oldShare(view))} of the sessions were written before the start`;
  if (view.loaded === undefined && !view.countersReset && (view.allKeys ?? 0) > view.writes)
    return `${counted(view.allKeys ?? 0, 'key')} are there and ${counted(view.writes, 'write')} were counted since`;
  return undefined;
}

/** Sessions from before the start that should be there, at a steady pace, and are not. */
function missing({ ages, uptimeMs }: View): number {
  return ages && uptimeMs !== undefined ? expectedBefore(ages, uptimeMs) : 0;
}

/** Share of the sessions that were written before the start. */
function oldShare({ ages, start }: View): number {
  return ages && start !== undefined ? shareSurelyBefore(ages, start - 5000) : 0;
}

function* withData(view: View, detail: string): Generator<Fact<Slug>> {
  const subject = view.node.address;
  const hole = holeOf(view);
  if (hole) {
    yield {
      slug: 'write-hole',
      subject,
      detail: `${detail}; no surviving session was written between ${moment(hole.from)} and ${moment(hole.to)} (${span(hole.to - hole.from)}), ${many(hole.times)} times the usual distance`,
    };
    return;
  }
  const judged =
    view.ages !== undefined && view.start !== undefined && shareBefore(view.ages, view.start) > 0.5;
  const oldest = snapshotAge(view);
  if (judged)
    yield {
      slug: 'restarted-with-data',
      subject,
      detail: `${detail}; their last writes show no gap before it`,
    };
  else if (view.persistence === 'aof') yield { slug: 'restarted-with-data', subject, detail };
  else if (oldest !== undefined && oldest <= FRESH)
    yield {
      slug: 'restarted-with-data',
      subject,
      detail: `${detail}, and ${counted(view.num('rdb_last_load_keys_expired') ?? 0, 'key')} had expired: it was at most ${span(oldest)} old`,
    };
  else yield { slug: 'restarted-from-snapshot', subject, detail };
}

/**
 * How old the loaded snapshot was at most (95 %): of keys that live for L, a share of age/L expires meanwhile.
 * Only for a store of sessions, as other keys live for other times.
 */
function snapshotAge(view: View): number | undefined {
  const expired = view.num('rdb_last_load_keys_expired');
  const { loaded, ages, sessions, node } = view;
  if (expired === undefined || loaded === undefined || !ages || node.sample.method === 'none')
    return undefined;
  if ((sessions?.keys ?? 0) < 0.9 * node.sample.keys) return undefined;
  return (ages.lifetimeMs * (expired + 3)) / (loaded + expired);
}

/** Sessions from before the incident: nothing that takes all of them took these. */
function* survivors(view: View, scene: Scene): Generator<Fact<Slug>> {
  if (scene.since === null || !view.ages) return;
  const share = shareSurelyBefore(view.ages, scene.since - 60_000);
  if (share >= 0.02)
    yield {
      slug: 'sessions-survive',
      subject: view.node.address,
      detail: `${percent(share)} of ${many(view.ages.count)} sampled sessions were last written before it began, the oldest at ${moment(view.ages.oldest)}`,
    };
}

function holeOf(view: View): Hole | undefined {
  return view.ages && view.start !== undefined ? holeBefore(view.ages, view.start) : undefined;
}

/** Replication: emptied by a primary, promoted. */
export function* examineFailover(view: View): Generator<Fact<Slug>> {
  const subject = view.node.address;
  const was = view.info?.fields['master_replid2'] ?? '';
  const offset = view.num('second_repl_offset') ?? -1;
  const promoted = view.role === 'master' && was !== '' && !/^0*$/.test(was);
  const empty = view.allKeys === 0;
  const bulk = view.flushes + view.calls('del') + view.calls('unlink');
  if (promoted && empty && bulk === 0)
    yield {
      slug: 'promoted-empty',
      subject,
      detail: `it took over at replication offset ${many(Math.max(0, offset))} and holds no key`,
    };
  else if (promoted)
    yield {
      slug: 'promoted',
      subject,
      detail: `it took over at replication offset ${many(Math.max(0, offset))} and holds ${counted(view.allKeys ?? 0, 'key')}`,
    };
  if (
    view.role === 'replica' &&
    empty &&
    bulk === 0 &&
    (view.freed ?? 0) > 0.1 &&
    view.writes + (view.loaded ?? 0) > 0
  )
    yield {
      slug: 'resynced-empty',
      subject,
      detail: `up since ${moment(view.start ?? view.at)}, ${percent(view.freed ?? 0)} of the memory once in use is free again, no key is left, and no flush or deletion came through replication`,
    };
}

function persistenceWords(view: View): string {
  if (view.persistence === 'aof') return 'with appendonly on';
  if (view.persistence === 'none') return 'without persistence (save "" and appendonly no)';
  if (view.persistence === 'snapshots') {
    const save = isTrouble(view.node.config) ? '' : (view.node.config['save'] ?? '');
    return `with snapshots (save ${save})`;
  }
  return 'persistence not readable';
}
