/**
 * What the database probe sees: counts, times and names, never a row's value. Plain JSON.
 *
 * @module
 */
import type { MigrationsSeen } from './migrations.ts';
import type { SqlDialect, SqlFailureKind } from '../../io/sql.ts';
import type { ClockSample } from '../../parse/clock-sample.ts';

/** A question that got no answer. */
export type Trouble = {
  readonly kind: SqlFailureKind;
  readonly code: string;
  readonly message: string;
};

/** The code of a trouble that is no missing GRANT but a policy. */
export const ROW_SECURITY = 'row_security';

/** The server itself. Times are epoch ms by the corrected clock. */
export type ServerSeen = {
  readonly version: string;
  readonly role: string | null;
  readonly startedAt: number | null;
  /** When its cumulative counters last began at zero, as far as it says. */
  readonly countersSince: number | null;
  /** Counters are younger than the data: crash recovery, a restore or a reset threw them away. */
  readonly countersLost: boolean;
  /** They were reset by hand (pg_stat_reset), not by a crash. */
  readonly countersReset: boolean;
  readonly checkpointAt: number | null;
  /**
   * When PostgreSQL last began all its counters anew by itself: recovery from a crash, a failover or a
   * start from a backup. Null when that was never.
   */
  readonly crashedAt?: number | null;
  /** Rows that this database counted as inserted into tables that no longer exist (PostgreSQL). */
  readonly droppedRows?: number | null;
  readonly standby: boolean;
  /** How far a standby's last replayed transaction lies back, ms. */
  readonly replayAgeMs: number | null;
  readonly searchPath: readonly string[];
  readonly connections: { readonly used: number; readonly most: number } | null;
  /** Server-wide counts of statements since start (MySQL). */
  readonly statements: {
    readonly truncate: number;
    readonly dropTable: number;
    readonly createTable: number;
    readonly delete: number;
  } | null;
};

/** Names of the columns that matter, as found or as configured. */
export type ColumnsSeen = {
  readonly id: string | null;
  readonly created: string | null;
  readonly touched: string | null;
  readonly expires: string | null;
  readonly payload: string | null;
  readonly revoked: string | null;
  readonly reason: string | null;
  readonly parent: string | null;
};

/** How a row's age is known: its own column, or its expiry less the lifetime (told, or guessed from the table). */
export type AgeBasis = 'created' | 'touched' | 'lifetime' | 'guessed' | 'none';

/** The rows, counted. A `sampled` below 1 means that only that part was read; counts are scaled up. */
export type RowsSeen = {
  readonly sampled: number;
  readonly rows: number;
  readonly live: number;
  readonly expired: number;
  readonly basis: AgeBasis;
  /** Age of the oldest and newest row that has not expired, seconds. */
  readonly oldestLive: number | null;
  readonly newestLive: number | null;
  /** Rows not expired and not older than each of `AGE_EDGES`. */
  readonly liveWithin: readonly number[];
  /** Seconds until the last row expires: about how long a session lives. */
  readonly longestLeft: number | null;
  /** Seconds until the first live row expires, and since the last expired one did. */
  readonly shortestLeft: number | null;
  readonly lastExpiry: number | null;
  /** Rows that expired within the minute before `lastExpiry`, with it. */
  readonly lastTogether?: number;
  /** Rows whose data is missing or an empty session, and how long the data of the others is on average. */
  readonly blank: number;
  readonly fullBytes: number | null;
  /** All rows of `blank` hold the very same. */
  readonly blankSame?: boolean;
  /** Age of the oldest live row whose data is not blank, seconds. */
  readonly oldestFull?: number | null;
  /** Rows last written before the table was last defined; a TRUNCATE leaves none (PostgreSQL). */
  readonly beforeDefinition?: number | null;
  /** Transactions since the table was last defined, and since the oldest of its rows was last written (PostgreSQL). */
  readonly definedAge?: number | null;
  readonly oldestWriteAge?: number | null;
  /** Rows last written by the one transaction that wrote most of them (PostgreSQL). */
  readonly topTransaction: { readonly rows: number; readonly at: number | null } | null;
  readonly nulls: readonly { readonly column: string; readonly rows: number }[];
};

/** Bytes: data as short as `{}` or `null` holds no session. */
export const BLANK = 4;

/** Seconds; the ages at which rows are counted. */
export const AGE_EDGES: readonly number[] = [
  60, 120, 300, 600, 900, 1200, 1440, 1800, 2700, 3600, 5400, 7200, 10_800, 14_400, 21_600, 28_800, 43_200,
  64_800, 86_400, 129_600, 172_800, 259_200, 345_600, 432_000, 604_800, 864_000, 1_209_600, 2_592_000,
];

export type RevocationReason = 'reuse' | 'security' | 'logout' | 'expiry' | 'rotation' | 'other' | 'none';

/** Revocations of the last week. */
export type RevocationsSeen = {
  readonly total: number;
  readonly byReason: readonly {
    readonly reason: RevocationReason;
    readonly rows: number;
    readonly minutes: number;
    /** Most in one second, and when that was. */
    readonly burst: number;
    readonly burstAt: number;
    readonly lastAt: number;
  }[];
  /** Tokens that were succeeded more than once; null when no column says so. */
  readonly forked: number | null;
};

export type CountersSeen = {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly live: number;
};

export type TableSeen = {
  /** The name that was asked for, or null when the probe looked for one itself. */
  readonly asked: string | null;
  /** `schema.name`, or null when there is none. */
  readonly name: string | null;
  /** It is in no search path that this role, or a setting of another role or database, has. */
  readonly outsidePath?: boolean;
  readonly layout: string | null;
  /** Same name, but in schemas that this role's search path does not hold. */
  readonly elsewhere: readonly string[];
  /** Other tables that look like session tables, when none was found. */
  readonly lookalikes: readonly string[];
  /** Those of `lookalikes` that have the columns of a session table (PostgreSQL). */
  readonly sessionsAlike?: readonly string[];
  /** A table that carries this table's primary key under another name. */
  readonly renamedTo: string | null;
  readonly storage: 'logged' | 'unlogged' | 'memory' | 'view' | 'other' | null;
  /** The storage was rewritten since it was made (TRUNCATE, VACUUM FULL, some ALTERs). */
  readonly rewritten: boolean | null;
  /** The other tables of the database, and how many of them are newer than this one. */
  readonly neighbours: { readonly all: number; readonly newer: number } | null;
  readonly counters: CountersSeen | null;
  readonly bytes: { readonly table: number; readonly indexes: number; readonly free: number } | null;
  /** What statistics remember from before: rows and pages at the last analyze. */
  readonly remembered: { readonly rows: number; readonly pages: number } | null;
  /** When the table was made or last altered, epoch ms, where the server can say. */
  readonly madeAt: number | null;
  /** When it was created, which no later ALTER or GRANT moves (PostgreSQL, with commit timestamps). */
  readonly bornAt?: number | null;
  /** It was created, or last defined, after the checkpoint of this time (PostgreSQL). */
  readonly bornAfter?: number | null;
  readonly definedAfter?: number | null;
  /** When its rows were last written (MySQL, since start). */
  readonly changedAt: number | null;
  readonly columns: ColumnsSeen;
  /** The declared type of the column of expiry. */
  readonly expiresType?: string | null;
  readonly rows: RowsSeen | null;
  readonly revocations: RevocationsSeen | null;
  /** Destructive statements that pg_stat_statements remembers. */
  readonly statements: readonly {
    readonly verb: string;
    readonly calls: number;
    readonly rows: number;
    /** Rows of one call, of the statement that took most at once. */
    readonly most?: number;
  }[];
  readonly appDenied: string | null;
  /** Whoever holds an exclusive lock on the table, seconds since that began. */
  readonly lockedFor: number | null;
  readonly troubles: readonly Trouble[];
};

export type ReplicaSeen = {
  readonly target: string;
  readonly trouble: Trouble | null;
  readonly standby: boolean;
  readonly lagMs: number | null;
  /** Newest rows of the primary that were looked up on the replica, and how many were not there. */
  readonly compared: number;
  readonly missing: number;
};

export type FileSeen = {
  readonly bytes: number;
  readonly pageCount: number;
  readonly freelistCount: number;
  readonly schemaCookie: number;
  readonly changeCounter: number;
  readonly walFrames: number;
  readonly journal: boolean;
  readonly bornAt: number | null;
  readonly modifiedAt: number;
};

export type DatabaseSeen = {
  /** When it looked, epoch ms by the corrected clock. */
  readonly at: number;
  /** Its own clock at that time, where the server told it. */
  readonly clock?: ClockSample | null;
  /** The address without its secrets, or null when only migrations were asked for. */
  readonly target: string | null;
  readonly dialect: SqlDialect | null;
  readonly trouble: Trouble | null;
  readonly server: ServerSeen | null;
  readonly file: FileSeen | null;
  readonly table: TableSeen | null;
  readonly replica: ReplicaSeen | null;
  readonly migrations: MigrationsSeen | null;
};
