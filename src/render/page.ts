/**
 * Text for a terminal: wrapped by what characters really take up, safe, ASCII where the words are ours.
 *
 * @module
 */
import { Chalk, type ChalkInstance } from 'chalk';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { clip, visible } from './visible.ts';

/** Lines longer than this are hard to read; shorter ones hard to lay out. Columns. */
const WIDEST = 100;
const NARROWEST = 32;
/** Longest mark beside a text. Characters. */
const MOST_MARK = 24;

/** What terminal text is written with: words go in, wrapped lines come out. */
export interface Page {
  readonly paint: ChalkInstance;
  /** A line, wrapped; continued under `indent` spaces. Control characters in `text` are made visible. */
  put(text: string, style?: (text: string) => string, indent?: number): void;
  /** A mark at the left and text beside it, wrapped under itself. */
  item(mark: string, text: string, style?: (text: string) => string): void;
  heading(text: string): void;
  blank(): void;
  /** Everything so far, one newline at the end. */
  text(): string;
}

/** An empty page. `columns` is what the terminal has; very narrow and very wide ones are not followed. */
export function pageOf(columns: number, colorLevel: 0 | 1 | 2 | 3): Page {
  const lines: string[] = [];
  const paint = new Chalk({ level: colorLevel });
  const width = Math.min(WIDEST, Math.max(NARROWEST, columns));
  const block = (first: string, rest: string, text: string, style: (text: string) => string): void => {
    const room = Math.max(10, width - stringWidth(rest));
    const wrapped = wrapAnsi(kept(ascii(visible(text))), room, { hard: true })
      .replaceAll(NO_BREAK, ' ')
      .split('\n');
    wrapped.forEach((line, index) => lines.push(`${index === 0 ? first : rest}${style(line.trimEnd())}`));
  };
  const plain = (text: string): string => text;
  return {
    paint,
    put: (text, style = plain, indent = 0) => block('', ' '.repeat(indent), text, style),
    item: (mark, text, style = plain) => {
      const shown = clip(visible(mark), MOST_MARK);
      block(`  ${paint.bold(shown)} `, ' '.repeat(stringWidth(shown) + 3), text, style);
    },
    heading: (text) => {
      lines.push('');
      block('', '', text, paint.bold.underline);
    },
    blank: () => void lines.push(''),
    text: () => `${lines.join('\n')}\n`,
  };
}

const NO_BREAK = '\u00a0';

/** A number and its percent sign stay on one line. */
function kept(text: string): string {
  return text.replace(/(\d) %/g, `$1${NO_BREAK}%`);
}

/** Our own typography in ASCII: some consoles at 3 a.m. are serial ones. Text from outside stays. */
function ascii(text: string): string {
  return text
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\u2026/g, '...')
    .replace(/[\u2212\u2013]/g, '-')
    .replace(/\u2192/g, '->')
    .replace(/\u2265/g, '>=')
    .replace(/\u00d7/g, 'x')
    .replace(/\u00b1/g, '+-');
}
