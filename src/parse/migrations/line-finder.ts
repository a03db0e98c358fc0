/**
 * Positions in a text → lines.
 *
 * @module
 */

/** Gives the line of a position, the text's first line being `first`; in time that does not grow with the text. */
export function lineFinder(text: string, first: number): (index: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (index) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return first + low;
  };
}
