/**
 * Migrations that are programs (Rails, Django, Alembic, Knex, Sequelize, TypeORM, Laravel): their calls
 * on tables, and the SQL in their strings, on the way up only. A careful scanner, not an interpreter:
 * names that are computed at run time are not seen.
 *
 * @module
 */
import type { Operation, Verb } from './operation.ts';
import { upOnly } from './code-sections.ts';
import type { SqlReader } from './sql.ts';

export type Language = 'ruby' | 'python' | 'javascript' | 'php';

interface Call {
  readonly verb: Verb;
  /** Groups: `t` the table, `to` the new name, `c` the column. Linear on bounded gaps. */
  readonly pattern: RegExp;
}

const S = String.raw`\(?\s*:?["'\x60]?`;
const N = (group: string) => String.raw`(?<${group}>[\w.$]{1,80})["'\x60]?`;
const call = (verb: Verb, pattern: string): Call => ({ verb, pattern: new RegExp(pattern, 'g') });

const CALLS: Readonly<Record<Language, readonly Call[]>> = {
  ruby: [
    call('create', String.raw`\bcreate_table\s*${S}${N('t')}`),
    call('drop', String.raw`\bdrop_table\s*${S}${N('t')}`),
    call('truncate', String.raw`\btruncate(?:_tables)?\s*${S}${N('t')}`),
    call('rename', String.raw`\brename_table\s*${S}${N('t')}\s*,\s*:?["']?${N('to')}`),
    call('retype', String.raw`\bchange_column\s*${S}${N('t')}\s*,\s*:?["']?${N('c')}`),
    call('drop-column', String.raw`\bremove_columns?\s*${S}${N('t')}\s*,\s*:?["']?${N('c')}`),
    call('rename-column', String.raw`\brename_column\s*${S}${N('t')}\s*,\s*:?["']?${N('c')}`),
    call(
      'delete',
      String.raw`(?<t>[A-Z][\w:]{1,80})\.(?:unscoped\.|all\.)?(?:delete_all|destroy_all)\b(?!\s*\(\s*\[)`,
    ),
    call(
      'update',
      String.raw`(?<t>[A-Z][\w:]{1,80})\.(?:unscoped\.|all\.)?update_all\s*\(?\s*\{?\s*["':]?(?<c>\w{1,64})`,
    ),
  ],
  python: [
    call('create', String.raw`\bop\.create_table\s*\(\s*["']${N('t')}`),
    call('create', String.raw`\bmigrations\.CreateModel\s*\(\s*(?:name\s*=\s*)?["']${N('t')}`),
    call('drop', String.raw`\bop\.drop_table\s*\(\s*["']${N('t')}`),
    call('drop', String.raw`\bmigrations\.DeleteModel\s*\(\s*(?:name\s*=\s*)?["']${N('t')}`),
    call('rename', String.raw`\bop\.rename_table\s*\(\s*["']${N('t')}\s*,\s*["']${N('to')}`),
    call(
      'rename',
      String.raw`\bmigrations\.RenameModel\s*\(\s*(?:old_name\s*=\s*)?["']${N('t')}\s*,\s*(?:new_name\s*=\s*)?["']${N('to')}`,
    ),
    call(
      'rename',
      String.raw`\bmigrations\.AlterModelTable\s*\(\s*(?:name\s*=\s*)?["']${N('t')}\s*,\s*(?:table\s*=\s*)?["']${N('to')}`,
    ),
    call(
      'retype',
      String.raw`\bop\.alter_column\s*\(\s*["']${N('t')}\s*,\s*["']${N('c')}(?:(?!\bop\.)[\s\S]){0,300}?\btype_\s*=`,
    ),
    call(
      'rename-column',
      String.raw`\bop\.alter_column\s*\(\s*["']${N('t')}\s*,\s*["']${N('c')}(?:(?!\bop\.)[\s\S]){0,300}?\bnew_column_name\s*=`,
    ),
    call('drop-column', String.raw`\bop\.drop_column\s*\(\s*["']${N('t')}\s*,\s*["']${N('c')}`),
    call(
      'retype',
      String.raw`\bmigrations\.AlterField\s*\(\s*model_name\s*=\s*["']${N('t')}\s*,\s*name\s*=\s*["']${N('c')}`,
    ),
    call(
      'drop-column',
      String.raw`\bmigrations\.RemoveField\s*\(\s*model_name\s*=\s*["']${N('t')}\s*,\s*name\s*=\s*["']${N('c')}`,
    ),
    call(
      'rename-column',
      String.raw`\bmigrations\.RenameField\s*\(\s*model_name\s*=\s*["']${N('t')}\s*,\s*old_name\s*=\s*["']${N('c')}`,
    ),
    call(
      'delete',
      String.raw`(?<t>[A-Z]\w{1,80})\.objects(?:\.using\([^)]{0,60}\))?\.all\(\)\.(?:_raw_)?delete\(`,
    ),
    call('update', String.raw`(?<t>[A-Z]\w{1,80})\.objects(?:\.all\(\))?\.update\(\s*(?<c>\w{1,64})`),
  ],
  javascript: [
    call('create', String.raw`\.(?:createTable|createTableIfNotExists)\s*\(\s*["'\x60]${N('t')}`),
    call('drop', String.raw`\.(?:dropTable|dropTableIfExists)\s*\(\s*["'\x60]${N('t')}`),
    call('rename', String.raw`\.renameTable\s*\(\s*["'\x60]${N('t')}\s*,\s*["'\x60]${N('to')}`),
    call('truncate', String.raw`\(\s*["'\x60]${N('t')}\s*\)\s*\.truncate\s*\(`),
    call('truncate', String.raw`\.clearTable\s*\(\s*["'\x60]${N('t')}`),
    call('delete', String.raw`\(\s*["'\x60]${N('t')}\s*\)\s*\.(?:del|delete)\s*\(\s*\)`),
    call('delete', String.raw`\.bulkDelete\s*\(\s*["'\x60]${N('t')}\s*,\s*(?:null|undefined|\{\s*\})`),
    call(
      'update',
      String.raw`\(\s*["'\x60]${N('t')}\s*\)\s*\.update\s*\(\s*\{\s*["']?(?<c>\w{1,64})(?![^;]{0,400}\.where)`,
    ),
    call('retype', String.raw`\.changeColumn\s*\(\s*["'\x60]${N('t')}\s*,\s*["'\x60]${N('c')}`),
    call(
      'drop-column',
      String.raw`\.(?:removeColumn|dropColumn)\s*\(\s*["'\x60]${N('t')}\s*,\s*["'\x60]${N('c')}`,
    ),
    call('rename-column', String.raw`\.renameColumn\s*\(\s*["'\x60]${N('t')}\s*,\s*["'\x60]${N('c')}`),
  ],
  php: [
    call('create', String.raw`\bSchema::(?:connection\([^)]{0,60}\)->)?create\s*\(\s*["']${N('t')}`),
    call(
      'drop',
      String.raw`\bSchema::(?:connection\([^)]{0,60}\)->)?(?:drop|dropIfExists)\s*\(\s*["']${N('t')}`,
    ),
    call(
      'rename',
      String.raw`\bSchema::(?:connection\([^)]{0,60}\)->)?rename\s*\(\s*["']${N('t')}\s*,\s*["']${N('to')}`,
    ),
    call('truncate', String.raw`\bDB::table\s*\(\s*["']${N('t')}\s*\)\s*->truncate\s*\(`),
    call('delete', String.raw`\bDB::table\s*\(\s*["']${N('t')}\s*\)\s*->delete\s*\(\s*\)`),
    call(
      'update',
      String.raw`\bDB::table\s*\(\s*["']${N('t')}\s*\)\s*->update\s*\(\s*\[\s*["'](?<c>\w{1,64})`,
    ),
  ],
};

/** A table block whose inner calls change columns: `table('sessions', t => { t.dropColumn('x') })`. */
const BLOCKS: Readonly<Partial<Record<Language, RegExp>>> = {
  javascript: /\.(?:table|alterTable)\s*\(\s*["'`](?<t>[\w.]{1,80})["'`]\s*,/g,
  php: /\bSchema::table\s*\(\s*["'](?<t>[\w.]{1,80})["']\s*,/g,
  ruby: /\bchange_table\s*\(?\s*:?["']?(?<t>[\w.]{1,80})/g,
  python: /\bop\.batch_alter_table\s*\(\s*["'](?<t>[\w.]{1,80})["']/g,
};

const INNER: readonly Call[] = [
  call('drop-column', String.raw`(?:\.|->)(?:dropColumn|drop_column|remove)\s*\(?\s*\[?\s*:?["']?${N('c')}`),
  call('rename-column', String.raw`(?:\.|->)(?:renameColumn|rename)\s*\(?\s*:?["']${N('c')}\s*,`),
  call('retype', String.raw`["']${N('c')}[^;\n]{0,200}(?:\.alter|->change)\s*\(`),
];

/** Where a string of SQL begins. */
const SQL_CALLS: Readonly<Record<Language, RegExp>> = {
  ruby: /\b(?:execute|exec_update|exec_delete|select_all)\b\s*\(?\s*/g,
  python:
    /\b(?:op\.execute|RunSQL|cursor\.execute|connection\.execute|bind\.execute|execute)\s*\(\s*(?:sql\s*=\s*)?(?:(?:sa\.|sqlalchemy\.)?text\s*\(\s*)?\[?\s*[fr]?/g,
  javascript: /\.(?:raw|query|unsafe|execute|executeSql|runSql|sql)\s*(?:\(\s*|(?=`))/g,
  php: /\bDB::(?:statement|unprepared|delete|update|raw)\s*\(\s*|->(?:addSql|execute|exec|query)\s*\(\s*/g,
};

/** All steps of one program's way up. */
export function readCode(source: string, language: Language, sql: SqlReader): readonly Operation[] {
  const text = upOnly(source, language);
  const lineAt = lineFinder(text);
  const found: Operation[] = [];
  for (const { verb, pattern } of CALLS[language])
    for (const match of text.matchAll(pattern)) {
      const { t, to, c } = match.groups ?? {};
      if (t)
        found.push({
          line: lineAt(match.index),
          verb,
          table: t.split('::').at(-1) ?? t,
          to,
          column: c,
          parsed: true,
        });
    }
  for (const match of text.matchAll(BLOCKS[language] ?? /(?!)/g))
    found.push(...inside(text, match.index + match[0].length, match.groups?.['t'] ?? '', lineAt));
  for (const match of text.matchAll(SQL_CALLS[language])) {
    const literal = literalAt(text, match.index + match[0].length);
    if (literal) found.push(...sql(literal.value, lineAt(literal.start)));
  }
  return found.sort((a, b) => a.line - b.line);
}

function inside(
  text: string,
  from: number,
  table: string,
  lineAt: (index: number) => number,
): readonly Operation[] {
  const block = text.slice(from, from + 4000);
  const end = /\n\s*(?:\}\s*\)|\}\);|end\b)|\n\S/.exec(block)?.index ?? block.length;
  const body = block.slice(0, end + 1);
  return INNER.flatMap(({ verb, pattern }) =>
    [...body.matchAll(pattern)].map(
      (match): Operation => ({
        line: lineAt(from + match.index),
        verb,
        table,
        column: match.groups?.['c'],
        parsed: true,
      }),
    ),
  );
}

interface Literal {
  readonly value: string;
  readonly start: number;
}

/** The string literal at an index, as the four languages write them, heredocs included. */
function literalAt(text: string, index: number): Literal | undefined {
  const rest = text.slice(index, index + 200);
  const heredoc = /^<<[~-]?["']?(\w{1,40})["']?[^\n]{0,100}\n|^<<<\s*["']?(\w{1,40})["']?\n/.exec(rest);
  if (heredoc) {
    const start = index + heredoc[0].length;
    const end = new RegExp(`^\\s*${heredoc[1] ?? heredoc[2]}\\b`, 'm').exec(
      text.slice(start, start + 100_000),
    );
    return end ? { value: text.slice(start, start + end.index), start } : undefined;
  }
  const open = /^(?:"""|'''|%[qQ]?[({[]|["'`])/.exec(rest)?.[0];
  if (!open) return undefined;
  const last = open.at(-1) ?? '';
  const close = open.startsWith('%') ? ({ '(': ')', '{': '}', '[': ']' }[last] ?? ')') : open;
  const start = index + open.length;
  for (let at = start; at < text.length && at < start + 100_000; at++) {
    if (text[at] === '\\' && !open.startsWith('%')) at++;
    else if (text.startsWith(close, at))
      return { value: text.slice(start, at).replace(/\\(["'`])/g, ' $1'), start };
  }
  return undefined;
}

function lineFinder(text: string): (index: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (index) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
