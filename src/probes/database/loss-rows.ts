/**
 * Rows that are there and serve nobody: expired or blanked in one stroke, reloaded from an old copy, not to
 * be found by the column that is looked up.
 *
 * @module
 */
import type { Loss } from './loss.ts';
import {
  count,
  expiredTogether,
  FEW,
  holeOf,
  isNear,
  knownGone,
  LONG_QUIET,
  moment,
  nothingLeft,
  oldOnesBlank,
  NOTICED,
  percent,
  quietExplains,
  type Reading,
  span,
} from './reading.ts';
import { mend } from './recipe.ts';

/** Sessions expire one after the other; a gap between the expired and the live ones is nobody's normal life. */
export function expired(reading: Reading): Loss {
  const { rows, lifetime, oneWriter, table, counted, since } = reading;
  if (!rows || rows.expired < FEW || rows.expired < rows.rows / 2 || !nothingLeft(reading)) return undefined;
  const written = Math.min(rows.expired / 2, Math.max(FEW, rows.lastTogether ?? rows.expired));
  const updated = !counted || (table.counters?.updated ?? 0) >= written;
  const next = rows.live > 0 ? Math.max(0, rows.shortestLeft ?? 0) : (lifetime ?? 0) - (since ?? 0);
  const gap = rows.lastExpiry === null ? 0 : rows.lastExpiry + Math.max(0, next);
  const torn = lifetime !== null && gap >= lifetime / 2;
  // After a quiet night short sessions have all expired as well, but not in one minute.
  if (!expiredTogether(rows) && !(torn && gap >= LONG_QUIET)) return undefined;
  const stroke = oneWriter >= 0.5 && updated && counted && (torn || rows.live === 0);
  // Where all sessions end at one hour of the day, that hour is no incident of later.
  const placed =
    (rows.lastExpiry ?? 0) <= (since ?? 0) + NOTICED || (rows.lastExpiry ?? 0) >= (lifetime ?? 0);
  if (!stroke && !(torn && updated && placed && knownGone(reading))) return undefined;
  const how = stroke
    ? `one transaction wrote ${percent(oneWriter)} of the rows${rows.topTransaction?.at ? ` at ${moment(rows.topTransaction.at)}` : ''}`
    : `between the last expired row and ${rows.live > 0 ? 'the first live one' : 'where live ones should be'} lies a gap of ${span(gap)}, as no normal clean-up leaves`;
  return {
    slug: 'expired-at-once',
    detail: `${count(rows.expired)} of ${count(rows.rows)} rows are expired; ${how}`,
    fix: mend(reading, table.columns.expires),
    at: stroke ? (rows.topTransaction?.at ?? undefined) : undefined,
  };
}

/** The data of most rows, or of all rows from before the incident, is empty and the same. */
export function blanked(reading: Reading): Loss {
  const { rows, oneWriter, table, counted } = reading;
  if (!rows || rows.blank < FEW) return undefined;
  const before = oldOnesBlank(reading);
  const updates = counted ? (table.counters?.updated ?? 0) : 0;
  const most = rows.blank >= rows.rows / 2 && (before || reading.survivors === null);
  const stroke = most && oneWriter >= 0.5 && updates >= rows.blank / 2;
  // A column of an unknown table may be one that nobody fills.
  const known = table.layout !== null || /^(?:sess|session_data|payload)$/i.test(table.columns.payload ?? '');
  const contrast = rows.fullBytes !== null && rows.fullBytes > 16;
  // Visitors leave empty sessions all night, and users' own have ended by themselves meanwhile.
  if (!stroke && (quietExplains(reading) || !(before && (contrast || known)))) return undefined;
  return {
    slug: 'data-blanked',
    detail: `the data (${table.columns.payload}) of ${count(rows.blank)} of ${count(rows.rows)} rows is empty${stroke ? `; one transaction wrote ${percent(oneWriter)} of the rows` : ''}${rows.fullBytes === null ? '' : `; the others hold ${count(rows.fullBytes)} bytes on average`}${before ? ', and no row with data is older than the incident' : ''}`,
    fix: mend(reading, table.columns.payload),
    at: stroke ? (rows.topTransaction?.at ?? undefined) : undefined,
  };
}

/** Old rows are there, those of just before the incident are not, and the table shows that it was reloaded. */
export function reloaded(reading: Reading): Loss {
  const { rows, table, seen, oneWriter, survivors } = reading;
  const hole = holeOf(reading);
  if (!rows || hole === 0 || survivors === null || survivors < FEW) return undefined;
  const made = seen.dialect === 'mysql' ? table.madeAt : (seen.file?.bornAt ?? null);
  const younger = isNear(reading, made) && made !== null && (rows.oldestLive ?? 0) > (seen.at - made) / 1000;
  const stroke = oneWriter * rows.rows >= survivors * 0.9 && (table.counters?.updated ?? 0) < rows.rows / 2;
  if (!younger && !stroke) return undefined;
  const sign =
    younger && made !== null
      ? `rows are older than ${seen.file ? 'the file' : 'the table'} itself, which was made at ${moment(made)}`
      : `one transaction wrote ${percent(oneWriter)} of the rows${rows.topTransaction?.at ? ` at ${moment(rows.topTransaction.at)}` : ''}`;
  return {
    slug: 'restored',
    detail: `${count(survivors)} older rows are there, but none of the last ${span(hole)} before the incident; ${sign}`,
    at: (younger ? made : rows.topTransaction?.at) ?? undefined,
  };
}

/** The column by which sessions are looked up is empty in old rows. */
export function lookup(reading: Reading): Loss {
  const { rows, table } = reading;
  const found = rows?.nulls.find(
    (each) => each.column === table.columns.id && each.rows >= FEW && each.rows >= rows.live / 2,
  );
  if (!rows || !found) return undefined;
  return {
    slug: 'lookup-null',
    detail: `${count(found.rows)} of ${count(rows.live)} live rows have NULL in ${found.column}, by which sessions are looked up`,
    fix: `Fill ${found.column} in from the old column, or look sessions up by both until the old ones have run out`,
  };
}
