/**
 * The same rows on the primary and on a replica, in the same second.
 *
 * @module
 */
import type { Address } from '../../config/secret.ts';
import type { Io } from '../../io/io.ts';
import type { SqlConnection } from '../../io/sql.ts';
import { askerOf, troubleOf } from './ask.ts';
import { postgresPieces } from './postgres.ts';
import { mysqlPieces } from './mysql.ts';
import { optional, text } from './rows.ts';
import type { ReplicaSeen, TableSeen } from './seen.ts';

/** So many of the newest rows are looked up. Their ids stay in memory and are known to the vault. */
const NEWEST = 40;

/** Looks the primary's newest rows up on the replica. A replica that fails is a trouble of its own. */
export async function readReplica(
  primary: SqlConnection,
  address: Address,
  table: TableSeen,
  io: Io,
): Promise<ReplicaSeen> {
  const nothing = {
    target: address.shown,
    trouble: null,
    standby: false,
    lagMs: null,
    compared: 0,
    missing: 0,
  };
  const opened = await io.sql.connect(address, io.signal);
  if (!opened.ok) return { ...nothing, trouble: troubleOf(opened) };
  const { connection } = opened;
  try {
    const ask = askerOf(connection);
    const lag = await (connection.dialect === 'postgresql' ? postgresLag(connection) : mysqlLag(connection));
    const ids = await newestIds(primary, table);
    for (const id of ids) io.vault.learn(id);
    const found = ids.length > 0 ? await foundIn(connection, table, ids) : 0;
    return {
      ...nothing,
      trouble: ask.troubles[0] ?? null,
      standby: lag.standby,
      lagMs: lag.ms,
      compared: found === null ? 0 : ids.length,
      missing: found === null ? 0 : Math.max(0, ids.length - found),
    };
  } finally {
    await connection.close();
  }
}

async function postgresLag(connection: SqlConnection): Promise<{ standby: boolean; ms: number | null }> {
  const answer = await connection.query(
    `select pg_is_in_recovery() as standby, case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
       else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 * 1000 end as lag`,
  );
  const row = answer.ok ? (answer.rows[0] ?? {}) : {};
  return { standby: row['standby'] === true, ms: optional(row, 'lag') };
}

/** Needs REPLICA MONITOR (MariaDB) or REPLICATION CLIENT (MySQL); without it the lag is unknown. */
async function mysqlLag(connection: SqlConnection): Promise<{ standby: boolean; ms: number | null }> {
  for (const statement of ['show replica status', 'show slave status']) {
    const answer = await connection.query(statement);
    if (!answer.ok) continue;
    const row = answer.rows[0] ?? {};
    const seconds = optional(row, 'Seconds_Behind_Master') ?? optional(row, 'Seconds_Behind_Source');
    return { standby: answer.rows.length > 0, ms: seconds === null ? null : seconds * 1000 };
  }
  return { standby: false, ms: null };
}

async function newestIds(primary: SqlConnection, table: TableSeen): Promise<readonly string[]> {
  const order = table.columns.created ?? table.columns.touched ?? table.columns.expires;
  if (!table.columns.id || !order || table.name === null) return [];
  const { quote } = primary.dialect === 'postgresql' ? postgresPieces : mysqlPieces;
  const id = castToText(primary, quote(table.columns.id));
  const answer = await primary.query(
    `select ${id} as id from ${qualified(table.name, quote)} where ${quote(order)} is not null order by ${quote(order)} desc limit ${NEWEST}`,
  );
  if (!answer.ok) return [];
  return answer.rows.map((row) => text(row, 'id')).filter((id) => id !== null);
}

async function foundIn(
  replica: SqlConnection,
  table: TableSeen,
  ids: readonly string[],
): Promise<number | null> {
  const { quote } = replica.dialect === 'postgresql' ? postgresPieces : mysqlPieces;
  const marks = ids.map((_, index) => (replica.dialect === 'postgresql' ? `$${index + 1}` : '?')).join(', ');
  const answer = await replica.query(
    `select count(*) as n from ${qualified(table.name ?? '', quote)} where ${castToText(replica, quote(table.columns.id ?? ''))} in (${marks})`,
    ids,
  );
  return answer.ok ? optional(answer.rows[0] ?? {}, 'n') : null;
}

function castToText(connection: SqlConnection, column: string): string {
  return connection.dialect === 'postgresql' ? `${column}::text` : `cast(${column} as char)`;
}

function qualified(name: string, quote: (part: string) => string): string {
  return name.split('.').map(quote).join('.');
}
