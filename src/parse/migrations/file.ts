/**
 * One migration file, whatever tool it belongs to: its tool, its id in that tool's history, its steps.
 *
 * @module
 */
import { type Language, readCode } from './code.ts';
import { isLiquibase, readLiquibase } from './liquibase.ts';
import { destructive, type Operation } from './operation.ts';
import type { SqlReader } from './sql.ts';

export type Tool =
  | 'sql'
  | 'rails'
  | 'django'
  | 'alembic'
  | 'knex'
  | 'laravel'
  | 'prisma'
  | 'drizzle'
  | 'flyway'
  | 'liquibase';

export interface MigrationFile {
  readonly tool: Tool;
  /** How the tool's own history names it. */
  readonly id: string;
  readonly operations: readonly Operation[];
}

const CODE: Readonly<Record<string, Language>> = {
  rb: 'ruby',
  py: 'python',
  js: 'javascript',
  cjs: 'javascript',
  mjs: 'javascript',
  ts: 'javascript',
  php: 'php',
};

/** File names that are read at all. */
export const MIGRATION_FILE = /\.(?:sql|rb|py|[cm]?js|ts|php|xml|ya?ml|json)$/i;

/** Files of the way down, or that hold no steps. */
const NOT_UP =
  /(?:\.down\.sql|\.undo\.sql|(?:^|\/)down\.sql|(?:^|\/)U[\d_.]+__[^/]*\.sql|\.d\.ts|_spec\.rb|\.test\.[jt]s)$/i;

/** Words without which no file can be destructive: most files are done with after this. */
const WORTH_READING =
  /drop|truncate|delete|destroy|update|rename|alter|change|remove|modify|clearTable|\.del\b/i;

/**
 * The destructive steps of one file on session, token and key tables; `named` is the operator's own
 * table. Undefined when the file is no migration.
 */
export function readMigration(
  path: string,
  text: string,
  named: string | undefined,
  sql: SqlReader,
): MigrationFile | undefined {
  if (NOT_UP.test(path)) return undefined;
  const tool = toolOf(path, text);
  if (!tool) return undefined;
  const id = idOf(path, text, tool);
  if (!WORTH_READING.test(text)) return { tool, id, operations: [] };
  return { tool, id, operations: destructive(stepsOf(path, text, tool, sql), named) };
}

function stepsOf(path: string, text: string, tool: Tool, sql: SqlReader): readonly Operation[] {
  const extension = extensionOf(path);
  if (extension === 'sql') return sql(text);
  if (tool === 'liquibase') return readLiquibase(text, sql);
  const language = CODE[extension];
  return language ? readCode(text, language, sql) : [];
}

function toolOf(path: string, text: string): Tool | undefined {
  const extension = extensionOf(path);
  const name = path.split('/').at(-1) ?? path;
  if (['xml', 'yaml', 'yml', 'json'].includes(extension)) return isLiquibase(text) ? 'liquibase' : undefined;
  if (extension === 'sql') {
    if (/^\s*--\s*liquibase formatted sql/i.test(text)) return 'liquibase';
    if (name === 'migration.sql') return 'prisma';
    if (/^\d{4}_\w+\.sql$/.test(name) && text.includes('--> statement-breakpoint')) return 'drizzle';
    return /^[VR][\d_.]*__/.test(name) ? 'flyway' : 'sql';
  }
  if (extension === 'rb') return 'rails';
  if (extension === 'php') return 'laravel';
  if (extension === 'py') {
    if (/\bmigrations\.Migration\b/.test(text)) return 'django';
    return /\bdef\s+upgrade\b/.test(text) ? 'alembic' : undefined;
  }
  return /\bup\b/.test(text) ? 'knex' : undefined;
}

/** The name in the history table: version, revision, or file name, as each tool keeps it. */
function idOf(path: string, text: string, tool: Tool): string {
  const parts = path.split('/');
  const name = parts.at(-1) ?? path;
  const stem = name.replace(/\.[^.]+$/, '');
  switch (tool) {
    case 'rails':
      return /^\d+/.exec(stem)?.[0] ?? stem;
    case 'alembic':
      return /^revision\s*(?::\s*str\s*)?=\s*["']([\w-]{1,64})["']/m.exec(text)?.[1] ?? stem;
    case 'prisma':
      return parts.at(-2) ?? stem;
    case 'flyway':
    case 'knex':
      return name;
    case 'liquibase':
      return name;
    default:
      return stem;
  }
}

function extensionOf(path: string): string {
  return (path.split('.').at(-1) ?? '').toLowerCase();
}
