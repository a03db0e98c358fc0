/**
 * How a session table lost its rows, told by what each way leaves behind. The first that fits is the answer.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { DatabaseSlug } from './findings.ts';
import { blanked, expired, lookup, reloaded } from './loss-rows.ts';
import { memory, newFile, unlogged } from './loss-storage.ts';
import { undatedLoss } from './loss-undated.ts';
import {
  beginsAtIncident,
  count,
  FEW,
  holdsAllItEverHad,
  holeOf,
  isFresh,
  isNear,
  isRoomy,
  knownGone,
  moment,
  nothingLeft,
  percent,
  type Reading,
  roomOf,
  size,
  surelyGone,
} from './reading.ts';
import { copyBack, recipe } from './recipe.ts';

/** A finding of a loss, or undefined when this way left no trace. */
export type Loss = Fact<DatabaseSlug> | undefined;

/** A loss without its date, or that may be none. */
const UNSURE: ReadonlySet<DatabaseSlug> = new Set<DatabaseSlug>([
  'truncated-once',
  'rows-only-young',
  'expired-together',
  'memory-restarted',
]);

/** The way in which the rows were lost, or undefined when nothing says that they were. */
export function lossOf(reading: Reading): Loss {
  for (const way of [
    expired,
    blanked,
    rewritten,
    unlogged,
    memory,
    newFile,
    renamed,
    reloaded,
    recreated,
    truncatedMysql,
    deleted,
    lookup,
    undatedLoss,
  ]) {
    const found = way(reading);
    const subject = reading.table.name ?? undefined;
    // Nobody is told to bring back rows of which it is not known that they were lost.
    if (found)
      return UNSURE.has(found.slug) ? { ...found, subject } : { fix: recipe(reading), ...found, subject };
  }
  return undefined;
}

/** PostgreSQL: the storage was replaced, and rows vanished that nobody deleted. */
function rewritten(reading: Reading): Loss {
  const { table, rows, vanished, oneWriter, counted } = reading;
  const { counters } = table;
  if (!table.rewritten || !counters || !counted || vanished < counters.inserted * 0.4) return undefined;
  const sums = `${count(counters.inserted)} rows were inserted, ${count(counters.deleted)} deleted, ${rows ? '' : 'at most '}${count(reading.here)} are there: ${count(vanished)} vanished uncounted, and the storage was replaced`;
  // One UPDATE of all rows, as a backfill is, has one writer as well.
  const inserted = counters.updated < oneWriter * reading.here || holeOf(reading) > 0;
  if (rows && rows.rows >= FEW && oneWriter >= 0.9 && inserted && reading.survivors !== 0)
    return {
      slug: 'restored',
      detail: `${sums}; one transaction wrote ${percent(oneWriter)} of the rows${rows.topTransaction?.at ? ` at ${moment(rows.topTransaction.at)}` : ''}`,
      at: rows.topTransaction?.at ?? undefined,
    };
  // A GRANT dates the definition anew; a TRUNCATE leaves no row that is older than it.
  const granted = (rows?.beforeDefinition ?? 0) > 0;
  if (!isFresh(reading, vanished, granted ? null : (table.madeAt ?? table.definedAfter))) {
    const few = nothingLeft(reading) && reading.here < vanished * 0.1;
    return few && (rows === null || reading.since === null || knownGone(reading))
      ? { slug: 'truncated-once', detail: `${sums}; when that was is not to be seen` }
      : undefined;
  }
  // VACUUM FULL replaces the storage as well, but takes rows of before along.
  if (rows && !knownGone(reading) && (rows.beforeDefinition ?? 0) > rows.rows * 0.1) return undefined;
  return {
    slug: 'truncated',
    detail: `${sums}${dated(table.madeAt)}`,
    at: (granted ? null : table.madeAt) ?? undefined,
  };
}

function renamed(reading: Reading): Loss {
  const { table, rows } = reading;
  // An old rename lies behind many a table; one that nobody has written to yet is young.
  const untouched = reading.here === 0 && (table.counters?.inserted ?? 0) < FEW;
  if (!table.renamedTo || !(untouched || isFresh(reading, 0, table.madeAt ?? table.bornAfter)))
    return undefined;
  return {
    slug: 'renamed-away',
    detail: `${table.renamedTo} carries the primary key of ${table.name}: it is the old table; the new one holds ${count(rows?.rows ?? 0)} rows`,
    fix: copyBack(reading, table.renamedTo),
  };
}

function recreated(reading: Reading): Loss {
  const { table, rows, seen } = reading;
  // A table younger than the incident holds nothing that has expired, nor the room of rows that went.
  if (!rows || !knownGone(reading) || rows.expired > rows.rows * 0.1) return undefined;
  const signs = seen.dialect === 'mysql' ? signsOfMysql(reading) : signsOfNew(reading);
  if (signs.length === 0) return undefined;
  const at = table.bornAt ?? table.madeAt;
  return {
    slug: 'recreated',
    detail: `${table.name} holds ${count(rows.rows)} rows, none from before the incident; ${signs.join('; ')}`,
    at: at ?? undefined,
  };
}

function signsOfMysql(reading: Reading): readonly string[] {
  const { table, rows, seen } = reading;
  if (table.madeAt === null || !isNear(reading, table.madeAt) || isRoomy(reading)) return [];
  // An ALTER or OPTIMIZE moves CREATE_TIME as well; only sessions that should be there tell them apart.
  if (!surelyGone(reading)) return [];
  if ((rows?.oldestLive ?? 0) > (seen.at - table.madeAt) / 1000 + 60) return [];
  return [
    `it was created at ${moment(table.madeAt)}${table.changedAt === null ? '' : `, last written ${moment(table.changedAt)}`}`,
  ];
}

/** PostgreSQL and SQLite: what only a table made anew has. */
function signsOfNew(reading: Reading): readonly string[] {
  const { table, rows, server, counted, seen } = reading;
  const { counters, neighbours } = table;
  if (table.rewritten === true || !rows) return [];
  if (counters && counted && counters.deleted > counters.inserted / 2) return [];
  const older = neighbours ? neighbours.all - neighbours.newer : 0;
  const dropped = server?.droppedRows ?? 0;
  const begins = beginsAtIncident(reading) && (surelyGone(reading) || holdsAllItEverHad(reading));
  // A creation in the time of the incident, unless rows say that they are older than their table.
  const born = (at: number | null | undefined) =>
    at != null && isNear(reading, at) && (rows.oldestLive ?? 0) <= (seen.at - at) / 1000 + 60;
  return [
    begins &&
      surelyGone(reading) &&
      neighbours?.newer === 0 &&
      older > 0 &&
      `it is newer than all ${count(older)} other tables`,
    begins &&
      counters !== null &&
      dropped >= Math.max(FEW, counters.inserted / 4) &&
      (older > 0 || neighbours?.all === 0) &&
      `${count(dropped)} rows were inserted into tables of this database that no longer exist`,
    table.bornAt != null && born(table.bornAt) && `it was created at ${moment(table.bornAt)}`,
    table.bornAfter != null &&
      born(table.bornAfter) &&
      `it was created after the checkpoint of ${moment(table.bornAfter)}`,
  ].filter((sign) => typeof sign === 'string');
}

/** InnoDB's TRUNCATE leaves CREATE_TIME alone; the server counts it, and the file is as small as a new one. */
function truncatedMysql(reading: Reading): Loss {
  const { table, rows, server, seen } = reading;
  const calls = server?.statements?.truncate ?? 0;
  if (seen.dialect !== 'mysql' || !rows || !surelyGone(reading) || !beginsAtIncident(reading))
    return undefined;
  if (rows.expired > rows.rows * 0.1) return undefined;
  if (table.bytes && table.bytes.table + table.bytes.free > 65_536 + rows.rows * 4096) return undefined;
  const newest = table.neighbours !== null && table.neighbours.all > 0 && table.neighbours.newer === 0;
  if (calls < 1 && !newest) return undefined;
  const signs = [
    calls > 0 &&
      `the server counts ${count(calls)} TRUNCATE since ${server?.startedAt ? moment(server.startedAt) : 'it started'}`,
    newest && 'its InnoDB table number is the highest of all, as TRUNCATE gives a new one',
  ].filter((sign) => typeof sign === 'string');
  return {
    slug: 'truncated',
    detail: `no row is older than the incident, the table is down to ${size(table.bytes?.table ?? 0)}, and ${signs.join('; ')}`,
  };
}

/**
 * The room of the rows is still there, and the rows that are left begin at the incident. SQLite's free pages
 * are the whole file's, so they say nothing of one table.
 */
function deleted(reading: Reading): Loss {
  const { table, rows, counted, server } = reading;
  if (!rows || !surelyGone(reading) || !beginsAtIncident(reading)) return undefined;
  if (rows.expired > rows.rows * 0.1 || !isRoomy(reading)) return undefined;
  const { counters } = table;
  if (counters && (!counted || counters.deleted < counters.inserted / 2)) return undefined;
  if (!counters && (server?.statements?.delete ?? 0) < 1) return undefined;
  const sums = counters
    ? `${count(counters.deleted)} of ${count(counters.inserted)} inserted rows were deleted`
    : `the server counts ${count(server?.statements?.delete ?? 0)} DELETE since it started`;
  return {
    slug: 'emptied-by-delete',
    detail: `${sums}; ${count(rows.rows)} are left in ${size(roomOf(reading))} of table and indexes, none from before the incident`,
  };
}

function dated(at: number | null): string {
  return at === null ? '' : `; the table was last defined at ${moment(at)}`;
}
