/**
 * Makes text from outside safe to show. Whatever a server, cookie or token sent may carry terminal
 * commands, text that reorders or hides itself, or a CI runner's workflow commands.
 *
 * @module
 */
import stripAnsi from 'strip-ansi';

/** Controls (C0, DEL, C1), format characters (bidi, zero width, tags), line separators, lone surrogates. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0\u{e0000}-\u{e0fff}]/gu;

/** Workflow commands that a CI runner would obey in a log line. GitHub reads `##[` anywhere in it. */
const WORKFLOW =
  /::(?=(?:add-mask|add-matcher|add-path|debug|echo|end-?group|error|group|notice|remove-matcher|save-state|set-env|set-output|stop-commands|warning)\b)|##(?=\[)/gi;

/**
 * One line of text with nothing unseen in it: escape sequences removed, every other control or invisible
 * character written as `\u{…}` (newlines and tabs too). Does not shorten, and does not escape for any
 * markup. `visible(visible(x))` is `visible(x)`.
 */
export function visible(text: string): string {
  return stripAnsi(text)
    .replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(WORKFLOW, (mark) => `${mark[0]}\\u{${mark.charCodeAt(1).toString(16)}}`);
}

/** Shortens to `length` characters (code points, never half of one) or to the word before, and says so. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  const points = Array.from(text.slice(0, length * 2 + 1));
  if (points.length <= length) return text;
  const shown = points.slice(0, length).join('');
  const blank = shown.lastIndexOf(' ');
  return `${blank > Math.max(shown.length - LONGEST_WORD, shown.length / 2) ? shown.slice(0, blank) : shown}...`;
}

/** A word shorter than this is left out rather than cut. */
const LONGEST_WORD = 16;
