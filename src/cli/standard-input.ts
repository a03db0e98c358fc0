/**
 * Standard input, which can be taken once. What the command line itself needs of it (a secret, a header, an
 * evidence file) is read before a run begins, so that Ctrl-C ends the wait; the rest is for the file door.
 *
 * @module
 */
import type { Readable } from 'node:stream';
import { UsageError } from '../config/errors.ts';
import { type Loaded, loadConfig, type LoadRequest, prepareYaml } from '../config/load.ts';
import type { Terminal } from './command.ts';

/** Keys, passwords and headers; anything larger is a wrong pipe. Bytes. */
const MAX_SECRET = 1_048_576;
/** Stands for what is not read yet; fits every way of decoding. */
const UNREAD = Buffer.from('0000');

/** Thrown when Ctrl-C comes while the command line waits for standard input. */
export class Interrupted extends Error {}

/** This process's standard input. */
export interface StandardInput {
  /** For the file door. Throws a UsageError when it has been taken. */
  stream(): Readable;
  /**
   * All of it as it is, read once, for one purpose. Throws Interrupted at Ctrl-C, a UsageError over `most`
   * bytes or when it has been taken for another purpose.
   */
  whole(purpose: string, most: number): Promise<Buffer>;
}

/** Says on a terminal that something is awaited there: silence looks like a hang. */
export function standardInput(
  terminal: Terminal,
  source: () => Readable & { readonly isTTY?: boolean } = () => process.stdin,
): StandardInput {
  let kept: { readonly purpose: string; readonly bytes: Promise<Buffer> } | undefined;
  let taken = false;
  const stream = (): Readable => {
    if (taken)
      throw new UsageError(
        'standard input was asked for twice',
        'give - for one input only, files for others',
      );
    taken = true;
    const input = source();
    if (input.isTTY) terminal.note('Reading standard input; Ctrl-D ends it.');
    return input;
  };
  const whole = async (purpose: string, most: number): Promise<Buffer> => {
    if (kept?.purpose !== purpose) kept = { purpose, bytes: readAll(stream(), most) };
    return orInterrupted(terminal.interrupted, kept.bytes);
  };
  return { stream, whole };
}

async function readAll(input: Readable, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk as Buffer);
    length += bytes.length;
    if (length > most)
      throw new UsageError(`standard input is larger than ${most.toLocaleString('en')} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}

async function orInterrupted<T>(interrupted: AbortSignal, reading: Promise<T>): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new Interrupted());
    if (interrupted.aborted) stop();
    else interrupted.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([reading, stopped]);
}

/** What readers of references are given. */
export type Asking = Pick<LoadRequest, 'learn'> & { stdin(): Buffer };

/**
 * Runs `read`, which may ask for standard input at once: a rehearsal tells whether it does (and finds other
 * mistakes before anybody waits), then it is read, then `read` runs with it.
 */
export async function withStandardInput<T>(
  read: (asking: Asking) => T,
  input: StandardInput,
  learn: (secret: string) => void,
): Promise<T> {
  const learnt: string[] = [];
  let asked = false;
  const rehearsed = read({
    learn: (secret) => void learnt.push(secret),
    stdin: () => {
      asked = true;
      return UNREAD;
    },
  });
  if (!asked) {
    learnt.forEach(learn);
    return rehearsed;
  }
  const bytes = await input.whole('secrets', MAX_SECRET);
  return read({ learn, stdin: () => bytes });
}

export interface ConfigNeeds extends Pick<LoadRequest, 'learn' | 'places'> {
  readonly input: StandardInput;
}

/** The configuration of a command, standard input read where a reference names it. */
export async function configFor(
  flags: LoadRequest['flags'],
  terminal: Terminal,
  { input, learn, places }: ConfigNeeds,
): Promise<Loaded> {
  await prepareYaml();
  const { env, cwd } = terminal;
  const request = { flags, env, cwd, ...(places && { places }) };
  return withStandardInput((asking) => loadConfig({ ...request, ...asking }), input, learn);
}
