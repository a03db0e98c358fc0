/**
 * What a schema says of a mistake, in an operator's words. No value that could be a secret is repeated.
 *
 * @module
 */
import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { emptyContext } from './references.ts';
import { layerSchema } from './schema.ts';
import { quoted } from './word.ts';

/** Names the place of a key path: a flag, a variable, or file, line and column. */
export type Where = (path: readonly PropertyKey[], wholeKey: boolean) => string;

type Issue = z.core.$ZodIssue;

/** A union (one value or a list) reports every branch; the branch that got deepest is the one that was meant. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const branches = issue.errors.flatMap((branch) => branch.slice(0, 1).map(innermost));
  const best =
    branches.find((found) => found.code === 'custom') ??
    // That it is no list, or not the word "none", is nobody's mistake where one value would do.
    branches.sort((a, b) => b.path.length - a.path.length || Number(isAside(a)) - Number(isAside(b)))[0];
  if (!best) return issue;
  return { ...best, path: [...issue.path, ...best.path] };
}

function isAside(issue: Issue): boolean {
  return issue.code === 'invalid_value' || (issue.code === 'invalid_type' && issue.expected === 'array');
}

/** One mistake in words: where it stands, what is wrong, what would be right. */
export function describeIssue(found: Issue, where: Where, isFile: boolean): string {
  const issue = innermost(found);
  const dotted = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const near = nearest(key, keysAt(issue.path));
    const place = where([...issue.path, key], true);
    const parent = dotted === '' ? 'a section' : `a key of ${dotted}`;
    return `${place}: ${quoted(key)} is not ${parent}${near ? `; did you mean "${near}"?` : `; known: ${keysAt(issue.path).join(', ')}`}`;
  }
  const place = where(issue.path, false);
  return `${place}: ${isFile && dotted !== '' ? `${dotted}: ` : ''}${wordsOf(issue)}`;
}

function wordsOf(issue: Issue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const bound = issue.code === 'too_small' ? issue.minimum : issue.maximum;
    if (issue.origin === 'number' || issue.origin === 'int')
      return `must be ${issue.code === 'too_small' ? 'at least' : 'at most'} ${bound}`;
  }
  if (issue.code === 'invalid_type') {
    if (issue.message.endsWith('received undefined')) return 'is missing';
    return issue.message.startsWith('Invalid input') ? wordsForType(issue.expected) : issue.message;
  }
  return issue.message;
}

function wordsForType(expected: string): string {
  const words: Record<string, string> = {
    string: 'must be text',
    object: 'must hold keys and values',
    record: 'must hold keys and values',
    int: 'must be a whole number',
    boolean: 'must be true or false',
  };
  return words[expected] ?? `must be of type ${expected}`;
}

/** The known keys of a section, read from the schema itself. */
function keysAt(path: readonly PropertyKey[]): string[] {
  type Shape = {
    readonly shape?: Record<string, unknown>;
    readonly def?: { readonly innerType?: unknown; readonly element?: unknown };
  };
  let at: unknown = layerSchema(emptyContext);
  const open = (node: unknown): unknown => {
    let current = node as Shape;
    while (!current.shape && (current.def?.innerType ?? current.def?.element))
      current = (current.def.innerType ?? current.def.element) as Shape;
    return current;
  };
  for (const key of path) {
    if (typeof key === 'number') continue;
    at = (open(at) as Shape).shape?.[String(key)];
    if (at === undefined) return [];
  }
  return Object.keys((open(at) as Shape).shape ?? {});
}
