/**
 * How much of one page is in another? Two answers of one app share nearly all but a token and a time; a page of
 * somebody else's shares next to nothing. Pure; the pages themselves are never kept.
 *
 * @module
 */

const MAX_PIECES = 2000;

/** What stands between tags and line ends, of a body's beginning. Empty for an empty body. */
export function piecesOf(body: Buffer): ReadonlySet<string> {
  const pieces = new Set<string>();
  for (const piece of body.toString('latin1').split(/[<>\n]/)) {
    const text = piece.trim();
    if (text !== '') pieces.add(text);
    if (pieces.size === MAX_PIECES) break;
  }
  return pieces;
}

/** Shared pieces over all of both, 0 to 1. Null when both are empty: then nothing can be told from it. */
export function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number | null {
  const all = new Set([...a, ...b]).size;
  if (all === 0) return null;
  const shared = [...a].filter((piece) => b.has(piece)).length;
  return Math.round((shared / all) * 1000) / 1000;
}
