/**
 * Replies of Redis's inspecting commands → plain facts. They take RESP replies as ioredis gives them over
 * RESP2, allow for the differences between Redis 5 and 8, and answer undefined or an empty list for
 * anything else.
 *
 * @module
 */

/** A reply as RESP2 gives it. */
export type Reply = string | number | null | readonly Reply[];

/** Commands that empty, move or stop a store; only these are ever named out of a slow log. */
export const TELLING_COMMANDS: readonly string[] = [
  'flushall',
  'flushdb',
  'swapdb',
  'del',
  'unlink',
  'keys',
  'debug',
  'eval',
  'evalsha',
  'fcall',
  'shutdown',
  'replicaof',
  'slaveof',
  'rename',
  'bgrewriteaof',
  'save',
];

/** One slow log entry, without its arguments: they hold session ids and values. */
export type SlowEntry = {
  /** Server's clock, Unix seconds. */
  readonly at: number;
  readonly us: number;
  /** One of TELLING_COMMANDS, or `other`: a renamed command's secret name stands here as typed. */
  readonly command: string;
  /** `ip:port`, from 4.0 on. */
  readonly client?: string;
  readonly clientName?: string;
};

/** SLOWLOG GET: newest first, as the server gives it. */
export function parseSlowlog(reply: Reply): readonly SlowEntry[] {
  if (!Array.isArray(reply)) return [];
  return reply.slice(0, 256).flatMap((entry: Reply) => {
    if (!Array.isArray(entry)) return [];
    const [, at, us, words, client, clientName] = entry as readonly Reply[];
    if (typeof at !== 'number' || typeof us !== 'number' || !Array.isArray(words)) return [];
    const typed = String(words[0] ?? '').toLowerCase();
    return [
      {
        at,
        us,
        command: TELLING_COMMANDS.includes(typed) ? typed : 'other',
        ...(typeof client === 'string' && client !== '' && { client: plain(client) }),
        ...(typeof clientName === 'string' && clientName !== '' && { clientName: plain(clientName) }),
      },
    ];
  });
}

/** One event of LATENCY LATEST. */
export type StallEntry = {
  /** `command`, `fork`, `aof-fsync-always`, `expire-cycle` … */
  readonly event: string;
  /** The latest one: server's clock, Unix seconds, and how long it took. */
  readonly at: number;
  readonly ms: number;
  /** The longest since the server started, or since LATENCY RESET. */
  readonly worstMs: number;
};

/** LATENCY LATEST: one entry an event. */
export function parseLatency(reply: Reply): readonly StallEntry[] {
  if (!Array.isArray(reply)) return [];
  return reply.slice(0, 64).flatMap((entry: Reply) => {
    const [event, at, ms, worstMs] = Array.isArray(entry) ? (entry as readonly Reply[]) : [];
    if (typeof event !== 'string' || typeof at !== 'number' || typeof ms !== 'number') return [];
    return [{ event: plain(event), at, ms, worstMs: typeof worstMs === 'number' ? worstMs : ms }];
  });
}

/** One ACL LOG entry, without keys. */
export type DeniedEntry = {
  readonly reason: string;
  /** The command or its category, for reason `command`. */
  readonly object?: string;
  readonly username: string;
  readonly ageSeconds: number;
  readonly count: number;
  readonly client?: string;
};

/** ACL LOG (6.0+): each entry is a flat list of names and values. */
export function parseAclLog(reply: Reply): readonly DeniedEntry[] {
  if (!Array.isArray(reply)) return [];
  return reply.slice(0, 128).flatMap((entry: Reply) => {
    const map = flatMap(entry);
    const reason = map.get('reason');
    const username = map.get('username');
    if (typeof reason !== 'string' || typeof username !== 'string') return [];
    const object = map.get('object');
    const client = /\baddr=([^\s]{1,64})/.exec(String(map.get('client-info') ?? ''))?.[1];
    return [
      {
        reason: plain(reason),
        ...(reason === 'command' && typeof object === 'string' && { object: plain(object).toLowerCase() }),
        username: plain(username),
        ageSeconds: Number(map.get('age-seconds')) || 0,
        count: Number(map.get('count')) || 1,
        ...(client && { client }),
      },
    ];
  });
}

/** CONFIG GET of one name → its value; undefined when the setting does not exist. */
export function parseConfigValue(reply: Reply): string | undefined {
  if (!Array.isArray(reply)) return undefined;
  const value = (reply as readonly Reply[])[1];
  return typeof value === 'string' ? value.slice(0, 500) : undefined;
}

/** COMMAND INFO of several names → is the name known as typed? In the order asked. */
export function parseCommandInfo(reply: Reply, count: number): readonly boolean[] | undefined {
  if (!Array.isArray(reply) || reply.length !== count) return undefined;
  return reply.map((entry: Reply) => Array.isArray(entry));
}

/** COMMAND or COMMAND LIST → the names that exist, by their original names. */
export function parseCommandNames(reply: Reply): ReadonlySet<string> {
  if (!Array.isArray(reply)) return new Set();
  const names = reply
    .slice(0, 5000)
    .map((entry: Reply) => (Array.isArray(entry) ? (entry[0] as Reply) : entry));
  return new Set(
    names.filter((name): name is string => typeof name === 'string').map((name) => name.toLowerCase()),
  );
}

/** MEMORY STATS → bytes: highest ever, now, and at start. Open to users who may not run INFO. */
export function parseMemoryStats(
  reply: Reply,
): { readonly peak: number; readonly used: number; readonly startup: number } | undefined {
  const map = flatMap(reply);
  const [peak, used, startup] = ['peak.allocated', 'total.allocated', 'startup.allocated'].map((name) =>
    map.get(name),
  );
  if (typeof peak !== 'number' || typeof used !== 'number' || typeof startup !== 'number') return undefined;
  return { peak, used, startup };
}

/** TIME → the server's clock, epoch ms. */
export function parseTime(reply: Reply): number | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [seconds, micros] = (reply as readonly Reply[]).map(Number);
  if (seconds === undefined || !Number.isSafeInteger(seconds) || seconds <= 0) return undefined;
  return seconds * 1000 + Math.floor((micros || 0) / 1000);
}

/** A flat list of names and values (RESP2's maps) as a Map. */
export function flatMap(reply: Reply): ReadonlyMap<string, Reply> {
  const map = new Map<string, Reply>();
  if (!Array.isArray(reply)) return map;
  const items = reply as readonly Reply[];
  for (let at = 0; at + 1 < items.length && at < 2000; at += 2)
    map.set(String(items[at]), items[at + 1] ?? null);
  return map;
}

function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, '?').slice(0, 80);
}
