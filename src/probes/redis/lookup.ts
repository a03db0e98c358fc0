/**
 * Are the sessions there, but under another name: another database, another prefix? Words and judgement. Pure.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import type { Scene } from '../probe.ts';
import { endOfWrites, likelyLifetime, roundLifetime } from './ages.ts';
import { looksLikeSession } from './families.ts';
import type { FamilySeen } from './sample.ts';
import type { RedisSeen } from './seen.ts';
import { standing, type View } from './view.ts';
import { counted, moment, span } from './words.ts';

export const lookupFindings = {
  'two-families': {
    level: 'critical',
    title: 'Sessions stand under two prefixes, and one is no longer written',
    why: 'The app looks for sessions under the newer one; the older ones are unread and run out.',
    fix: 'Read both, or put the old prefix back before the old ones expire.',
  },
  'sessions-elsewhere': {
    level: 'critical',
    title: 'The sessions are in another database of this server',
    why: 'The configured database holds none; another one does, and they are no longer written there.',
    fix: 'Compare the database number in the app’s configuration with INFO keyspace.',
  },
  'sessions-perhaps-elsewhere': {
    level: 'warning',
    title: 'There are sessions in another database, and nothing shows that they are this app’s',
    why: 'They are written to this day, or when that ended cannot be told. Another app keeps its sessions like that, and so does this one if the database given here is not its own.',
    fix: 'Compare the database number given here, and the one in the app’s configuration, with INFO keyspace.',
  },
  'sessions-perhaps-other-prefix': {
    level: 'warning',
    title: 'There are sessions under another prefix, and nothing shows that they are this app’s',
    why: 'They are written to this day, or when that ended cannot be told. Another app keeps its sessions like that, and so does this one if the prefix given here is not its own.',
    fix: 'Compare the prefix given here (--key-prefix), and the one in the app’s configuration, with the families in the store.',
  },
  'sessions-in-other-db': {
    level: 'warning',
    title: 'There are sessions in another database than the one looked at',
    why: 'No database was named here. If the app looks in database 0 as well, it does not find them.',
    fix: 'Name the app’s own database: --redis redis://HOST:PORT/N',
  },
  'sessions-other-prefix': {
    level: 'critical',
    title: 'The sessions stand under another prefix than the configured one',
    why: 'They are no longer written, and an app that looks under the configured prefix finds none of them.',
    fix: 'Compare the prefix in the app’s configuration with the families in the store.',
  },
} as const satisfies Record<string, FindingDoc>;

type Slug = keyof typeof lookupFindings;

/** Fewer keys than this do not tell when a family began or ended. */
const ENOUGH = 30;
/** Two families follow each other when one ends within this of where the other begins. ms */
const SEAM = 2 * 60_000;

/** Sessions that are not where they are looked for. */
export function* examineLookup(view: View, seen: RedisSeen, scene: Scene): Generator<Fact<Slug>> {
  const emptied = view.flushes > 0 || view.calls('swapdb') > 0;
  const subject = view.node.address;
  for (const { db, sample } of emptied ? [] : view.node.elsewhere) {
    if (sample.method === 'none') continue;
    const family = sample.families.find((one) => one.session);
    const keys = view.info?.keyspace[db]?.keys ?? sample.keys;
    if (family && family.keys >= 10) {
      const left = leftAt(family, view, scene);
      const known = seen.dbGiven ? 'sessions-elsewhere' : 'sessions-in-other-db';
      yield {
        slug: left === undefined ? 'sessions-perhaps-elsewhere' : known,
        subject,
        detail: `db${seen.db} holds no session; db${db} holds ${counted(keys, 'key')}, ${family.name} among them${lastWords(left, view)}`,
      };
      return;
    }
  }
  const { sample } = view.node;
  if (sample.method === 'none') return;
  const alike = sample.families.filter(looksLikeSession);
  const other = alike[0];
  if (scene.settings.keyPrefix && !view.sessions && other && other.keys >= 10) {
    const left = leftAt(other, view, scene);
    yield {
      slug: left === undefined ? 'sessions-perhaps-other-prefix' : 'sessions-other-prefix',
      subject,
      detail: `none of ${counted(sample.keys, 'key')} has the configured prefix; ${counted(other.keys, 'key')} stand under ${other.name}${lastWords(left, view)}`,
    };
  }
  if (!emptied) yield* succession(view, alike, scene);
}

/** When an app stopped to write this family, if that was at the incident: it writes elsewhere since. */
function leftAt(family: FamilySeen, view: View, scene: Scene): number | undefined {
  const end = endOfWrites(family, view.at, scene.settings.sessionTtlMs);
  return end !== undefined && ['about', 'unknown'].includes(standing(end, scene)) ? end : undefined;
}

function lastWords(left: number | undefined, view: View): string {
  return left === undefined ? '' : `, last written at ${moment(left)}, ${span(view.at - left)} ago`;
}

/** Written until now with a life of its own, or the other's companion: Spring keeps two keys a session. */
function livesByItself(older: FamilySeen, newer: FamilySeen, lifetime: number): boolean {
  if (older.name.startsWith(newer.name) || newer.name.startsWith(older.name)) return true;
  return (roundLifetime(older.ttl.at(-1) ?? 0) ?? lifetime) < lifetime * 0.99;
}

/** One family's writes end where another's begin: the prefix changed at that moment. */
function* succession(view: View, families: readonly FamilySeen[], scene: Scene): Generator<Fact<Slug>> {
  const told = families.filter((family) => family.withTtl >= ENOUGH);
  for (const older of told)
    for (const newer of told) {
      const lifetime = likelyLifetime(newer.ttl.at(-1) ?? 0);
      const oldLongest = older.ttl.at(-1) ?? 0;
      if (older === newer || oldLongest > lifetime || livesByItself(older, newer, lifetime)) continue;
      const ended = view.at - (lifetime - oldLongest);
      const began = view.at - (lifetime - (newer.ttl[0] ?? 0));
      const follows = began >= ended - SEAM && began <= ended + Math.max(SEAM, (view.at - ended) / 4);
      // One that has been written for its whole life did not begin: what is older has run out.
      if (!follows || view.at - began > lifetime * 0.95) continue;
      if (view.at - ended < SEAM || !['about', 'unknown'].includes(standing(ended, scene))) continue;
      yield {
        slug: 'two-families',
        subject: view.node.address,
        detail: `${older.name} was last written at ${moment(ended)} (${span(view.at - ended)} ago), ${newer.name} only since ${moment(began)}; ${counted(older.keys, 'key')} and ${counted(newer.keys, 'key')} of the sample`,
        at: ended,
      };
      return;
    }
}

/** SWAPDB took the sessions to another number: theirs is empty, and there are sessions elsewhere. */
export function swapped(view: View): Fact<'swapped'> | undefined {
  const calls = view.calls('swapdb');
  if (calls === 0 || view.keys !== 0 || (view.allKeys ?? 0) === 0) return undefined;
  // A cache that is built beside the old one and swapped in takes no sessions along.
  const looked = view.node.elsewhere.flatMap(({ sample }) => (sample.method === 'none' ? [] : [sample]));
  if (looked.length > 0 && !looked.some(({ families }) => families.some(looksLikeSession))) return undefined;
  const where = Object.entries(view.info?.keyspace ?? {})
    .map(([db, one]) => `${counted(one.keys, 'key')} in db${db}`)
    .join(', ');
  return {
    slug: 'swapped',
    subject: view.node.address,
    detail: `SWAPDB ran ${counted(calls, 'time')} since ${moment(view.start ?? 0)}; the sessions’ database is empty, ${where}`,
  };
}
