/**
 * How to get rows back, with this table's own names.
 *
 * @module
 */
import { bareName } from './layouts.ts';
import type { Reading } from './reading.ts';

/** Point-in-time recovery into a side table, and what to insert from it. Names only, never values. */
export function recipe({ table, seen }: Reading): string {
  const name = table.name ?? table.asked ?? 'session';
  const bare = bareName(name);
  const { expires, revoked } = table.columns;
  const side = `${bare}_rescued`;
  const now = seen.dialect === 'mysql' ? 'NOW()' : seen.dialect === 'sqlite' ? "datetime('now')" : 'now()';
  const wanted = [
    expires && seen.dialect !== 'sqlite' && `${expires} > ${now}`,
    revoked && `${revoked} IS NULL`,
  ].filter((part) => typeof part === 'string');
  const where = wanted.length > 0 ? ` WHERE ${wanted.join(' AND ')}` : '';
  const keep =
    seen.dialect === 'mysql'
      ? `INSERT IGNORE INTO ${name} SELECT * FROM ${side}${where}`
      : seen.dialect === 'sqlite'
        ? `INSERT OR IGNORE INTO ${bare} SELECT * FROM ${side}${where} (unexpired ones only)`
        : `INSERT INTO ${name} SELECT * FROM ${side}${where} ON CONFLICT DO NOTHING`;
  return `To get them back: recover this one table from a backup (point in time: just before) into ${side}, then ${keep}`;
}
