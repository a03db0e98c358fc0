/**
 * Ecto's migrations: its calls on tables and rows. Elixir reads like Ruby as far as comments, strings and
 * blocks go, so the source comes as Ruby.
 *
 * @module
 */
import { plainSql } from './code-chains.ts';
import { type Source, spend } from './code-text.ts';
import type { Operation, Verb } from './operation.ts';
import { endsSessions } from './predicate.ts';

/** How much of a call is looked at. Characters. */
const CALL = 600;
const BLOCK = 20_000;

type Step = readonly [verb: Verb, table: string, more?: Partial<Operation>];

const TABLE = /^\s{0,4}\(?\s{0,4}[:"](\w{1,80})/;
const REPO = /(?:\brepo\(\)|\b(?:[A-Z]\w{0,60}\.){0,4}Repo)\.(?:delete_all|update_all)\b/g;

/** All steps of one source's way up. */
export function readEcto(source: Source, lineAt: (index: number) => number): readonly Operation[] {
  const found: Operation[] = [];
  const add = (at: number, [verb, table, more]: Step) =>
    found.push({ line: lineAt(at), verb, table, parsed: true, ...more });
  for (const match of source.bare.matchAll(
    /\b(create|create_if_not_exists|drop|drop_if_exists|rename|alter)\b[\s(]{1,4}table\b/g,
  )) {
    const after = match.index + match[0].length;
    const table = spend(source, CALL) ? TABLE.exec(source.text.slice(after, after + 100))?.[1] : undefined;
    if (table === undefined) continue;
    for (const [at, step] of onTable(source, match[1] ?? '', table, after)) add(at, step);
  }
  for (const match of source.bare.matchAll(REPO)) {
    if (!spend(source, 2 * CALL)) break;
    const step = onRows(source, match.index, match.index + match[0].length);
    if (step) add(match.index, step);
  }
  return found;
}

function onTable(
  source: Source,
  word: string,
  table: string,
  after: number,
): readonly (readonly [number, Step])[] {
  const rest = source.text.slice(after, after + CALL);
  if (word.startsWith('create'))
    return [[after, ['create', table, word === 'create' ? {} : { making: 'if-absent' }]]];
  if (word.startsWith('drop')) return [[after, ['drop', table]]];
  if (word === 'rename') {
    const to = /^[^\n]{0,200}?,\s{0,40}to:\s{0,4}table\(?\s{0,4}[:"](\w{1,80})/.exec(rest)?.[1];
    if (to !== undefined) return [[after, ['rename', table, { to }]]];
    const column = /^\s{0,4}\(?[^,)\n]{1,100}\)?\s{0,4},\s{0,40}:(\w{1,80})/.exec(rest)?.[1];
    return [[after, ['rename-column', table, { column }]]];
  }
  if (!spend(source, BLOCK)) return [];
  const block = source.text.slice(after, after + BLOCK).split(/\n[ \t]*end\b/)[0] ?? '';
  return [
    ...block.matchAll(/^[ \t]*(remove|remove_if_exists|modify|add|add_if_not_exists)[ (]{1,4}:(\w{1,80})/gm),
  ].map((line) => {
    const verb: Verb = line[1]?.startsWith('remove')
      ? 'drop-column'
      : line[1] === 'modify'
        ? 'retype'
        : 'add-column';
    return [after + line.index, [verb, table, { column: line[2] }]];
  });
}

/** What stands in the brackets, or before the pipe: a table or a schema, and no condition. */
function onRows(source: Source, at: number, after: number): Step | undefined {
  const close = source.closings.get(source.bare.indexOf('(', after));
  const open = /^\s{0,4}\(/.test(source.bare.slice(after, after + 5));
  const line = source.text.slice(after, after + CALL).split('\n')[0] ?? '';
  const args =
    open && close !== undefined && close - after < CALL
      ? source.text.slice(after, close).replace(/^\s*\(/, '')
      : line;
  const piped = /([^\n;]{1,300}?)\s{0,40}\|>\s{0,4}$/.exec(source.text.slice(Math.max(0, at - 340), at))?.[1];
  const query = (piped ?? args).trim();
  if (/\b(?:where|join|limit)\b/.test(query) || /\b(?:where|limit)\b/.test(piped === undefined ? '' : args))
    return undefined;
  const name =
    /^(?:from[\s(]{1,4}\w{1,40}\s{1,4}in\s{1,4})?(?:"(\w{1,80})"|(?:[A-Z]\w{0,60}\.){0,6}([A-Z]\w{0,60}))/.exec(
      query,
    );
  const table = name?.[1] ?? name?.[2];
  if (table === undefined) return undefined;
  if (source.bare.slice(at, after).endsWith('delete_all')) return ['delete', table];
  const set = /\bset:\s{0,4}\[([^\]]{1,400})\]/.exec(args)?.[1] ?? '';
  for (const [, column = '', value = ''] of set.matchAll(/(\w{1,64}):\s{0,4}([^,\]]{1,100})/g))
    if (endsSessions(column, plainSql(value))) return ['update', table, { column }];
  return undefined;
}
