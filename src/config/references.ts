/**
 * Secret references: `env:NAME`, `file:PATH` or `-`, with `#hex`, `#base64` or `#latin1` to decode.
 * A secret is never an argument; a word that is none of these is refused without being repeated.
 *
 * @module
 */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { Secret } from './secret.ts';
import { quoted } from './word.ts';

/** Secrets are keys and passwords; anything larger is a wrong path. Bytes. */
const MAX_SECRET = 1_048_576;

export interface ReferenceContext {
  /** Folder that relative paths start from. */
  readonly base: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called with every secret text that was read, so that it can be kept out of all output. */
  learn(secret: string): void;
  /** Standard input, whole. */
  stdin(): Buffer;
  /** Why a file or folder cannot be read, in words, or undefined when it can. */
  unreadable(path: string): string | undefined;
}

/** Reads nothing; for asking the schema about itself. */
export const emptyContext: ReferenceContext = {
  base: '/',
  env: {},
  learn: () => {},
  stdin: () => Buffer.alloc(0),
  unreadable: () => undefined,
};

/** Why a file or folder cannot be read, in words, or undefined when it can. Opens nothing. */
export function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return reason(error);
  }
}

/** An absolute path; `~/` is the home folder. */
export function resolvePath(path: string, base: string): string {
  const home = process.env['HOME'];
  const expanded = path.startsWith('~/') && home ? `${home}/${path.slice(2)}` : path;
  return isAbsolute(expanded) ? expanded : resolve(base, expanded);
}

/**
 * Reads a REF. Text is UTF-8 as is; a file's or stdin's one trailing newline is dropped.
 * Throws an Error whose message is safe to print.
 */
export function readReference(reference: string, context: ReferenceContext): Secret {
  const match =
    /^(?:(env):([A-Za-z_][A-Za-z0-9_]*)|(file):(.+?)|(-))(?:#(hex|base64|base64url|latin1))?$/s.exec(
      reference,
    );
  if (!match) throw new Error('a secret is never written here; use env:NAME, file:PATH or -');
  const raw = readRaw(match, context);
  if (raw.length === 0) throw new Error(`${shown(match)} is empty`);
  const secret = decode(raw, match[6], shown(match));
  context.learn(raw.toString('utf8'));
  context.learn(secret.toString('utf8'));
  return new Secret(secret);
}

function readRaw(match: RegExpExecArray, context: ReferenceContext): Buffer {
  if (match[1] && match[2]) {
    const value = context.env[match[2]];
    if (value === undefined) throw new Error(`the environment variable ${match[2]} is not set`);
    return Buffer.from(value, 'utf8');
  }
  if (match[5]) return withoutNewline(context.stdin());
  const path = resolvePath(match[4] ?? '', context.base);
  try {
    if (statSync(path).isDirectory()) return readRing(path);
    return withoutNewline(readBounded(path, MAX_SECRET));
  } catch (error) {
    throw new Error(`cannot read ${quoted(path)}: ${reason(error)}`, { cause: error });
  }
}

/** A Data Protection key ring as ASP.NET Core keeps it: the XML files of a folder, one after the other. */
function readRing(folder: string): Buffer {
  const names = readdirSync(folder).filter((name) => /^(?:key|revocation)-.*\.xml$/i.test(name));
  if (names.length === 0) throw new Error('a folder without key-*.xml files');
  const files: Buffer[] = [];
  let size = 0;
  for (const name of names.sort()) {
    const file = readBounded(join(folder, name), MAX_SECRET);
    size += file.length;
    if (size > MAX_SECRET) throw new Error('larger than 1 MiB');
    files.push(file);
  }
  return Buffer.concat(files);
}

function shown(match: RegExpExecArray): string {
  return match[1] ? `env:${match[2]}` : match[5] ? 'standard input' : `file:${match[4]}`;
}

function withoutNewline(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== 0x0a) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1);
}

function decode(raw: Buffer, encoding: string | undefined, name: string): Buffer {
  if (encoding === undefined) return raw;
  const text = raw.toString('utf8').trim();
  if (encoding === 'latin1') return Buffer.from(text, 'latin1');
  if (encoding === 'hex') {
    if (!/^(?:[0-9a-f]{2})+$/i.test(text)) throw new Error(`${name} is not hexadecimal`);
    return Buffer.from(text, 'hex');
  }
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) throw new Error(`${name} is not base64`);
  return Buffer.from(text, 'base64');
}

const MIB = 1_048_576;
const CHUNK = 65_536;

/** How long a pipe is waited for: until somebody opens it to write, and for whoever has. ms */
const PATIENCE = { writer: 5000, silence: 60_000 } as const;
const POLL = 20;
/** Windows has no such flag, and no such pipes. */
const UNBLOCKED = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

/**
 * A whole file, read at once. Its size is no bound (a device or a pipe has none), so the reading has one:
 * throws over `most` bytes, and what the system throws. While a pipe is waited for the process hears nothing,
 * Ctrl-C neither, so that has a bound too: throws when nothing comes within `patience`.
 */
export function readBounded(
  path: string,
  most: number,
  patience: { readonly writer: number; readonly silence: number } = PATIENCE,
): Buffer {
  const handle = openSync(path, UNBLOCKED);
  try {
    const pipe = fstatSync(handle).isFIFO();
    const chunks: Buffer[] = [];
    let heard = performance.now();
    for (let length = 0; ; ) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const read = readNow(handle, chunk);
      if (read === undefined || (read === 0 && pipe && length === 0)) {
        const limit = read === undefined ? patience.silence : patience.writer;
        if (performance.now() - heard > limit)
          throw new Error(`nothing was written into this pipe within ${limit / 1000} s`);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL);
        continue;
      }
      if (read === 0) return Buffer.concat(chunks, length);
      heard = performance.now();
      length += read;
      if (length > most) throw new Error(`larger than ${most / MIB} MiB; is it the right file?`);
      chunks.push(chunk.subarray(0, read));
    }
  } finally {
    closeSync(handle);
  }
}

/** Bytes read, 0 at the end; undefined while a writer is there and has written nothing more. */
function readNow(handle: number, into: Buffer): number | undefined {
  try {
    return readSync(handle, into, 0, into.length, null);
  } catch (error) {
    if ((error as { code?: string }).code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** The operating system's error as words, without the path that it names: that may be a secret in the wrong place. */
export function reason(error: unknown): string {
  const code = (error as { code?: string }).code;
  const words: Record<string, string> = {
    ENOENT: 'no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'not a folder',
    ENAMETOOLONG: 'no file has so long a name',
    ENOSPC: 'no space is left on the device',
  };
  const message = error instanceof Error ? error.message : String(error);
  return (code && words[code]) ?? message.replace(/, [a-z]{1,20} '.*'$/s, '');
}
