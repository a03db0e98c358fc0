/**
 * The file door: reads named files, bounded. It lists no folder that it was not given, and never writes.
 * Gzip is known by its first two bytes, not by the file's name, and is opened on the way (RFC 1952;
 * several members in a row, as log rotation leaves them, read as one).
 *
 * @module
 */
import { quoted } from '../config/word.ts';
import { createReadStream, type Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { addAbortSignal, pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../config/errors.ts';
import { reason } from '../config/references.ts';

/** What `read` and `stdin` keep unless told otherwise: 64 MiB, counted after gzip is opened. */
const MAX_BYTES = 67_108_864;

/** Bytes read at a time: four times Node's own, which a file of gigabytes is read noticeably faster with. */
const CHUNK = 262_144;

export interface FilesDoor {
  /** The whole file (gzip opened; `-` is stdin). Throws a UsageError when it cannot be read or is over `maxBytes`. */
  read(path: string, maxBytes?: number): Promise<Buffer>;
  /** Standard input, whole, up to `maxBytes`. */
  stdin(maxBytes?: number): Promise<Buffer>;
  /** Chunks of a file or of stdin (`-`), gzip opened, for inputs of any size. Throws a UsageError while read. */
  stream(path: string): AsyncIterable<Buffer>;
  /**
   * The files below a folder that was named, sorted, `most` at the most; links are not followed. Throws a
   * UsageError when the folder cannot be read.
   */
  list(folder: string, most: number): Promise<FileList>;
  /** A file's first bytes as they are, and whether that is all of it. Throws a UsageError when it cannot be read. */
  head(path: string, most: number): Promise<FileHead>;
  /**
   * How a path is named from the repository that holds it (the nearest folder above with a `.git`), or else
   * from the working directory, with `/`; `` for that folder itself; as it is where it lies outside.
   */
  fromRepository(path: string): Promise<string>;
}

export interface FileHead {
  readonly bytes: Buffer;
  readonly whole: boolean;
}

export interface FileList {
  /** Relative to the folder, with `/`. */
  readonly paths: readonly string[];
  /** There were more. */
  readonly truncated: boolean;
  /** What below the folder was not looked into: folders that refuse or lie very deep, and links. */
  readonly leftOut: readonly { readonly path: string; readonly why: 'refused' | 'deep' | 'link' }[];
}

/**
 * The real file door. Standard input can be taken only once in its life: a second `-` gets a UsageError
 * rather than silence. When `interrupted` fires, standard input ends where it is.
 */
export function filesDoor(
  standardInput: () => Readable = () => process.stdin,
  interrupted?: AbortSignal,
): FilesDoor {
  let taken = false;
  async function* stream(path: string): AsyncGenerator<Buffer> {
    if (path === '-' && taken)
      throw new UsageError(
        'standard input was asked for twice',
        'give - for one input only, files for others',
      );
    if (path === '-') taken = true;
    const name = path === '-' ? 'standard input' : path;
    try {
      const source = path === '-' ? standardInput() : createReadStream(path, { highWaterMark: CHUNK });
      if (path === '-' && interrupted) addAbortSignal(interrupted, source);
      yield* opened(source);
    } catch (error) {
      if (path === '-' && interrupted?.aborted) return;
      if (error instanceof UsageError) throw error;
      throw new UsageError(`cannot read ${quoted(name)}: ${wrong(error)}`);
    }
  }
  async function read(path: string, maxBytes = MAX_BYTES): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of stream(path)) {
      length += chunk.length;
      if (length > maxBytes)
        throw new UsageError(
          `${path === '-' ? 'standard input' : path} is larger than ${maxBytes.toLocaleString('en')} bytes`,
        );
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  }
  return { read, stream, stdin: (maxBytes) => read('-', maxBytes), list, head, fromRepository };
}

/** Folders that hold other people's files, never migrations of one's own. */
const SKIPPED = new Set(['node_modules', '.git', 'vendor', '__pycache__', 'dist']);
/** Folders within folders, so deep. */
const DEEPEST = 12;

async function list(folder: string, most: number): Promise<FileList> {
  const paths: string[] = [];
  const leftOut: { path: string; why: 'refused' | 'deep' | 'link' }[] = [];
  const waiting: { path: string; depth: number }[] = [{ path: '', depth: 0 }];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { path, depth } = next;
    let entries: Dirent[];
    try {
      entries = await readdir(join(folder, path), { withFileTypes: true });
    } catch (error) {
      if (path === '') throw new UsageError(`cannot read ${quoted(folder)}: ${wrong(error)}`);
      leftOut.push({ path, why: 'refused' });
      continue;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (paths.length >= most || leftOut.length >= most)
        return { paths: paths.sort(), truncated: true, leftOut };
      if (SKIPPED.has(entry.name)) continue;
      if (entry.isSymbolicLink()) leftOut.push({ path: below, why: 'link' });
      else if (entry.isFile()) paths.push(below);
      else if (entry.isDirectory() && depth >= DEEPEST) leftOut.push({ path: below, why: 'deep' });
      else if (entry.isDirectory()) waiting.push({ path: below, depth: depth + 1 });
    }
  }
  return { paths: paths.sort(), truncated: false, leftOut };
}

async function head(path: string, most: number): Promise<FileHead> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(Math.min(size, most));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      return { bytes: bytes.subarray(0, bytesRead), whole: size <= most };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new UsageError(`cannot read ${quoted(path)}: ${wrong(error)}`);
  }
}

async function fromRepository(path: string): Promise<string> {
  const whole = resolve(path);
  let root = process.cwd();
  for (let each = whole; ; each = dirname(each)) {
    const found = await stat(join(each, '.git')).catch(() => undefined);
    if (found) root = each;
    if (found || dirname(each) === each) break;
  }
  const inside = relative(root, whole);
  return (inside.startsWith('..') || isAbsolute(inside) ? whole : inside).split(sep).join('/');
}

/** Chunks of `source`, through gunzip when they begin like gzip. */
async function* opened(source: Readable): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  let head = Buffer.alloc(0);
  let ended = false;
  while (head.length < 2 && !ended) {
    const next = await chunks.next();
    if (next.done) ended = true;
    else head = Buffer.concat([head, Buffer.from(next.value as Buffer)]);
  }
  async function* whole(): AsyncGenerator<Buffer> {
    try {
      if (head.length > 0) yield head;
      for (;;) {
        const next = ended ? { done: true as const, value: undefined } : await chunks.next();
        if (next.done) return;
        yield Buffer.from(next.value as Buffer);
      }
    } finally {
      source.destroy();
    }
  }
  if (head[0] !== 0x1f || head[1] !== 0x8b) yield* whole();
  else {
    // An error of either stream ends the other and is thrown by the loop over the opened one.
    const gunzip = pipeline(whole(), createGunzip(), () => {});
    for await (const chunk of gunzip) yield chunk as Buffer;
  }
}

function wrong(error: unknown): string {
  const code = (error as { code?: string }).code ?? '';
  if (code === 'Z_BUF_ERROR') return 'its gzip data ends too early';
  return code.startsWith('Z_') ? 'its gzip data is damaged' : reason(error);
}
