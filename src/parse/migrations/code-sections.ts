/**
 * The way up of a program: comments and everything that belongs to the way down are blanked, so that
 * what is left keeps its lines.
 *
 * @module
 */
import type { Language } from './code.ts';

/** Longer programs are cut. Characters. */
const LONGEST = 1_000_000;

/** Heads of functions that are the way down. */
const DOWN: Readonly<Record<Language, RegExp>> = {
  ruby: /^(\s*)(?:def\s+(?:self\.)?down\b|\w{0,20}\.down\s+do\b|\w{0,20}\.down\s*\{)/,
  python:
    /^(\s*)(?:async\s+)?def\s+(?:downgrade|\w{0,60}(?:revers|backward|undo|rollback|restore)\w{0,60})\s*\(/i,
  javascript:
    /^(\s*)(?:(?:module\.)?exports\.down\b|export\s+(?:async\s+)?(?:function\s+|const\s+)down\b|(?:public\s+)?(?:async\s+)?down\s*[(:=]|(?:async\s+)?function\s+down\b|(?:const|let|var)\s+down\s*=)/,
  php: /^(\s*)(?:public\s+|protected\s+)?function\s+down\s*\(/,
};

/** The source with its way down and its comments emptied. Ends a section where the indentation comes back. */
export function upOnly(source: string, language: Language): string {
  const lines = withoutComments(source.slice(0, LONGEST), language).split('\n');
  let indent = -1;
  return lines
    .map((line) => {
      if (indent >= 0) {
        const blank = line.trim() === '';
        const depth = line.length - line.trimStart().length;
        if (blank || depth > indent || (!isHead(line, language) && /^\s*(?:end\b|[)}\]]|\{)/.test(line)))
          return '';
        indent = -1;
      }
      const down = DOWN[language].exec(line);
      if (!down) return language === 'python' ? withoutReverse(line) : line;
      indent = down[1]?.length ?? 0;
      return '';
    })
    .join('\n');
}

function isHead(line: string, language: Language): boolean {
  return language === 'python'
    ? /^\s*(?:async\s+)?(?:def|class)\b/.test(line)
    : /^\s*(?:def|(?:public|protected)?\s*(?:async\s+)?function|exports|export|module)\b/.test(line);
}

/** Django: `reverse_sql=…` on its own line. */
function withoutReverse(line: string): string {
  return line.replace(/\breverse_(?:sql|code)\s*=.{0,2000}$/, '');
}

/** Whole-line comments and block comments; comments after code are rare in what is looked for. */
function withoutComments(source: string, language: Language): string {
  const mark = language === 'ruby' || language === 'python' ? /^\s*#/ : /^\s*(?:\/\/|#(?!\[))/;
  const lines = source.split('\n').map((line) => (mark.test(line) ? '' : line));
  const text = lines.join('\n');
  if (language === 'ruby' || language === 'python') return text;
  return text.replace(/\/\*[\s\S]{0,20000}?\*\//g, (comment) => comment.replace(/[^\n]/g, ''));
}
