/**
 * Could the store be reached, and does it serve? Words and judgement. Pure.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import type { Scene } from '../probe.ts';
import { lossOf } from './loss.ts';
import { refusesWrites } from './memory.ts';
import { isCut, isTrouble, type LiveNode, type NodeSeen, type RedisSeen, type Trouble } from './seen.ts';
import type { View } from './view.ts';
import { many } from './words.ts';

const blind = (title: string, why: string, fix?: string): FindingDoc => ({
  level: 'critical',
  title,
  why,
  ...(fix && { fix }),
  blind: true,
});
const broken = (title: string, why: string, fix?: string): FindingDoc => ({
  level: 'critical',
  title,
  why,
  ...(fix && { fix }),
});

export const reachFindings = {
  refused: blind(
    'Redis refused the connection',
    'Nothing listens there, as seen from this host. An app that meets the same cannot look up any session.',
    'Check that the server runs and listens on this address: systemctl status redis-server; ss -ltn',
  ),
  timeout: blind(
    'Redis did not answer in time',
    'The network, a firewall or a stalled server is in between. From the app’s own host it may differ.',
    'Try from an app host: redis-cli -h HOST -p PORT PING',
  ),
  dns: blind(
    'The name of the Redis host does not resolve',
    'No client that uses this name reaches the store.',
  ),
  unreachable: blind('Redis could not be reached', 'The connection broke before the server said anything.'),
  'tls-failed': blind(
    'TLS with Redis failed',
    'A certificate that expired, names another host or is not trusted stops every client that checks it.',
    'Give the CA with redis.tls.ca; look at the certificate: openssl s_client -connect HOST:PORT',
  ),
  'tls-mismatch': blind(
    'One side speaks TLS and the other does not',
    'A port that was switched to TLS (or back) refuses every client that was not switched with it.',
    'Use rediss:// for a TLS port and redis:// for a plain one.',
  ),
  'auth-required': blind(
    'Redis wants a password',
    'No password was given here. If the app has none either, or the password was set lately, its lookups fail.',
    'Give the app’s own credential: redis.username, redis.password',
  ),
  'auth-rejected': blind(
    'Redis rejects the password',
    'The credential was rotated, the user was disabled, or this is not the credential that the app uses.',
    'Try the app’s own credential; compare ACL LIST with the app’s configuration.',
  ),
  'acl-denied': blind(
    'This user may not do what a session lookup needs',
    'An ACL that is too narrow turns every lookup into an error. This may not be the app’s user.',
    'ACL DRYRUN USER GET sess:x shows what the app’s user may do.',
  ),
  'protected-mode': blind(
    'Redis is in protected mode and serves its own host only',
    'A server without a password refuses all others: typical after a restart with the stock configuration.',
    'Set a password (requirepass or an ACL user), then bind the address that the app uses.',
  ),
  'too-many-clients': blind(
    'Redis takes no more clients',
    'The connection limit is reached. Apps that need a new connection cannot look up sessions.',
    'CONFIG SET maxclients …, and find the client that leaks connections: CLIENT LIST',
  ),
  'not-redis': blind('What answers there does not speak Redis', 'The address leads to something else.'),
  loading: broken(
    'Redis is loading its data and refuses everything else',
    'Until it has finished, every lookup fails. The sessions are not lost; they come back with the data.',
    'Wait, and let the app answer 503 meanwhile.',
  ),
  'master-down': broken(
    'This replica has lost its primary and serves nothing',
    'replica-serve-stale-data is off: every lookup here is answered MASTERDOWN.',
    'Bring the primary back, promote a replica, or CONFIG SET replica-serve-stale-data yes.',
  ),
  'cluster-down': broken(
    'The cluster is down',
    'Slots are not served. Lookups of sessions in them fail.',
    'redis-cli --cluster check HOST:PORT; bring the missing masters back.',
  ),
  busy: broken(
    'Redis is blocked by a script',
    'Nothing else runs until it ends, so every lookup waits or fails.',
    'SCRIPT KILL, if the script has not written yet.',
  ),
  'snapshot-failing': broken(
    'Redis refuses writes because it cannot save to disk',
    'With stop-writes-on-bgsave-error every write is answered MISCONF: new logins and renewals fail.',
    'Free the disk or mend its permissions; then BGSAVE. CONFIG SET stop-writes-on-bgsave-error no lets writes through meanwhile.',
  ),
  'select-refused': {
    level: 'critical',
    title: 'The configured database could not be selected',
    why: 'Some clients (ioredis among them) go on silently with database 0, and look for the sessions there.',
    fix: 'Check the database number against CONFIG GET databases and the user’s right to SELECT.',
  },
  'info-withheld': {
    level: 'info',
    title: 'Redis shows this user its keys, but not its counters',
    why: 'Sessions and memory were looked at; what only INFO tells (restarts, evictions, who flushed) was not.',
    fix: 'Let it read the counters as well: ACL SETUSER USER +info +slowlog|get +config|get',
  },
  'info-denied': {
    level: 'info',
    title: 'Redis does not let this user look inside',
    why: 'Without INFO neither flushes, restarts nor evictions can be seen.',
    fix: 'ACL SETUSER probe on >PASSWORD ~* -@all +info +ping +dbsize +lastsave +time +role +select +scan +randomkey +pttl +ttl +type +object +command +slowlog|get +slowlog|len +latency|latest +latency|history +config|get +acl|whoami +memory|stats +cluster|info +cluster|nodes +cluster|slots (from Redis 7 on also: +acl|dryrun +acl|log +command|list)',
    blind: true,
  },
  unfinished: {
    level: 'info',
    title: 'The run ended before Redis had been looked at',
    why: 'Nothing is known of it from this run.',
    blind: true,
  },
  serving: {
    level: 'ok',
    title: 'Redis answers from this host',
    why: 'It lets this user in, is not loading, and refuses neither reads nor writes at this moment.',
  },
} as const satisfies Record<string, FindingDoc>;

type Slug = keyof typeof reachFindings;

/** TLS alerts and certificate faults, as Node names them. */
const TLS = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO/;
const CODES: Readonly<Record<string, Slug>> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  STOPPED: 'unfinished',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  NOAUTH: 'auth-required',
  WRONGPASS: 'auth-rejected',
  NOPERM: 'acl-denied',
  NOACL: 'auth-rejected',
  DENIED: 'protected-mode',
  MAXCLIENTS: 'too-many-clients',
  LOADING: 'loading',
  MASTERDOWN: 'master-down',
  CLUSTERDOWN: 'cluster-down',
  BUSY: 'busy',
  TLSPORT: 'tls-mismatch',
  PLAINPORT: 'tls-mismatch',
  PROTOCOL: 'not-redis',
  TOOLARGE: 'not-redis',
};

/** What a failed connection means. */
export function troubleSlug(trouble: Trouble): Slug {
  return CODES[trouble.code] ?? (TLS.test(trouble.code) ? 'tls-failed' : 'unreachable');
}

/** One fact for a node that could not be looked at. */
export function* examineUnreached(
  node: Extract<NodeSeen, { reached: false }>,
  seen: RedisSeen,
): Generator<Fact<Slug>> {
  const slug = troubleSlug(node.trouble);
  const login = slug === 'auth-required' && seen.withPassword ? ' (a password was given)' : '';
  yield {
    slug,
    subject: node.address,
    detail: `from this host, ${node.address}: ${node.trouble.message || node.trouble.code}${login}`,
    data: { code: node.trouble.code },
  };
}

/** Does a node that was reached serve sessions? */
export function* examineServing(view: View, scene: Scene): Generator<Fact<Slug>> {
  const { node } = view;
  const subject = node.address;
  const ill = [...illnesses(view)];
  yield* ill;
  if (node.selectFailed)
    yield { slug: 'select-refused', subject, detail: `SELECT was answered: ${node.selectFailed.message}` };
  if (!view.info) {
    const trouble = isTrouble(node.info) ? node.info : { code: 'ERR', message: '' };
    if (isCut(trouble)) {
      yield { slug: 'unfinished', subject, detail: `${node.address}: ${trouble.message}` };
      return;
    }
    const blocked = isTrouble(node.dbsize) && node.sample.method === 'none';
    if (trouble.code === 'NOPERM' && blocked)
      yield { slug: 'acl-denied', subject, detail: `INFO, DBSIZE and SCAN were refused: ${trouble.message}` };
    else if (ill.length === 0) {
      // Keys that can be counted do not tell whether more were there: without that it is no look.
      const kept = lossOf(view, scene).verdict === 'kept';
      const slug = kept && node.sample.method !== 'none' ? 'info-withheld' : 'info-denied';
      yield { slug, subject, detail: `INFO was answered: ${trouble.message}` };
    }
  } else if (ill.length === 0 && !refusesWrites(view))
    yield {
      slug: 'serving',
      subject,
      detail: `${version(node)} answered from this host after ${node.connectMs} ms as ${view.role}`,
    };
}

function version(node: LiveNode): string {
  if (isTrouble(node.info)) return 'Redis';
  const { fields } = node.info;
  return fields['valkey_version']
    ? `Valkey ${fields['valkey_version']}`
    : `Redis ${fields['redis_version'] ?? ''}`;
}

/** States in which the server refuses sessions at this moment. */
function* illnesses(view: View): Generator<Fact<Slug>> {
  const { node, info } = view;
  const subject = node.address;
  for (const answer of [node.info, node.dbsize])
    if (isTrouble(answer)) {
      const slug = CODES[answer.code];
      if (slug && ['loading', 'master-down', 'cluster-down', 'busy'].includes(slug) && info === undefined) {
        yield { slug, subject, detail: `it answered: ${answer.message}` };
        return;
      }
    }
  if (info?.fields['loading'] === '1')
    yield {
      slug: 'loading',
      subject,
      detail: `loading ${info.fields['loading_loaded_perc'] ?? '?'} % done, about ${info.fields['loading_eta_seconds'] ?? '?'} s left by its own estimate`,
    };
  if (isTrouble(node.dbsize) && node.dbsize.code === 'MASTERDOWN')
    yield { slug: 'master-down', subject, detail: `it answered: ${node.dbsize.message}` };
  const stops = isTrouble(node.config) ? undefined : node.config['stop-writes-on-bgsave-error'];
  if (
    info?.fields['rdb_last_bgsave_status'] === 'err' &&
    view.persistence !== 'none' &&
    (stops === 'yes' || (info.errors['MISCONF'] ?? 0) > 0)
  )
    yield {
      slug: 'snapshot-failing',
      subject,
      detail: `the last background save failed; ${many(info.errors['MISCONF'] ?? 0)} writes were answered MISCONF`,
    };
}
