/**
 * Opens a body's Content-Encoding without ever holding more than was asked for.
 *
 * @module
 */
import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { DoorError } from './failure.ts';

export interface Decoded {
  readonly body: Buffer;
  readonly truncated: boolean;
}

/** Codings in a row beyond this are an attack, not a site. */
const MAX_CODINGS = 3;

/**
 * Undoes `gzip`, `deflate` (with or without zlib's frame) and `br`, last coding first, up to `max` bytes.
 * `cut` says that `raw` itself is only the beginning. Rejects with a DoorError of kind bad-encoding.
 */
export async function decode(
  raw: Buffer,
  encodings: readonly string[],
  max: number,
  cut: boolean,
): Promise<Decoded> {
  const codings = encodings
    .flatMap((value) => value.split(','))
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '' && word !== 'identity');
  if (codings.length > MAX_CODINGS) throw new DoorError('bad-encoding', 'TOO_MANY_ENCODINGS');
  let decoded: Decoded = { body: raw, truncated: cut };
  if (raw.length === 0) return decoded;
  for (const coding of codings.reverse()) decoded = await inflate(decoded, coding, max);
  return decoded;
}

function decoder(coding: string, raw: Buffer, cut: boolean): Transform {
  // A body that was cut short on purpose must give what it holds instead of an error at its end.
  const zlib = { finishFlush: cut ? constants.Z_SYNC_FLUSH : constants.Z_FINISH };
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip(zlib);
  if (coding === 'deflate')
    return ((raw[0] ?? 0) & 0x0f) === 8 ? createInflate(zlib) : createInflateRaw(zlib);
  if (coding === 'br')
    return createBrotliDecompress({
      finishFlush: cut ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH,
    });
  throw new DoorError('bad-encoding', 'UNKNOWN_ENCODING');
}

async function inflate({ body, truncated }: Decoded, coding: string, max: number): Promise<Decoded> {
  const stream = decoder(coding, body, truncated);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= max) return;
      resolve({ body: Buffer.concat(chunks).subarray(0, max), truncated: true });
      stream.destroy();
    });
    stream.on('end', () => resolve({ body: Buffer.concat(chunks), truncated }));
    stream.on('error', (error: { code?: string }) =>
      reject(new DoorError('bad-encoding', error.code ?? 'BAD_ENCODING')),
    );
    stream.end(body);
  });
}
