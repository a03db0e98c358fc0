/**
 * The SQLite file format, as far as a reader of a copy needs it: the header (section 1.3) and the
 * write-ahead log (section 4). Pure; takes bytes, gives bytes.
 *
 * @module
 */

const MAGIC = 'SQLite format 3\u0000';

export interface SqliteHeader {
  readonly pageSize: number;
  readonly pageCount: number;
  readonly freelistCount: number;
  readonly schemaCookie: number;
  readonly changeCounter: number;
}

/** The first bytes are those of every SQLite database that is not encrypted. */
export function beginsLikeSqlite(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, MAGIC.length) === MAGIC;
}

/** The header, or undefined when these bytes are no SQLite database (an encrypted one looks like noise). */
export function readSqliteHeader(bytes: Buffer): SqliteHeader | undefined {
  if (bytes.length < 100 || !beginsLikeSqlite(bytes)) return undefined;
  const raw = bytes.readUInt16BE(16);
  const pageSize = raw === 1 ? 65_536 : raw;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  const told = bytes.readUInt32BE(28);
  // The size in the header counts only when it was written together with the change counter.
  const trusted = told > 0 && bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
  return {
    pageSize,
    pageCount: trusted ? told : Math.floor(bytes.length / pageSize),
    freelistCount: bytes.readUInt32BE(36),
    schemaCookie: bytes.readUInt32BE(40),
    changeCounter: bytes.readUInt32BE(24),
  };
}

/** A database with its log written into it, in rollback mode, as a checkpoint would have left it. */
export interface Checkpointed {
  readonly bytes: Buffer;
  /** Frames that belong to a commit. */
  readonly frames: number;
}

/**
 * Writes the committed frames of `wal` over a copy of `database`. Frames after the last commit, with
 * another salt or a wrong checksum are left out, as SQLite itself does after a crash.
 */
export function applyWal(database: Buffer, wal: Buffer): Checkpointed {
  const frames = committedFrames(wal);
  const pageSize = readSqliteHeader(database)?.pageSize ?? wal.readUInt32BE(8);
  const pages = frames.at(-1)?.databasePages ?? 0;
  const bytes = Buffer.alloc(pages > 0 ? pages * pageSize : database.length);
  database.copy(bytes, 0, 0, Math.min(database.length, bytes.length));
  for (const { page, start } of frames)
    if (page * pageSize <= bytes.length) wal.copy(bytes, (page - 1) * pageSize, start, start + pageSize);
  return { bytes: inRollbackMode(bytes), frames: frames.length };
}

/** A copy's read and write versions set to 1: a WAL database cannot be opened without shared memory. */
export function inRollbackMode(bytes: Buffer): Buffer {
  if (bytes.length > 19) bytes.fill(1, 18, 20);
  return bytes;
}

interface Frame {
  readonly page: number;
  readonly start: number;
  /** Size of the database after this commit, in pages; 0 for a frame in the middle of a transaction. */
  readonly databasePages: number;
}

function committedFrames(wal: Buffer): readonly Frame[] {
  if (wal.length < 32) return [];
  const magic = wal.readUInt32BE(0);
  if (magic !== 0x377f0682 && magic !== 0x377f0683) return [];
  const big = magic === 0x377f0683;
  const pageSize = wal.readUInt32BE(8);
  if (pageSize < 512 || pageSize > 65_536) return [];
  const salt = wal.toString('latin1', 16, 24);
  let sum = checksum(wal, 0, 24, [0, 0], big);
  const found: Frame[] = [];
  let committed = 0;
  for (let at = 32; at + 24 + pageSize <= wal.length; at += 24 + pageSize) {
    if (wal.toString('latin1', at + 8, at + 16) !== salt) break;
    sum = checksum(wal, at, at + 8, sum, big);
    sum = checksum(wal, at + 24, at + 24 + pageSize, sum, big);
    if (wal.readUInt32BE(at + 16) !== sum[0] || wal.readUInt32BE(at + 20) !== sum[1]) break;
    const page = wal.readUInt32BE(at);
    const databasePages = wal.readUInt32BE(at + 4);
    if (page === 0 || databasePages > 0x1000000) break;
    found.push({ page, start: at + 24, databasePages });
    if (databasePages > 0) committed = found.length;
  }
  return found.slice(0, committed);
}

type Sum = readonly [number, number];

/** Section 4.2: two running sums over pairs of 32-bit words. */
function checksum(bytes: Buffer, from: number, to: number, start: Sum, big: boolean): Sum {
  let [a, b] = start;
  for (let at = from; at + 8 <= to; at += 8) {
    a = (a + (big ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + b) >>> 0;
    b = (b + (big ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + a) >>> 0;
  }
  return [a, b];
}
