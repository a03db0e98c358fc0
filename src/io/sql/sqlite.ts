/**
 * SQLite without a compiler, a lock or a write: the file is read like any other file, its write-ahead log
 * is applied to the copy in memory, and sql.js (WebAssembly, optional) answers questions about the copy.
 * A driver that opens the file itself would have to take locks, and in WAL mode to write beside it.
 *
 * @module
 */
import { open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from 'sql.js';
import type { Address } from '../../config/secret.ts';
import { applyWal, beginsLikeSqlite, inRollbackMode, readSqliteHeader } from '../../parse/sqlite-file.ts';
import {
  assertReading,
  cell,
  MOST_ROWS,
  type SqlConnect,
  type SqliteFile,
  type SqlResult,
  type SqlRow,
} from '../sql.ts';
import { type FailurePlace, failure, failureOf } from './failure.ts';

/** A larger file does not fit beside everything else in memory. Bytes. */
const LARGEST = 512 * 1024 * 1024;
/** A writer may commit while the file is being read: so often it is read again. */
const READS = 4;

/** Reads the file of a `sqlite:` address into memory and opens the copy. */
export async function openSqlite(address: Address, signal: AbortSignal): Promise<SqlConnect> {
  const path = sqlitePath(address);
  const place = { where: `the SQLite file ${path}`, host: path };
  try {
    const copy = await steadyCopy(path, signal);
    if (copy === 'too-large')
      return failure(
        'too-large',
        'TOO_LARGE',
        '{where} is larger than 512 MiB; point --database at a copy',
        place,
      );
    if (copy.bytes.length === 0) return failure('not-sql', 'NOTADB', '{where} is empty: 0 bytes', place);
    if (!beginsLikeSqlite(copy.bytes))
      return failure(
        'not-sql',
        'NOTADB',
        '{where} does not begin as a SQLite database does: it is something else, an encrypted one, or was written over',
        place,
      );
    const header = readSqliteHeader(copy.bytes);
    if (!header)
      return failure(
        'damaged',
        'SQLITE_CORRUPT',
        '{where} begins as a SQLite database, but its header is damaged or cut short',
        place,
      );
    const { bytes, frames } = copy.wal
      ? applyWal(copy.bytes, copy.wal)
      : { bytes: inRollbackMode(copy.bytes), frames: 0 };
    const { bornAt, modifiedAt, journal } = copy;
    const current = readSqliteHeader(bytes) ?? header;
    const file: SqliteFile = {
      ...current,
      bytes: bytes.length,
      walFrames: frames,
      journal,
      bornAt,
      modifiedAt,
    };
    const sql = await import('sql.js').catch(() => undefined);
    if (!sql)
      return failure(
        'driver-missing',
        'NO_DRIVER',
        'SQLite files need the package sql.js: npm install sql.js',
        place,
      );
    const engine = await sql.default();
    return { ok: true, connection: connectionTo(new engine.Database(bytes), file, place) };
  } catch (error) {
    return failureOf(error, place, signal);
  }
}

function connectionTo(database: Database, file: SqliteFile, place: FailurePlace) {
  return {
    dialect: 'sqlite' as const,
    version: String(database.exec('select sqlite_version()')[0]?.values[0]?.[0] ?? ''),
    encrypted: null,
    file,
    async query(text: string, values: readonly (string | number | null)[] = []): Promise<SqlResult> {
      assertReading(text);
      try {
        const statement = database.prepare(text, [...values]);
        const rows: SqlRow[] = [];
        while (rows.length < MOST_ROWS && statement.step())
          rows.push(
            Object.fromEntries(
              Object.entries(statement.getAsObject()).map(([name, value]) => [name, cell(value)]),
            ),
          );
        statement.free();
        return { ok: true, rows };
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        if (/^no such (?:table|column)/.test(words))
          return failure('missing', 'SQLITE_ERROR', `{where}: ${words}`, place);
        if (/malformed|not a database/.test(words))
          return failure('damaged', 'SQLITE_CORRUPT', '{where} is damaged', place);
        return failure('other', 'SQLITE_ERROR', `{where} failed: ${words.slice(0, 160)}`, place);
      }
    },
    async close() {
      database.close();
    },
  };
}

interface Copy {
  readonly bytes: Buffer;
  readonly wal: Buffer | undefined;
  readonly journal: boolean;
  readonly bornAt: number | null;
  readonly modifiedAt: number;
}

/** The file and its log, read again until nothing changed meanwhile (or `READS` times). */
async function steadyCopy(path: string, signal: AbortSignal): Promise<Copy | 'too-large'> {
  for (let read = 1; ; read++) {
    signal.throwIfAborted();
    const before = await marks(path);
    if (before.size > LARGEST || before.walSize > LARGEST) return 'too-large';
    const bytes = await bytesOf(path, signal);
    const wal = before.walSize > 0 ? await bytesOf(`${path}-wal`, signal) : undefined;
    const after = await marks(path);
    const steady = before.key === after.key && !after.journal;
    if (steady || read === READS)
      return { bytes, wal, journal: after.journal, bornAt: before.bornAt, modifiedAt: before.modifiedAt };
    await sleep(50);
  }
}

async function marks(path: string) {
  const [main, wal, journal] = await Promise.all([
    stat(path),
    stat(`${path}-wal`).catch(() => undefined),
    stat(`${path}-journal`).catch(() => undefined),
  ]);
  // Opening a pipe waits for somebody to write into it, and no signal ends that.
  if (!main.isFile())
    throw Object.assign(new Error('no file'), { code: main.isDirectory() ? 'EISDIR' : 'ENOTFILE' });
  return {
    size: main.size,
    walSize: wal?.size ?? 0,
    // A journal of 0 bytes (TRUNCATE mode) or left with a cleared head (PERSIST mode) means nothing is under way.
    journal: (journal?.size ?? 0) > 0 && !(await cleared(`${path}-journal`)),
    bornAt: main.birthtimeMs > 0 ? Math.round(main.birthtimeMs) : null,
    modifiedAt: Math.round(main.mtimeMs),
    key: [main.size, main.mtimeMs, wal?.size, wal?.mtimeMs].join(),
  };
}

async function cleared(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return bytesRead < 8 || buffer.every((byte) => byte === 0);
  } finally {
    await file.close();
  }
}

async function bytesOf(path: string, signal: AbortSignal): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    return await file.readFile({ signal });
  } finally {
    await file.close();
  }
}

/** `sqlite:app.db`, `sqlite:///var/lib/app.db`, `sqlite:/var/lib/app.db`. */
function sqlitePath(address: Address): string {
  const url = new URL(address.href());
  return decodeURIComponent(`${url.host}${url.pathname}`);
}
