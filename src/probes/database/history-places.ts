/**
 * Where the migration tools' tables are, in whatever schema, and whether this role may read them.
 *
 * @module
 */
import type { SqlConnection } from '../../io/sql.ts';
import { text } from './rows.ts';

export interface Place {
  /** The name that was looked for. */
  readonly table: string;
  /** As it stands in a statement, and as it is shown. */
  readonly quoted: string;
  readonly shown: string;
  readonly readable: boolean;
}

/**
 * The tables that are there; those in the search path first. MySQL does not tell a role what it may not
 * read, so there each name is a place that the reading itself may refuse.
 */
export async function findTables(
  connection: SqlConnection,
  names: readonly string[],
): Promise<readonly Place[]> {
  const wanted = [...new Set(names)];
  if (connection.dialect === 'mysql')
    return wanted.map((table) => ({ table, quoted: `\`${table}\``, shown: table, readable: true }));
  const marks = wanted
    .map((_, index) => (connection.dialect === 'postgresql' ? `$${index + 1}` : '?'))
    .join(', ');
  const lower = wanted.map((name) => name.toLowerCase());
  const answer = await connection.query(
    connection.dialect === 'sqlite'
      ? `select name, '' as schema, 1 as readable from sqlite_master where type = 'table' and lower(name) in (${marks})`
      : `select c.relname as name, n.nspname as schema,
           coalesce(has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'), false)::int as readable
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'v') and lower(c.relname) in (${marks})
         order by pg_table_is_visible(c.oid) desc, n.nspname limit 200`,
    lower,
  );
  if (!answer.ok) return [];
  return answer.rows.flatMap((row): readonly Place[] => {
    const name = text(row, 'name') ?? '';
    const schema = text(row, 'schema') ?? '';
    const table = wanted.find((each) => each.toLowerCase() === name.toLowerCase());
    if (table === undefined || /["\0]/.test(name + schema)) return [];
    return [
      {
        table,
        quoted: schema === '' ? `"${name}"` : `"${schema}"."${name}"`,
        shown: schema === '' || schema === 'public' ? name : `${schema}.${name}`,
        readable: Number(row['readable']) === 1,
      },
    ];
  });
}
