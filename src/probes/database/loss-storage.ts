/**
 * Storage that forgot: unlogged tables after a crash, tables in memory after a restart, files made anew.
 *
 * @module
 */
import type { Loss } from './loss.ts';
import { count, isNear, knownGone, moment, nothingLeft, type Reading, span } from './reading.ts';

/** PostgreSQL empties UNLOGGED tables when it recovers from a crash. */
export function unlogged(reading: Reading): Loss {
  const { table, server, rows, since, seen } = reading;
  if (table.storage !== 'unlogged' || !rows || !nothingLeft(reading)) return undefined;
  const crashedAt = server?.crashedAt;
  const pages = table.bytes ? table.bytes.table / 8192 : 0;
  const remembered = table.remembered ?? { rows: 0, pages: 0 };
  const emptied = remembered.pages >= 8 && pages < remembered.pages / 2;
  const older = crashedAt != null && (rows.oldestLive ?? 0) > (seen.at - crashedAt) / 1000 + 60;
  const lost = server?.countersLost === true && !server.countersReset;
  // An observation that does not tell of crashes leaves only what they do to statistics.
  const crashed = crashedAt === undefined ? emptied || lost : crashedAt !== null && !older;
  const fits = crashedAt == null || since === null || isNear(reading, crashedAt);
  if (!crashed || !fits || !(emptied || lost || knownGone(reading) || rows.rows === 0)) return undefined;
  const signs = [
    crashedAt != null &&
      `the server recovered from a crash (or a failover) at ${moment(crashedAt)}, when all its counters began anew; no row is older`,
    emptied &&
      `its storage was emptied to ${count(pages)} pages while the last analyze remembers ${count(remembered.rows)} rows in ${count(remembered.pages)} pages`,
    lost && 'the counters of the whole database were thrown away, as after a crash',
    server?.startedAt != null && `the server runs since ${moment(server.startedAt)}`,
  ].filter((sign) => typeof sign === 'string');
  return {
    slug: 'unlogged-emptied',
    detail: `${table.name} is UNLOGGED and holds ${count(rows.rows)} rows; ${signs.join('; ')}`,
    fix: `Nothing to recover: replicas never hold an unlogged table, nor do physical backups; look for a pg_dump. Then, at a quiet hour: ALTER TABLE ${table.name} SET LOGGED`,
    at: crashedAt ?? undefined,
  };
}

/** ENGINE=MEMORY keeps rows as long as the server runs. */
export function memory(reading: Reading): Loss {
  const { table, server, rows, since, seen } = reading;
  if (table.storage !== 'memory' || !rows || server?.startedAt == null || since === null) return undefined;
  if (!isNear(reading, server.startedAt) || !nothingLeft(reading)) return undefined;
  return {
    slug: 'memory-emptied',
    detail: `${table.name} is ENGINE=MEMORY and holds ${count(rows.rows)} rows; the server has been up for ${span((seen.at - server.startedAt) / 1000)}, since ${moment(server.startedAt)}`,
    fix: `Then, so that the next restart keeps them: ALTER TABLE ${table.name} ENGINE=InnoDB`,
  };
}

/** A SQLite file that a redeploy made anew. */
export function newFile(reading: Reading): Loss {
  const { rows, since, seen } = reading;
  const bornAt = seen.file?.bornAt;
  if (bornAt == null || !rows || since === null) return undefined;
  const age = (seen.at - bornAt) / 1000;
  const older = rows.oldestLive !== null && rows.oldestLive > age + 60;
  const { freelistCount = 0, pageCount = 0 } = seen.file ?? {};
  const emptied = pageCount >= 20 && freelistCount >= pageCount / 2;
  if (!isNear(reading, bornAt) || older || emptied || rows.expired > 0 || !nothingLeft(reading))
    return undefined;
  return {
    slug: 'file-new',
    detail: `the file was made at ${moment(bornAt)} (${span(age)} ago) with schema version ${seen.file?.schemaCookie ?? 0}; it holds ${count(rows.rows)} sessions, none older than itself`,
    fix: 'Look for the file of before (old volume, old container, backup), and put the file on a volume that outlives a deploy',
    at: bornAt,
  };
}
