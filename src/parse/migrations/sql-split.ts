/**
 * A script of SQL as statements with their lines. Knows what parsers of one statement do not: DELIMITER,
 * GO, psql's backslash lines, dollar quotes, and the markers that divide up from down.
 *
 * @module
 */

export interface Statement {
  /** Without comments and without what stands in dollar quotes; other strings are kept. */
  readonly text: string;
  /** 1-based, of its first word. */
  readonly line: number;
  /** Bodies of dollar quotes: code in another language, or more SQL. */
  readonly bodies: readonly { readonly text: string; readonly line: number }[];
}

/** Where something other than plain text may begin. */
const SPECIAL = new Set(['*', '-', '#', '/', "'", '"', '`', '$', '\n']);

/** Longer scripts are cut. Characters. */
const LONGEST = 2_000_000;

const DOWN =
  /^\s*--\s*(?:\+goose\s+down|\+migrate\s+down|migrate:down|@?undo\b|\/\/\s*@undo|down\s+migration)/i;
const UP = /^\s*--\s*(?:\+goose\s+up|\+migrate\s+up|migrate:up|up\s+migration)/i;

/** The statements that run on the way up. Linear; never throws. */
export function splitSql(script: string): readonly Statement[] {
  const found: Statement[] = [];
  const text = withoutDown(script.slice(0, LONGEST));
  let delimiter = ';';
  let current = '';
  let line = 1;
  let startedAt = 0;
  let bodies: { text: string; line: number }[] = [];
  const flush = () => {
    if (current.trim() !== '') found.push({ text: current.trim(), line: startedAt, bodies });
    current = '';
    startedAt = 0;
    bodies = [];
  };
  const take = (piece: string) => {
    const lead = piece.length - piece.trimStart().length;
    if (startedAt === 0 && lead < piece.length) startedAt = line + newlines(piece.slice(0, lead));
    current += piece;
    line += newlines(piece);
  };
  let at = 0;
  let lineStart = true;
  while (at < text.length) {
    if (lineStart) {
      const end = lineEnd(text, at);
      const whole = text.slice(at, end);
      const directive = /^\s*delimiter\s+(\S{1,8})\s*$/i.exec(whole);
      if (directive?.[1] || /^\s*(?:go|\/)\s*$/i.test(whole) || /^\s*\\[a-z.!]/i.test(whole)) {
        flush();
        if (directive?.[1]) delimiter = directive[1];
        line += newlines(whole);
        at = end;
        continue;
      }
    }
    if (text.startsWith(delimiter, at)) {
      flush();
      at += delimiter.length;
      lineStart = false;
      continue;
    }
    const end = tokenEnd(text, at, lineStart, delimiter);
    const piece = text.slice(at, end);
    lineStart = piece.endsWith('\n');
    if (isComment(piece)) {
      line += newlines(piece);
      current += ' ';
    } else {
      const tag = /^\$\w{0,30}\$/.exec(piece)?.[0];
      if (tag && piece.length >= tag.length * 2)
        bodies.push({ text: piece.slice(tag.length, -tag.length), line });
      take(tag ? `''${'\n'.repeat(newlines(piece))}` : piece);
    }
    at = end;
  }
  flush();
  return found;
}

/** Where the token that begins at `at` ends: a comment, a quoted run, or a single character. */
function tokenEnd(text: string, at: number, lineStart: boolean, delimiter: string): number {
  const two = text.slice(at, at + 2);
  const one = two[0];
  if (two === '--' || (one === '#' && lineStart)) return lineEnd(text, at);
  if (two === '/*') {
    if (text[at + 2] === '!') return Math.max(at + 3, skipDigits(text, at + 3));
    const end = text.indexOf('*/', at + 2);
    return end < 0 ? text.length : end + 2;
  }
  if (one === "'" || one === '"' || one === '`') return quoteEnd(text, at, one);
  if (one === '$') {
    const tag = /^\$(?:[A-Za-z_]\w{0,28})?\$/.exec(text.slice(at, at + 32))?.[0];
    if (tag) {
      const end = text.indexOf(tag, at + tag.length);
      return end < 0 ? text.length : end + tag.length;
    }
  }
  if (one === '\n') return at + 1;
  if (two === '*/') return at + 2;
  // A run of plain text, up to whatever could begin something else.
  let end = at + 1;
  while (end < text.length && !SPECIAL.has(text[end] ?? '') && text[end] !== delimiter[0]) end++;
  return text[end - 1] !== '\n' && text[end] === '\n' ? end + 1 : end;
}

/** What MySQL alone runs (a comment that begins with an exclamation mark) loses its marks and keeps its text. */
function isComment(piece: string): boolean {
  if (piece === '*/') return true;
  return piece.startsWith('--') || piece.startsWith('/*') || (piece.startsWith('#') && piece.length > 1);
}

function quoteEnd(text: string, at: number, quote: string): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\' && quote === "'") end++;
    else if (text[end] === quote) {
      if (text[end + 1] !== quote) return end + 1;
      end++;
    }
  }
  return text.length;
}

function skipDigits(text: string, at: number): number {
  let end = at;
  while (end < text.length && end < at + 6 && /\d/.test(text[end] ?? '')) end++;
  return end;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Lines of the way down, emptied, so that the others keep their numbers. */
function withoutDown(script: string): string {
  if (!/down|undo/i.test(script)) return script;
  let down = false;
  return script
    .split('\n')
    .map((line) => {
      if (DOWN.test(line)) down = true;
      else if (UP.test(line)) down = false;
      return down ? '' : line;
    })
    .join('\n');
}
