/**
 * PostgreSQL through `pg`. Each statement runs in a READ ONLY transaction of its own that is rolled back,
 * so it works through a pooler, holds no lock longer than itself, and one refusal does not spoil the next.
 *
 * @module
 */
import { isIP, Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Client } from 'pg';
import type { Address } from '../../config/secret.ts';
import { resolveHost } from '../resolve.ts';
import {
  assertReading,
  CONNECT_TIMEOUT,
  cell,
  LOCK_TIMEOUT,
  MOST_ROWS,
  type SqlConnect,
  type SqlConnection,
  type SqlFailure,
  type SqlResult,
  type SqlRow,
  STATEMENT_TIMEOUT,
} from '../sql.ts';
import { bounded, type Encryption, encryptionOf, endpointOf } from './endpoint.ts';
import { type FailurePlace, failure, failureOf } from './failure.ts';

const BEGIN = `rollback; begin transaction read only; set local statement_timeout = ${STATEMENT_TIMEOUT}; set local lock_timeout = ${LOCK_TIMEOUT}; set local idle_in_transaction_session_timeout = 15000`;

/** Type oids that are read as numbers: int8, int2, int4, oid, float4, float8, numeric. */
const NUMBERS = new Set([20, 21, 23, 26, 700, 701, 1700]);
const types = {
  getTypeParser: (oid: number) => (text: string) =>
    NUMBERS.has(oid) ? Number(text) : oid === 16 ? text === 't' : text,
};

/** Connects and logs in; nothing is sent that a role with CONNECT may not send. */
export async function connectPostgres(address: Address, signal: AbortSignal): Promise<SqlConnect> {
  const endpoint = endpointOf(address, 5432);
  const place = { where: `PostgreSQL at ${endpoint.shown}`, host: endpoint.host };
  const encryption = encryptionOf(address);
  let hosts: readonly string[];
  try {
    hosts = endpoint.host.startsWith('/')
      ? [`${endpoint.host}/.s.PGSQL.${endpoint.port}`]
      : (await resolveHost(endpoint.host, signal)).map((each) => each.address);
  } catch (error) {
    return failureOf(error, place, signal);
  }
  let last: SqlFailure = failure('dns', 'ENODATA', 'the name {host} has no address', place);
  for (const host of hosts.slice(0, 4)) {
    for (const tls of attempts(encryption, host, endpoint.host)) {
      const tried = await login(host, tls);
      if (tried.ok) return tried;
      last = tried;
      if (tried.kind !== 'tls' || !encryption.optional) break;
    }
    if (!['refused', 'unreachable', 'timeout'].includes(last.kind)) return last;
  }
  return last;

  async function login(host: string, tls: ConnectionOptions | undefined): Promise<SqlConnect> {
    const { default: pg } = await import('pg');
    const socket = new Socket();
    const client = new pg.Client({
      host,
      port: endpoint.port,
      ...(endpoint.user && { user: endpoint.user }),
      ...(endpoint.password && { password: endpoint.password }),
      ...(endpoint.database && { database: endpoint.database }),
      ssl: tls ?? false,
      application_name: 'sessdoctor',
      stream: () => socket,
      types,
    });
    // A connection that dies between two statements is told by the next one.
    client.on('error', () => {});
    const kill = () => socket.destroy();
    signal.addEventListener('abort', kill, { once: true });
    try {
      await bounded(client.connect(), CONNECT_TIMEOUT, signal);
      const version = await bounded(client.query('show server_version'), CONNECT_TIMEOUT, signal);
      return {
        ok: true,
        connection: connection(client, {
          place,
          signal,
          version: String(version.rows[0]?.server_version ?? ''),
          encrypted: tls !== undefined,
          kill,
        }),
      };
    } catch (error) {
      signal.removeEventListener('abort', kill);
      kill();
      return failureOf(error, place, signal);
    }
  }
}

/** With TLS first, as libpq's `prefer`, and in the clear only where the address allows it. */
function attempts(
  encryption: Encryption,
  host: string,
  name: string,
): readonly (ConnectionOptions | undefined)[] {
  if (encryption.never || host.startsWith('/')) return [undefined];
  // SNI takes no address (RFC 6066 section 3); the certificate is checked against it all the same.
  const whom: ConnectionOptions = isIP(name) === 0 ? { servername: name } : { host: name };
  const tls: ConnectionOptions = { ...encryption.options, ...whom };
  return encryption.optional ? [tls, undefined] : [tls];
}

interface Session {
  readonly place: FailurePlace;
  readonly signal: AbortSignal;
  readonly version: string;
  readonly encrypted: boolean;
  kill(): void;
}

function connection(client: Client, session: Session): SqlConnection {
  const { place, signal } = session;
  let gone: SqlFailure | undefined;
  return {
    dialect: 'postgresql',
    version: session.version,
    encrypted: session.encrypted,
    async query(text, values = []): Promise<SqlResult> {
      assertReading(text);
      if (gone) return gone;
      try {
        await bounded(client.query(BEGIN), STATEMENT_TIMEOUT, signal);
        const found = await bounded(
          client.query<Record<string, unknown>>({ text, values: [...values] }),
          STATEMENT_TIMEOUT + 500,
          signal,
        );
        return { ok: true, rows: found.rows.slice(0, MOST_ROWS).map(toRow) };
      } catch (error) {
        const failed = failureOf(error, place, signal);
        if (['timeout', 'closed', 'aborted'].includes(failed.kind)) gone = failed;
        return failed;
      }
    },
    async close() {
      try {
        await bounded(client.query('rollback'), 500, signal);
        await bounded(client.end(), 500, signal);
      } catch {
        // It is gone already, which is what was wanted.
      } finally {
        signal.removeEventListener('abort', session.kill);
        session.kill();
      }
    },
  };
}

function toRow(row: Readonly<Record<string, unknown>>): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)]));
}
