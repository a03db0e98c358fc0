/**
 * How to get rows back, with this table's own names.
 *
 * @module
 */
import { bareName } from './layouts.ts';
import type { Reading } from './reading.ts';

/** Point-in-time recovery into a side table, and what to insert from it. Names only, never values. */
export function recipe(reading: Reading): string {
  const rest = reading.table.columns.expires ? '' : ' (only rows that are unexpired and not revoked)';
  return `${recovery(reading)}, then ${copyOf(reading, sideOf(reading))}${rest}`;
}

/** The same where the rows are still in another table of the database. */
export function copyBack(reading: Reading, source: string): string {
  return `To get them back, without those that expired: ${copyOf(reading, named(reading, source))}`;
}

/** The same for rows that are there with one column spoilt. */
export function mend(reading: Reading, column: string | null): string {
  const { id } = reading.table.columns;
  if (id === null || column === null) return recipe(reading);
  const key = quoted(reading, id);
  const spoilt = quoted(reading, column);
  const target = targetOf(reading);
  const side = sideOf(reading);
  const where = conditions(reading, 'r.');
  const and = where === '' ? '' : ` AND ${where}`;
  const statement =
    reading.seen.dialect === 'mysql'
      ? `UPDATE ${target} s JOIN ${side} r ON r.${key} = s.${key} SET s.${spoilt} = r.${spoilt}${where === '' ? '' : ` WHERE ${where}`}`
      : `UPDATE ${target} AS s SET ${spoilt} = r.${spoilt} FROM ${side} AS r WHERE r.${key} = s.${key}${and}`;
  return `${recovery(reading)}, then ${statement}`;
}

function recovery(reading: Reading): string {
  return `To get them back: recover this one table from a backup (point in time: just before) into ${sideOf(reading)}`;
}

function copyOf(reading: Reading, source: string): string {
  const target = targetOf(reading);
  const wanted = conditions(reading, '');
  const where = wanted === '' ? '' : ` WHERE ${wanted}`;
  if (reading.seen.dialect === 'mysql') return `INSERT IGNORE INTO ${target} SELECT * FROM ${source}${where}`;
  if (reading.seen.dialect === 'sqlite')
    return `INSERT OR IGNORE INTO ${target} SELECT * FROM ${source}${where}`;
  return `INSERT INTO ${target} SELECT * FROM ${source}${where} ON CONFLICT DO NOTHING`;
}

function targetOf(reading: Reading): string {
  return named(reading, reading.table.name ?? reading.table.asked ?? 'session');
}

function sideOf(reading: Reading): string {
  return quoted(reading, `${bareName(reading.table.name ?? reading.table.asked ?? 'session')}_rescued`);
}

function named(reading: Reading, name: string): string {
  return name
    .split('.')
    .map((part) => quoted(reading, part))
    .join('.');
}

function conditions(reading: Reading, of: '' | 'r.'): string {
  return [unexpired(reading, of), notRevoked(reading, of)].filter((part) => part !== undefined).join(' AND ');
}

const NOW = {
  mysql: { time: 'UTC_TIMESTAMP()', seconds: 'UNIX_TIMESTAMP()' },
  sqlite: { time: "julianday('now')", seconds: "strftime('%s', 'now')" },
  postgresql: { time: 'now()', seconds: 'extract(epoch FROM now())' },
} as const;

/** True of rows that have not expired. Numbers count seconds or, when they are that large, milliseconds. */
function unexpired(reading: Reading, of: '' | 'r.'): string | undefined {
  const { table, seen } = reading;
  if (!table.columns.expires || seen.dialect === null) return undefined;
  const column = `${of}${quoted(reading, table.columns.expires)}`;
  const now = NOW[seen.dialect];
  if (/int|num|dec|double|real|float/i.test(table.expiresType ?? ''))
    return `${column} > ${now.seconds} * CASE WHEN ${column} > 100000000000 THEN 1000 ELSE 1 END`;
  if (seen.dialect === 'sqlite') return `julianday(${column}) > ${now.time}`;
  const text = seen.dialect === 'postgresql' && /^(?:text|char|varchar)/i.test(table.expiresType ?? '');
  return `${column}${text ? '::timestamptz' : ''} > ${now.time}`;
}

function notRevoked(reading: Reading, of: '' | 'r.'): string | undefined {
  const { revoked } = reading.table.columns;
  return revoked === null ? undefined : `${of}${quoted(reading, revoked)} IS NULL`;
}

/** PostgreSQL folds what is not quoted to lower case. */
function quoted({ seen }: Reading, name: string): string {
  if (seen.dialect === 'postgresql' ? /^[a-z_][a-z0-9_]*$/.test(name) : /^[a-z_]\w*$/i.test(name))
    return name;
  return seen.dialect === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;
}
