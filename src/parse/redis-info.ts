/**
 * The text of Redis's INFO command (Redis 5 to 8, Valkey) → fields, counters and databases.
 * It takes what it understands and leaves out the rest: managed services and forks add and hide lines.
 *
 * @module
 */

/** More lines than this are not an INFO reply. The largest seen has about 700. */
const MAX_LINES = 5000;
const MAX_TEXT = 1_048_576;

/** One command's counters. `rejected` and `failed` exist from 6.2. */
export type CommandCount = { readonly calls: number; readonly rejected?: number; readonly failed?: number };

/** One database line: `db0:keys=2000,expires=2000,avg_ttl=86399387`. */
export type Keyspace = { readonly keys: number; readonly expires: number; readonly avgTtlMs: number };

export interface RedisInfo {
  /** `redis_version` → `7.0.15`. Values as they stand, at most 200 characters. */
  readonly fields: ReadonlyMap<string, string>;
  /** `flushall`, `config|resetstat` → its counters. */
  readonly commands: ReadonlyMap<string, CommandCount>;
  /** `OOM` → how often it was answered (6.2+). */
  readonly errors: ReadonlyMap<string, number>;
  /** Database index → what it holds. Empty databases have no line. */
  readonly keyspace: ReadonlyMap<number, Keyspace>;
}

/** Never throws; text that is no INFO gives empty maps. Numbers that are not finite and ≥ 0 are left out. */
export function parseRedisInfo(text: string): RedisInfo {
  const fields = new Map<string, string>();
  const commands = new Map<string, CommandCount>();
  const errors = new Map<string, number>();
  const keyspace = new Map<number, Keyspace>();
  for (const line of text.slice(0, MAX_TEXT).split('\n', MAX_LINES)) {
    const colon = line.indexOf(':');
    if (colon <= 0 || line.startsWith('#')) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.startsWith('cmdstat_')) {
      const counts = pairs(value);
      const calls = counts.get('calls');
      const rejected = counts.get('rejected_calls');
      const failed = counts.get('failed_calls');
      if (calls !== undefined)
        commands.set(name.slice(8).toLowerCase(), {
          calls,
          ...(rejected !== undefined && { rejected }),
          ...(failed !== undefined && { failed }),
        });
    } else if (name.startsWith('errorstat_')) {
      const count = pairs(value).get('count');
      if (count !== undefined) errors.set(name.slice(10), count);
    } else if (/^db\d{1,5}$/.test(name)) {
      const counts = pairs(value);
      const keys = counts.get('keys');
      if (keys !== undefined)
        keyspace.set(Number(name.slice(2)), {
          keys,
          expires: counts.get('expires') ?? 0,
          avgTtlMs: counts.get('avg_ttl') ?? 0,
        });
    } else fields.set(name, value.slice(0, 200));
  }
  return { fields, commands, errors, keyspace };
}

/** `calls=4,usec=37` → numbers by name. */
function pairs(value: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const part of value.slice(0, 500).split(',')) {
    const at = part.indexOf('=');
    const number = at > 0 ? count(part.slice(at + 1)) : undefined;
    if (number !== undefined) found.set(part.slice(0, at), number);
  }
  return found;
}

/** A whole or decimal number ≥ 0, or undefined. */
function count(text: string): number | undefined {
  return /^\d{1,18}(?:\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}
