/**
 * Bytes → lines, in batches, with constant memory.
 *
 * @module
 */

/** A longer line is cut and its rest dropped. Bytes. */
const MAX_LINE = 1_048_576;

/**
 * Lines of each chunk (without `\n`; a `\r` before it stays), UTF-8. A line over 1 MiB is cut. The last
 * line needs no newline.
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const last = chunk.lastIndexOf(0x0a);
    if (last < 0) {
      if (rest.length < MAX_LINE) rest = Buffer.concat([rest, chunk]);
      continue;
    }
    const body = Buffer.concat([rest, chunk.subarray(0, last)]);
    rest = Buffer.from(chunk.subarray(last + 1));
    yield body.toString('utf8').split('\n');
  }
  if (rest.length > 0) yield [rest.subarray(0, MAX_LINE).toString('utf8')];
}
