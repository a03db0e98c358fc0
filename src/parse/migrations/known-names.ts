/**
 * Names that a framework's own settings give to its session table: a migration that says
 * `config('session.table')` means it. Each is put in place as a literal, so that what follows keeps its place.
 *
 * @module
 */
import type { Language, Source } from './code-text.ts';
import type { Operation } from './operation.ts';

type Rewrite = readonly [RegExp, (match: string, ...groups: readonly string[]) => string];

/** As long as what it replaces, with the name at its end, where a chain goes on. */
const place = (name: string, whole: string): string =>
  name.length > whole.length ? whole : name.padStart(whole.length);
const literal =
  (name: string): Rewrite[1] =>
  (whole) =>
    place(`'${name}'`, whole);

const REWRITES: Readonly<Record<Language, readonly Rewrite[]>> = {
  php: [
    [
      /\b(?:config\(|Config::get\(|config\(\)->get\()\s{0,20}["']session\.table["']\s{0,20}(?:,[^()\n]{0,80})?\)/g,
      literal('sessions'),
    ],
    [/\bconfig\(\s{0,20}["']session\.connection["'][^()\n]{0,80}\)/g, literal('default')],
    [
      /\benv\(\s{0,20}["'][A-Z_]{1,60}["']\s{0,20},\s{0,20}["'](\w{1,60})["']\s{0,20}\)/g,
      (whole, name = '') => place(`'${name}'`, whole),
    ],
    [
      /\(\s{0,4}new\s{1,4}(?:\\?\w{1,60}\\){0,6}\\?(\w{1,60})(?:\(\))?\s{0,4}\)->getTable\(\)/g,
      (whole, name = '') => place(`'${name}'`, whole),
    ],
  ],
  ruby: [
    [/\bActionDispatch::Session::ActiveRecordStore\.session_class\b/g, (whole) => place('Session', whole)],
    [
      /#\{\s{0,4}(?:\w{1,60}::){0,4}([A-Z]\w{0,60})\.(?:quoted_)?table_name\s{0,4}\}/g,
      (whole, name = '') => place(name, whole),
    ],
  ],
  python: [[/\{\s{0,4}(\w{1,60})\._meta\.db_table\s{0,4}\}/g, (whole, name = '') => place(name, whole)]],
  javascript: [
    [
      /\bprocess\.env(?:\.\w{1,60}|\[["']\w{1,60}["']\])\s{0,20}(?:\|\||\?\?)\s{0,20}(["'`]\w{1,60}["'`])/g,
      (whole, name = '') => place(name, whole),
    ],
  ],
};

/** The program with such names as literals; every other character keeps its place. */
export function withKnownNames(program: string, language: Language): string {
  return REWRITES[language].reduce((text, [pattern, by]) => text.replace(pattern, by), program);
}

/** `${schema}` and `${table}`, which a tool fills in before the SQL runs: what stands in them, as a name. */
export function withoutPlaceholders(sql: string): string {
  return sql.replace(/\$\{\s{0,4}(?:[\w-]{1,60}[.:]){0,4}(\w{1,60})\s{0,4}\}/g, '$1');
}

/** Rails: the task of activerecord-session_store that empties its table, run by a migration. */
const TASK =
  /(?:Rake::Task\[\s{0,4}["']|(?:\bsystem|\bsh|\bRails::Command\.invoke|%x)\s{0,4}[({]?\s{0,4}["']?[^"'`\n]{0,80}|`[^`\n]{0,80})\bdb:sessions:clear\b/g;

/** Tasks that a program runs on the session table, whatever its name. */
export function readTasks(
  { language, text, bare }: Source,
  lineAt: (index: number) => number,
): readonly Operation[] {
  if (language !== 'ruby') return [];
  return [...text.matchAll(TASK)]
    .filter((match) => bare[match.index] === text[match.index])
    .map((match) => ({ line: lineAt(match.index), verb: 'delete', table: 'sessions', parsed: true }));
}
