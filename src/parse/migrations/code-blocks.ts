/**
 * Blocks that change one table's columns: change_table, alterTable, Schema::table, batch_alter_table.
 *
 * @module
 */
import { alteredColumn } from './alembic.ts';
import { argumentsAt, type Names, namesIn, positional, type Stretch, textOf } from './code-args.ts';
import { linksAt } from './code-links.ts';
import { blockEnd } from './code-sections.ts';
import { type Language, type Source, spend } from './code-text.ts';
import type { Operation, Verb } from './operation.ts';

const HEADS: Readonly<Record<Language, RegExp>> = {
  ruby: /\bchange_table\b/g,
  python: /\bop\.batch_alter_table\b/g,
  javascript: /\.(?:table|alterTable)\b/g,
  php: /(?:\b[sS]chema(?:::|\(\)->|->)(?:connection\([^)]{0,60}\)->)?|\$this->)table\b/g,
};

/** Calls inside that are about something else than a column. */
const NO_COLUMN =
  /index|unique|primary|foreign|drop|remove|reference|constraint|timestamps|comment|default|create|save|update|execute|check/i;

/** All steps inside such blocks. */
export function readBlock(
  source: Source,
  names: Names,
  lineAt: (index: number) => number,
): readonly Operation[] {
  return [...source.bare.matchAll(HEADS[source.language])].flatMap((match) => {
    const call = argumentsAt(source, match.index + match[0].length);
    const table = call && namesIn(textOf(source, call.args[0]), names)[0];
    if (!call || table === undefined) return [];
    return bodies(source, match.index, call.args, call.end).flatMap((body) =>
      statements(source, body).flatMap((statement) => read(source, statement, names, table, lineAt)),
    );
  });
}

/** Where the inner calls stand: in a callback, in a block, below a `with`, or in the chain that follows. */
function bodies(source: Source, at: number, args: readonly Stretch[], end: number): readonly Stretch[] {
  if (source.language === 'ruby') {
    const to = blockEnd(source, end, 0);
    return to === undefined ? [] : [{ from: end, to }];
  }
  if (source.language === 'python')
    return spend(source, 40_000) ? [{ from: end, to: below(source.bare, at, end) }] : [];
  const callback = args[1];
  return callback ? [callback] : [{ from: end, to: chainEnd(source, end) }];
}

function below(bare: string, at: number, end: number): number {
  const head = /^[ \t]*/.exec(bare.slice(bare.lastIndexOf('\n', at) + 1))?.[0].length ?? 0;
  for (
    let from = bare.indexOf('\n', end) + 1;
    from > 0 && from < end + 10_000;
    from = bare.indexOf('\n', from) + 1
  ) {
    const line = /^[^\n]*/.exec(bare.slice(from, from + 400))?.[0] ?? '';
    if (line.trim() !== '' && line.length - line.trimStart().length <= head) return from;
  }
  return Math.min(bare.length, end + 10_000);
}

function chainEnd(source: Source, end: number): number {
  return linksAt(source, end).at(-1)?.end ?? end;
}

/** Calls on one column stand together: `t.string('sid').alter()`. */
function statements(source: Source, body: Stretch): readonly Stretch[] {
  const found: Stretch[] = [];
  if (!spend(source, (body.to - body.from) * 4)) return found;
  const heads = /(?:\.|->)\s*([A-Za-z_]\w{0,40})/g;
  heads.lastIndex = body.from;
  for (let match = heads.exec(source.bare); match && match.index < body.to; match = heads.exec(source.bare)) {
    const last = linksAt(source, match.index).at(-1)?.end ?? match.index + match[0].length;
    const end =
      source.language === 'ruby'
        ? Math.max(last, argumentsAt(source, match.index + match[0].length)?.end ?? 0)
        : last;
    found.push({ from: match.index, to: Math.min(end, body.to) });
    heads.lastIndex = Math.max(end, heads.lastIndex);
  }
  return found;
}

function read(
  source: Source,
  statement: Stretch,
  names: Names,
  table: string,
  lineAt: (index: number) => number,
): readonly Operation[] {
  const links = linksAt(source, statement.from);
  const opening = links[0];
  if (!opening) return [];
  const step = (verb: Verb, column: string | undefined, at: number, to?: string): Operation => ({
    line: lineAt(at),
    verb,
    table,
    column,
    to,
    parsed: true,
  });
  const changed = links.some((link) => /^(?:alter|change)$/.test(link.name) && link.args.length === 0);
  const firstName = namesIn(textOf(source, opening.args[0]), names)[0];
  if (changed) return firstName === undefined ? [] : [step('retype', firstName, opening.at)];
  return links.flatMap((link): readonly Operation[] => {
    const plain = positional(source, link.args);
    const given = plain.flatMap((each) => namesIn(textOf(source, each), names));
    const one = given[0];
    if (/^(?:dropColumns?|drop_column|removeColumns?|remove|remove_columns?)$/.test(link.name))
      return given.map((column) => step('drop-column', column, link.at));
    if (
      source.language === 'php' &&
      /^(?:drop|truncate)$/.test(link.name) &&
      link.called &&
      link.args.length === 0
    )
      return [step(link.name === 'drop' ? 'drop' : 'truncate', undefined, link.at)];
    if (one === undefined) return [];
    if (/^(?:renameTo|rename)$/.test(link.name) && given.length === 1)
      return [step('rename', undefined, link.at, one)];
    if (/^(?:renameColumn|rename_column|rename)$/.test(link.name))
      return [step('rename-column', one, link.at)];
    if (/^(?:alterColumn|changeColumn|change|change_column|modify)$/.test(link.name))
      return [step('retype', one, link.at)];
    if (link.name === 'alter_column')
      return alteredColumn(source, link.args).map((verb) => step(verb, one, link.at));
    if (link.name === 'add_column') {
      const added = /\bColumn\s*\(\s*["'](\w{1,80})/.exec(textOf(source, plain[0]))?.[1];
      return added ? [step('add-column', added, link.at)] : [];
    }
    const isColumn = link === opening && !NO_COLUMN.test(link.name);
    return isColumn ? [step('add-column', one, link.at)] : [];
  });
}
