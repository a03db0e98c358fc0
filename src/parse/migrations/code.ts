/**
 * Migrations that are programs (Rails, Django, Alembic, Knex, Sequelize, TypeORM, Laravel, Ecto): their calls
 * on tables and rows, and the SQL in their strings, on the way up only. A careful scanner, not an
 * interpreter: names that are computed at run time are not seen.
 *
 * @module
 */
import { constants } from './code-args.ts';
import { readCalls } from './code-calls.ts';
import { readChains } from './code-chains.ts';
import { upOnly } from './code-sections.ts';
import { readSqlIn } from './code-sql.ts';
import { type Language, sourceOf } from './code-text.ts';
import { type DjangoField, djangoFields } from './django-fields.ts';
import { readEcto } from './ecto.ts';
import { readTasks, withKnownNames } from './known-names.ts';
import { lineFinder } from './line-finder.ts';
import type { Operation } from './operation.ts';
import type { SqlReader } from './sql.ts';

/** All steps of one program's way up. */
export function readCode(
  program: string,
  language: Language | 'elixir',
  sql: SqlReader,
): readonly Operation[] {
  // As far as comments, strings and blocks go, Elixir reads like Ruby.
  const read = language === 'elixir' ? 'ruby' : language;
  const source = upOnly(sourceOf(withKnownNames(program, read), read));
  const names = constants(source);
  const lineAt = lineFinder(source.text, 1);
  const found = [
    ...readCalls(source, names, lineAt),
    ...readChains(source, names, lineAt),
    ...readSqlIn(source, names, sql, lineAt),
    ...readTasks(source, lineAt),
    ...(language === 'elixir' ? readEcto(source, lineAt) : []),
  ];
  // Two scanners may know the same call.
  const once = new Map(
    found.map((each) => [`${each.line} ${each.verb} ${each.table} ${each.column} ${each.to}`, each]),
  );
  return [...once.values()].sort((a, b) => a.line - b.line);
}

/** What a Django migration says of its fields. */
export function readFields(program: string): readonly DjangoField[] {
  const source = sourceOf(program, 'python');
  return djangoFields(source, upOnly(source), lineFinder(source.text, 1));
}
