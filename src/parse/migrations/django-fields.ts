/**
 * Django's AlterField says only what a field is from now on. What it was stands in the migrations before
 * it: with them a new help text is told from a new type.
 *
 * @module
 */
import { argumentsAt, closing, keyword, positional, split, type Stretch, textOf } from './code-args.ts';
import type { Source } from './code-text.ts';

/** What one migration says a field is. */
export interface DjangoField {
  readonly line: number;
  readonly model: string;
  readonly field: string;
  /** The AlterField of which the type may have changed; what else says it is only read. */
  readonly altered: boolean;
  /** The column that it becomes: `CharField 40`. */
  readonly column: Column;
  /** It says something that has no say in the column: a help text, a label, choices. */
  readonly decorated: boolean;
}

interface Column {
  readonly kind: string;
  readonly length: number | null;
  readonly name: string | null;
}

/** Kinds that are kept as text of a bounded length. */
const CHARS = /^(?:Char|Slug|Email|URL|FilePath|File|Image)Field$/;

const DECORATION =
  /\b(?:verbose_name|help_text|choices|default|blank|validators|editable|db_index|unique|related_name|auto_now\w*)\s*=/;

/** The fields that a migration defines or alters; `up` is the same source without what changes no table. */
export function djangoFields(
  whole: Source,
  up: Source,
  lineAt: (index: number) => number,
): readonly DjangoField[] {
  const found: DjangoField[] = [];
  const add = (at: number, model: string, field: string, definition: string, altered: boolean) => {
    const column = columnOf(definition);
    if (column)
      found.push({
        line: lineAt(at),
        model: model.toLowerCase(),
        field,
        altered,
        column,
        decorated: isDecorated(definition),
      });
  };
  for (const match of whole.bare.matchAll(/\bmigrations\.(CreateModel|AddField|AlterField)\b/g)) {
    const call = argumentsAt(whole, match.index + match[0].length);
    if (!call) continue;
    const plain = positional(whole, call.args);
    const value = (key: string, index: number) =>
      textOf(whole, keyword(whole, call.args, key) ?? plain[index]);
    const word = (text: string) => /^["'](\w{1,80})["']$/.exec(text)?.[1] ?? '';
    if (match[1] === 'CreateModel')
      for (const [field, definition] of tuples(whole, keyword(whole, call.args, 'fields') ?? plain[1]))
        add(match.index, word(value('name', 0)), word(field), definition, false);
    else {
      const model = word(value('model_name', 0));
      const altered = match[1] === 'AlterField' && up.bare.startsWith('migrations.AlterField', match.index);
      add(match.index, model, word(value('name', 1)), value('field', 2), altered);
    }
  }
  return found;
}

/** `[("id", models.AutoField(…)), …]` as pairs. */
function tuples(source: Source, list: Stretch | undefined): readonly (readonly [string, string])[] {
  const open = list ? source.bare.indexOf('[', list.from) : -1;
  const close = list && open >= 0 && open < list.to ? closing(source, open) : undefined;
  if (close === undefined) return [];
  return split(source, open + 1, close).flatMap((tuple) => {
    const from = source.bare.indexOf('(', tuple.from);
    const to = from >= 0 && from < tuple.to ? closing(source, from) : undefined;
    if (to === undefined) return [];
    const [field, definition] = split(source, from + 1, to);
    return [[textOf(source, field), textOf(source, definition)] as const];
  });
}

/** Lines of AlterFields that leave the column's type as it was, and of those that cannot be told. */
export interface Judgement {
  readonly harmless: ReadonlySet<string>;
  readonly unsure: ReadonlySet<string>;
}

/** Migrations in the order in which they run; each key is `file:line`. One app's at a time is enough. */
export function judgeFields(
  files: readonly { readonly file: string; readonly app: string; readonly fields: readonly DjangoField[] }[],
): Judgement {
  const known = new Map<string, Column>();
  const harmless = new Set<string>();
  const unsure = new Set<string>();
  for (const { file, app, fields } of files)
    for (const each of fields) {
      const key = `${app}.${each.model}.${each.field}`;
      const before = known.get(key);
      known.set(key, each.column);
      if (!each.altered) continue;
      if (before ? keeps(before, each.column) : each.decorated) harmless.add(`${file}:${each.line}`);
      else if (!before) unsure.add(`${file}:${each.line}`);
    }
  return { harmless, unsure };
}

function keeps(before: Column, after: Column): boolean {
  if (before.name !== after.name) return false;
  const text = CHARS.test(before.kind);
  if (text && after.kind === 'TextField') return true;
  if (before.kind !== after.kind && !(text && CHARS.test(after.kind))) return false;
  return after.length === null || (before.length !== null && after.length >= before.length);
}

function columnOf(definition: string): Column | undefined {
  const kind = /^\s*(?:[\w.]{1,80}\.)?(\w{1,60})\s*\(/.exec(definition)?.[1];
  if (kind === undefined) return undefined;
  const length = /\bmax_length\s*=\s*(\d{1,9})/.exec(definition)?.[1];
  return {
    kind,
    length: length === undefined ? null : Number(length),
    name: /\bdb_column\s*=\s*["'](\w{1,80})/.exec(definition)?.[1] ?? null,
  };
}

function isDecorated(definition: string): boolean {
  return DECORATION.test(definition) || /^[\w.\s]{1,80}\(\s*(?:_\(\s*)?["']/.test(definition);
}
