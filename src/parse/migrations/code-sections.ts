/**
 * The way up of a program: what belongs to the way down, and what changes only Django's idea of the
 * tables, is blanked, so that what is left keeps its lines.
 *
 * @module
 */
import { argumentsAt, closing, keyword, positional, type Stretch } from './code-args.ts';
import { type Language, type Source, spend, without } from './code-text.ts';

/** The source with its way down emptied. */
export function upOnly(source: Source): Source {
  return without(source, DOWN[source.language](source));
}

/** Longer sections are followed so far. Characters. */
const SECTION = 100_000;

type Cut = readonly [number, number];

function ruby(source: Source): readonly Cut[] {
  const heads = /^([ \t]*)def\s+(?:self\.)?down\b|\b\w{1,20}\.down\b|^[ \t]*down\s+do\b/gm;
  return [...source.bare.matchAll(heads)].flatMap((match): readonly Cut[] => {
    const end = match[0].includes('def')
      ? indented(source, match.index, match[1] ?? '')
      : blockEnd(source, match.index, match[0].length);
    return end === undefined ? [] : [[match.index, end]];
  });
}

/** Where the block of a Ruby call ends: `{ … }`, or `do … end` by its line's indentation. */
export function blockEnd(source: Source, at: number, length: number): number | undefined {
  const { bare } = source;
  const rest = bare.slice(at + length, at + length + 40);
  const brace = /^(?:\s*\([^)]{0,30}\))?\s*\{/.exec(rest);
  if (brace) {
    const end = closing(source, at + length + brace[0].length - 1);
    return end === undefined ? undefined : end + 1;
  }
  const lineStart = bare.lastIndexOf('\n', at) + 1;
  return indented(source, at, /^[ \t]*/.exec(bare.slice(lineStart))?.[0] ?? '');
}

/** Up to the `end` that stands as far in as the head; a head with its end on one line is that line. */
function indented(source: Source, at: number, indent: string): number {
  const { bare } = source;
  const line = lineEnd(bare, at);
  if (!spend(source, SECTION)) return line;
  if (/\bend\s*$/.test(bare.slice(at, line))) return line;
  const section = bare.slice(line, line + SECTION);
  const close = new RegExp(`^${indent.replace(/[^\t ]/g, '')}end\\b`, 'm').exec(section);
  return line + (close ? close.index : section.length);
}

function python(source: Source): readonly Cut[] {
  const { bare } = source;
  const cuts: Cut[] = [];
  const forward = new Set<string>();
  const back = new Set<string>(['downgrade']);
  const cut = (stretch: Stretch | undefined) => {
    if (stretch) cuts.push([stretch.from, stretch.to]);
  };
  for (const match of bare.matchAll(/\b(RunPython|RunSQL|SeparateDatabaseAndState)\b/g)) {
    const call = argumentsAt(source, match.index + match[0].length);
    if (!call) continue;
    const plain = positional(source, call.args);
    for (const key of ['reverse_sql', 'reverse_code', 'state_operations'])
      cut(keyword(source, call.args, key));
    cut(plain[1]);
    if (match[1] !== 'RunPython') continue;
    const word = (stretch: Stretch | undefined) =>
      stretch ? (bare.slice(stretch.from, stretch.to).trim().split('.').at(-1) ?? '') : '';
    forward.add(word(keyword(source, call.args, 'code') ?? plain[0]));
    back.add(word(keyword(source, call.args, 'reverse_code') ?? plain[1]));
  }
  for (const match of bare.matchAll(/^([ \t]*)(?:async[ \t]+)?def[ \t]+(\w{1,80})[ \t]*\(/gm)) {
    const name = match[2] ?? '';
    const isBack = back.has(name) || /^(?:revers|backward|undo|rollback|downgrade_)/i.test(name);
    if (!isBack || forward.has(name)) continue;
    const params = closing(source, match.index + match[0].length - 1) ?? match.index;
    if (spend(source, SECTION)) cuts.push([match.index, dedented(bare, params, (match[1] ?? '').length)]);
  }
  return cuts;
}

/** Where the first line begins that stands no further in. */
function dedented(bare: string, at: number, indent: number): number {
  for (let from = lineEnd(bare, at); from < Math.min(bare.length, at + SECTION); from = lineEnd(bare, from)) {
    const line = bare.slice(from, lineEnd(bare, from));
    if (line.trim() !== '' && line.length - line.trimStart().length <= indent) return from;
  }
  return Math.min(bare.length, at + SECTION);
}

function javascript(source: Source): readonly Cut[] {
  const { bare } = source;
  const heads =
    /(?<![.\w$])(?:(?:module\.)?exports\.down\s*=(?!=)|(?:const|let|var)\s+down\b[^=\n]{0,100}=|(?:async\s+)?function\s*\*?\s*down\b|(?:public\s+)?(?:async\s+)?down\s*(?=[(:=]))/g;
  return [...bare.matchAll(heads)].flatMap((match): readonly Cut[] => {
    const after = match.index + match[0].length;
    const declared =
      !/[=:]\s*$/.test(match[0]) && /^\s*(?:<[^>]{0,60}>)?\s*\(/.exec(bare.slice(after, after + 80));
    if (declared) {
      const params = closing(source, after + declared[0].length - 1);
      const brace =
        params === undefined ? undefined : /^[^;{]{0,120}\{/.exec(bare.slice(params + 1, params + 130));
      if (params === undefined || !brace) return [];
      const end = closing(source, params + brace[0].length);
      return [[match.index, end === undefined ? bare.length : end + 1]];
    }
    if (!spend(source, SECTION)) return [];
    return [
      [match.index, expressionEnd(bare, /^\s*[:=]/.test(bare.slice(after, after + 4)) ? after + 1 : after)],
    ];
  });
}

/** Where an expression ends: at a comma or semicolon, at a bracket that was open before, or with its line. */
function expressionEnd(bare: string, from: number): number {
  let depth = 0;
  const most = Math.min(bare.length, from + SECTION);
  for (let at = from; at < most; at++) {
    const each = bare[at] ?? '';
    if ('([{'.includes(each)) depth++;
    else if (')]}'.includes(each)) depth--;
    if (depth < 0) return at;
    if (depth > 0) continue;
    if (each === ';' || each === ',') return at;
    if (each === '\n' && !isOpen(bare.slice(Math.max(from, at - 40), at), bare.slice(at, at + 200)))
      return at;
  }
  return most;
}

/** True when an expression cannot end at this line break. */
function isOpen(before: string, after: string): boolean {
  return /(?:^|=>|[=(,.+:?&|])\s*$/.test(before) || /^\s*(?:[.?:&|+)]|=>)/.test(after);
}

function php(source: Source): readonly Cut[] {
  return [...source.bare.matchAll(/\bfunction\s+down\s*\([^)]{0,60}\)[^{;]{0,40}\{/g)].map((match): Cut => {
    const end = closing(source, match.index + match[0].length - 1);
    return [match.index, end === undefined ? source.bare.length : end + 1];
  });
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

const DOWN: Readonly<Record<Language, (source: Source) => readonly Cut[]>> = {
  ruby,
  python,
  javascript,
  php,
};
