/**
 * What the migration tools' own tables say was applied, and when.
 *
 * @module
 */
import type { SqlConnection } from '../../io/sql.ts';
import type { Tool } from '../../parse/migrations/file.ts';
import { optional, text } from './rows.ts';

interface History {
  readonly table: string;
  readonly tools: readonly Tool[];
  /** Columns: the id, and the time where there is one. */
  readonly id: string;
  readonly at?: string;
  /** Alembic keeps only the newest revision: an id that is not there may have been applied before. */
  readonly headOnly?: true;
  readonly where?: string;
}

const HISTORIES: readonly History[] = [
  { table: '_prisma_migrations', tools: ['prisma'], id: 'migration_name', at: 'finished_at' },
  {
    table: 'flyway_schema_history',
    tools: ['flyway', 'sql'],
    id: 'script',
    at: 'installed_on',
    where: 'success',
  },
  { table: 'django_migrations', tools: ['django'], id: 'name', at: 'applied' },
  { table: 'knex_migrations', tools: ['knex'], id: 'name', at: 'migration_time' },
  { table: 'databasechangelog', tools: ['liquibase'], id: 'filename', at: 'dateexecuted' },
  { table: 'DATABASECHANGELOG', tools: ['liquibase'], id: 'FILENAME', at: 'DATEEXECUTED' },
  { table: 'alembic_version', tools: ['alembic'], id: 'version_num', headOnly: true },
  { table: 'schema_migrations', tools: ['rails', 'sql'], id: 'version' },
  { table: 'SequelizeMeta', tools: ['knex'], id: 'name' },
  { table: 'migrations', tools: ['laravel', 'knex'], id: 'migration' },
];

export interface Applied {
  readonly applied: 'yes' | 'no' | 'unknown';
  readonly appliedAt: number | null;
}

interface Wanted {
  readonly tool: Tool;
  readonly id: string;
}

/** For each wanted migration what the first fitting history says; null when there is no history at all. */
export async function readHistory(
  connection: SqlConnection,
  wanted: readonly Wanted[],
): Promise<{ readonly table: string; readonly applied: readonly Applied[] } | null> {
  for (const history of HISTORIES) {
    if (!wanted.some((each) => history.tools.includes(each.tool))) continue;
    const rows = await rowsOf(connection, history);
    if (!rows) continue;
    return {
      table: history.table,
      applied: wanted.map((each) => {
        if (!history.tools.includes(each.tool)) return { applied: 'unknown', appliedAt: null };
        const row = rows.find((candidate) => sameMigration(candidate.id, each.id));
        if (!row) return { applied: history.headOnly ? 'unknown' : 'no', appliedAt: null };
        return { applied: 'yes', appliedAt: row.at };
      }),
    };
  }
  return null;
}

interface HistoryRow {
  readonly id: string;
  readonly at: number | null;
}

async function rowsOf(
  connection: SqlConnection,
  history: History,
): Promise<readonly HistoryRow[] | undefined> {
  const quote = (name: string) => (connection.dialect === 'mysql' ? `\`${name}\`` : `"${name}"`);
  const at = history.at ? ageMs(connection, quote(history.at)) : 'null';
  const where = history.where ? ` where ${quote(history.where)}` : '';
  const order = history.at ? ` order by ${quote(history.at)} desc` : ` order by ${quote(history.id)} desc`;
  const answer = await connection.query(
    `select ${quote(history.id)} as id, ${at} as age from ${quote(history.table)}${where}${order} limit 1000`,
  );
  if (!answer.ok) return undefined;
  const now = Date.now();
  return answer.rows.map((row) => {
    const age = optional(row, 'age');
    return { id: text(row, 'id') ?? '', at: age === null ? null : Math.round(now - age) };
  });
}

function ageMs(connection: SqlConnection, column: string): string {
  if (connection.dialect === 'postgresql')
    return `extract(epoch from now() - ${column}::timestamptz)::float8 * 1000`;
  if (connection.dialect === 'mysql') return `timestampdiff(second, ${column}, utc_timestamp()) * 1000`;
  return `(case when typeof(${column}) in ('integer', 'real') then (julianday('now') - 2440587.5) * 86400000.0 - (case when ${column} > 100000000000 then ${column} else ${column} * 1000.0 end) else (julianday('now') - julianday(${column})) * 86400000.0 end)`;
}

/** Histories differ in whether they keep folder and extension. */
function sameMigration(kept: string, id: string): boolean {
  const stem = (name: string) =>
    (name.split('/').at(-1) ?? name).replace(/\.(?:sql|xml|ya?ml|json|[cm]?js|ts|php|rb|py)$/i, '');
  if (stem(kept) === stem(id)) return true;
  return /^\d+$/.test(kept) && stem(id).startsWith(`${kept}_`);
}
