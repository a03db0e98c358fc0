/**
 * MySQL and MariaDB through `mysql2`. The session is read-only: each statement is a read-only transaction
 * of its own, so no metadata lock outlives it and no migration has to wait for the diagnosis.
 *
 * @module
 */
import { Socket } from 'node:net';
import type { Connection, ConnectionOptions, SslOptions } from 'mysql2';
import type { Address } from '../../config/secret.ts';
import { resolveHost } from '../resolve.ts';
import {
  assertReading,
  CONNECT_TIMEOUT,
  cell,
  LOCK_TIMEOUT,
  MOST_ROWS,
  type SqlConnect,
  type SqlFailure,
  type SqlResult,
  type SqlRow,
  STATEMENT_TIMEOUT,
} from '../sql.ts';
import { bounded, encryptionOf, endpointOf } from './endpoint.ts';
import { type FailurePlace, failure, failureOf } from './failure.ts';

/** Connects, logs in and makes the session read-only, with time limits on the server's side. */
export async function connectMysql(address: Address, signal: AbortSignal): Promise<SqlConnect> {
  const endpoint = endpointOf(address, 3306);
  const product = address.protocol === 'mariadb:' ? 'MariaDB' : 'MySQL';
  const place = { where: `${product} at ${endpoint.shown}`, host: endpoint.host };
  const encryption = encryptionOf(address);
  const { rejectUnauthorized, ca, checkServerIdentity } = encryption.options;
  const ssl: SslOptions = {
    rejectUnauthorized: rejectUnauthorized === true,
    verifyIdentity: rejectUnauthorized === true && !checkServerIdentity,
    ...(typeof ca === 'string' && { ca }),
  };
  const attempts =
    encryption.never || endpoint.host.startsWith('/')
      ? [undefined]
      : encryption.optional
        ? [ssl, undefined]
        : [ssl];
  let hosts: readonly string[];
  try {
    hosts = endpoint.host.startsWith('/')
      ? [endpoint.host]
      : (await resolveHost(endpoint.host, signal)).map((each) => each.address);
  } catch (error) {
    return failureOf(error, place, signal);
  }
  const common: ConnectionOptions = {
    host: endpoint.host,
    port: endpoint.port,
    ...(endpoint.user && { user: endpoint.user }),
    ...(endpoint.password && { password: endpoint.password }),
    ...(endpoint.database && { database: endpoint.database }),
    connectTimeout: CONNECT_TIMEOUT,
    dateStrings: true,
    decimalNumbers: true,
    multipleStatements: false,
  };
  let last: SqlFailure = failure('dns', 'ENODATA', 'the name {host} has no address', place);
  for (const host of hosts.slice(0, 4)) {
    for (const tls of attempts) {
      const tried = await login(common, { host, port: endpoint.port, tls, place, signal });
      if (tried.ok) return tried;
      last = tried;
      if (tried.kind !== 'tls') break;
    }
    if (!['refused', 'unreachable', 'timeout'].includes(last.kind)) return last;
  }
  return last;
}

interface Attempt {
  readonly host: string;
  readonly port: number;
  readonly tls: SslOptions | undefined;
  readonly place: FailurePlace;
  readonly signal: AbortSignal;
}

async function login(common: ConnectionOptions, attempt: Attempt): Promise<SqlConnect> {
  const { host, port, tls, place, signal } = attempt;
  const mysql = await import('mysql2');
  const socket = new Socket();
  const kill = () => socket.destroy();
  signal.addEventListener('abort', kill, { once: true });
  try {
    const client = mysql.createConnection({
      ...common,
      ...(tls && { ssl: tls }),
      stream: () => (host.startsWith('/') ? socket.connect(host) : socket.connect(port, host)),
    });
    // A connection that dies between two statements is told by the next one.
    client.on('error', () => {});
    await bounded(ready(client), CONNECT_TIMEOUT, signal);
    const run = (text: string) => bounded(ask(client, text, []), CONNECT_TIMEOUT, signal);
    await run('SET SESSION TRANSACTION READ ONLY');
    const version = `${cell((await run('SELECT VERSION() AS version'))[0]?.['version']) ?? ''}`;
    const limit = /mariadb/i.test(version)
      ? `max_statement_time = ${STATEMENT_TIMEOUT / 1000}`
      : `max_execution_time = ${STATEMENT_TIMEOUT}`;
    await run(
      `SET SESSION ${limit}, lock_wait_timeout = ${LOCK_TIMEOUT / 1000}, innodb_lock_wait_timeout = ${LOCK_TIMEOUT / 1000}, time_zone = '+00:00'`,
    );
    let gone: SqlFailure | undefined;
    return {
      ok: true,
      connection: {
        dialect: 'mysql',
        version,
        encrypted: tls !== undefined,
        async query(text, values = []): Promise<SqlResult> {
          assertReading(text);
          if (gone) return gone;
          try {
            const rows = await bounded(ask(client, text, values), STATEMENT_TIMEOUT + 500, signal);
            return { ok: true, rows: rows.slice(0, MOST_ROWS).map(toRow) };
          } catch (error) {
            const failed = failureOf(error, place, signal);
            if (['timeout', 'closed', 'aborted'].includes(failed.kind)) gone = failed;
            return failed;
          }
        },
        async close() {
          signal.removeEventListener('abort', kill);
          client.destroy();
          kill();
        },
      },
    };
  } catch (error) {
    signal.removeEventListener('abort', kill);
    kill();
    return failureOf(error, place, signal);
  }
}

function ready(client: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    client.connect((error) => (error ? reject(error) : resolve()));
  });
}

function ask(
  client: Connection,
  text: string,
  values: readonly (string | number | null)[],
): Promise<Readonly<Record<string, unknown>>[]> {
  return new Promise((resolve, reject) => {
    client.query(text, [...values], (error, rows) => {
      if (error) reject(error);
      else resolve(Array.isArray(rows) ? (rows as Readonly<Record<string, unknown>>[]) : []);
    });
  });
}

function toRow(row: Readonly<Record<string, unknown>>): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)]));
}
