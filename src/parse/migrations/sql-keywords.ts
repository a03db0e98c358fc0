/**
 * Statements that no parser understood, read by their keywords. What it finds is to be read by eye.
 *
 * @module
 */
import { lineFinder } from './line-finder.ts';
import type { Operation, Verb } from './operation.ts';
import { isWholeTable } from './predicate.ts';
import { assignments } from './sql-assignments.ts';
import { NAME, readCreate, unquoted } from './sql-create.ts';

const HEAD = (words: string) => new RegExp(String.raw`\b${words}\s+${NAME}`, 'gi');

/** What may stand between the words and the name. */
const ONLY = String.raw`(?:\s+if\s+exists)?(?:\s+only)?`;

const TABLES: readonly (readonly [Verb, RegExp])[] = [
  ['drop', HEAD(String.raw`drop\s+table${ONLY}`)],
  ['truncate', HEAD(String.raw`truncate(?:\s+table)?${ONLY}`)],
  ['delete', HEAD(String.raw`delete\s+from${ONLY}`)],
];

const SCHEMA = HEAD(String.raw`drop\s+schema${ONLY}`);
/** Longer statements are read so far. Characters. */
const LONGEST = 3000;

const CREATE = /\bcreate\s+(?:\w{1,12}\s+){0,3}(?:table|view)\b/gi;
const ALTER = HEAD(String.raw`alter\s+table${ONLY}`);
const UPDATE = new RegExp(String.raw`\bupdate\s+(?:only\s+)?${NAME}\s+(?:as\s+)?(?:\w{1,30}\s+)?set\s`, 'gi');
const SP_RENAME = new RegExp(String.raw`\bsp_rename\s*\(?\s*N?'${NAME}'\s*,\s*N?'${NAME}'\s*(,)?`, 'gi');
/** Code in a string that is run: EXECUTE '…', EXEC('…'), sp_executesql N'…', PREPARE x FROM '…'. */
const RUN =
  /\b(?:execute(?:\s+immediate)?|exec|sp_executesql|prepare\s+\w{1,30}\s+from)\s*\(?\s*(?:format\s*\(\s*)?N?'((?:[^']|''){1,4000})'/gi;

/** Steps in a statement that could not be parsed, or in the body of a DO block. */
export function byKeywords(text: string, line: number): readonly Operation[] {
  const found: Operation[] = [];
  const whole = text.slice(0, 200_000);
  // What stands in a string is not a statement.
  const source = whole.replace(/'(?:[^'\\]|''|\\.)*'/g, (quoted) => `'${quoted.replace(/[^\n]/g, '')}'`);
  const lineAt = lineFinder(source, line);
  const rest = (match: RegExpMatchArray) => until(source, (match.index ?? 0) + match[0].length);
  for (const match of source.matchAll(CREATE))
    for (const each of readCreate(until(source, match.index), lineAt(match.index)))
      found.push({ ...each, parsed: false });
  for (const [verb, pattern] of TABLES)
    for (const match of source.matchAll(pattern)) {
      if (verb === 'delete' && !isWholeTable(rest(match))) continue;
      const more = verb === 'delete' ? [] : namesAfter(rest(match));
      for (const table of [match[1], ...more])
        found.push({ line: lineAt(match.index), verb, table: unquoted(table), parsed: false });
    }
  for (const match of source.matchAll(SCHEMA))
    found.push({ line: lineAt(match.index), verb: 'drop', table: `${unquoted(match[1])}.*`, parsed: false });
  for (const match of source.matchAll(ALTER))
    found.push(...altered(rest(match), unquoted(match[1]), lineAt(match.index)));
  for (const match of source.matchAll(UPDATE)) {
    if (!isWholeTable(rest(match))) continue;
    for (const column of assignments(rest(match)))
      found.push({
        line: lineAt(match.index),
        verb: 'update',
        table: unquoted(match[1]),
        column,
        parsed: false,
      });
  }
  const inside = /execute|exec\b|prepare|sp_/i.test(whole);
  if (inside) found.push(...inStrings(whole, line));
  return found.sort((a, b) => a.line - b.line);
}

function altered(rest: string, table: string, line: number): readonly Operation[] {
  const found: Operation[] = [];
  const push = (verb: Verb, more: Partial<Operation> = {}) =>
    found.push({ line, verb, table, parsed: false, ...more });
  const named = (words: string) => new RegExp(String.raw`\b${words}\s+${NAME}`, 'i').exec(rest)?.[1];
  if (/\bset\s+unlogged\b/i.test(rest)) push('unlogged');
  if (/\bengine\s*=?\s*memory\b/i.test(rest)) push('memory');
  const schema = named(String.raw`set\s+schema`);
  if (schema) push('rename', { to: `${unquoted(schema)}.${table.split('.').at(-1)}` });
  const to = named(String.raw`rename\s+(?:to|as)`);
  if (to) push('rename', { to: unquoted(to) });
  const renamed = named(String.raw`rename\s+column`);
  if (renamed) push('rename-column', { column: unquoted(renamed) });
  const dropped = named(String.raw`drop\s+column(?:\s+if\s+exists)?`);
  if (dropped) push('drop-column', { column: unquoted(dropped) });
  const retyped =
    named(String.raw`(?:modify|change)(?:\s+column)?`) ??
    new RegExp(String.raw`\balter\s+column\s+${NAME}\s+(?:set\s+data\s+)?type\b`, 'i').exec(rest)?.[1];
  if (retyped) push('retype', { column: unquoted(retyped) });
  return found;
}

/** Code in strings that is run, and the procedure of SQL Server that renames. */
function inStrings(source: string, line: number): readonly Operation[] {
  const lineAt = lineFinder(source, line);
  const found: Operation[] = [];
  for (const match of source.matchAll(RUN))
    for (const each of byKeywords(
      (match[1] ?? '').replaceAll("''", "'").replaceAll(/%[IsL]/g, 'x'),
      lineAt(match.index),
    ))
      found.push({ ...each, line: lineAt(match.index) });
  for (const { index, 1: table, 2: to, 3: more } of source.matchAll(SP_RENAME))
    if (!more)
      found.push({
        line: lineAt(index),
        verb: 'rename',
        table: unquoted(table),
        to: unquoted(to),
        parsed: false,
      });
  return found;
}

/** `, b, c CASCADE` → b and c. */
function namesAfter(rest: string): readonly string[] {
  const list = new RegExp(String.raw`^(?:\s*,\s*(?:only\s+)?${NAME}){1,50}`, 'i').exec(rest)?.[0] ?? '';
  return list
    .split(',')
    .slice(1)
    .map((name) => name.trim().replace(/^only\s+/i, ''));
}

function until(source: string, from: number): string {
  const end = source.indexOf(';', from);
  return source.slice(from, Math.min(end < 0 ? source.length : end, from + LONGEST));
}
