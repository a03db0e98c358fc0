/**
 * What the redis probe brings back: plain JSON, no key names beyond families, no values, no passwords.
 *
 * @module
 */
import type { ClockSample } from '../../parse/clock-sample.ts';
import type { CommandCount, Keyspace } from '../../parse/redis-info.ts';
import type { DeniedEntry, SlowEntry, StallEntry } from '../../parse/redis-replies.ts';
import type { ClusterNode, ClusterState } from '../../parse/redis-cluster.ts';
import type { SentinelNode } from '../../parse/redis-sentinel.ts';
import type { SampleSeen } from './sample.ts';

/** Fields of INFO that are kept; everything else stays on the server. */
export const INFO_FIELDS: ReadonlySet<string> = new Set([
  'redis_version',
  'valkey_version',
  'server_name',
  'redis_mode',
  'server_mode',
  'os',
  'run_id',
  'uptime_in_seconds',
  'loading',
  'async_loading',
  'loading_start_time',
  'loading_eta_seconds',
  'loading_loaded_perc',
  'connected_clients',
  'blocked_clients',
  'maxclients',
  'rejected_connections',
  'used_memory',
  'used_memory_peak',
  'used_memory_startup',
  'maxmemory',
  'maxmemory_policy',
  'rdb_changes_since_last_save',
  'rdb_last_save_time',
  'rdb_last_bgsave_status',
  'rdb_saves',
  'rdb_last_load_keys_loaded',
  'rdb_last_load_keys_expired',
  'aof_enabled',
  'aof_current_size',
  'aof_base_size',
  'aof_rewrites',
  'aof_last_write_status',
  'aof_last_bgrewrite_status',
  'lazyfreed_objects',
  'expired_keys',
  'evicted_keys',
  'current_eviction_exceeded_time',
  'total_eviction_exceeded_time',
  'keyspace_hits',
  'keyspace_misses',
  'total_commands_processed',
  'instantaneous_ops_per_sec',
  'total_error_replies',
  'acl_access_denied_auth',
  'acl_access_denied_cmd',
  'role',
  'connected_slaves',
  'master_link_status',
  'master_link_down_since_seconds',
  'master_last_io_seconds_ago',
  'master_sync_in_progress',
  'slave_repl_offset',
  'master_repl_offset',
  'master_replid',
  'master_replid2',
  'second_repl_offset',
  'min_slaves_good_slaves',
  'slave_read_only',
  'sync_full',
  'sync_partial_ok',
  'sync_partial_err',
  'cluster_enabled',
]);

/** Calls of these make keys. */
export const MAKERS = [
  'set',
  'setex',
  'psetex',
  'setnx',
  'getset',
  'mset',
  'hset',
  'hmset',
  'hsetnx',
  'sadd',
  'zadd',
  'rpush',
  'lpush',
  'append',
  'hincrby',
  'zincrby',
  'xadd',
  'json.set',
  'incr',
  'incrby',
  'restore',
  'copy',
];

/** Calls of these look sessions up. */
export const READERS = ['get', 'getex', 'hgetall', 'hget', 'hmget'];

/** Commands whose counters are kept: those that empty, move, shrink or fill a store. */
export const COUNTED_COMMANDS: ReadonlySet<string> = new Set([
  'flushall',
  'flushdb',
  'swapdb',
  'del',
  'unlink',
  'expire',
  'pexpire',
  'expireat',
  'pexpireat',
  'rename',
  'renamenx',
  'move',
  ...MAKERS,
  ...READERS,
  'scan',
  'keys',
  'eval',
  'evalsha',
  'fcall',
  'select',
  'config',
  'config|resetstat',
  'config|set',
  'replicaof',
  'slaveof',
  'psync',
  'debug',
  'shutdown',
  'bgrewriteaof',
  'bgsave',
  'save',
  'auth',
]);

/** INFO at one moment. */
export type InfoSeen = {
  readonly fields: { readonly [name: string]: string };
  readonly commands: { readonly [name: string]: CommandCount };
  readonly errors: { readonly [code: string]: number };
  readonly keyspace: { readonly [db: string]: Keyspace };
};

export type Trouble = { readonly code: string; readonly message: string };

/** How a dangerous command stands, found out without ever running it. */
export type CommandState = 'open' | 'renamed' | 'disabled' | 'denied' | 'unknown';

/** One server, as far as it let itself be looked at. */
export type NodeSeen = {
  /** `host:port`. */
  readonly address: string;
  /** Why it was asked. */
  readonly as: 'given' | 'master' | 'replica';
} & (
  | { readonly reached: false; readonly trouble: Trouble }
  | {
      readonly reached: true;
      readonly connectMs: number;
      /** Our own clock when INFO was answered, epoch ms, corrected. */
      readonly at: number;
      /** The server's clock at that moment, epoch ms. */
      readonly serverTime?: number;
      /** The same as a reading between two looks at the local clock, for the table of clocks. */
      readonly clock?: ClockSample;
      readonly authUnneeded?: true;
      /** PING was answered without a login, although a user was given. */
      readonly openToAll?: true;
      readonly selectFailed?: Trouble;
      readonly info: InfoSeen | Trouble;
      /** A second look, `gapMs` after the first, for rates. */
      readonly later?: {
        readonly gapMs: number;
        readonly info: InfoSeen;
        readonly replicas?: readonly ReplicaSeen[];
      };
      /** Keys of the selected database. */
      readonly dbsize: number | Trouble;
      /** LASTSAVE, Unix seconds by the server's clock. */
      readonly lastSave?: number;
      readonly memory?: { readonly peak: number; readonly used: number; readonly startup: number };
      /** Named settings; null where the server does not know one. */
      readonly config: { readonly [name: string]: string | null } | Trouble;
      readonly dangerous: { readonly [command: string]: CommandState };
      /** Whose permissions `dangerous` speaks of. */
      readonly user?: string;
      readonly slowlog: readonly SlowEntry[] | Trouble;
      /** LATENCY LATEST; empty while the monitor is off, as it is in the stock configuration. */
      readonly stalls?: readonly StallEntry[];
      readonly denied: readonly DeniedEntry[];
      readonly sample: SampleSeen;
      /** A short look at other databases, when the sessions' own holds none. */
      readonly elsewhere: readonly { readonly db: number; readonly sample: SampleSeen }[];
      /** Replicas that are connected to it, by its own word. */
      readonly replicas: readonly ReplicaSeen[];
      /** Present in cluster mode. */
      readonly cluster?: { readonly state?: ClusterState; readonly nodes: readonly ClusterNode[] };
    }
);

/** One `slaveN` line of INFO. */
export type ReplicaSeen = {
  readonly host: string;
  readonly port: number;
  readonly state: string;
  readonly offset: number;
  /** Seconds since its last acknowledgement. */
  readonly lag: number;
};

/** One Sentinel's view. */
export type SentinelSeen = { readonly address: string } & (
  | { readonly reached: false; readonly trouble: Trouble }
  | {
      readonly reached: true;
      /** All masters that it watches. */
      readonly names: readonly string[];
      /** The one asked for; absent when it does not watch it. */
      readonly master?: SentinelNode;
      readonly replicas: readonly SentinelNode[];
      readonly quorum?: { readonly ok: boolean; readonly says: string };
    }
);

export type RedisSeen = {
  /** Address as given, printable. */
  readonly target: string;
  readonly db: number;
  /** True when the URL names the database, rather than leaving it at 0. */
  readonly dbGiven: boolean;
  readonly tls: boolean;
  /** True when a password was given. */
  readonly withPassword: boolean;
  readonly nodes: readonly NodeSeen[];
  readonly sentinels: readonly SentinelSeen[];
  readonly leftOut: number;
};

/** `host:port`, an IPv6 host in brackets. */
export function addressOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A node that answered. */
export type LiveNode = Extract<NodeSeen, { reached: true }>;

/** True for what a server refused to tell. */
export function isTrouble(value: unknown): value is Trouble {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value;
}

/** The wait was ended by whoever stopped the run: nothing is known of the server. */
export function isCut({ code }: Trouble): boolean {
  return code === 'STOPPED';
}
