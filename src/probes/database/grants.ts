/**
 * The least a role needs, as the statements that give it.
 *
 * @module
 */
import type { DatabaseSeen } from './seen.ts';

/** The GRANTs that would answer every question of this probe and allow nothing else. */
export function grantsFor(seen: DatabaseSeen): string {
  const table = seen.table?.name ?? seen.table?.elsewhere[0] ?? seen.table?.asked ?? 'the_session_table';
  const role = seen.server?.role ?? 'sessdoctor';
  if (seen.dialect === 'sqlite')
    return 'The file needs to be readable by this user; nothing is written beside it.';
  if (seen.dialect === 'mysql')
    return `Least privilege: GRANT SELECT ON ${table.includes('.') ? table : `${databaseOf(seen)}.${table}`} TO ${mysqlRole(role)}; optional, for more history: GRANT PROCESS ON *.* TO ${mysqlRole(role)};`;
  const schema = table.includes('.') ? table.split('.')[0] : 'public';
  return `Least privilege: GRANT SELECT ON ${table} TO ${role}; GRANT USAGE ON SCHEMA ${schema} TO ${role}; GRANT CONNECT ON DATABASE ${databaseOf(seen)} TO ${role}; optional, for more history: GRANT pg_read_all_stats TO ${role};`;
}

function mysqlRole(role: string): string {
  const [user = role, host = '%'] = role.split('@');
  return `'${user}'@'${host}'`;
}

function databaseOf({ target }: DatabaseSeen): string {
  const path = target !== null && URL.canParse(target) ? new URL(target).pathname.slice(1) : '';
  return path === '' ? 'the_database' : path;
}
