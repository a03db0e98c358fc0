/**
 * Was the store emptied while it ran: flushed, swapped, deleted or expired in bulk? Words and judgement. Pure.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import type { SlowEntry } from '../../parse/redis-replies.ts';
import type { Scene } from '../probe.ts';
import { shareBefore } from './ages.ts';
import { swapped } from './lookup.ts';
import { type Loss, LONG_QUIET, lossOf, onlyYoung } from './loss.ts';
import { isTrouble } from './seen.ts';
import { notBefore, standing, type View } from './view.ts';
import { bytes, counted, many, moment, percent, span } from './words.ts';

export const flushFindings = {
  flushed: {
    level: 'critical',
    title: 'Redis was emptied by a flush',
    why: 'FLUSHALL or FLUSHDB ran within this uptime, and what was in the store is gone: every session with it.',
    fix: 'Find who ran it: SLOWLOG GET 128, the deploy log, ACL LOG. Take the command away from them: ACL SETUSER app -@dangerous',
  },
  'flush-fits': {
    level: 'warning',
    title: 'A flush was counted at some time, and nothing from before the incident is left',
    why: 'It took the sessions, or it is an old one and they ended by themselves in a quiet time: after a night or a weekend without logins the store looks the same.',
    fix: 'Find the time of the flush: the deploy log, cron jobs, ACL LOG. Or say what people report: symptoms.oldSessions.',
  },
  'flush-counted': {
    level: 'warning',
    title: 'A flush was counted, and it is unclear whether it took the sessions',
    why: 'FLUSHALL or FLUSHDB ran at some time since the server started.',
  },
  'flush-spared': {
    level: 'info',
    title: 'A flush was counted, but it did not take the sessions',
    why: 'It ran long before, hit another database, or found nothing to delete.',
  },
  'flush-denied': {
    level: 'info',
    title: 'Somebody tried to flush and was not let',
    why: 'The protection held. Whoever tried may have found another way.',
  },
  'no-flush': {
    level: 'ok',
    title: 'No flush since before the incident',
    why: 'The counters reach back before it began and show no FLUSHALL or FLUSHDB.',
  },
  'no-flush-counted': {
    level: 'ok',
    title: 'No flush since the counters began',
    why: 'A flush before the server’s start, or before the counters were reset, would not show.',
  },
  'counters-reset': {
    level: 'info',
    title: 'The counters were reset',
    why: 'CONFIG RESETSTAT wipes flush, eviction and error counters: their zeros prove nothing.',
  },
  'emptied-or-expired': {
    level: 'warning',
    title: 'The store held more once, and its counters do not say how that went',
    why: 'It was emptied, or the sessions ended by themselves in a quiet time: after a night or a weekend without logins it looks the same.',
    fix: 'Let this user read the counters (INFO), ask the replicas for theirs, or say what people report: symptoms.oldSessions.',
  },
  emptied: {
    level: 'critical',
    title: 'The store was emptied while it ran, and its counters no longer say how',
    why: 'Memory was once in use and is free again, the keys that used it are gone, and the server did not restart.',
    fix: 'Look at what outlives a reset: SLOWLOG GET 128, ACL LOG, the last save, the replicas’ own counters.',
  },
  swapped: {
    level: 'critical',
    title: 'SWAPDB exchanged the sessions’ database with another',
    why: 'The keys are all there, under another number. Apps look in the database that is now empty.',
    fix: 'Check with redis-cli INFO keyspace, then SWAPDB the same two numbers again.',
  },
  'mass-deleted': {
    level: 'critical',
    title: 'Keys were deleted in bulk',
    why: 'DEL or UNLINK after a walk over the keys: a script, a clean-up job or a store’s clear().',
    fix: 'Find the job that ran at that time; stop it before its next run.',
  },
  'mass-expired': {
    level: 'critical',
    title: 'Keys were given a short life in bulk',
    why: 'EXPIRE after a walk over the keys, and then they died: a script or a clean-up job.',
    fix: 'Find the job that ran at that time; stop it before its next run.',
  },
  recoverable: {
    level: 'warning',
    title: 'What was flushed is still in the append-only file',
    why: 'The AOF was not rewritten since. The next rewrite (or a restart that triggers one) destroys the data.',
    fix: 'CONFIG SET auto-aof-rewrite-percentage 0; copy the AOF files (dir, appenddirname) away; cut the last FLUSHALL/FLUSHDB from the copy’s newest incr file; load the copy on another server. Never BGREWRITEAOF.',
  },
} as const satisfies Record<string, FindingDoc>;

type Slug = keyof typeof flushFindings;

/** Below this, memory that is free again may have been clients’ buffers. Bytes */
const SMALL = 262_144;
const HALF = 0.5;
/** What was written since a start so late outlives no night, and no night has been. ms */
const NIGHT = 12 * 3_600_000;

/** Everything about keys that went while the server ran. */
export function* examineFlush(view: View, scene: Scene): Generator<Fact<Slug>> {
  if (!view.info) {
    yield* emptiedUnseen(view, scene);
    return;
  }
  const subject = view.node.address;
  if (view.countersReset && (view.calls('config|resetstat') > 0 || view.flushes === 0))
    yield {
      slug: 'counters-reset',
      subject,
      detail:
        view.calls('config|resetstat') > 0
          ? `CONFIG RESETSTAT ran ${counted(view.calls('config|resetstat'), 'time')} since ${moment(view.start ?? 0)}`
          : 'CONFIG was called since the start; before Redis 7 a RESETSTAT cannot be told from it',
    };
  yield* deniedFlush(view);
  const swap = swapped(view);
  if (swap) yield { ...swap, ...notBefore(view, scene) };
  else if (view.flushes > 0) yield* flush(view, scene);
  else {
    const other = view.role === 'replica' ? undefined : otherLoss(view, scene);
    if (other) yield { ...other, ...notBefore(view, scene) };
    yield* noFlush(view, scene);
  }
}

/** For a user that may not read counters: memory once in use is free again, and a restart would reset its peak. */
function* emptiedUnseen(view: View, scene: Scene): Generator<Fact<Slug>> {
  const { freed, node, ages, keys } = view;
  const drop = (node.memory?.peak ?? 0) - (node.memory?.used ?? 0);
  const loss = lossOf(view, scene);
  if (freed === undefined) return;
  const gone = keys === 0 && loss.verdict === 'lost';
  const young = keys !== 0 && onlyYoung(view);
  if (!gone && !(young && freed >= HALF && drop >= SMALL)) return;
  // This user is not told the uptime, so a quiet time may have been; only long lives outlast it.
  const outlasts = (view.sessions?.ttl[0] ?? 0) >= LONG_QUIET;
  yield {
    slug: young && outlasts ? 'emptied' : 'emptied-or-expired',
    subject: node.address,
    detail: `${bytes(drop)} that this process once used are free again (${percent(freed)}); ${counted(keys ?? 0, 'key')} are left${ages ? `, the oldest session from ${moment(ages.oldest)}` : ''}`,
  };
}

function* flush(view: View, scene: Scene): Generator<Fact<Slug>> {
  const subject = view.node.address;
  const { nearest, all } = flushEntries(view, scene);
  const logged = nearest && view.ours(nearest.at);
  const dated = logged ?? emptySave(view);
  const loss = (view.flushes === 1 && olderThan(view, logged)) || lossOf(view, scene);
  const names = (['flushall', 'flushdb'] as const)
    .filter((name) => view.calls(name) > 0)
    .map((name) => `${name.toUpperCase()} ${many(view.calls(name))}×`)
    .join(', ');
  const who = nearest?.client
    ? ` from ${nearest.client}${nearest.clientName ? ` (${nearest.clientName})` : ''}`
    : '';
  const when = dated === undefined ? '' : `, one at ${moment(dated)}${who}`;
  const counters = `${names} since the server started at ${moment(view.start ?? 0)}${when}`;
  // Dated flushes that are all older than the incident cannot have caused it.
  const old = dated !== undefined && all && standing(dated, scene) === 'before';
  // One that is not in the log may have come before those that are.
  const early = dated !== undefined && (all || nearest === undefined || dated <= (scene.since ?? dated));
  const at = early ? { at: dated } : notBefore(view, scene);
  if (old || loss.verdict === 'kept' || loss.verdict === 'never') {
    yield { slug: 'flush-spared', subject, detail: `${counters}; ${loss.why}`, ...at };
    return;
  }
  const lost = loss.verdict === 'lost';
  const told = lost && !(loss.orQuiet && dated === undefined);
  const slug = told ? 'flushed' : lost ? 'flush-fits' : 'flush-counted';
  yield { slug, subject, detail: `${counters}; ${loss.why}`, ...at, data: { calls: view.flushes } };
  if (slug === 'flushed' && aofKeepsIt(view))
    yield {
      slug: 'recoverable',
      subject,
      detail: `appendonly is on, the file holds ${bytes(view.num('aof_current_size') ?? 0)} for ${counted(view.allKeys ?? 0, 'key')} and was rewritten ${many(view.num('aof_rewrites') ?? 0)}× since the counters began`,
    };
}

/** The flush in the slow log nearest to the incident (the latest, when nobody said when it was), and whether the log has all. */
function flushEntries(view: View, scene: Scene): { nearest: SlowEntry | undefined; all: boolean } {
  const log = isTrouble(view.node.slowlog) ? [] : view.node.slowlog;
  const entries = log.filter((entry) => entry.command === 'flushall' || entry.command === 'flushdb');
  const wanted = scene.since ?? view.at;
  const far = (entry: SlowEntry): number => Math.abs(view.ours(entry.at) - wanted);
  const nearest = entries.reduce<SlowEntry | undefined>(
    (best, entry) => (best === undefined || far(entry) < far(best) ? entry : best),
    undefined,
  );
  return { nearest, all: entries.length >= view.flushes };
}

/** Sessions written before the only flush there was: it took others. */
function olderThan({ ages }: View, flushed: number | undefined): Loss | undefined {
  if (!ages || flushed === undefined) return undefined;
  const share = shareBefore(ages, flushed - 2000);
  if (share < 0.02) return undefined;
  return { verdict: 'kept', why: `${percent(share)} of the sessions were written before that` };
}

/**
 * FLUSHALL writes an empty snapshot at once when save points are set, and `rdb_saves` does not count it:
 * a last save after the start that no counted save explains is the moment of the flush (7.0+).
 */
function emptySave(view: View): number | undefined {
  const { lastSave } = view.node;
  if (view.calls('flushall') === 0 || view.num('rdb_saves') !== 0 || view.countersReset) return undefined;
  if (lastSave === undefined || view.start === undefined || view.persistence !== 'snapshots')
    return undefined;
  const saved = view.ours(lastSave);
  return saved > view.start + 2000 ? saved : undefined;
}

function aofKeepsIt(view: View): boolean {
  const size = view.num('aof_current_size') ?? 0;
  return view.persistence === 'aof' && size > 4096 && size > 400 * (view.allKeys ?? 0);
}

function* deniedFlush(view: View): Generator<Fact<Slug>> {
  const rejected = (['flushall', 'flushdb'] as const).reduce(
    (sum, name) => sum + (view.info?.commands[name]?.rejected ?? 0),
    0,
  );
  const entry = view.node.denied.find((denied) => /^flush(?:all|db)/.test(denied.object ?? ''));
  if (rejected === 0 && !entry) return;
  const who = entry ? `, last by user ${entry.username} from ${entry.client ?? 'an unknown address'}` : '';
  yield {
    slug: 'flush-denied',
    subject: view.node.address,
    detail: `${counted(Math.max(rejected, entry?.count ?? 0), 'attempt')} refused${who}`,
    ...(entry && { at: view.at - entry.ageSeconds * 1000 }),
  };
}

/** Bulk deletion, bulk expiry, or an emptiness that nothing explains. */
function otherLoss(view: View, scene: Scene): Fact<Slug> | undefined {
  const loss = lossOf(view, scene);
  if (loss.verdict !== 'lost' || (view.num('evicted_keys') ?? 0) > 0) return undefined;
  const subject = view.node.address;
  const walks = view.calls('scan') + view.calls('keys') + view.calls('eval') + view.calls('evalsha');
  const deletes = view.calls('del') + view.calls('unlink');
  const expires = ['expire', 'pexpire', 'expireat', 'pexpireat'].reduce(
    (sum, name) => sum + view.calls(name),
    0,
  );
  const expired = view.num('expired_keys') ?? 0;
  const counters = `since the server started at ${moment(view.start ?? 0)}`;
  if (!loss.orQuiet && deletes > 0 && walks > 0 && expired < view.writes / 2)
    return {
      slug: 'mass-deleted',
      subject,
      detail: `DEL and UNLINK ${many(deletes)}×, SCAN, KEYS or EVAL ${many(walks)}× ${counters} (one DEL can take thousands of keys); ${loss.why}`,
    };
  if (expires > 0 && walks > 0 && expires > 2 * view.reads && expired >= expires / 2)
    return {
      slug: 'mass-expired',
      subject,
      detail: `EXPIRE ${many(expires)}×, SCAN, KEYS or EVAL ${many(walks)}× ${counters}, and ${counted(expired, 'key')} expired; ${loss.why}`,
    };
  if (view.countersReset && view.allKeys === 0 && view.freed !== undefined && view.freed >= 0.5)
    return {
      slug: (view.uptimeMs ?? Number.POSITIVE_INFINITY) < NIGHT ? 'emptied' : 'emptied-or-expired',
      subject,
      detail: `${percent(view.freed)} of the memory once in use is free again and no key is left, up ${span(view.uptimeMs ?? 0)}, counters reset`,
    };
  return undefined;
}

/** A zero, with since when it would have been more. */
function* noFlush(view: View, scene: Scene): Generator<Fact<Slug>> {
  const { start, countersReset } = view;
  // What began counting after the incident had begun cannot clear anything of it.
  if (start === undefined || countersReset || standing(start, scene) === 'after') return;
  const reachesBack =
    scene.since === null ? (view.uptimeMs ?? 0) >= 24 * 3_600_000 : standing(start, scene) === 'before';
  yield {
    slug: reachesBack ? 'no-flush' : 'no-flush-counted',
    subject: view.node.address,
    detail: `FLUSHALL 0×, FLUSHDB 0× since the server started at ${moment(start)} (${span(view.uptimeMs ?? 0)} ago); counters not reset since`,
  };
}
