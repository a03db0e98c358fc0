/**
 * What an UPDATE sets.
 *
 * @module
 */
import { endsSessions } from './predicate.ts';
import { unquoted } from './sql-create.ts';

/** Longer lists are read so far. Characters. */
const LONGEST = 8000;

/** The columns that get a value which ends sessions; `list` is what follows SET. */
export function assignments(list: string): readonly string[] {
  return parts(list.slice(0, LONGEST)).flatMap((part) => {
    const match = /^\s*([\w$."`[\]]{1,130})\s*:?=\s*([\s\S]*)$/.exec(part);
    const column = unquoted(match?.[1]).split('.').at(-1) ?? '';
    return match && column !== '' && endsSessions(column, match[2] ?? '') ? [column] : [];
  });
}

/** Split at commas that stand in no bracket, up to FROM, WHERE and what else ends the list. */
function parts(list: string): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (const match of list.matchAll(/'(?:[^']|'')*'|[(),;]|\b(?:from|where|returning|order|limit)\b/gi)) {
    const token = match[0].toLowerCase();
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (depth === 0 && !token.startsWith("'")) {
      found.push(list.slice(from, match.index));
      from = match.index + 1;
      if (token !== ',') return found;
    }
  }
  found.push(list.slice(from));
  return found;
}
