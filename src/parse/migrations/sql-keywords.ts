/**
 * Statements that no parser understood, read by their keywords. What it finds is to be read by eye.
 *
 * @module
 */
import type { Operation, Verb } from './operation.ts';

const NAME = String.raw`((?:["'\x60[]?[\w$]{1,64}["'\x60\]]?\.){0,2}["'\x60[]?[\w$]{1,64}["'\x60\]]?)`;
const HEAD = (words: string) => new RegExp(String.raw`\b${words}\s+${NAME}`, 'gi');

const TABLES: readonly (readonly [Verb, RegExp])[] = [
  [
    'create',
    HEAD(String.raw`create\s+(?:unlogged\s+|temp(?:orary)?\s+|global\s+)*table(?:\s+if\s+not\s+exists)?`),
  ],
  ['drop', HEAD(String.raw`drop\s+table(?:\s+if\s+exists)?`)],
  ['truncate', HEAD(String.raw`truncate(?:\s+table)?(?:\s+only)?`)],
  ['delete', HEAD(String.raw`delete\s+from(?:\s+only)?`)],
];

/** Steps in a statement that could not be parsed, or in the body of a function or DO block. */
export function byKeywords(text: string, line: number): readonly Operation[] {
  const found: Operation[] = [];
  // What stands in a string is not a statement.
  const source = text
    .slice(0, 200_000)
    .replace(/'(?:[^'\\]|''|\\.)*'/g, (quoted) => `'${quoted.replace(/[^\n]/g, '')}'`);
  for (const [verb, pattern] of TABLES)
    for (const match of source.matchAll(pattern)) {
      const rest = source.slice(match.index + match[0].length).split(';')[0] ?? '';
      if (verb === 'delete' && !isWholeTable(rest)) continue;
      found.push({ line: line + lines(source, match.index), verb, table: unquoted(match[1]), parsed: false });
    }
  for (const match of source.matchAll(HEAD(String.raw`alter\s+table(?:\s+if\s+exists)?(?:\s+only)?`))) {
    const rest = source.slice(match.index + match[0].length).split(';')[0] ?? '';
    const table = unquoted(match[1]);
    const at = line + lines(source, match.index);
    const push = (verb: Verb, more: Partial<Operation> = {}) =>
      found.push({ line: at, verb, table, parsed: false, ...more });
    if (/\bset\s+unlogged\b/i.test(rest)) push('unlogged');
    if (/\bengine\s*=?\s*memory\b/i.test(rest)) push('memory');
    const to = new RegExp(String.raw`\brename\s+(?:to\s+|as\s+)${NAME}`, 'i').exec(rest)?.[1];
    if (to) push('rename', { to: unquoted(to) });
    const dropped = new RegExp(String.raw`\bdrop\s+column\s+(?:if\s+exists\s+)?${NAME}`, 'i').exec(rest)?.[1];
    if (dropped) push('drop-column', { column: unquoted(dropped) });
    const retyped = new RegExp(
      String.raw`\b(?:modify(?:\s+column)?|change(?:\s+column)?)\s+${NAME}`,
      'i',
    ).exec(rest)?.[1];
    if (retyped) push('retype', { column: unquoted(retyped) });
  }
  for (const match of source.matchAll(
    new RegExp(String.raw`\bupdate\s+(?:only\s+)?${NAME}\s+set\s+${NAME}\s*=`, 'gi'),
  )) {
    const rest = source.slice(match.index + match[0].length).split(';')[0] ?? '';
    if (isWholeTable(rest))
      found.push({
        line: line + lines(source, match.index),
        verb: 'update',
        table: unquoted(match[1]),
        column: unquoted(match[2]),
        parsed: false,
      });
  }
  return found.sort((a, b) => a.line - b.line);
}

/** True when what follows DELETE or UPDATE … SET leaves no row out: no WHERE, or one that is always true. */
export function isWholeTable(rest: string): boolean {
  const where = /\bwhere\b([\s\S]*)$/i.exec(rest)?.[1];
  if (where === undefined) return !/\b(?:using|join)\b/i.test(rest);
  return /^\s*\(?\s*(?:true|1\s*=\s*1|1|\w+\s+is\s+not\s+null|\w*(?:creat|issued|insert)\w*\s*<=?\s*(?:now\s*\(\s*\)|current_timestamp(?:\s*\(\s*\))?|datetime\(\s*'now'\s*\)))\s*\)?\s*(?:returning\b.*)?;?\s*$/i.test(
    where,
  );
}

function unquoted(name: string | undefined): string {
  return (name ?? '').replace(/["'`[\]]/g, '');
}

function lines(text: string, index: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
