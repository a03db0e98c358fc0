/**
 * What can be said of a loss when nobody said when the incident began: the youth of all that is there, beside
 * a sign that there was more. Possible at most; a date would settle it.
 *
 * @module
 */
import type { Loss } from './loss.ts';
import {
  count,
  expiredTogether,
  FEW,
  holdsAllItEverHad,
  isRoomy,
  LONG_QUIET,
  moment,
  type Reading,
  roomOf,
  size,
  span,
} from './reading.ts';

/** An incident that is looked into without a word on its time is of today. Seconds. */
const LATELY = 86_400;

/** A loss without its date, or undefined. */
export function undatedLoss(reading: Reading): Loss {
  if (reading.since !== null) return undefined;
  return memoryRestarted(reading) ?? together(reading) ?? onlyYoung(reading);
}

/** ENGINE=MEMORY: nothing outlives a start, and sessions that live longer than this uptime should be there. */
function memoryRestarted({ table, server, rows, lifetime, seen }: Reading): Loss {
  if (table.storage !== 'memory' || !rows || server?.startedAt == null) return undefined;
  const up = (seen.at - server.startedAt) / 1000;
  if (up > Math.min(LATELY, lifetime ?? LATELY) || (rows.oldestLive ?? 0) > up + 60) return undefined;
  return {
    slug: 'memory-restarted',
    detail: `${table.name} is ENGINE=MEMORY and holds ${count(rows.rows)} rows; the server has been up for ${span(up)}, since ${moment(server.startedAt)}`,
  };
}

/** Sessions expire one after the other, also where nobody clears them. */
function together(reading: Reading): Loss {
  const { rows, lifetime } = reading;
  if (!rows || rows.expired < FEW || rows.expired < rows.rows / 2 || !expiredTogether(rows)) return undefined;
  const next = rows.live > 0 ? Math.max(0, rows.shortestLeft ?? 0) : 0;
  const gap = (rows.lastExpiry ?? 0) + next;
  if (lifetime !== null && gap < lifetime / 2) return undefined;
  return {
    slug: 'expired-together',
    detail: `${count(rows.expired)} of ${count(rows.rows)} rows are expired, ${count(rows.lastTogether ?? 0)} of them within the same minute, ${span(rows.lastExpiry ?? 0)} ago`,
  };
}

function onlyYoung(reading: Reading): Loss {
  const { rows, lifetime, table } = reading;
  const oldest = rows?.oldestLive ?? null;
  if (!rows || lifetime === null || oldest === null || rows.live < FEW) return undefined;
  if (rows.expired > rows.rows * 0.1 || oldest > LATELY || lifetime - oldest < LONG_QUIET) return undefined;
  const signs = signsOfMore(reading, oldest);
  if (signs.length === 0) return undefined;
  return {
    slug: 'rows-only-young',
    detail: `of ${count(rows.live)} live rows in ${table.name} none is older than ${span(oldest)}, although sessions live ${span(lifetime)}; ${signs.join('; ')}`,
  };
}

/** What tells that the table, or one of its name, held more before. */
function signsOfMore(reading: Reading, oldest: number): readonly string[] {
  const { table, rows, server, counted, seen } = reading;
  const { counters, neighbours } = table;
  const statement = table.statements.find(
    ({ verb, most = 0 }) => verb === 'delete' && most >= FEW && most >= (rows?.rows ?? 0),
  );
  const dropped = server?.droppedRows ?? 0;
  const newest = neighbours !== null && neighbours.newer === 0 && neighbours.all > 0;
  const made = table.madeAt === null ? null : (seen.at - table.madeAt) / 1000;
  const file = seen.file;
  return [
    statement && `one DELETE took ${count(statement.most ?? 0)} rows`,
    counters !== null &&
      counted &&
      counters.deleted >= counters.inserted / 2 &&
      isRoomy(reading) &&
      `${count(counters.deleted)} of ${count(counters.inserted)} inserted rows were deleted, and their room (${size(roomOf(reading))}) is still there`,
    newest &&
      holdsAllItEverHad(reading) &&
      dropped >= Math.max(FEW, (counters?.inserted ?? 0) / 4) &&
      `the table is newer than all ${count(neighbours.all)} others, and ${count(dropped)} rows were inserted into tables that no longer exist`,
    seen.dialect === 'mysql' &&
      made !== null &&
      made >= oldest - 60 &&
      made <= LATELY &&
      (server?.statements?.createTable ?? 0) > 0 &&
      (server?.statements?.dropTable ?? 0) > 0 &&
      `it was created at ${moment(table.madeAt ?? 0)}, and the server counts ${count(server?.statements?.dropTable ?? 0)} DROP TABLE since it started`,
    seen.dialect === 'mysql' &&
      isRoomy(reading) &&
      `it takes ${size(roomOf(reading))}, the room of many more rows`,
    file !== null &&
      file.pageCount >= 20 &&
      file.freelistCount >= file.pageCount / 2 &&
      `${count(file.freelistCount)} of ${count(file.pageCount)} pages of the file are free`,
  ].filter((sign) => typeof sign === 'string');
}
