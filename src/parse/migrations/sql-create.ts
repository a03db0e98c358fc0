/**
 * CREATE and INSERT … SELECT: what a script makes itself, and whose rows it copies.
 *
 * @module
 */
import type { Operation } from './operation.ts';

/** A name with up to two qualifiers, in any dialect's quotes. */
export const NAME = String.raw`((?:["'\x60[]?[\w$]{1,64}["'\x60\]]?\.){0,2}["'\x60[]?[\w$]{1,64}["'\x60\]]?)`;

const CREATE = new RegExp(
  String.raw`^\s*create\s+(or\s+replace\s+)?(?:(?:unlogged|temp|temporary|global|local|materialized|recursive|algorithm\s*=\s*\w{1,12}|definer\s*=\s*\S{1,80})\s+){0,3}(table|view)\s+(if\s+not\s+exists\s+)?${NAME}`,
  'i',
);

const INSERT = new RegExp(
  String.raw`^\s*(?:insert\s+(?:or\s+\w{1,10}\s+|ignore\s+|low_priority\s+){0,2}into|replace\s+into|insert\s+overwrite(?:\s+table)?)\s+${NAME}`,
  'i',
);

const FROM = new RegExp(String.raw`\b(?:from|table)\s+(?:only\s+)?${NAME}`, 'i');

/** Queries that bring no row. */
const EMPTY =
  /\bwith\s+no\s+data\b|\blimit\s+0\b|\btop\s*\(?\s*0\b|\bwhere\s+(?:false|0|1\s*=\s*0|0\s*=\s*1|1\s*=\s*2|1\s*<>\s*1)\b/i;

/** Longer queries are read so far. Characters. */
const HEAD = 20_000;

/** The steps of a CREATE TABLE or CREATE VIEW; none for other statements. */
export function readCreate(text: string, line: number): readonly Operation[] {
  const head = text.slice(0, HEAD);
  const match = CREATE.exec(head);
  if (!match?.[4]) return [];
  const table = unquoted(match[4]);
  const source = /\b(?:as|select|table)\b/i.test(head.slice(match[0].length))
    ? FROM.exec(afterSelect(head.slice(match[0].length)))?.[1]
    : undefined;
  if (match[2]?.toLowerCase() === 'view')
    return source ? [{ line, verb: 'view', table, to: unquoted(source), parsed: true }] : [];
  const making = match[1] ? 'anew' : match[3] ? 'if-absent' : undefined;
  const create: Operation = { line, verb: 'create', table, making, parsed: true };
  return source && !EMPTY.test(head)
    ? [create, { line, verb: 'copy', table, to: unquoted(source), parsed: true }]
    : [create];
}

/** The step of INSERT INTO new SELECT … FROM old; undefined for other statements. */
export function readCopy(text: string, line: number): Operation | undefined {
  const head = text.slice(0, HEAD);
  const match = INSERT.exec(head);
  const source = match && FROM.exec(afterSelect(head.slice(match[0].length)))?.[1];
  if (!match?.[1] || !source || EMPTY.test(head)) return undefined;
  return { line, verb: 'copy', table: unquoted(match[1]), to: unquoted(source), parsed: true };
}

/** A name without its quotes. */
export function unquoted(name: string | undefined): string {
  return (name ?? '').replace(/["'`[\]]/g, '');
}

function afterSelect(text: string): string {
  const at = text.search(/\b(?:select|table)\b/i);
  return at < 0 ? '' : text.slice(at);
}
