/**
 * One migration file, whatever tool it belongs to: its tool, its id in that tool's history, its steps.
 *
 * @module
 */
import { readCode, readFields } from './code.ts';
import type { Language } from './code-text.ts';
import { isLiquibase, readFormattedSql, readLiquibase } from './liquibase.ts';
import type { DjangoField } from './django-fields.ts';
import { destructive } from './effect.ts';
import { withoutPlaceholders } from './known-names.ts';
import { bare, type Destruction, type Operation } from './operation.ts';
import type { SqlReader } from './sql.ts';

export type Tool =
  | 'sql'
  | 'rails'
  | 'ecto'
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
  /** The names that the tool's own history may know it by. */
  readonly ids: readonly string[];
  /** Alembic: the revisions that come just before it. */
  readonly follows: readonly string[];
  readonly operations: readonly Destruction[];
  /** What a Django migration says of fields: with the files before it, whether a type changes. */
  readonly fields: readonly DjangoField[];
}

const CODE: Readonly<Record<string, Language | 'elixir'>> = {
  rb: 'ruby',
  py: 'python',
  js: 'javascript',
  cjs: 'javascript',
  mjs: 'javascript',
  ts: 'javascript',
  php: 'php',
  exs: 'elixir',
};

/** File names that are read at all. */
export const MIGRATION_FILE = /\.(?:sql|rb|py|[cm]?js|ts|php|exs|xml|ya?ml|json)$/i;

/** Files of the way down, dumps of a whole schema, and files that hold no steps. */
const NOT_UP =
  /(?:\.down\.sql|\.undo\.sql|(?:^|\/)down\.sql|(?:^|\/)U[\d_.]+__[^/]*\.sql|\.d\.ts|_(?:spec|test)\.rb|\.(?:test|spec)\.[jt]s|(?:^|\/)(?:schema\.rb|seeds\.rb|structure\.sql|[\w-]{0,40}-schema\.sql))$/i;

/** What every table of sessions, tokens or keys has in its name. */
const ABOUT = /session|token|jwk|signing_?key|api_?key|credential|\bschema\b/i;

/** Words without which no file can be destructive. */
const WORTH_READING =
  /drop|truncate|delete|destroy|update|rename|alter|change|remove|modify|revert|force|replace|clear|\bdel\b|addField|CreateModel/i;

/** What one file is, and the text that was read of it. */
export interface MigrationText {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly text: string;
  /** The tool, where something beside the file tells it. */
  readonly tool?: Tool | undefined;
}

/**
 * The destructive steps of one file on session, token and key tables; `named` is the operator's own
 * table. Undefined when the file is no migration.
 */
export function readMigration(
  { path, text, tool: told }: MigrationText,
  named: string | undefined,
  sql: SqlReader,
): MigrationFile | undefined {
  if (NOT_UP.test(path)) return undefined;
  const tool = told ?? toolOf(path, text);
  if (!tool) return undefined;
  const file = {
    tool,
    ids: idsOf(path, text, tool),
    follows: tool === 'alembic' ? revisionsBefore(text) : [],
  };
  if (!mentions(text, named)) return { ...file, operations: [], fields: [] };
  const fields = tool === 'django' ? readFields(text) : [];
  if (!WORTH_READING.test(text)) return { ...file, operations: [], fields };
  return { ...file, operations: destructive(stepsOf(path, text, tool, sql), named), fields };
}

/** False when a file names nothing that sessions hang on: most files are done with after this. */
function mentions(text: string, named: string | undefined): boolean {
  if (ABOUT.test(text)) return true;
  if (named === undefined) return false;
  const letters = bare(named)
    .replace(/(?:(?<=s)es|s)$/, '')
    .slice(0, 60)
    .replaceAll('_', '');
  return new RegExp(letters.replace(/\W/g, '.').split('').join('_?'), 'i').test(text);
}

function stepsOf(path: string, text: string, tool: Tool, sql: SqlReader): readonly Operation[] {
  const extension = extensionOf(path);
  if (extension === 'sql') {
    if (tool === 'liquibase') return readFormattedSql(withoutPlaceholders(text), sql);
    return sql(tool === 'flyway' ? withoutPlaceholders(text) : text);
  }
  if (tool === 'liquibase') return readLiquibase(withoutPlaceholders(text), sql);
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
    return /^[VRB][\d_.]*__/.test(name) ? 'flyway' : 'sql';
  }
  if (extension === 'rb') return /migration/i.test(text) || /^\d{8}/.test(name) ? 'rails' : undefined;
  if (extension === 'exs') return /\bEcto\.Migration\b/.test(text) ? 'ecto' : undefined;
  if (extension === 'php')
    return /\bSchema::|\bfunction\s+up\b|migration/i.test(text) ? 'laravel' : undefined;
  if (extension === 'py') {
    if (/\bmigrations\.Migration\b/.test(text)) return 'django';
    return /\bdef\s+upgrade\b/.test(text) ? 'alembic' : undefined;
  }
  return /\bup\b/.test(text) ? 'knex' : undefined;
}

/** The names in the history table: version, revision, class or file name, as each tool keeps it. */
function idsOf(path: string, text: string, tool: Tool): readonly string[] {
  const parts = path.split('/');
  const name = parts.at(-1) ?? path;
  const stem = name.replace(/\.[^.]+$/, '');
  switch (tool) {
    case 'rails':
    case 'ecto':
      return [/^\d+/.exec(stem)?.[0] ?? stem];
    case 'alembic':
      return [/^revision\s*(?::\s*str\s*)?=\s*["']([\w-]{1,64})["']/m.exec(text)?.[1] ?? stem];
    case 'prisma':
      return [parts.at(-2) ?? stem];
    case 'flyway':
      return parts.slice(-5).map((_, index, some) => some.slice(index).join('/'));
    case 'knex': {
      const classes = [...text.matchAll(/\bclass\s+(\w{1,100})/g)]
        .slice(0, 3)
        .flatMap(([, each]) => each ?? []);
      return [stem, ...['js', 'ts', 'cjs', 'mjs'].map((extension) => `${stem}.${extension}`), ...classes];
    }
    case 'liquibase':
      return [path];
    case 'sql':
      return [name, stem, stem.replace(/\.up$/, ''), ...(parts.at(-2) ? [parts.at(-2) ?? ''] : [])];
    default:
      return [stem];
  }
}

function revisionsBefore(text: string): readonly string[] {
  const given = /^down_revision\s*(?::[^=\n]{1,80})?=\s*([^\n]{1,400})/m.exec(text)?.[1] ?? '';
  return [...given.matchAll(/["']([\w-]{1,64})["']/g)].flatMap(([, each]) => each ?? []);
}

function extensionOf(path: string): string {
  return (path.split('.').at(-1) ?? '').toLowerCase();
}
