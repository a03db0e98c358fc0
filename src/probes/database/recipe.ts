/**
 * How to get rows back, with this table's own names.
 *
 * @module
 */
import { bareName } from './layouts.ts';
import type { Reading } from './reading.ts';

/** Point-in-time recovery into a side table, and what to insert from it. Names only, never values. */
export function recipe(reading: Reading): string {
  const { table, seen } = reading;
  const name = table.name ?? table.asked ?? 'session';
  const bare = bareName(name);
  const side = quoted(reading, `${bare}_rescued`);
  const target = name
    .split('.')
    .map((part) => quoted(reading, part))
    .join('.');
  const wanted = [unexpired(reading), notRevoked(reading)].filter((part) => part !== undefined);
  const where = wanted.length > 0 ? ` WHERE ${wanted.join(' AND ')}` : '';
  const rest = table.columns.expires ? '' : ' (only rows that are unexpired and not revoked)';
  const keep =
    seen.dialect === 'mysql'
      ? `INSERT IGNORE INTO ${target} SELECT * FROM ${side}${where}`
      : seen.dialect === 'sqlite'
        ? `INSERT OR IGNORE INTO ${target} SELECT * FROM ${side}${where || ' WHERE true'}`
        : `INSERT INTO ${target} SELECT * FROM ${side}${where} ON CONFLICT DO NOTHING`;
  return `To get them back: recover this one table from a backup (point in time: just before) into ${side}, then ${keep}${rest}`;
}

const NOW = {
  mysql: { time: 'UTC_TIMESTAMP()', seconds: 'UNIX_TIMESTAMP()' },
  sqlite: { time: "julianday('now')", seconds: "strftime('%s', 'now')" },
  postgresql: { time: 'now()', seconds: 'extract(epoch FROM now())' },
} as const;

/** True of rows that have not expired. Numbers count seconds or, when they are that large, milliseconds. */
function unexpired(reading: Reading): string | undefined {
  const { table, seen } = reading;
  if (!table.columns.expires || seen.dialect === null) return undefined;
  const column = quoted(reading, table.columns.expires);
  const now = NOW[seen.dialect];
  if (/int|num|dec|double|real|float/i.test(table.expiresType ?? ''))
    return `${column} > ${now.seconds} * CASE WHEN ${column} > 100000000000 THEN 1000 ELSE 1 END`;
  if (seen.dialect === 'sqlite') return `julianday(${column}) > ${now.time}`;
  const text = seen.dialect === 'postgresql' && /^(?:text|char|varchar)/i.test(table.expiresType ?? '');
  return `${column}${text ? '::timestamptz' : ''} > ${now.time}`;
}

function notRevoked(reading: Reading): string | undefined {
  const { revoked } = reading.table.columns;
  return revoked === null ? undefined : `${quoted(reading, revoked)} IS NULL`;
}

/** PostgreSQL folds what is not quoted to lower case. */
function quoted({ seen }: Reading, name: string): string {
  if (seen.dialect === 'postgresql' ? /^[a-z_][a-z0-9_]*$/.test(name) : /^[a-z_]\w*$/i.test(name))
    return name;
  return seen.dialect === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;
}
