/**
 * A program's text made safe to search: comments blanked, and beside it the same text with its strings
 * blanked too. Both keep every character's place. Four languages, by one rule of thumb each; never throws.
 *
 * @module
 */

export type Language = 'ruby' | 'python' | 'javascript' | 'php';

export interface Source {
  readonly language: Language;
  /** Without comments. */
  readonly text: string;
  /** Without comments and without what stands in strings; their quotes stay. */
  readonly bare: string;
  /** Where each bracket that opens is closed. */
  readonly closings: ReadonlyMap<number, number>;
  /** Characters that may still be searched more than once: what keeps a hostile file from taking long. */
  readonly fuel: { left: number };
}

/** Longer programs are cut. Characters. */
const LONGEST = 1_000_000;
/** A string that does not end within so many characters is no string. */
const LONGEST_STRING = 100_000;
const FUEL = 8_000_000;

/** Runs in which nothing begins. */
const PLAIN: Readonly<Record<Language, RegExp>> = {
  ruby: /[^#'"`%<\n=]+/y,
  python: /[^#'"]+/y,
  javascript: /[^'"`/]+/y,
  php: /[^#'"/<]+/y,
};

/** Reads the text once. */
export function sourceOf(program: string, language: Language): Source {
  const whole = program.slice(0, LONGEST);
  const text: string[] = [];
  const bare: string[] = [];
  const plain = PLAIN[language];
  const search: Search = { text: whole, left: FUEL };
  let at = 0;
  while (at < whole.length) {
    plain.lastIndex = at;
    const run = plain.exec(whole)?.[0];
    if (run !== undefined) {
      text.push(run);
      bare.push(run);
      at += run.length;
      continue;
    }
    const comment = commentAt(whole, at, language);
    const literal = comment === undefined ? stringAt(search, at, language) : undefined;
    const end = comment ?? literal?.to ?? at + 1;
    const piece = whole.slice(at, end);
    text.push(comment === undefined ? piece : blank(piece));
    if (comment !== undefined) bare.push(blank(piece));
    else if (literal === undefined) bare.push(piece);
    else
      bare.push(
        whole.slice(at, literal.from) +
          blank(whole.slice(literal.from, literal.until)) +
          whole.slice(literal.until, end),
      );
    at = end;
  }
  return made(language, text.join(''), bare.join(''));
}

/** True when so many characters may be searched once more. */
export function spend({ fuel }: Source, characters: number): boolean {
  fuel.left -= characters;
  return fuel.left > 0;
}

/** The same source with some stretches blanked. */
export function without(source: Source, stretches: readonly (readonly [number, number])[]): Source {
  const cut = (whole: string): string => {
    const parts: string[] = [];
    let done = 0;
    for (const [from, to] of stretches.toSorted((a, b) => a[0] - b[0])) {
      if (to <= done) continue;
      parts.push(whole.slice(done, Math.max(done, from)), blank(whole.slice(Math.max(done, from), to)));
      done = to;
    }
    return parts.join('') + whole.slice(done);
  };
  return stretches.length === 0 ? source : made(source.language, cut(source.text), cut(source.bare));
}

function made(language: Language, text: string, bare: string): Source {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (const { 0: bracket, index } of bare.matchAll(/[()[\]{}]/g)) {
    if ('([{'.includes(bracket)) open.push(index);
    else if (bare[open.at(-1) ?? -1] === { ')': '(', ']': '[', '}': '{' }[bracket])
      closings.set(open.pop() ?? 0, index);
  }
  return { language, text, bare, closings, fuel: { left: FUEL } };
}

function blank(piece: string): string {
  return piece.replace(/[^\n]/g, ' ');
}

/** Where the comment that begins here ends. */
function commentAt(text: string, at: number, language: Language): number | undefined {
  const one = text[at];
  if (one === '#' && language !== 'javascript')
    return language === 'php' && text[at + 1] === '[' ? undefined : lineEnd(text, at);
  if (one === '/' && language !== 'ruby' && language !== 'python') {
    if (text[at + 1] === '/') return lineEnd(text, at);
    if (text[at + 1] !== '*') return undefined;
    const end = text.indexOf('*/', at + 2);
    return end < 0 ? text.length : end + 2;
  }
  if (language === 'ruby' && text.startsWith('=begin', at) && (at === 0 || text[at - 1] === '\n')) {
    const end = text.indexOf('\n=end', at);
    return end < 0 ? text.length : lineEnd(text, end + 1);
  }
  return undefined;
}

interface Span {
  /** Where its content begins and ends, and where it is over itself. */
  readonly from: number;
  readonly until: number;
  readonly to: number;
}

/** A text, and how many characters may still be looked through in vain for the end of a string. */
interface Search {
  readonly text: string;
  left: number;
}

function stringAt(search: Search, at: number, language: Language): Span | undefined {
  const { text } = search;
  const one = text[at];
  if (one === '/') return language === 'javascript' ? regexAt(text, at) : undefined;
  const [begins, found] =
    one === '<'
      ? heredocAt(search, at)
      : one === '%'
        ? percentAt(search, at)
        : quotedAt(search, at, language);
  if (begins && !found) search.left -= Math.min(LONGEST_STRING, text.length - at);
  return found;
}

/** Whether a string seems to begin, and where it is, if it ends. */
type Attempt = readonly [boolean, Span | undefined];

function quotedAt({ text, left }: Search, at: number, language: Language): Attempt {
  const one = text[at] ?? '';
  if (one !== "'" && one !== '"' && one !== '`') return [false, undefined];
  if (language === 'python' && text.startsWith(one.repeat(3), at)) {
    const end = left > 0 ? text.indexOf(one.repeat(3), at + 3) : -1;
    return [true, end < 0 ? undefined : { from: at + 3, until: end, to: end + 3 }];
  }
  const oneLine = language === 'python' || (language === 'javascript' && one !== '`');
  const most = Math.min(text.length, at + (left > 0 ? LONGEST_STRING : 1000));
  for (let end = at + 1; end < most; end++) {
    const each = text[end];
    if (each === '\\') end++;
    else if (each === one) return [true, { from: at + 1, until: end, to: end + 1 }];
    else if (each === '\n' && oneLine) return [false, undefined];
    else if (one !== "'" && each !== undefined && '#$'.includes(each) && text[end + 1] === '{')
      end = Math.max(end, inserted(text, end + 1, most));
  }
  return [true, undefined];
}

/** Where the braces of an insertion close: in `${a["b"]}` no quote ends the string. */
function inserted(text: string, open: number, most: number): number {
  let depth = 0;
  for (let at = open; at < Math.min(most, open + 2000); at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}' && --depth === 0) return at;
  }
  return open;
}

function heredocAt({ text, left }: Search, at: number): Attempt {
  const head = /^<<(?:[~-]|<[ \t]*)?["']?([A-Z_]\w{0,40})["']?/i.exec(text.slice(at, at + 64));
  if (!head?.[1] || left <= 0) return [false, undefined];
  const from = lineEnd(text, at);
  const close = new RegExp(`^[ \\t]*${head[1]}\\b`, 'm').exec(text.slice(from, from + LONGEST_STRING));
  // What follows the mark on its line is code, but hardly ever more than a bracket.
  return [
    true,
    close ? { from, until: from + close.index, to: from + close.index + close[0].length } : undefined,
  ];
}

function percentAt({ text, left }: Search, at: number): Attempt {
  const open = /^%[qQwWiI]?([({[|])/.exec(text.slice(at, at + 3));
  if (!open?.[1] || left <= 0 || /[\w)\]]\s?$/.test(text.slice(Math.max(0, at - 2), at)))
    return [false, undefined];
  const end = text.indexOf({ '(': ')', '{': '}', '[': ']', '|': '|' }[open[1]] ?? ')', at + open[0].length);
  const close = end - at > LONGEST_STRING ? -1 : end;
  return [true, close < 0 ? undefined : { from: at + open[0].length, until: close, to: close + 1 }];
}

function regexAt(text: string, at: number): Span | undefined {
  if (!/(?:^|[(,=:[!&|?{};\n]|return)\s*$/.test(text.slice(Math.max(0, at - 12), at))) return undefined;
  const match = /^\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,200}\]){1,500}\//.exec(text.slice(at, at + 1000));
  return match ? { from: at + 1, until: at + match[0].length - 1, to: at + match[0].length } : undefined;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}
