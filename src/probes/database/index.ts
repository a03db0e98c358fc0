/**
 * The database probe: what the session table holds, and what it went through.
 *
 * @module
 */
import type { Address } from '../../config/secret.ts';
import type { Io } from '../../io/io.ts';
import { dialectOf, type SqlConnection } from '../../io/sql.ts';
import { defineProbe } from '../probe.ts';
import { askerOf, troubleOf } from './ask.ts';
import { readClock } from './clock.ts';
import { examineDatabase } from './examine.ts';
import { databaseFindings, type DatabaseSlug } from './findings.ts';
import { type DatabaseInput, databaseInput } from './input.ts';
import { readMysqlServer, readMysqlTable } from './mysql.ts';
import { readPostgresTable } from './postgres.ts';
import { readPostgresServer } from './postgres-server.ts';
import { readMigrations } from './migrations.ts';
import { readReplica } from './replica.ts';
import type { DatabaseSeen } from './seen.ts';
import { readSqliteTable } from './sqlite.ts';

export const database = defineProbe<'database', DatabaseInput, DatabaseSeen, DatabaseSlug>({
  id: 'database',
  asks: 'Does the session table still hold the sessions from before?',
  network: true,
  findings: databaseFindings,
  input: databaseInput,
  observe,
  examine: examineDatabase,
});

async function observe(input: DatabaseInput, io: Io): Promise<DatabaseSeen> {
  const at = io.now();
  const nothing: DatabaseSeen = {
    at,
    target: null,
    dialect: null,
    trouble: null,
    server: null,
    file: null,
    table: null,
    replica: null,
    migrations: null,
  };
  const { address } = input;
  if (!address) return { ...nothing, migrations: await migrationsOf(input, io, undefined) };
  const seen = { ...nothing, target: address.shown, dialect: dialectOf(address) };
  const opened = await io.sql.connect(address, io.signal);
  if (!opened.ok)
    return { ...seen, trouble: troubleOf(opened), migrations: await migrationsOf(input, io, undefined) };
  try {
    const told = await read(opened.connection, input, io, address);
    return { ...seen, ...told, migrations: await migrationsOf(input, io, opened.connection) };
  } finally {
    await opened.connection.close();
  }
}

async function migrationsOf(input: DatabaseInput, io: Io, connection: SqlConnection | undefined) {
  return input.migrations === undefined
    ? null
    : readMigrations(input.migrations, input.table, io, connection);
}

async function read(
  connection: SqlConnection,
  input: DatabaseInput,
  io: Io,
  address: Address,
): Promise<Partial<DatabaseSeen>> {
  const at = io.now();
  if (connection.dialect === 'sqlite')
    return {
      at,
      file: connection.file ? { ...connection.file } : null,
      table: await readSqliteTable(connection, input, at),
    };
  const ask = askerOf(connection);
  const postgres = connection.dialect === 'postgresql';
  const clock = await readClock(ask, postgres ? 'postgresql' : 'mysql');
  const server = await (postgres ? readPostgresServer(ask, at) : readMysqlServer(ask, at));
  const table = await (postgres
    ? readPostgresTable(connection, input, io.now)
    : readMysqlTable(connection, input, address, at));
  const replica = input.replica ? await readReplica(connection, input.replica, table, io) : null;
  return { at, clock, server, table: { ...table, troubles: [...ask.troubles, ...table.troubles] }, replica };
}
