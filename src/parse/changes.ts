/**
 * What changed, out of the files that people have: `git log` (as it prints by default, with `--date=iso`,
 * or with `--format='%cI %s'`), dated lines of any kind, or a JSON array of `{at, what, note?}`.
 * Pure and bounded; a file that is none of these gives undefined.
 *
 * @module
 */
import { parseMoment } from '../config/time.ts';
import type { Change } from '../model.ts';

const MOST_CHANGES = 500;
const MOST_LINES = 200_000;
const LONGEST_WHAT = 200;

/** A commit by its full hash, as `git log` prints it. */
const COMMIT = /^commit [0-9a-f]{7,64}\b/;
/** `Date:   Sat Nov 21 02:58:00 2026 +0100`, git's own form. */
const GIT_DATE = /^\w{3} (\w{3} {1,2}\d{1,2}) (\d{2}:\d{2}:\d{2}) (\d{4}) ([+-]\d{4})$/;
const ISO =
  /\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?(?=[\s,;|]|$)/;

/** The changes of a file, oldest first, the latest 500; undefined when it holds no date with words. */
export function readChanges(text: string): readonly Change[] | undefined {
  const start = text.trimStart();
  const found = start.startsWith('[') ? fromJson(start) : fromLines(text);
  if (found.length === 0) return undefined;
  return found.sort((a, b) => a.at - b.at).slice(-MOST_CHANGES);
}

function fromJson(text: string): Change[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fromLines(text);
  }
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown): Change[] => {
    const { at, what, note } = (entry ?? {}) as { at?: unknown; what?: unknown; note?: unknown };
    const when = typeof at === 'number' ? at : typeof at === 'string' ? instantOf(at) : undefined;
    if (when === undefined || !Number.isFinite(when) || typeof what !== 'string') return [];
    return [{ at: when, what: clip(what), ...(typeof note === 'string' && { note: clip(note) }) }];
  });
}

function fromLines(text: string): Change[] {
  const lines = text.split(/\r?\n/, MOST_LINES);
  return lines.some((line) => COMMIT.test(line)) ? fromGitLog(lines) : lines.flatMap(fromLine);
}

function fromGitLog(lines: readonly string[]): Change[] {
  const changes: Change[] = [];
  let hash = '';
  let at: number | undefined;
  for (const line of lines) {
    if (COMMIT.test(line)) {
      hash = line.slice(7, 15);
      at = undefined;
    } else if (/^(?:Date|CommitDate|AuthorDate):/.test(line)) {
      // `--format=fuller` prints both dates; the commit's comes second and is when it landed.
      at = instantOf(line.slice(line.indexOf(':') + 1).trim());
    } else if (line.startsWith('    ') && line.trim() !== '' && at !== undefined) {
      changes.push({ at, what: `commit ${hash}: ${clip(line.trim())}` });
      at = undefined;
    }
  }
  return changes;
}

/** One line: a date anywhere in its first 120 characters, the rest of it is what happened. */
function fromLine(line: string): Change[] {
  const bounded = line.slice(0, 1000);
  const match = ISO.exec(bounded.slice(0, 120));
  const at = match && instantOf(match[0]);
  if (!match || at === undefined || at === null) return [];
  const what = `${bounded.slice(0, match.index)} ${bounded.slice(match.index + match[0].length)}`
    .replace(/\s+/g, ' ')
    .replace(/^[\s,;|:\-–]+|[\s,;|]+$/g, '');
  return what === '' ? [] : [{ at, what: clip(what) }];
}

function instantOf(text: string): number | undefined {
  const git = GIT_DATE.exec(text);
  if (git) {
    const at = Date.parse(`${git[1]} ${git[3]} ${git[2]} ${git[4]}`);
    return Number.isNaN(at) ? undefined : at;
  }
  const moment = parseMoment(
    text
      .replace(/ ?UTC$/, 'Z')
      .replace(/ ([+-]\d{2}:?\d{2})$/, '$1')
      .replace(/(:\d{2}[+-]\d{2})(\d{2})$/, '$1:$2'),
  );
  return moment?.kind === 'instant' ? moment.at : undefined;
}

function clip(text: string): string {
  return text.length <= LONGEST_WHAT ? text : `${text.slice(0, LONGEST_WHAT - 1)}…`;
}
