/**
 * Looks at one Redis server: everything the probe asks, in as few round trips as can be.
 *
 * @module
 */
import type { Io } from '../../io/io.ts';
import type { RedisCall, RedisConnection, RedisTarget } from '../../io/redis.ts';
import { parseClusterInfo, parseClusterNodes } from '../../parse/redis-cluster.ts';
import { parseRedisInfo, type RedisInfo } from '../../parse/redis-info.ts';
import {
  parseAclLog,
  parseConfigValue,
  parseLatency,
  parseMemoryStats,
  parseSlowlog,
  parseTime,
} from '../../parse/redis-replies.ts';
import { DANGEROUS, dangerousStates } from './dangerous.ts';
import { glimpse, sample, type SampleSeen } from './sample.ts';
import {
  addressOf,
  COUNTED_COMMANDS,
  INFO_FIELDS,
  type InfoSeen,
  isTrouble,
  type LiveNode,
  type NodeSeen,
  type ReplicaSeen,
  type Trouble,
} from './seen.ts';

const SETTINGS = [
  'save',
  'appendonly',
  'appendfsync',
  'databases',
  'slowlog-log-slower-than',
  'stop-writes-on-bgsave-error',
  'min-replicas-to-write',
  'protected-mode',
] as const;

/** The second look comes at least this long after the first. ms */
const GAP = 1000;
/** Databases, and keys in each, that are looked at besides the sessions' own. */
const MOST_DATABASES = 4;
const FEW_KEYS = 400;
/** From this share of maxmemory on, one more client's buffers may push sessions out. */
const FULL = 0.97;

export interface NodeRequest {
  readonly target: RedisTarget;
  readonly as: NodeSeen['as'];
  readonly keyPrefix: string | undefined;
  readonly appUser: string | undefined;
  /** Most keys to sample; 20,000 unless told. */
  readonly maxKeys?: number;
}

const ASK_SETTINGS = SETTINGS.map((name) => ['CONFIG', 'GET', name]);
const ASK_MORE = [
  ['MEMORY', 'STATS'],
  ['SLOWLOG', 'GET', 128],
  ['LATENCY', 'LATEST'],
  ['ACL', 'WHOAMI'],
  ['ACL', 'LOG', 64],
  ['COMMAND', 'INFO', ...DANGEROUS],
];
/** Long answers take memory, and at the limit that is paid with keys. */
const SPARED = {
  ok: false,
  code: 'SPARED',
  message: 'not asked: memory is full, and a long answer would push keys out',
} as const satisfies RedisCall;

/** Never throws for what a server does; what it refuses stands in the result as trouble. */
export async function lookAtNode(request: NodeRequest, io: Io): Promise<NodeSeen> {
  const { target } = request;
  const address = addressOf(target.host, target.port);
  const connect = await io.redis.connect(target, io.signal);
  if (!connect.ok) return { address, as: request.as, reached: false, trouble: trouble(connect) };
  const { connection } = connect;
  try {
    return { address, as: request.as, reached: true, ...(await lookThrough(connection, request, io)) };
  } finally {
    connection.close();
  }
}

type Inside = Omit<LiveNode, 'address' | 'as' | 'reached'>;

async function lookThrough(connection: RedisConnection, request: NodeRequest, io: Io): Promise<Inside> {
  const began = performance.now();
  const sentAt = Date.now();
  // The first INFO comes before everything else: looking itself moves the counters.
  const [info, time, size, last] = await connection.pipeline([
    ['INFO', 'everything'],
    ['TIME'],
    ['DBSIZE'],
    ['LASTSAVE'],
  ]);
  const answeredAt = Date.now();
  const at = io.now();
  const from = performance.now();
  let full = readInfo(info);
  // Redis 5 answers "everything" with nothing.
  if (!isTrouble(full) && full.fields.size === 0) full = readInfo(await connection.call('INFO', 'all'));
  const first = isTrouble(full) ? full : kept(full);
  const [memory, slow, latency, whoami, acl, commands, ...settings] = evictingNow(first)
    ? [SPARED, SPARED, SPARED, SPARED, SPARED, SPARED, ...(await connection.pipeline(ASK_SETTINGS))]
    : await connection.pipeline([...ASK_MORE, ...ASK_SETTINGS]);
  const user = request.appUser ?? (whoami?.ok && typeof whoami.reply === 'string' ? whoami.reply : undefined);
  const dangerous = await dangerousStates(connection, commands, user, whoami);
  const cluster = await askCluster(connection, first);
  const taken = await takeSample(connection, first, { ...request, from }, io);
  const elsewhere = await lookElsewhere(connection, first, taken, request, io);
  const stats = memory?.ok ? parseMemoryStats(memory.reply) : undefined;
  const serverTime = time?.ok ? parseTime(time.reply) : undefined;
  const later = isTrouble(first) ? undefined : await again(connection, began, io);
  return {
    connectMs: connection.connectMs,
    at,
    ...(serverTime !== undefined && {
      serverTime,
      clock: { sentAt, answeredAt, serverTime, resolutionMs: 1 },
    }),
    ...(connection.authUnneeded && { authUnneeded: true as const }),
    ...(connection.openToAll && { openToAll: true as const }),
    ...(connection.selectFailed && { selectFailed: connection.selectFailed }),
    info: first,
    ...(later && { later }),
    dbsize: size?.ok && typeof size.reply === 'number' ? size.reply : trouble(size),
    ...(last?.ok && typeof last.reply === 'number' && { lastSave: last.reply }),
    ...(stats && { memory: stats }),
    config: readConfig(settings),
    dangerous,
    ...(user !== undefined && { user: user.slice(0, 64) }),
    slowlog: slow?.ok ? parseSlowlog(slow.reply) : trouble(slow),
    stalls: latency?.ok ? parseLatency(latency.reply) : [],
    denied: acl?.ok ? parseAclLog(acl.reply) : [],
    sample: taken,
    elsewhere,
    replicas: isTrouble(full) ? [] : replicasOf(full),
    ...(cluster && { cluster }),
  };
}

async function askCluster(
  connection: RedisConnection,
  info: InfoSeen | Trouble,
): Promise<LiveNode['cluster']> {
  if (isTrouble(info) || info.fields['cluster_enabled'] !== '1') return undefined;
  const [state, nodes] = await connection.pipeline([
    ['CLUSTER', 'INFO'],
    ['CLUSTER', 'NODES'],
  ]);
  const parsed = state?.ok ? parseClusterInfo(String(state.reply)) : undefined;
  return {
    ...(parsed && { state: parsed }),
    nodes: nodes?.ok ? parseClusterNodes(String(nodes.reply)) : [],
  };
}

/** `slave0:ip=10.0.0.5,port=6379,state=online,offset=568023,lag=0`. */
function replicasOf(info: RedisInfo): ReplicaSeen[] {
  return [...info.fields].flatMap(([name, value]) => {
    const found = /^ip=([^,\s]{1,100}),port=(\d{1,5}),state=(\w{1,20}),offset=(\d{1,18}),lag=(\d{1,12})/.exec(
      value,
    );
    if (!/^slave\d{1,3}$/.test(name) || !found) return [];
    const [, host = '', port, state = '', offset, lag] = found;
    return [{ host, port: Number(port), state, offset: Number(offset), lag: Number(lag) }];
  });
}

function readInfo(call: RedisCall | undefined): RedisInfo | Trouble {
  if (!call?.ok) return trouble(call);
  return parseRedisInfo(typeof call.reply === 'string' ? call.reply : '');
}

function kept(info: RedisInfo): InfoSeen {
  return {
    fields: Object.fromEntries([...info.fields].filter(([name]) => INFO_FIELDS.has(name))),
    commands: Object.fromEntries([...info.commands].filter(([name]) => COUNTED_COMMANDS.has(name))),
    errors: Object.fromEntries([...info.errors].filter(([code]) => /^[A-Z]{2,30}$/.test(code))),
    keyspace: Object.fromEntries(info.keyspace),
  };
}

async function again(connection: RedisConnection, began: number, io: Io): Promise<LiveNode['later']> {
  const rest = GAP - (performance.now() - began);
  if (rest > 0) await pause(rest, io.signal);
  if (io.signal.aborted) return undefined;
  const second = readInfo(await connection.call('INFO', 'all'));
  if (isTrouble(second) || second.fields.size === 0) return undefined;
  return { gapMs: Math.round(performance.now() - began), info: kept(second), replicas: replicasOf(second) };
}

async function takeSample(
  connection: RedisConnection,
  info: InfoSeen | Trouble,
  request: NodeRequest & { readonly from: number },
  io: Io,
): Promise<SampleSeen> {
  const fields: InfoSeen['fields'] = isTrouble(info) ? {} : info.fields;
  if (request.as === 'replica') return { method: 'none', reason: 'keys are looked at on the primary' };
  if (fields['loading'] === '1') return { method: 'none', reason: 'the server is loading its data' };
  if (evictingNow(info))
    return {
      method: 'none',
      reason: 'memory is full and keys are evicted: looking at keys would push sessions out',
      ...(await glimpse(connection, request.keyPrefix)),
    };
  return sample(connection, {
    keyPrefix: request.keyPrefix,
    method: tablePerSlot(fields) ? 'randomkey' : 'scan',
    signal: io.signal,
    from: request.from,
    ...(request.maxKeys !== undefined && { maxKeys: request.maxKeys }),
  });
}

/** So full that one more client's buffers may push keys out. */
function evictingNow(info: InfoSeen | Trouble): boolean {
  if (isTrouble(info)) return false;
  const max = Number(info.fields['maxmemory'] ?? 0);
  const evicting = !/^(?:noeviction)?$/.test(info.fields['maxmemory_policy'] ?? '');
  return evicting && max > 0 && Number(info.fields['used_memory']) >= FULL * max;
}

/** Other databases are looked at only when the sessions' own shows none: the fullest few, a few keys each. */
async function lookElsewhere(
  connection: RedisConnection,
  info: InfoSeen | Trouble,
  taken: SampleSeen,
  request: NodeRequest,
  io: Io,
): Promise<LiveNode['elsewhere']> {
  if (isTrouble(info) || taken.method === 'none' || connection.selectFailed) return [];
  if (taken.families.some((family) => family.session)) return [];
  const others = Object.entries(info.keyspace)
    .filter(([db, one]) => Number(db) !== request.target.db && one.keys > 0)
    .sort(([, a], [, b]) => b.keys - a.keys)
    .slice(0, MOST_DATABASES);
  const found: { db: number; sample: SampleSeen }[] = [];
  for (const [name] of others) {
    const db = Number(name);
    const selected = await connection.call('SELECT', db);
    if (!selected.ok) break;
    const { keyPrefix } = request;
    found.push({
      db,
      sample: await sample(connection, { keyPrefix, method: 'scan', signal: io.signal, maxKeys: FEW_KEYS }),
    });
  }
  return found;
}

/** Redis 7.4+ and Valkey 8+ in cluster mode: SCAN would show a few slots only. */
function tablePerSlot(fields: InfoSeen['fields']): boolean {
  if (fields['cluster_enabled'] !== '1') return false;
  const valkey = fields['valkey_version'];
  if (valkey !== undefined) return Number.parseInt(valkey, 10) >= 8;
  const [major = 0, minor = 0] = (fields['redis_version'] ?? '').split('.').map(Number);
  return major > 7 || (major === 7 && minor >= 4);
}

function readConfig(calls: readonly RedisCall[]): LiveNode['config'] {
  const refused = calls.find((call) => !call.ok);
  if (refused && calls.every((call) => !call.ok)) return trouble(refused);
  return Object.fromEntries(
    SETTINGS.map((name, at) => {
      const call = calls[at];
      return [name, call?.ok ? (parseConfigValue(call.reply) ?? null) : null];
    }),
  );
}

function trouble(call: RedisCall | { code: string; message: string } | undefined): Trouble {
  if (call && 'code' in call) return { code: call.code, message: call.message };
  return { code: 'PROTOCOL', message: 'no usable reply' };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
