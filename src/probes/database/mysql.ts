/**
 * MySQL's and MariaDB's answers. SELECT on the one table is enough for all of it.
 *
 * @module
 */
import type { Address } from '../../config/secret.ts';
import type { SqlConnection, SqlRow } from '../../io/sql.ts';
import { type Asker, askerOf, troubleOf } from './ask.ts';
import type { DatabaseInput } from './input.ts';
import { bareName, type Column, chooseColumns, layoutOf, lookupColumns, wellKnownTables } from './layouts.ts';
import { readRevocations } from './revocations.ts';
import { countInZone, number, optional, type Pieces, text } from './rows.ts';
import type { ServerSeen, TableSeen } from './seen.ts';
import { noTable } from './table.ts';

/** Bytes of data that are read in full; of larger tables both ends of the primary key are sampled. */
const BYTES_IN_FULL = 256 * 1024 * 1024;
const SAMPLE = 100_000;

export const mysqlPieces: Pieces = {
  fence: '',
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  secondsSince(column, type) {
    if (/^(?:datetime|timestamp|date)/.test(type)) return `timestampdiff(second, ${column}, utc_timestamp())`;
    if (/int|decimal|double|float/.test(type))
      return `(unix_timestamp() - if(${column} > 100000000000, ${column} / 1000, ${column}))`;
    return `timestampdiff(second, cast(${column} as datetime), utc_timestamp())`;
  },
  bytesOf: (column) => `octet_length(${column})`,
  startOf: (column) => `left(cast(${column} as char), 8)`,
  lifetimeIn: () => undefined,
};

/** DATETIME as a server writes it whose own zone is not UTC. */
const localPieces: Pieces = {
  ...mysqlPieces,
  secondsSince: (column, type) =>
    type.startsWith('datetime')
      ? `timestampdiff(second, ${column}, convert_tz(utc_timestamp(), '+00:00', @@global.time_zone))`
      : mysqlPieces.secondsSince(column, type),
};

/** The server: version, start, statement counters (since start, of the whole server). */
export async function readMysqlServer(ask: Asker, now: number): Promise<ServerSeen> {
  const [who = {}] = await ask.tried('select current_user() as role, @@global.max_connections as most');
  const status = await ask.tried(
    `show global status where variable_name in ('Uptime', 'Com_truncate', 'Com_drop_table', 'Com_create_table', 'Com_delete', 'Threads_connected')`,
  );
  const told = new Map(
    status.map((row) => [(text(row, 'Variable_name') ?? '').toLowerCase(), Number(text(row, 'Value'))]),
  );
  const uptime = told.get('uptime');
  const used = told.get('threads_connected');
  const most = optional(who, 'most');
  return {
    version: ask.connection.version,
    role: text(who, 'role'),
    startedAt: uptime === undefined ? null : now - uptime * 1000,
    countersSince: null,
    countersLost: false,
    countersReset: false,
    checkpointAt: null,
    standby: false,
    replayAgeMs: null,
    searchPath: [],
    connections: used !== undefined && most !== null ? { used, most } : null,
    statements:
      uptime === undefined
        ? null
        : {
            truncate: told.get('com_truncate') ?? 0,
            dropTable: told.get('com_drop_table') ?? 0,
            createTable: told.get('com_create_table') ?? 0,
            delete: told.get('com_delete') ?? 0,
          },
  };
}

/** The session table, found and measured. TABLE_ROWS is never used: after a restart it can be absurd. */
export async function readMysqlTable(
  connection: SqlConnection,
  input: DatabaseInput,
  address: Address,
  now: number,
): Promise<TableSeen> {
  const ask = askerOf(connection);
  const database = decodeURIComponent(new URL(address.href()).pathname.slice(1));
  const found = await findTable(ask, input.table, database);
  if (!found) {
    await proveAbsence(ask, input.table, database);
    return {
      ...noTable(input.table ?? null),
      lookalikes: await lookalikes(ask, database),
      troubles: ask.troubles,
    };
  }
  const schema = text(found, 'table_schema') ?? database;
  const name = text(found, 'table_name') ?? '';
  const columns = await columnsOf(ask, schema, name);
  const layout = layoutOf(name, columns);
  const chosen = chooseColumns(columns, layout, input.columns);
  const bytes = {
    table: number(found, 'data_length'),
    indexes: number(found, 'index_length'),
    free: number(found, 'data_free'),
  };
  const plain = `${mysqlPieces.quote(schema)}.${mysqlPieces.quote(name)}`;
  const key = chosen.id === null ? null : mysqlPieces.quote(chosen.id);
  const all = bytes.table / Math.max(1, number(found, 'avg_row_length'));
  const count = (most: number) =>
    countInZone(
      {
        connection,
        pieces: mysqlPieces,
        from: key !== null && all > 2 * most ? bothEnds(plain, key, most) : plain,
        sampled: key !== null && all > 2 * most ? (2 * most) / all : 1,
        columns: chosen,
        types: columns,
        lookups: lookupColumns(columns, chosen.id),
        lifetime: input.lifetime,
      },
      localPieces,
    );
  let counted = await count(bytes.table > BYTES_IN_FULL ? SAMPLE : Number.POSITIVE_INFINITY);
  if (counted.rows === null && counted.trouble?.kind === 'statement-timeout')
    counted = await count(SAMPLE / 50);
  if (counted.trouble) ask.troubles.push(troubleOf(counted.trouble));
  const local = (column: string) => {
    const age = optional(found, column);
    return age === null ? null : now - age * 1000;
  };
  const engine = (text(found, 'engine') ?? '').toLowerCase();
  return {
    ...noTable(input.table ?? null),
    name: `${schema}.${name}`,
    layout: layout?.title ?? null,
    storage: engine === 'memory' ? 'memory' : text(found, 'table_type') === 'VIEW' ? 'view' : 'logged',
    bytes,
    neighbours: await neighboursOf(ask, schema, name),
    madeAt: local('made'),
    changedAt: local('changed'),
    columns: chosen,
    expiresType: columns.find((column) => column.name === chosen.expires)?.type ?? null,
    rows: counted.rows,
    revocations: chosen.revoked
      ? await readRevocations({ ask, pieces: mysqlPieces, from: plain, columns: chosen, types: columns, now })
      : null,
    troubles: ask.troubles,
  };
}

/** The first and the last rows of the primary key: session ids are random, so both are a fair sample. */
function bothEnds(table: string, key: string, most: number): string {
  return `((select * from ${table} order by ${key} limit ${most}) union all (select * from ${table} order by ${key} desc limit ${most})) s`;
}

const FACTS = `select table_schema as table_schema, table_name as table_name, table_type as table_type, engine as engine,
  data_length as data_length, index_length as index_length, data_free as data_free, avg_row_length as avg_row_length,
  timestampdiff(second, create_time, now()) as made, timestampdiff(second, update_time, now()) as changed
  from information_schema.tables`;

async function findTable(
  ask: Asker,
  table: string | undefined,
  database: string,
): Promise<SqlRow | undefined> {
  if (table !== undefined) {
    const schema = table.includes('.') ? bareName(table.split('.')[0] ?? '') : database;
    const rows = await ask.rows(`${FACTS} where table_schema = ? and table_name = ?`, [
      schema,
      bareName(table),
    ]);
    return rows[0];
  }
  const marks = wellKnownTables.map(() => '?').join(', ');
  const rows = await ask.rows(`${FACTS} where table_schema = ? and lower(table_name) in (${marks})`, [
    database,
    ...wellKnownTables,
  ]);
  for (const row of rows.slice(0, 6)) {
    const columns = await columnsOf(ask, database, text(row, 'table_name') ?? '');
    if (layoutOf(text(row, 'table_name') ?? '', columns) || chooseColumns(columns, undefined, {}).expires)
      return row;
  }
  return undefined;
}

/** InnoDB numbers its tables upwards, and anew at TRUNCATE. Needs PROCESS; without it nothing is said. */
async function neighboursOf(ask: Asker, schema: string, table: string): Promise<TableSeen['neighbours']> {
  const source = /mariadb/i.test(ask.connection.version) ? 'innodb_sys_tables' : 'innodb_tables';
  const [row] = await ask.tried(
    `select count(*) as neighbours, sum(case when o.table_id > t.table_id then 1 else 0 end) as newer
      from information_schema.${source} t join information_schema.${source} o
        on o.table_id <> t.table_id and o.name like concat(?, '/%') and o.name not like '%#%'
      where t.name = concat(?, '/', ?)`,
    [schema, schema, table],
  );
  const all = number(row ?? {}, 'neighbours');
  return all === 0 ? null : { all, newer: number(row ?? {}, 'newer') };
}

/**
 * information_schema leaves out what a role may not see. The server itself says "no such table" only to a
 * role with a right on it; any other answer becomes a trouble, and absence stays unproven.
 */
async function proveAbsence(ask: Asker, table: string | undefined, database: string): Promise<void> {
  if (table === undefined) return;
  const schema = table.includes('.') ? bareName(table.split('.')[0] ?? '') : database;
  const name = `${mysqlPieces.quote(schema)}.${mysqlPieces.quote(bareName(table))}`;
  const answer = await ask.connection.query(`select 1 as one from ${name} limit 0`);
  if (answer.ok)
    ask.troubles.push({
      kind: 'other',
      code: '',
      message: `from this host, ${name} can be read, but information_schema does not tell of it`,
    });
  else if (answer.kind !== 'missing') ask.troubles.push(troubleOf(answer));
}

async function columnsOf(ask: Asker, schema: string, table: string): Promise<readonly Column[]> {
  const rows = await ask.rows(
    'select column_name as name, column_type as type, is_nullable as nullable from information_schema.columns where table_schema = ? and table_name = ? order by ordinal_position limit 200',
    [schema, table],
  );
  return rows.map((row) => ({
    name: text(row, 'name') ?? '',
    type: text(row, 'type') ?? '',
    nullable: text(row, 'nullable') === 'YES',
  }));
}

async function lookalikes(ask: Asker, database: string): Promise<readonly string[]> {
  const rows = await ask.tried(
    `select concat(table_schema, '.', table_name) as name from information_schema.tables
      where table_name like '%session%' and table_schema = ? limit 5`,
    [database],
  );
  return rows.map((row) => text(row, 'name') ?? '');
}
