/**
 * The SQL door: short read-only statements with a server-side time limit, over one connection at a time.
 * Every failure is a value with a kind, the server's code and one calm sentence. Drivers are loaded on
 * first use; SQLite's is optional.
 *
 * @module
 */
import type { Address } from '../config/secret.ts';

export type SqlDialect = 'postgresql' | 'mysql' | 'sqlite';

/** What a cell can be: numbers of every width as a JS number, booleans, text cut at `LONGEST_TEXT`. */
export type SqlValue = string | number | boolean | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** A statement may take this long on the server. ms */
export const STATEMENT_TIMEOUT = 3000;
/** A statement waits this long for a lock that somebody else holds. ms */
export const LOCK_TIMEOUT = 1000;
/** The connection, with TLS and login. ms */
export const CONNECT_TIMEOUT = 5000;
/** More rows than this are dropped. */
export const MOST_ROWS = 1000;
/** Longer text is cut. Characters. */
export const LONGEST_TEXT = 2000;

/** What went wrong, as one of a few words. */
export type SqlFailureKind =
  | 'driver-missing'
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'aborted'
  | 'closed'
  | 'tls'
  | 'not-sql'
  | 'auth'
  | 'no-database'
  | 'overloaded'
  | 'starting'
  | 'denied'
  | 'missing'
  | 'locked'
  | 'statement-timeout'
  | 'unsupported'
  | 'too-large'
  | 'damaged'
  | 'other';

export interface SqlFailure {
  readonly ok: false;
  readonly kind: SqlFailureKind;
  /** SQLSTATE, the MySQL error name, or the socket's code. */
  readonly code: string;
  /** One sentence without secrets, beginning "from this host,". */
  readonly message: string;
}

export type SqlResult = { readonly ok: true; readonly rows: readonly SqlRow[] } | SqlFailure;

export interface SqlConnection {
  readonly dialect: SqlDialect;
  /** The server's version as it names itself, e.g. `15.18` or `10.11.19-MariaDB`. */
  readonly version: string;
  /** True when the connection is encrypted; null where that means nothing (a file). */
  readonly encrypted: boolean | null;
  /**
   * One reading statement (`$1` for PostgreSQL, `?` for the others). Throws only when the text could do
   * anything but read, which is a bug of the caller.
   */
  query(text: string, values?: readonly (string | number | null)[]): Promise<SqlResult>;
  /** What a SQLite file says of itself without SQL; undefined for servers. */
  readonly file?: SqliteFile | undefined;
  close(): Promise<void>;
}

/** Facts of a SQLite file: its header (format section 1.3) and what the file system knows. Epoch ms. */
export interface SqliteFile {
  readonly bytes: number;
  readonly pageSize: number;
  readonly pageCount: number;
  readonly freelistCount: number;
  /** Goes up with every change of the schema. */
  readonly schemaCookie: number;
  /** Goes up with every transaction, except in WAL mode. */
  readonly changeCounter: number;
  readonly walFrames: number;
  /** A rollback journal lay beside it: a transaction was under way, or its writer died. */
  readonly journal: boolean;
  /** When the file itself was made; null where the file system does not say. */
  readonly bornAt: number | null;
  readonly modifiedAt: number;
}

export type SqlConnect = { readonly ok: true; readonly connection: SqlConnection } | SqlFailure;

export interface SqlDoor {
  /** Opens, logs in and makes the session read-only. Obeys `signal` for the whole life of the connection. */
  connect(address: Address, signal: AbortSignal): Promise<SqlConnect>;
}

/** The real door. */
export function sqlDoor(): SqlDoor {
  return {
    async connect(address, signal) {
      const dialect = dialectOf(address);
      if (dialect === 'postgresql')
        return (await import('./sql/postgres.ts')).connectPostgres(address, signal);
      if (dialect === 'mysql') return (await import('./sql/mysql.ts')).connectMysql(address, signal);
      return (await import('./sql/sqlite.ts')).openSqlite(address, signal);
    },
  };
}

/** Which family of SQL an address speaks. */
export function dialectOf(address: { readonly protocol: string }): SqlDialect {
  if (address.protocol.startsWith('postgres')) return 'postgresql';
  return address.protocol === 'sqlite:' ? 'sqlite' : 'mysql';
}

/** Throws unless `text` is one statement that begins like a reading one. The transaction guards the rest. */
export function assertReading(text: string): void {
  if (!/^\s*(?:select|with|show|pragma)\b/i.test(text) || text.includes(';'))
    throw new Error('the SQL door takes one reading statement');
}

/** A cell of any driver as a value that may be compared and counted; bytes become null. */
export function cell(value: unknown): SqlValue {
  if (typeof value === 'string')
    return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return value;
  return value instanceof Date ? value.getTime() : null;
}
