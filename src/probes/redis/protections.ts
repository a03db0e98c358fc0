/**
 * Settings that leave the sessions unprotected, and those that protect them. No sign that any of it acted.
 * Words and judgement. Pure.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import { DANGEROUS } from './dangerous.ts';
import { looksLikeSession } from './families.ts';
import { isTrouble } from './seen.ts';
import type { View } from './view.ts';
import { counted, percent } from './words.ts';

const risky = (title: string, why: string, fix: string): FindingDoc => ({
  level: 'warning',
  title,
  why,
  fix,
  weakness: true,
});

export const protectionFindings = {
  'no-persistence': risky(
    'Nothing is kept on disk',
    'A restart, a crash or a reschedule of the container empties the store.',
    'redis.conf: appendonly yes and appendfsync everysec (on the running server: CONFIG SET appendonly yes, then CONFIG REWRITE). It does not protect from FLUSHALL.',
  ),
  'snapshots-only': risky(
    'Only snapshots are kept on disk',
    'A restart loses every session made or renewed since the last save.',
    'CONFIG SET appendonly yes, then CONFIG REWRITE: on the running server, or the data in the RDB is ignored. It does not protect from FLUSHALL.',
  ),
  'fsync-off': risky(
    'The append-only file is left to the operating system',
    'appendfsync no: a crash of the host can lose half a minute of logins.',
    'redis.conf: appendfsync everysec',
  ),
  'flush-open': risky(
    'The user may run FLUSHALL and FLUSHDB',
    'One line in a deploy script, a cache clear or a mistyped shell empties the store. AOF does not protect from it.',
    'ACL SETUSER app -flushall -flushdb -swapdb (or -@dangerous); before Redis 6 in redis.conf: rename-command FLUSHALL "" and rename-command FLUSHDB ""',
  ),
  'admin-open': risky(
    'The user may run commands that stop, stall or change the server',
    'CONFIG, DEBUG, KEYS, SWAPDB and SHUTDOWN are not for an app.',
    'ACL SETUSER app -@dangerous -@admin; before Redis 6 in redis.conf: rename-command DEBUG "" and so on',
  ),
  'no-password': risky(
    'Redis lets anybody in without a password',
    'Whoever reaches the port can read, change and flush the sessions.',
    'redis.conf: requirepass …, or ACL SETUSER default off after a user of its own for each app',
  ),
  'protected-mode-off': risky(
    'Protected mode is off and there is no password',
    'The last guard of an open server is missing.',
    'redis.conf: protected-mode yes, and a password',
  ),
  'default-user-open': risky(
    'The default user is on and needs no password',
    'The app has a user of its own, but whoever comes without one is let in as well.',
    'ACL SETUSER default off, then ACL SAVE (or in redis.conf: user default off)',
  ),
  'writes-unreplicated': risky(
    'A primary that has lost its replicas goes on taking writes',
    'Sessions that it takes while it is cut off are lost when another is promoted. It does not protect from a primary that restarts empty.',
    'redis.conf: min-replicas-to-write 1 and min-replicas-max-lag 10 (on the running server: CONFIG SET, then CONFIG REWRITE)',
  ),
  'shared-database': risky(
    'Sessions share a database with other keys',
    'A cache clear by FLUSHDB takes the sessions as well, and a cache that fills the memory evicts or blocks them.',
    'An instance for sessions alone; at least a database number of their own, which FLUSHDB of the cache does not touch (FLUSHALL and eviction still do).',
  ),
  'password-unneeded': risky(
    'A password was given that Redis does not want',
    'The server runs without the password that its clients expect: a restart with another configuration looks like this.',
    'Compare the running configuration with the file: requirepass, aclfile',
  ),
  'flush-closed': {
    level: 'ok',
    title: 'This user cannot flush the store',
    why: 'FLUSHALL and FLUSHDB are renamed, disabled or denied.',
  },
  persistent: {
    level: 'ok',
    title: 'Writes are kept in an append-only file',
    why: 'A restart brings the sessions back, but for the last second.',
  },
  'rights-unknown': {
    level: 'info',
    title: 'What this user may run could not be found out',
    why: 'COMMAND INFO or ACL DRYRUN was refused, the server is too old for it, or too full to be asked. Nothing was tried out.',
  },
  'settings-unreadable': {
    level: 'info',
    title: 'The server does not show its settings',
    why: 'CONFIG is renamed, denied or hidden by the provider; persistence and limits are judged by INFO alone.',
    fix: 'ACL SETUSER probe +config|get',
  },
} as const satisfies Record<string, FindingDoc>;

type Slug = keyof typeof protectionFindings;

/** From this share on, other keys are more than a lock or a counter here and there. */
const NOTABLE = 0.1;

/** The audit of one node. */
export function* examineProtections(view: View, withPassword: boolean): Generator<Fact<Slug>> {
  const { node } = view;
  const subject = node.address;
  const config = isTrouble(node.config) ? undefined : node.config;
  if (!config && isTrouble(node.config))
    yield { slug: 'settings-unreadable', subject, detail: `CONFIG GET was answered: ${node.config.message}` };
  if (view.persistence === 'none')
    yield { slug: 'no-persistence', subject, detail: 'save "" and appendonly no' };
  if (view.persistence === 'snapshots')
    yield { slug: 'snapshots-only', subject, detail: `save "${config?.['save'] ?? ''}" and appendonly no` };
  if (view.persistence === 'aof') {
    const fsync = config?.['appendfsync'];
    if (fsync === 'no') yield { slug: 'fsync-off', subject, detail: 'appendonly yes, appendfsync no' };
    else
      yield { slug: 'persistent', subject, detail: `appendonly yes${fsync ? `, appendfsync ${fsync}` : ''}` };
  }
  const least = config?.['min-replicas-to-write'];
  if (view.role === 'master' && node.replicas.length > 0 && least === '0')
    yield {
      slug: 'writes-unreplicated',
      subject,
      detail: `min-replicas-to-write 0, with ${counted(node.replicas.length, 'replica')}`,
    };
  const others = shares(view);
  if (others !== undefined) yield { slug: 'shared-database', subject, detail: others };
  yield* rights(view);
  if (node.openToAll)
    yield { slug: 'default-user-open', subject, detail: 'PING was answered before any AUTH' };
  if (node.authUnneeded)
    yield { slug: 'password-unneeded', subject, detail: 'AUTH was answered: no password is set' };
  else if (!withPassword) {
    yield { slug: 'no-password', subject, detail: 'the connection was let in without AUTH' };
    if (config?.['protected-mode'] === 'no')
      yield { slug: 'protected-mode-off', subject, detail: 'protected-mode no' };
  }
}

/** Families beside the sessions that hold a notable share of the same database. */
function shares({ node, sessions }: View): string | undefined {
  const { sample } = node;
  if (sample.method === 'none' || !sessions) return undefined;
  const others = sample.families.filter(
    (family) => !looksLikeSession(family) && !family.layout && family.keys >= NOTABLE * sample.keys,
  );
  const words = [sessions, ...others].map(({ name, keys }) => `${name} ${percent(keys / sample.keys)}`);
  return others.length > 0 ? `${words.join(', ')} of ${counted(sample.keys, 'key')} looked at` : undefined;
}

function* rights(view: View): Generator<Fact<Slug>> {
  const { node } = view;
  const subject = node.address;
  const who = node.user === undefined ? '' : ` for user ${node.user}`;
  const state = (name: string) => node.dangerous[name] ?? 'unknown';
  const flushes = ['flushall', 'flushdb'] as const;
  const words = flushes.map((name) => `${name.toUpperCase()} ${state(name)}`).join(', ');
  if (flushes.some((name) => state(name) === 'open'))
    yield { slug: 'flush-open', subject, detail: `${words}${who}; not tried out` };
  else if (flushes.every((name) => state(name) !== 'unknown'))
    yield { slug: 'flush-closed', subject, detail: `${words}${who}` };
  else yield { slug: 'rights-unknown', subject, detail: `${words}${who}` };
  const admin = DANGEROUS.filter((name) => !name.startsWith('flush') && state(name) === 'open');
  if (admin.length > 0)
    yield {
      slug: 'admin-open',
      subject,
      detail: `${admin.map((name) => name.toUpperCase()).join(', ')} open${who}`,
    };
}
