/**
 * What PostgreSQL knows beside the table itself: commit times, remembered statements, locks, the app's rights.
 *
 * @module
 */
import type { Asker } from './ask.ts';
import { number, optional, text } from './rows.ts';
import type { TableSeen } from './seen.ts';

/** When a transaction committed, to the microsecond; only with track_commit_timestamp. */
export async function committedAt(
  ask: Asker,
  xid: string,
  values: readonly (string | number)[],
  clock: () => number,
): Promise<number | null> {
  const [row] = await ask.tried(
    `select extract(epoch from now() - pg_xact_commit_timestamp(x::xid))::float8 * 1000 as age from (${xid}) t`,
    values,
  );
  const age = optional(row ?? {}, 'age');
  return age === null ? null : Math.round(clock() - age);
}

/** Seconds since somebody else took an exclusive lock on the table, or null. Takes no lock itself. */
export async function exclusiveLock(ask: Asker, oid: number): Promise<number | null> {
  const [row] = await ask.tried(
    `select coalesce(extract(epoch from now() - a.xact_start), 0)::float8 as seconds from pg_locks l left join pg_stat_activity a on a.pid = l.pid
      where l.relation = $1::oid and l.mode = 'AccessExclusiveLock' and l.granted and l.pid <> pg_backend_pid() limit 1`,
    [oid],
  );
  return row ? number(row, 'seconds') : null;
}

/** Needs the extension and pg_read_all_stats. Only verb and counts are kept, never the text. */
export async function rememberedStatements(ask: Asker, table: string): Promise<TableSeen['statements']> {
  if (!/^\w{1,63}$/.test(table)) return [];
  const rows = await ask.tried(
    `select lower(substring(query from '^\\s*(\\w+)')) as verb, sum(calls)::float8 as calls, sum(rows)::float8 as n, max(rows::float8 / greatest(calls, 1)) as most from pg_stat_statements
      where dbid = (select oid from pg_database where datname = current_database())
        and query ~* $1 group by 1 order by 2 desc limit 10`,
    [`^\\s*(truncate|drop\\s+table|alter\\s+table|delete\\s+from|update)\\M[^;]{0,200}\\m${table}\\M`],
  );
  return rows.map((row) => ({
    verb: text(row, 'verb') ?? '',
    calls: number(row, 'calls'),
    rows: number(row, 'n'),
    most: Math.round(number(row, 'most')),
  }));
}

/** What the app's role may not do: a list, empty when it may do all; null when nobody was named. */
export async function appDenied(ask: Asker, user: string | undefined, oid: number): Promise<string | null> {
  if (user === undefined) return null;
  const [row] = await ask.tried(
    `select has_table_privilege($1::name, $2::oid, 'select') as s, has_table_privilege($1::name, $2::oid, 'insert') as i,
       has_table_privilege($1::name, $2::oid, 'update') as u, has_table_privilege($1::name, $2::oid, 'delete') as d`,
    [user, oid],
  );
  if (!row) return null;
  const names = { s: 'SELECT', i: 'INSERT', u: 'UPDATE', d: 'DELETE' } as const;
  const denied = Object.entries(names).filter(([key]) => row[key] === false);
  return denied.length > 0 ? denied.map(([, name]) => name).join(', ') : '';
}
