/**
 * How a session table lost its rows, told by what each way leaves behind. The first that fits is the answer.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { DatabaseSlug } from './findings.ts';
import { recipe } from './recipe.ts';
import { count, FEW, knownGone, moment, nothingLeft, type Reading, size, span } from './reading.ts';

type Loss = Fact<DatabaseSlug> | undefined;

/** The way in which the rows were lost, or undefined when nothing says that they were. */
export function lossOf(reading: Reading): Loss {
  for (const way of [
    unlogged,
    memory,
    newFile,
    rewritten,
    renamed,
    recreated,
    truncatedMysql,
    deleted,
    expired,
    blanked,
    lookup,
  ]) {
    const found = way(reading);
    if (found) return { ...found, subject: reading.table.name ?? undefined };
  }
  return undefined;
}

function unlogged(reading: Reading): Loss {
  const { table, server, rows } = reading;
  if (table.storage !== 'unlogged' || !rows || !nothingLeft(reading)) return undefined;
  const pages = table.bytes ? table.bytes.table / 8192 : 0;
  const remembered = table.remembered ?? { rows: 0, pages: 0 };
  const contradicts = remembered.pages >= 8 && pages < remembered.pages / 2;
  const crashed = server?.countersLost === true && !server.countersReset && knownGone(reading);
  if (!contradicts && !crashed) return undefined;
  const signs = [
    contradicts &&
      `its storage was emptied to ${count(pages)} pages while the last analyze remembers ${count(remembered.rows)} rows in ${count(remembered.pages)} pages`,
    server?.countersLost &&
      !server.countersReset &&
      'the counters of the whole database were thrown away, as after a crash',
    server?.startedAt != null && `the server runs since ${moment(server.startedAt)}`,
    server?.checkpointAt != null && `last checkpoint ${moment(server.checkpointAt)}`,
  ].filter((sign) => typeof sign === 'string');
  return {
    slug: 'unlogged-emptied',
    detail: `${table.name} is UNLOGGED and holds ${count(rows.rows)} rows; ${signs.join('; ')}. Replicas and backups never held it.`,
  };
}

function memory(reading: Reading): Loss {
  const { table, server, rows, since, seen } = reading;
  if (table.storage !== 'memory' || !rows || server?.startedAt == null || since === null) return undefined;
  const uptime = (seen.at - server.startedAt) / 1000;
  if (uptime > since + 600 || !nothingLeft(reading)) return undefined;
  return {
    slug: 'memory-emptied',
    detail: `${table.name} is ENGINE=MEMORY and holds ${count(rows.rows)} rows; the server has been up for ${span(uptime)}, since ${moment(server.startedAt)}`,
  };
}

function newFile(reading: Reading): Loss {
  const { rows, since, seen } = reading;
  const bornAt = seen.file?.bornAt;
  if (bornAt == null || !rows || since === null) return undefined;
  const age = (seen.at - bornAt) / 1000;
  const older = rows.oldestLive !== null && rows.oldestLive > age + 60;
  const { freelistCount = 0, pageCount = 0 } = seen.file ?? {};
  const emptied = pageCount >= 20 && freelistCount >= pageCount / 2;
  if (age > since + 600 || older || emptied || rows.expired > 0 || !nothingLeft(reading)) return undefined;
  return {
    slug: 'file-new',
    detail: `the file was made at ${moment(bornAt)} (${span(age)} ago) with schema version ${seen.file?.schemaCookie ?? 0}; it holds ${count(rows.rows)} sessions, none older than itself`,
    at: bornAt,
  };
}

function rewritten(reading: Reading): Loss {
  const { table, rows, vanished, oneWriter } = reading;
  const { counters } = table;
  if (!table.rewritten || !counters || vanished < counters.inserted * 0.4) return undefined;
  const sums = `${count(counters.inserted)} rows were inserted, ${count(counters.deleted)} deleted, ${count(rows?.rows ?? counters.live)} are there: ${count(vanished)} vanished uncounted, and the storage was replaced`;
  if (rows && rows.rows >= FEW && oneWriter >= 0.9 && reading.survivors !== 0)
    return {
      slug: 'restored',
      detail: `${sums}; one transaction wrote ${percent(oneWriter)} of the rows${rows.topTransaction?.at ? ` at ${moment(rows.topTransaction.at)}` : ''}. ${recipe(reading)}`,
      at: rows.topTransaction?.at ?? undefined,
    };
  if (!nothingLeft(reading)) return undefined;
  return {
    slug: 'truncated',
    detail: `${sums}${dated(table.madeAt)}. ${recipe(reading)}`,
    at: table.madeAt ?? undefined,
  };
}

function renamed(reading: Reading): Loss {
  const { table } = reading;
  if (!table.renamedTo || !nothingLeft(reading)) return undefined;
  return {
    slug: 'renamed-away',
    detail: `${table.renamedTo} carries the primary key of ${table.name}: it is the old table; the new one holds ${count(reading.rows?.rows ?? 0)} rows. Copy the unexpired rows back: ${recipe(reading)}`,
  };
}

function recreated(reading: Reading): Loss {
  const { table, rows, seen, since } = reading;
  // A table younger than the incident holds nothing that has expired, nor the room of rows that went.
  if (!rows || !knownGone(reading) || since === null || rows.expired > 0) return undefined;
  if (seen.dialect === 'mysql') {
    if (table.madeAt === null) return undefined;
    const age = (seen.at - table.madeAt) / 1000;
    if (age > since + 600 || (rows.oldestLive ?? 0) > age + 60 || isRoomy(reading)) return undefined;
    return {
      slug: 'recreated',
      detail: `${table.name} was created at ${moment(table.madeAt)} and holds ${count(rows.rows)} rows, none older${table.changedAt === null ? '' : `; last written ${moment(table.changedAt)}`}. ${recipe(reading)}`,
      at: table.madeAt,
    };
  }
  if (!table.neighbours || table.neighbours.all < 1 || table.neighbours.newer > 0) return undefined;
  if (
    table.rewritten === true ||
    (table.counters && reading.counted && table.counters.deleted > table.counters.inserted / 2)
  )
    return undefined;
  return {
    slug: 'recreated',
    detail: `${table.name} is newer than all ${count(table.neighbours.all)} tables and indexes beside it and holds ${count(rows.rows)} rows, none from before the incident${dated(table.madeAt)}. ${recipe(reading)}`,
    at: table.madeAt ?? undefined,
  };
}

/** InnoDB's TRUNCATE leaves CREATE_TIME alone; the server counts it, and the file is as small as a new one. */
function truncatedMysql(reading: Reading): Loss {
  const { table, rows, server, seen } = reading;
  const calls = server?.statements?.truncate ?? 0;
  if (seen.dialect !== 'mysql' || calls < 1 || !rows || !knownGone(reading)) return undefined;
  if (table.bytes && table.bytes.table + table.bytes.free > 65_536 + rows.rows * 4096) return undefined;
  return {
    slug: 'truncated',
    detail: `no row is older than the incident, the table is down to ${size(table.bytes?.table ?? 0)}, and the server counts ${count(calls)} TRUNCATE since ${server?.startedAt ? moment(server.startedAt) : 'it started'}. ${recipe(reading)}`,
  };
}

function deleted(reading: Reading): Loss {
  const { table, rows, counted, seen } = reading;
  if (!rows || !nothingLeft(reading)) return undefined;
  const { counters } = table;
  if (seen.file) {
    const { freelistCount, pageCount } = seen.file;
    if (pageCount < 20 || freelistCount < pageCount / 2 || !knownGone(reading)) return undefined;
    return {
      slug: 'emptied-by-delete',
      detail: `${count(freelistCount)} of ${count(pageCount)} pages of the file are free, ${count(rows.rows)} rows are left, none from before the incident. ${recipe(reading)}`,
    };
  }
  if (!isRoomy(reading)) return undefined;
  if (counters && (!counted || counters.deleted < counters.inserted / 2)) return undefined;
  if (!counters && !(knownGone(reading) && (reading.server?.statements?.delete ?? 0) > 0)) return undefined;
  const sums = counters
    ? `${count(counters.deleted)} of ${count(counters.inserted)} inserted rows were deleted`
    : `the server counts ${count(reading.server?.statements?.delete ?? 0)} DELETE since it started`;
  return {
    slug: 'emptied-by-delete',
    detail: `${sums}; ${count(rows.rows)} are left in ${size(roomOf(reading))} of table and indexes. ${recipe(reading)}`,
  };
}

function roomOf({ table }: Reading): number {
  const { bytes } = table;
  return (bytes?.table ?? 0) + (bytes?.indexes ?? 0) + (bytes?.free ?? 0);
}

/** Far more room than the rows that are left could ever have taken. */
function isRoomy(reading: Reading): boolean {
  const room = roomOf(reading);
  return room >= 262_144 && room / Math.max(reading.rows?.rows ?? 0, 1) >= 4096;
}

function expired(reading: Reading): Loss {
  const { rows, lifetime, oneWriter, table, counted } = reading;
  if (!rows || rows.expired < FEW || rows.expired < rows.rows / 2 || !nothingLeft(reading)) return undefined;
  const updated = !counted || (table.counters?.updated ?? 0) >= rows.expired / 2;
  const stroke = oneWriter >= 0.5 && updated && counted;
  const gap = rows.lastExpiry === null ? 0 : rows.lastExpiry + Math.max(0, rows.shortestLeft ?? 0);
  const jump = lifetime !== null && rows.live > 0 && gap >= lifetime / 2 && updated && knownGone(reading);
  if (!stroke && !jump) return undefined;
  const how = stroke
    ? `one transaction wrote ${percent(oneWriter)} of the rows${rows.topTransaction?.at ? ` at ${moment(rows.topTransaction.at)}` : ''}`
    : `between the last expired and the first live row lies a gap of ${span(gap)}, as no normal clean-up leaves`;
  return {
    slug: 'expired-at-once',
    detail: `${count(rows.expired)} of ${count(rows.rows)} rows are expired; ${how}. Set the expiry of those rows back from the backup, or let people sign in again.`,
    at: stroke ? (rows.topTransaction?.at ?? undefined) : undefined,
  };
}

function blanked(reading: Reading): Loss {
  const { rows, oneWriter, table, counted } = reading;
  if (!rows || rows.blank < FEW || rows.blank < rows.rows / 2) return undefined;
  const stroke = oneWriter >= 0.5 && counted && (table.counters?.updated ?? 0) >= rows.blank / 2;
  const contrast = rows.fullBytes !== null && rows.fullBytes > 16;
  if (!stroke && !contrast) return undefined;
  return {
    slug: 'data-blanked',
    detail: `the data (${table.columns.payload}) of ${count(rows.blank)} of ${count(rows.rows)} rows is empty${stroke ? `; one transaction wrote ${percent(oneWriter)} of the rows` : ''}${rows.fullBytes === null ? '' : `; the others hold ${count(rows.fullBytes)} bytes on average`}. ${recipe(reading)}`,
    at: stroke ? (rows.topTransaction?.at ?? undefined) : undefined,
  };
}

function lookup(reading: Reading): Loss {
  const { rows, table } = reading;
  const found = rows?.nulls.find(
    (each) => each.column === table.columns.id && each.rows >= FEW && each.rows >= rows.live / 2,
  );
  if (!rows || !found) return undefined;
  return {
    slug: 'lookup-null',
    detail: `${count(found.rows)} of ${count(rows.live)} live rows have NULL in ${found.column}, by which sessions are looked up. Fill it in from the old column, or look up by both until old sessions have run out.`,
  };
}

function dated(at: number | null): string {
  return at === null ? '' : `; the table was last defined at ${moment(at)}`;
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
