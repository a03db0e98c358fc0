/**
 * The file door: reads named files, bounded. It never lists folders it was not given and never writes.
 *
 * @module
 */

export interface FileLines {
  /** Lines without their ends, as latin1-safe buffers; gzip is opened on the way. */
  lines(): AsyncIterable<Buffer>;
}

export interface FilesDoor {
  /** The whole file (gzip opened). Throws a UsageError when it cannot be read or is over `maxBytes`. */
  read(path: string, maxBytes?: number): Promise<Buffer>;
  /** Standard input, whole, up to `maxBytes`. */
  stdin(maxBytes?: number): Promise<Buffer>;
  /** Chunks of a file or of stdin (`-`), gzip opened, for inputs of any size. */
  stream(path: string): AsyncIterable<Buffer>;
}
