/**
 * SQLite's answers, from a copy of the file.
 *
 * @module
 */
import type { SqlConnection } from '../../io/sql.ts';
import { type Asker, askerOf, troubleOf } from './ask.ts';
import type { DatabaseInput } from './input.ts';
import { bareName, type Column, chooseColumns, layoutOf, lookupColumns, wellKnownTables } from './layouts.ts';
import { readRevocations } from './revocations.ts';
import { countRows, number, type Pieces, text } from './rows.ts';
import type { TableSeen } from './seen.ts';
import { noTable } from './table.ts';

const UNIX_NOW = "((julianday('now') - 2440587.5) * 86400.0)";

export const sqlitePieces: Pieces = {
  fence: ' limit -1 offset 0',
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  // The type of a column is only a hint in SQLite: each value says itself what it is.
  secondsSince: (column) =>
    `(case when typeof(${column}) in ('integer', 'real') then ${UNIX_NOW} - (case when ${column} > 100000000000 then ${column} / 1000.0 else ${column} end) else (julianday('now') - julianday(${column})) * 86400.0 end)`,
  bytesOf: (column) => `length(cast(${column} as blob))`,
  startOf: (column) => `substr(cast(${column} as text), 1, 8)`,
  lifetimeIn: () => undefined,
};

/** The session table, found and measured. */
export async function readSqliteTable(
  connection: SqlConnection,
  input: DatabaseInput,
  now: number,
): Promise<TableSeen> {
  const ask = askerOf(connection);
  const tables = (
    await ask.rows(
      `select name, rowid as place from sqlite_schema where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by rowid limit 1000`,
    )
  ).map((row) => ({ name: text(row, 'name') ?? '', place: number(row, 'place') }));
  const wanted = input.table === undefined ? wellKnownTables : [bareName(input.table).toLowerCase()];
  const found = await choose(
    ask,
    tables.filter((table) => wanted.includes(table.name.toLowerCase())),
    input,
  );
  if (!found)
    return {
      ...noTable(input.table ?? null),
      lookalikes: tables
        .map((table) => table.name)
        .filter((name) => /session/i.test(name))
        .slice(0, 5),
      troubles: ask.troubles,
    };
  const columns = await columnsOf(ask, found.name);
  const layout = layoutOf(found.name, columns);
  const chosen = chooseColumns(columns, layout, input.columns);
  const from = sqlitePieces.quote(found.name);
  const counted = await countRows({
    connection,
    pieces: sqlitePieces,
    from,
    sampled: 1,
    columns: chosen,
    types: columns,
    lookups: lookupColumns(columns, chosen.id),
    lifetime: input.lifetime,
  });
  if (counted.trouble) ask.troubles.push(troubleOf(counted.trouble));
  const others = tables.filter((table) => table.name !== found.name);
  return {
    ...noTable(input.table ?? null),
    name: found.name,
    layout: layout?.title ?? null,
    storage: 'logged',
    neighbours: {
      all: others.length,
      newer: others.filter((table) => table.place > found.place).length,
    },
    columns: chosen,
    expiresType: columns.find((column) => column.name === chosen.expires)?.type ?? null,
    rows: counted.rows,
    revocations: chosen.revoked
      ? await readRevocations({ ask, pieces: sqlitePieces, from, columns: chosen, types: columns, now })
      : null,
    troubles: ask.troubles,
  };
}

interface Place {
  readonly name: string;
  /** Position in the schema table: a table that is dropped and made anew comes last. */
  readonly place: number;
}

async function choose(
  ask: Asker,
  tables: readonly Place[],
  input: DatabaseInput,
): Promise<Place | undefined> {
  if (input.table !== undefined) return tables[0];
  for (const table of tables.slice(0, 6)) {
    const columns = await columnsOf(ask, table.name);
    if (layoutOf(table.name, columns) || chooseColumns(columns, undefined, {}).expires) return table;
  }
  return undefined;
}

async function columnsOf(ask: Asker, table: string): Promise<readonly Column[]> {
  const rows = await ask.rows('select name, type, "notnull" as strict from pragma_table_info(?)', [table]);
  return rows.map((row) => ({
    name: text(row, 'name') ?? '',
    type: text(row, 'type') ?? '',
    nullable: row['strict'] !== 1,
  }));
}
