/**
 * Reading a call: its arguments, the names in them, and where brackets and blocks end.
 *
 * @module
 */
import { type Source, spend } from './code-text.ts';

/** A stretch of a source. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Calls longer than this are not followed to their end. Characters. */
const LONGEST = 60_000;

/** Where the bracket that opens at `open` closes, or undefined; not when that is very far. */
export function closing(source: Source, open: number): number | undefined {
  const close = source.closings.get(open);
  return close !== undefined && close - open < LONGEST && spend(source, close - open) ? close : undefined;
}

/**
 * The arguments of the call whose name ends at `at`, and where the call ends. Ruby's calls without
 * brackets end with the line. Undefined when there is no call.
 */
export function argumentsAt(
  source: Source,
  at: number,
): { readonly args: readonly Stretch[]; readonly end: number } | undefined {
  const open = /^\s{0,20}\(/.exec(source.bare.slice(at, at + 24))?.[0].length;
  if (open !== undefined) {
    const end = closing(source, at + open - 1);
    return end === undefined ? undefined : { args: split(source, at + open, end), end: end + 1 };
  }
  if (
    source.language !== 'ruby' ||
    !spend(source, 400) ||
    !/^[ \t]+[:"'%[<&\w]/.test(source.bare.slice(at, at + 20))
  )
    return undefined;
  const line =
    /^(?:[^\n]{0,2000}[,\\][ \t]*\n){0,20}[^\n]{0,2000}/.exec(source.bare.slice(at, at + 8000))?.[0] ?? '';
  if (!spend(source, line.length * 4)) return undefined;
  const stop = /\s(?:do\b|if\b|unless\b|\{\s*\|)|;|\}\s*$/.exec(line)?.index ?? line.length;
  return { args: split(source, at, at + stop), end: at + stop };
}

/** Split at commas that stand in no bracket and no string. */
export function split({ bare }: Source, from: number, to: number): readonly Stretch[] {
  const found: Stretch[] = [];
  let depth = 0;
  let start = from;
  for (const match of bare.slice(from, to).matchAll(/[()[\]{},]/g)) {
    const at = from + match.index;
    if ('([{'.includes(match[0])) depth++;
    else if (match[0] !== ',') depth--;
    else if (depth === 0) {
      found.push({ from: start, to: at });
      start = at + 1;
    }
  }
  if (bare.slice(start, to).trim() !== '') found.push({ from: start, to });
  return found;
}

/** What an argument says, trimmed. */
export function textOf(source: Source, stretch: Stretch | undefined): string {
  return stretch ? source.text.slice(stretch.from, stretch.to).trim() : '';
}

/** The value of `key: x`, `key=x` or `"key" => x` among arguments. */
export function keyword(source: Source, args: readonly Stretch[], key: string): Stretch | undefined {
  const head = new RegExp(`^\\s*["':]?${key}["']?\\s*(?:=>|=(?!=)|:(?!:))`);
  for (const arg of args) {
    const match = head.exec(source.text.slice(arg.from, arg.to));
    if (match) return { from: arg.from + match[0].length, to: arg.to };
  }
  return undefined;
}

/** Arguments without a key. */
export function positional(source: Source, args: readonly Stretch[]): readonly Stretch[] {
  return args.filter(
    (arg) => !/^\s*["':]?\w{1,60}["']?\s*(?:=>|=(?!=)|:\s)/.test(source.text.slice(arg.from, arg.to)),
  );
}

/** Constants of a program that hold a name: `const TABLE = 'sessions'`. */
export type Names = ReadonlyMap<string, string>;

/** `:sessions`, `'sessions'`, `["a", "b"]`, `%w[a b]`, `{ tableName: 'a' }`, a constant: the names it gives. */
export function namesIn(text: string, names: Names): readonly string[] {
  const value = text.trim();
  const word = /^%[wWiI][([{]([\w\s.]{1,500})/.exec(value)?.[1];
  if (word !== undefined) return word.trim().split(/\s+/);
  if (value.startsWith('[') || value.startsWith('array('))
    return value
      .slice(0, 4000)
      .split(',')
      .flatMap((part) => namesIn(part.replace(/^\s*(?:array\(|\[)|[\])]\s*$/g, ''), names));
  if (value.startsWith('{')) {
    const table =
      /\btableName\s*:\s*([^,}]{1,100})/.exec(value)?.[1] ?? /\bname\s*:\s*([^,}]{1,100})/.exec(value)?.[1];
    return table === undefined ? [] : namesIn(table, names);
  }
  const literal = /^(?::|:?["'`])([\w.$:-]{1,100})["'`]?/.exec(value)?.[1];
  if (literal !== undefined) return [literal];
  const constant = /^(?:self::|static::|\$this->|this\.|self\.)?\$?([A-Za-z_]\w{0,60})$/.exec(value)?.[1];
  const known = constant === undefined ? undefined : names.get(constant);
  return known === undefined ? [] : [known];
}

/** Names that a program gives to tables and models. */
export function constants({ text }: Source): Names {
  const found = new Map<string, string>();
  const patterns = [
    /(?:^|[\s;{(])\$?(\w{1,60})\s*(?::\s*[\w<>|. ]{1,40})?=\s*(?::|["'`])([\w.]{1,80})["'`]?[ \t]*(?:;|,|\n|$|\.freeze|as const)/g,
    /\b(\w{1,60})\s*=\s*(?:sa\.|sqlalchemy\.|db\.)?(?:table|Table)\(\s*["']([\w.]{1,80})["']/g,
    /\b(\w{1,60})\s*=\s*(?:pg|mysql|sqlite)Table\(\s*["'`]([\w.]{1,80})["'`]/g,
    /\b(\w{1,60})\s*=\s*apps\.get_model\(\s*["']\w{1,60}(?:["']\s*,\s*["']|\.)(\w{1,60})["']/g,
    /\bclass\s+(\w{1,60})[^\n]{0,120}\n(?:(?!\s*class\b)[^\n]{0,200}\n){0,3}?\s*(?:self\.table_name|__tablename__|protected \$table)\s*=\s*["':]([\w.]{1,80})/g,
  ];
  for (const pattern of patterns)
    for (const [, name, value] of text.matchAll(pattern)) if (name && value) found.set(name, value);
  return found;
}
