/**
 * Bytes → lines, in batches, with constant memory.
 *
 * @module
 */

/** A longer line is cut and its rest dropped. Bytes. */
const MAX_LINE = 1_048_576;

/** Is shown a line as bytes `[from, to)` before anything else reads it, and says whether that was enough. */
export type TakeLine = (bytes: Buffer, from: number, to: number) => boolean;

/**
 * Lines of each chunk (without `\n`; a `\r` before it stays), UTF-8. A line over 1 MiB is cut. The last
 * line needs no newline. Lines that `taken` takes are left out; a line without its newline is not shown to it.
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>, taken?: TakeLine): AsyncGenerator<string[]> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const last = chunk.lastIndexOf(0x0a);
    if (last < 0) {
      if (rest.length < MAX_LINE) rest = Buffer.concat([rest, chunk]);
      continue;
    }
    const body = Buffer.concat([rest, chunk.subarray(0, last)]);
    rest = Buffer.from(chunk.subarray(last + 1));
    yield taken ? left(body, taken) : body.toString('utf8').split('\n');
  }
  if (rest.length > 0) yield [rest.subarray(0, MAX_LINE).toString('utf8')];
}

/** The lines of `body` that are not taken. */
function left(body: Buffer, taken: TakeLine): string[] {
  const lines: string[] = [];
  for (let from = 0; from <= body.length; ) {
    const newline = body.indexOf(0x0a, from);
    const to = newline < 0 ? body.length : newline;
    if (!taken(body, from, to)) lines.push(body.toString('utf8', from, to));
    from = to + 1;
  }
  return lines;
}
