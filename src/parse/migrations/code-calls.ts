/**
 * Calls of a migration that change tables: drop_table, op.drop_table, Schema::drop, dropTable, DeleteModel …
 *
 * @module
 */
import { alteredColumn } from './alembic.ts';
import { argumentsAt, keyword, type Names, namesIn, positional, type Stretch, textOf } from './code-args.ts';
import { readBlock } from './code-blocks.ts';
import { type Language, type Source, spend } from './code-text.ts';
import type { Operation, Verb } from './operation.ts';

/** One call, taken apart. */
interface Call {
  readonly source: Source;
  readonly names: Names;
  readonly args: readonly Stretch[];
  /** Arguments without a key. */
  readonly plain: readonly Stretch[];
  /** Where it begins, and where it is over. */
  readonly at: number;
  readonly end: number;
}

type Step = Omit<Operation, 'line' | 'parsed'>;
type Reader = (call: Call) => readonly Step[];

const name = (call: Call, index: number): string =>
  namesIn(textOf(call.source, call.plain[index]), call.names)[0] ?? '';
const rest = (call: Call, from: number): readonly string[] =>
  call.plain.slice(from).flatMap((each) => namesIn(textOf(call.source, each), call.names));
/** By key, or else by place. */
const either = (call: Call, key: string, index: number): string => {
  const keyed = keyword(call.source, call.args, key);
  return keyed ? (namesIn(textOf(call.source, keyed), call.names)[0] ?? '') : name(call, index);
};
const says = (call: Call, key: string): string => textOf(call.source, keyword(call.source, call.args, key));

const each =
  (verb: Verb): Reader =>
  (call) =>
    rest(call, 0).map((table) => ({ verb, table }));
const first =
  (verb: Verb, making?: Operation['making']): Reader =>
  (call) => [{ verb, table: name(call, 0), making }];
const pair: Reader = (call) => [{ verb: 'rename', table: name(call, 0), to: name(call, 1) }];
const columns =
  (verb: Verb): Reader =>
  (call) =>
    rest(call, 1).map((column) => ({ verb, table: name(call, 0), column }));
const column =
  (verb: Verb): Reader =>
  (call) => [{ verb, table: name(call, 0), column: name(call, 1) }];
const field =
  (verb: Verb, key = 'name'): Reader =>
  (call) => [{ verb, table: either(call, 'model_name', 0), column: either(call, key, 1) }];

const createInRuby: Reader = (call) => {
  const force = says(call, 'force');
  const making =
    force !== '' && force !== 'false'
      ? 'anew'
      : says(call, 'if_not_exists') === 'true'
        ? 'if-absent'
        : undefined;
  return [{ verb: 'create', table: name(call, 0), making }];
};

const alterInAlembic: Reader = (call) =>
  alteredColumn(call.source, call.args).map((verb) => ({
    verb,
    table: name(call, 0),
    column: name(call, 1),
  }));

const bulkDelete: Reader = (call) => {
  const where = textOf(call.source, call.plain[1]);
  const whole = /^(?:|null|undefined|\{\s*\})$/.test(where);
  return whole ? [{ verb: 'delete', table: name(call, 0) }] : [];
};

const CALLS: Readonly<Record<Language, readonly (readonly [RegExp, Reader])[]>> = {
  ruby: [
    [/(?<!def )\bcreate_table\b/g, createInRuby],
    [/(?<!def )\bdrop_table\b/g, each('drop')],
    [/(?<!\w)truncate(?:_tables?)?\b/g, each('truncate')],
    [/\brename_table\b/g, pair],
    [/\bchange_column\b/g, column('retype')],
    [/\bremove_columns?\b/g, columns('drop-column')],
    [/\brename_column\b/g, column('rename-column')],
    [/\badd_column\b/g, column('add-column')],
  ],
  python: [
    [
      /\bop\.create_table\b/g,
      (call) => [
        {
          verb: 'create',
          table: name(call, 0),
          making: says(call, 'if_not_exists') === 'True' ? 'if-absent' : undefined,
        },
      ],
    ],
    [/\bop\.drop_table\b/g, first('drop')],
    [/\bop\.rename_table\b/g, pair],
    [/\bop\.alter_column\b/g, alterInAlembic],
    [/\bop\.drop_column\b/g, column('drop-column')],
    [
      /\bop\.add_column\b/g,
      (call) => [
        {
          verb: 'add-column',
          table: name(call, 0),
          column: /["'](\w{1,80})/.exec(textOf(call.source, call.plain[1]))?.[1],
        },
      ],
    ],
    [/\bmigrations\.CreateModel\b/g, (call) => [{ verb: 'create', table: either(call, 'name', 0) }]],
    [/\bmigrations\.DeleteModel\b/g, (call) => [{ verb: 'drop', table: either(call, 'name', 0) }]],
    [
      /\bmigrations\.RenameModel\b/g,
      (call) => [{ verb: 'rename', table: either(call, 'old_name', 0), to: either(call, 'new_name', 1) }],
    ],
    [
      /\bmigrations\.AlterModelTable\b/g,
      (call) => [{ verb: 'rename', table: either(call, 'name', 0), to: either(call, 'table', 1) }],
    ],
    [/\bmigrations\.AddField\b/g, field('add-column')],
    [/\bmigrations\.AlterField\b/g, field('retype')],
    [/\bmigrations\.RemoveField\b/g, field('drop-column')],
    [/\bmigrations\.RenameField\b/g, field('rename-column', 'old_name')],
    [
      /\bschema_editor\.delete_model\b/g,
      (call) => [
        {
          verb: 'drop',
          table: call.names.get(textOf(call.source, call.plain[0])) ?? textOf(call.source, call.plain[0]),
        },
      ],
    ],
  ],
  javascript: [
    [
      /\.createTable\b/g,
      (call) => [
        {
          verb: 'create',
          table: name(call, 0),
          making: /\bifNotExists\s*(?:\(\s*\)|:\s*true)/.test(
            call.source.bare.slice(call.at, call.end + 200).split(';')[0] ?? '',
          )
            ? 'if-absent'
            : undefined,
        },
      ],
    ],
    [/\.createTableIfNotExists\b/g, first('create', 'if-absent')],
    [/\.(?:dropTable|dropTableIfExists|dropTables)\b/g, (call) => [{ verb: 'drop', table: name(call, 0) }]],
    [/\.renameTable\b/g, pair],
    [/\.clearTable\b/g, first('truncate')],
    [/\.(?:changeColumn|alterColumn)\b/g, column('retype')],
    [/\.(?:removeColumn|dropColumn|dropColumns)\b/g, columns('drop-column')],
    [/\.renameColumn\b/g, column('rename-column')],
    [/\.(?:addColumn|addColumns)\b/g, column('add-column')],
    [/\.bulkDelete\b/g, bulkDelete],
  ],
  php: [
    [/\b[sS]chema(?:::|\(\)->|->)(?:connection\([^)]{0,60}\)->)?create\b/g, first('create')],
    [
      /\b[sS]chema(?:::|\(\)->|->)(?:connection\([^)]{0,60}\)->)?(?:drop|dropIfExists|dropTable)\b/g,
      first('drop'),
    ],
    [/\b[sS]chema(?:::|\(\)->|->)(?:connection\([^)]{0,60}\)->)?(?:rename|renameTable)\b/g, pair],
    [/\b[sS]chema(?:::|\(\)->|->)(?:connection\([^)]{0,60}\)->)?dropColumns\b/g, columns('drop-column')],
  ],
};

/** All steps of a program's calls on tables and columns. */
export function readCalls(
  source: Source,
  names: Names,
  lineAt: (index: number) => number,
): readonly Operation[] {
  const found: Operation[] = [];
  for (const [pattern, reader] of CALLS[source.language])
    for (const match of source.bare.matchAll(pattern)) {
      const taken = argumentsAt(source, match.index + match[0].length);
      if (!taken) continue;
      const plain = positional(source, taken.args);
      const call: Call = { source, names, args: taken.args, plain, at: match.index, end: taken.end };
      for (const step of reader(call))
        if (step.table !== '') found.push({ ...step, line: lineAt(match.index), parsed: true });
    }
  return [...reverted(source, found, lineAt), ...readBlock(source, names, lineAt)];
}

/** A block is followed so far. Characters. */
const LONGEST_REVERT = 20_000;

/** Rails: inside `revert do … end` a create is a drop. */
function reverted(
  source: Source,
  found: readonly Operation[],
  lineAt: (index: number) => number,
): readonly Operation[] {
  if (source.language !== 'ruby') return found;
  const blocks = [...source.bare.matchAll(/^([ \t]*)revert(?:[ \t]+do\b|[ \t]*\{)/gm)].map((match) => {
    if (!spend(source, LONGEST_REVERT)) return [0, 0] as const;
    const end = new RegExp(`^${match[1]}(?:end\\b|\\})`, 'm').exec(
      source.bare.slice(match.index + match[0].length),
    );
    return [lineAt(match.index), lineAt(match.index + match[0].length + (end?.index ?? 0))] as const;
  });
  return found.map((each) => {
    const inside = blocks.some(([from, to]) => each.line >= from && each.line <= to);
    if (!inside) return each;
    if (each.verb === 'create') return { ...each, verb: 'drop', making: undefined };
    return each.verb === 'drop' ? { ...each, verb: 'create' } : each;
  });
}
