/**
 * Is the record of one session in the store? Asks for the one key, or the one row, and reads no content.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { Io } from '../io/io.ts';
import { dialectOf } from '../io/sql.ts';
import { layouts } from '../probes/database/layouts.ts';
import { withTlsFiles } from '../probes/redis/index.ts';
import { readInput } from '../probes/redis/input.ts';
import { Skip } from '../probes/probe.ts';

export interface RecordSeen {
  /** `elsewhere`: there, but not where the config says that the app looks. */
  readonly answer: 'found' | 'elsewhere' | 'absent' | 'blind' | 'not-asked';
  /** One sentence without the id. */
  readonly detail: string;
}

/** How libraries make the key of a session id. The id itself is never shown, only these. */
const KEYS: readonly (readonly [shown: string, key: (id: string) => string])[] = [
  ['sess:ID', (id) => `sess:${id}`],
  ['session:ID', (id) => `session:${id}`],
  ['ID', (id) => id],
  ['2::SHA-256(ID)', (id) => `2::${createHash('sha256').update(id).digest('hex')}`],
  ['session:2::SHA-256(ID)', (id) => `session:2::${createHash('sha256').update(id).digest('hex')}`],
  ['spring:session:sessions:ID', (id) => `spring:session:sessions:${id}`],
  ['PHPREDIS_SESSION:ID', (id) => `PHPREDIS_SESSION:${id}`],
  [':1:django.contrib.sessions.cacheID', (id) => `:1:django.contrib.sessions.cache${id}`],
  ['laravel_cache_:ID', (id) => `laravel_cache_:${id}`],
];

/** The session id inside a credential's text, or null when the credential needs no record or hides it. */
export function sessionIdOf(format: string, text: string): string | null {
  if (format === 'cookie-signature') return /^s:(.+)\.[^.]+$/s.exec(text)?.[1] ?? null;
  if (format !== 'opaque') return null;
  // Tomcat and others append the instance's route.
  return /^([\w-]{16,})\.[\w-]{1,32}$/.exec(text)?.[1] ?? text;
}

/** Looks in every store that the config names; the first that has it answers. */
export async function findRecord(id: string, config: Config, io: Io): Promise<RecordSeen> {
  io.vault.learn(id);
  const seen = [await inRedis(id, config, io), await inDatabase(id, config, io)];
  const order = ['found', 'elsewhere', 'absent', 'blind', 'not-asked'] as const;
  return (
    seen.toSorted((a, b) => order.indexOf(a.answer) - order.indexOf(b.answer))[0] ?? {
      answer: 'not-asked',
      detail: 'no store was named',
    }
  );
}

async function inRedis(id: string, config: Config, io: Io): Promise<RecordSeen> {
  const input = readInput(config);
  if (input instanceof Skip || !input.named) return { answer: 'not-asked', detail: 'no Redis was named' };
  const connected = await io.redis.connect(await withTlsFiles(input, io), io.signal);
  if (!connected.ok) return { answer: 'blind', detail: connected.message };
  const { connection } = connected;
  try {
    const { keyPrefix } = input;
    const own = keyPrefix === undefined ? [] : [[`${keyPrefix}ID`, `${keyPrefix}${id}`] as const];
    const common = KEYS.map(([shown, key]) => [shown, key(id)] as const);
    for (const [shown, key] of [...own, ...common]) {
      const type = await connection.call('TYPE', key);
      if (!type.ok) return { answer: 'blind', detail: `Redis refused to say: ${type.message}` };
      if (type.reply === 'none') continue;
      const left = await connection.call('PTTL', key);
      const ms = left.ok && typeof left.reply === 'number' ? left.reply : -1;
      const life = ms > 0 ? `${Math.round(ms / 1000)} s to live` : 'no expiry';
      const expected = keyPrefix === undefined || shown === `${keyPrefix}ID`;
      return {
        answer: expected ? 'found' : 'elsewhere',
        detail: `${input.shown} has it as ${shown} (${String(type.reply)}, ${life})${expected ? '' : `, not under the configured prefix ${keyPrefix}`}`,
      };
    }
    const tried = [...own, ...common].map(([shown]) => shown);
    return { answer: 'absent', detail: `${input.shown} has none of ${tried.join(', ')}` };
  } finally {
    connection.close();
  }
}

async function inDatabase(id: string, config: Config, io: Io): Promise<RecordSeen> {
  const { url, table, idColumn } = config.database;
  if (!url) return { answer: 'not-asked', detail: 'no database was named' };
  const connected = await io.sql.connect(url, io.signal);
  if (!connected.ok) return { answer: 'blind', detail: connected.message };
  const { connection } = connected;
  const mark = dialectOf(url) === 'mysql' ? '`' : '"';
  const quoted = (name: string) =>
    name
      .split('.')
      .map((part) => mark + part.replaceAll(mark, mark + mark) + mark)
      .join('.');
  const value = connection.dialect === 'postgresql' ? '$1' : '?';
  try {
    const looked: string[] = [];
    let trouble: string | undefined;
    for (const [name, column] of places(table, idColumn)) {
      const text = `SELECT 1 AS there FROM ${quoted(name)} WHERE ${quoted(column)} = ${value} LIMIT 1`;
      const result = await connection.query(text, [id]);
      if (!result.ok) {
        if (result.kind !== 'missing') trouble = result.message;
        continue;
      }
      looked.push(`${name}.${column}`);
      if (result.rows.length > 0)
        return { answer: 'found', detail: `${url.shown} has it in ${name}.${column}` };
    }
    if (looked.length > 0)
      return { answer: 'absent', detail: `${url.shown} has no row in ${looked.join(', ')}` };
    return { answer: 'blind', detail: trouble ?? `${url.shown} has no session table that is known` };
  } finally {
    await connection.close();
  }
}

/** Table and id column as configured; else as well-known libraries name them. */
function places(
  table: string | undefined,
  idColumn: string | undefined,
): readonly (readonly [string, string])[] {
  const known = layouts.flatMap((layout): [string, string][] =>
    layout.columns.id === undefined || layout.columns.id === null ? [] : [[layout.table, layout.columns.id]],
  );
  if (table === undefined) return dedupe(known);
  if (idColumn !== undefined) return [[table, idColumn]];
  const columns = [...known.filter(([name]) => name === table), ...known].map(([, column]) => column);
  return dedupe(columns.map((column): [string, string] => [table, column]));
}

function dedupe(list: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  return [...new Map(list.map((one) => [one.join('\u0000'), one])).values()];
}
