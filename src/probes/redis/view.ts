/**
 * One node's observation, read as numbers and moments of our own clock. Pure.
 *
 * @module
 */
import type { Scene } from '../probe.ts';
import { type Ages, agesOf } from './ages.ts';
import type { FamilySeen } from './sample.ts';
import { type InfoSeen, isTrouble, type LiveNode, MAKERS, READERS } from './seen.ts';

/** Below this, what a server frees or holds is its own buffers. Bytes. */
const NOISE = 131_072;

/** The operator types `since` from memory: an event this long before it still belongs to it. ms */
const BEFORE = 30 * 60_000;
/** … and this long after it, at least. ms */
const AFTER = 2 * 60_000;

/** Where a moment stands to the incident. `unknown` when nobody said when it began. */
export type Standing = 'before' | 'about' | 'after' | 'unknown';

export interface View {
  readonly node: LiveNode;
  readonly info: InfoSeen | undefined;
  /** Our clock at the look, epoch ms. */
  readonly at: number;
  /** Start of the server process, epoch ms, ± 1 s; undefined when INFO was refused. */
  readonly start: number | undefined;
  readonly uptimeMs: number | undefined;
  /** True when counters were set back within this uptime, or may have been (before Redis 7). */
  readonly countersReset: boolean;
  /** Keys in the database that the sessions should be in; undefined when refused. */
  readonly keys: number | undefined;
  /** Keys in all databases. */
  readonly allKeys: number | undefined;
  /** Calls since start (or reset) that make keys. */
  readonly writes: number;
  readonly reads: number;
  readonly flushes: number;
  readonly persistence: 'none' | 'snapshots' | 'aof' | 'unknown';
  /** Keys loaded at start: 7.0+, and only what came from an RDB. */
  readonly loaded: number | undefined;
  /** Nothing was loaded at start and nothing restored since: what it ever held was written to it. */
  readonly bare: boolean;
  /** Share of the highest memory use that is free now, 0…1; undefined when too little to tell. */
  readonly freed: number | undefined;
  /** The family that holds the sessions, as far as the sample tells. */
  readonly sessions: FamilySeen | undefined;
  /** True when every key was seen, so that an absent family is absent. */
  readonly complete: boolean;
  readonly ages: Ages | undefined;
  readonly role: 'master' | 'replica' | 'unknown';
  /** A field as a number; undefined when absent. */
  num(field: string): number | undefined;
  calls(command: string): number;
  /** A moment of the server's clock (Unix seconds) by our clock, epoch ms. */
  ours(serverSeconds: number): number;
}

/** Reads one node. */
export function viewOf(node: LiveNode, db: number, scene: Scene): View {
  const info = isTrouble(node.info) ? undefined : node.info;
  const num = (field: string): number | undefined => {
    const value = info?.fields[field];
    return value !== undefined && /^-?\d{1,18}(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
  };
  const calls = (command: string): number => info?.commands[command]?.calls ?? 0;
  const total = (names: readonly string[]): number => names.reduce((sum, name) => sum + calls(name), 0);
  const uptime = num('uptime_in_seconds');
  const dbKeys = isTrouble(node.dbsize) ? info?.keyspace[db]?.keys : node.dbsize;
  const families = node.sample.method === 'none' ? [] : node.sample.families;
  const sessions = families.find((family) => family.session);
  const start = uptime === undefined ? undefined : node.at - uptime * 1000;
  const persistence = persistenceOf(node, info);
  const loaded = num('rdb_last_load_keys_loaded');
  const fed = persistence === 'aof' || persistence === 'unknown' || calls('restore') > 0;
  const bare = loaded === 0 && !fed;
  // Its uptime is told in whole seconds.
  const earliest = bare && start !== undefined ? start - 1000 : Number.NEGATIVE_INFINITY;
  const skew = node.serverTime === undefined ? 0 : node.at - node.serverTime;
  return {
    node,
    info,
    at: node.at,
    start,
    uptimeMs: uptime === undefined ? undefined : uptime * 1000,
    countersReset: wasReset(info),
    keys: dbKeys,
    allKeys: info ? Object.values(info.keyspace).reduce((sum, one) => sum + one.keys, 0) : dbKeys,
    writes: total(MAKERS),
    reads: total(READERS),
    flushes: calls('flushall') + calls('flushdb'),
    persistence,
    loaded,
    bare,
    freed: freedOf(node, num),
    sessions,
    complete: node.sample.method !== 'none' && node.sample.complete,
    ages: sessions && agesOf(sessions, node.at, scene.settings.sessionTtlMs, earliest),
    role:
      info?.fields['role'] === 'master' ? 'master' : info?.fields['role'] === 'slave' ? 'replica' : 'unknown',
    num,
    calls,
    ours: (serverSeconds) => serverSeconds * 1000 + skew,
  };
}

/** Where `moment` stands to the incident. */
export function standing(moment: number, scene: Scene): Standing {
  const { since, now } = scene;
  if (since === null) return 'unknown';
  if (moment < since - BEFORE) return 'before';
  const slack = Math.max(
    AFTER,
    Math.min((now - since) / 5, BEFORE),
    Number.isFinite(scene.uncertaintyMs) ? scene.uncertaintyMs : 0,
  );
  return moment <= since + slack ? 'about' : 'after';
}

/** Nobody tells the beginning of an incident better than this where only a bound is known. ms */
const ROUNDED = 5 * 60_000;

/**
 * What a counter has counted happened after the server started. When that was after the incident had begun,
 * the start dates the fact, and an effect cannot precede its cause; else the count may be of any time.
 */
export function notBefore(view: View, scene: Scene): { at?: number } {
  const bound = earliestStart(view);
  return scene.since !== null && bound !== undefined && bound > scene.since + ROUNDED ? { at: bound } : {};
}

/** The server told its uptime in whole seconds: it had started no earlier than this, epoch ms. */
export function earliestStart(view: View): number | undefined {
  return view.start === undefined ? undefined : view.start - 2000;
}

function wasReset(info: InfoSeen | undefined): boolean {
  if (!info) return false;
  if ((info.commands['config|resetstat']?.calls ?? 0) > 0) return true;
  // Before 7.0 RESETSTAT is counted as CONFIG, like any other: a zero may then be a wiped one.
  const major = Number.parseInt(info.fields['redis_version'] ?? '', 10);
  return major < 7 && (info.commands['config']?.calls ?? 0) > 0;
}

function persistenceOf(node: LiveNode, info: InfoSeen | undefined): View['persistence'] {
  if (info?.fields['aof_enabled'] === '1') return 'aof';
  const save = isTrouble(node.config) ? undefined : node.config['save'];
  if (typeof save !== 'string') return 'unknown';
  return save.trim() === '' ? 'none' : 'snapshots';
}

function freedOf(node: LiveNode, num: (field: string) => number | undefined): number | undefined {
  const peak = num('used_memory_peak') ?? node.memory?.peak;
  const used = num('used_memory') ?? node.memory?.used;
  const startup = num('used_memory_startup') ?? node.memory?.startup;
  if (peak === undefined || used === undefined || startup === undefined) return undefined;
  if (peak - startup < NOISE) return undefined;
  return Math.min(1, Math.max(0, 1 - (used - startup) / (peak - startup)));
}
