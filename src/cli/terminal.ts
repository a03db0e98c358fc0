/**
 * The process's streams as a Terminal.
 *
 * @module
 */
import { UsageError } from '../config/errors.ts';
import { reason } from '../config/references.ts';
import type { Terminal } from './command.ts';

type Level = 0 | 1 | 2 | 3;

/** Colour level of one stream: --no-color and NO_COLOR win, then FORCE_COLOR, then what the stream is. */
export function colorLevel(
  stream: { readonly isTTY?: boolean; getColorDepth?(env?: object): number },
  env: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): Level {
  if (noColor || (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '')) return 0;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) {
    if (force === 'false' || force === '0') return 0;
    const level = Number(force);
    return level === 2 || level === 3 ? level : 1;
  }
  if (stream.isTTY !== true || env['TERM'] === 'dumb') return 0;
  const depth = stream.getColorDepth?.(env) ?? 1;
  if (depth >= 24) return 3;
  if (depth >= 8) return 2;
  return depth >= 4 ? 1 : 0;
}

/** Wraps the streams of this process. The first Ctrl-C aborts `interrupted`; a second one ends the process. */
export function processTerminal(noColor: boolean): Terminal {
  const { stdout, stderr, env } = process;
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  process.once('SIGTERM', () => controller.abort());
  let closed = false;
  // `write` tells what went wrong on stdout; where stderr goes wrong there is nobody left to tell.
  stdout.on('error', () => (closed = true));
  stderr.on('error', () => {});
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        const taken = (error?: Error | null): void => {
          if (!error || isGone(error)) resolve();
          else reject(new UsageError(`cannot write to standard output: ${reason(error)}`));
        };
        if (closed) resolve();
        else stdout.write(text, taken);
      }),
    note: (text) => {
      stderr.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    width: columns(stdout.columns, env['COLUMNS']),
    colorLevel: colorLevel(stdout, env, noColor),
    noteColorLevel: colorLevel(stderr, env, noColor),
    interactive: stderr.isTTY && env['TERM'] !== 'dumb' && env['CI'] === undefined,
    env,
    cwd: process.cwd(),
    interrupted: controller.signal,
  };
}

/** The reader went away: `| head -1` has seen enough. */
function isGone({ code }: Error & { readonly code?: string }): boolean {
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
}

function columns(real: number | undefined, told: string | undefined): number {
  const width = real ?? Number(told);
  return Number.isInteger(width) && width >= 20 ? width : 80;
}
