/**
 * From what was seen to findings. Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { Scene } from '../probe.ts';
import type { DatabaseSlug } from './findings.ts';
import { examineReplica, examineRevocations, idleCliff } from './life.ts';
import { lossOf } from './loss.ts';
import { examineMigrations } from './migration-facts.ts';
import { examineConnect, examineServer, examineTroubles } from './reach.ts';
import {
  beginsAtIncident,
  count,
  FEW,
  holeOf,
  isAhead,
  isNear,
  knownGone,
  moment,
  oldOnesBlank,
  quietExplains,
  type Reading,
  readingOf,
  span,
} from './reading.ts';
import { recipe } from './recipe.ts';
import type { DatabaseSeen, TableSeen } from './seen.ts';

/** All facts of the database, in a fixed order. */
export function* examineDatabase(seen: DatabaseSeen, scene: Scene): Generator<Fact<DatabaseSlug>> {
  yield* examineConnect(seen);
  yield* examineServer(seen);
  if (seen.table) {
    const { table } = seen;
    yield* examineTroubles(seen, table);
    const reading = readingOf(seen, table, scene);
    if (table.name === null) yield* missing(reading);
    else yield* present(reading);
    yield* examineRevocations(seen, scene);
  }
  yield* examineReplica(seen);
  yield* examineMigrations(seen, scene);
}

function* missing(reading: Reading): Generator<Fact<DatabaseSlug>> {
  const { table, seen, server } = reading;
  const subject = table.asked ?? undefined;
  const path = server?.searchPath.join(', ') ?? '';
  if (table.troubles.some((trouble) => trouble.kind !== 'missing')) return;
  if (table.asked === null) {
    const like =
      table.lookalikes.length > 0 ? `; names that look like one: ${table.lookalikes.join(', ')}` : '';
    yield {
      slug: 'no-table-known',
      detail: `none of the well-known session tables is in ${seen.target}${like}`,
    };
  } else if (table.renamedTo)
    yield {
      slug: 'renamed-away',
      detail: `there is no ${table.asked}, but ${table.renamedTo} carries its primary key`,
      fix: `Rename it back: ALTER TABLE ${table.renamedTo} RENAME TO ${table.asked}`,
      subject,
    };
  else if (table.elsewhere.length > 0) yield outside(table.elsewhere.join(', '), reading);
  else if (
    table.lookalikes.length > 0 &&
    ((server?.droppedRows ?? 0) < FEW || (table.sessionsAlike ?? []).length > 0)
  )
    yield {
      slug: 'table-not-found',
      detail: `${table.asked} is in no schema of this database (search path: ${path || 'default'}), but ${table.lookalikes.join(', ')} is`,
      subject,
    };
  else if (neverHere(reading))
    yield {
      slug: 'table-never-seen',
      detail: `${table.asked} is in no schema of this database (search path: ${path || 'default'}), and ${seen.dialect === 'mysql' ? 'the server counts no DROP TABLE since before the incident' : 'no row was ever counted that is not in one of its tables'}`,
      subject,
    };
  else {
    const like =
      table.lookalikes.length > 0
        ? `; ${count(server?.droppedRows ?? 0)} rows were inserted into tables that no longer exist; there is ${table.lookalikes.join(', ')}`
        : '';
    yield {
      slug: 'table-missing',
      detail: `${table.asked} is in no schema of this database (search path: ${path || 'default'})${like}`,
      fix: `Create it by its migration so that logins work. ${recipe(reading)}`,
      subject,
    };
  }
}

/** What counts drops and rows reaches back to before the incident, and tells of no table that went. */
function neverHere({ server, seen, since }: Reading): boolean {
  if (!server || since === null) return false;
  const began = seen.at - since * 1000;
  if (seen.dialect === 'mysql')
    return server.statements?.dropTable === 0 && server.startedAt !== null && server.startedAt < began;
  const from = Math.max(server.countersSince ?? 0, server.crashedAt ?? 0);
  return (server.droppedRows ?? FEW) < FEW && !server.countersLost && from < began;
}

function outside(there: string, { table, server }: Reading): Fact<DatabaseSlug> {
  return {
    slug: 'table-outside-search-path',
    detail: `${table.asked} is not in the search path (${server?.searchPath.join(', ') ?? ''}), nor does a setting of a role or database put it there, but ${there} exists`,
    fix: 'Mend the search_path of the app’s role (ALTER ROLE … SET search_path) or of the database',
    subject: table.asked ?? undefined,
  };
}

/** Somebody has found the table since the incident: there are logins that are younger. */
function isInUse({ rows, since }: Reading): boolean {
  return rows != null && rows.newestLive !== null && since !== null && rows.newestLive < since;
}

function* present(reading: Reading): Generator<Fact<DatabaseSlug>> {
  const { table, rows, since } = reading;
  const subject = table.name ?? undefined;
  if (table.outsidePath && !isInUse(reading)) {
    yield outside(table.name ?? '', reading);
    return;
  }
  const loss = lossOf(reading);
  const cliff = loss ? undefined : idleCliff(reading);
  if (rows && !table.appDenied)
    yield {
      slug: 'answers',
      detail: `${table.name}${table.layout ? ` (${table.layout})` : ''} holds ${count(rows.rows)} rows${rows.sampled < 1 ? ` (estimated from a sample of ${(rows.sampled * 100).toFixed(1)} %)` : ''}, ${count(rows.expired)} of them expired${rows.oldestLive === null ? '' : `, the oldest live one ${span(rows.oldestLive)} old`}`,
      subject,
    };
  if (loss) yield loss;
  if (!loss || loss.slug !== 'unlogged-emptied') yield* storage(table);
  if (cliff) yield cliff;
  if (table.statements.length > 0)
    yield {
      slug: 'statements-remembered',
      detail: table.statements
        .map((each) => `${each.verb.toUpperCase()} ×${count(each.calls)} (${count(each.rows)} rows)`)
        .join(', '),
      subject,
    };
  if (!rows || loss) return;
  yield* survivors(reading, cliff !== undefined);
  const nulls = rows.nulls.find(
    (each) => each.column !== table.columns.id && each.rows >= FEW && each.rows >= rows.live / 2,
  );
  if (nulls && nulls.rows < rows.live)
    yield {
      slug: 'column-null',
      detail: `${count(nulls.rows)} of ${count(rows.live)} live rows have NULL in ${nulls.column}`,
      subject,
    };
  yield* counters(reading);
  if (since !== null && (reading.survivors === null || (reading.survivors === 0 && !reading.shouldSurvive)))
    yield {
      slug: 'cannot-tell-age',
      detail:
        table.rows && isAhead(table.rows)
          ? `the newest rows of ${table.name} are ${span(-(table.rows.newestLive ?? 0))} ahead of the database’s clock: they are written in another time zone, or one of the two clocks is wrong, the database’s or that of the hosts that write`
          : reading.survivors === null
            ? `${table.name} has no column that tells a row's age; name one with database.createdColumn or database.expiresColumn`
            : `sessions live ${span(reading.lifetime ?? 0)}, the incident is ${span(since)} old: none from before would be left anyway`,
      subject,
    };
}

/** What the table's counters say for it: only when they reach back to before the incident. */
function* counters(reading: Reading): Generator<Fact<DatabaseSlug>> {
  const { table, rows, server } = reading;
  const told = table.counters;
  if (!rows || !told || !reading.counted || rows.rows === 0) return;
  const subject = table.name ?? undefined;
  const kept = reading.vanished < told.inserted * 0.4;
  const from = Math.max(server?.countersSince ?? 0, server?.crashedAt ?? 0);
  const young = from > 0 && isNear(reading, from);
  // A table made anew has whole counters too, of its own short life.
  const dropped = (server?.droppedRows ?? 0) >= Math.max(FEW, told.inserted / 4);
  if (kept && !young && !dropped && !knownGone(reading) && told.deleted < told.inserted / 2)
    yield {
      slug: 'counters-whole',
      detail: `${count(told.inserted)} rows inserted, ${count(told.deleted)} deleted, ${count(rows.rows)} there; the counters reach back to ${from > 0 ? moment(from) : 'when the table was made'}, and no crash has thrown them away since`,
      subject,
    };
  if (table.rewritten && kept)
    yield { slug: 'rewritten-kept', detail: `${count(rows.rows)} rows are there as counted`, subject };
}

function* storage(table: TableSeen): Generator<Fact<DatabaseSlug>> {
  const subject = table.name ?? undefined;
  if (table.storage === 'unlogged')
    yield { slug: 'unlogged', detail: `relpersistence of ${table.name} is u`, subject };
  if (table.storage === 'memory')
    yield { slug: 'memory-engine', detail: `${table.name} is ENGINE=MEMORY`, subject };
}

/** As few as a new or quiet site has, and no counter tells of more that were deleted. */
function isTooFew({ table, rows, counted }: Reading): boolean {
  const { inserted = 0, deleted = 0 } = (counted && table.counters) || {};
  return rows !== null && rows.live > 0 && rows.live < FEW && deleted < Math.max(FEW, inserted / 2);
}

function newerSlug(reading: Reading): DatabaseSlug {
  if (isTooFew(reading)) return 'rows-few-newer';
  return quietExplains(reading) ? 'rows-newer-or-quiet' : 'rows-all-newer';
}

/** What tells that there were more rows once, by a DELETE or by clean-up: neither looks different. */
function wordsOfMore({ table, seen, counted }: Reading): string {
  const { file } = seen;
  if (file && file.pageCount >= 20 && file.freelistCount >= file.pageCount / 2)
    return `; ${count(file.freelistCount)} of ${count(file.pageCount)} pages of the file are free, as a DELETE leaves them, and a clean-up of what has expired as well: a backup of before would tell, or a second look in an hour`;
  if (counted && table.counters && table.counters.deleted >= table.counters.inserted / 2)
    return `; ${count(table.counters.deleted)} of ${count(table.counters.inserted)} inserted rows were deleted, which clean-up does as well`;
  return '';
}

function* survivors(reading: Reading, cliff: boolean): Generator<Fact<DatabaseSlug>> {
  const { table, rows, since } = reading;
  if (!rows) return;
  const subject = table.name ?? undefined;
  if (rows.rows === 0) {
    yield {
      slug: 'table-empty',
      detail: `${table.name} holds no row${wordsOfMore(reading)}`,
      fix: recipe(reading),
      subject,
    };
    return;
  }
  if (since === null || reading.survivors === null) return;
  if (oldOnesBlank(reading))
    yield {
      slug: 'rows-all-blank',
      detail: `the ${table.columns.payload} of ${count(rows.blank)} of ${count(rows.rows)} rows is empty, and no row with data is older than the incident`,
      subject,
    };
  else if (holeOf(reading) > 0)
    yield {
      slug: 'rows-hole',
      detail: `${count(reading.survivors)} live rows are older than the incident, but none of the last ${span(holeOf(reading))} before it`,
      subject,
    };
  else if (
    reading.survivors > 0 &&
    reading.survivors >= Math.min(5, rows.live) &&
    reading.survivors >= rows.live * 0.02
  )
    yield {
      slug: rows.basis === 'guessed' ? 'rows-survive-guessed' : 'rows-survive',
      detail: `at least ${count(reading.survivors)} of ${count(rows.live)} live rows are older than the incident, the oldest ${span(rows.oldestLive ?? 0)}`,
      subject,
    };
  else if (knownGone(reading) && !cliff && !beginsAtIncident(reading))
    yield {
      slug: 'rows-all-young',
      detail: `of ${count(rows.live)} live rows none is older than ${span(rows.oldestLive ?? 0)}, although the incident is ${span(since)} old and sessions live ${reading.lifetime === null ? 'longer' : span(reading.lifetime)}: they have been removed again since, or nobody came for long`,
      subject,
    };
  else if (knownGone(reading) && !cliff)
    yield {
      slug: newerSlug(reading),
      detail: `${count(rows.live)} live rows, the oldest ${rows.oldestLive === null ? 'unknown' : `${span(rows.oldestLive)} old`}; the incident is ${span(since)} old, and sessions live ${reading.lifetime === null ? 'longer' : span(reading.lifetime)}${wordsOfMore(reading)}`,
      fix: recipe(reading),
      subject,
    };
}
