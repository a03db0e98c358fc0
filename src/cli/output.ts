/**
 * `--format NAME[=FILE]`: where each rendering of the report goes.
 *
 * @module
 */
import { accessSync, closeSync, constants, existsSync, openSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../config/errors.ts';
import { nearest } from '../config/nearest.ts';
import { reason } from '../config/references.ts';
import { quoted, withoutCredentials } from '../config/word.ts';

/** One rendering: its format and the file it goes to, or undefined for stdout. */
export interface Output<Name extends string> {
  readonly name: Name;
  readonly file: string | undefined;
}

/** Reads the words of `--format`; `terminal` on stdout when there are none. */
export function parseFormats<Name extends string>(
  words: readonly string[],
  known: readonly Name[],
  fallback: Name,
): Output<Name>[] {
  const outputs = words.map((word): Output<Name> => {
    const at = word.indexOf('=');
    const name = at < 0 ? word : word.slice(0, at);
    const found = known.find((candidate) => candidate === name);
    if (!found) {
      const near = nearest(name, known);
      throw new UsageError(
        `--format: ${quoted(name)} is not a format${near ? `; did you mean ${near}?` : ''}`,
        `known formats: ${known.join(' ')}`,
      );
    }
    const file = at < 0 ? undefined : fileOf(word.slice(at + 1));
    if (file === '') throw new UsageError(`--format ${name}= names no file`);
    return { name: found, file };
  });
  const files = outputs.flatMap((output) => output.file ?? []);
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined) throw new UsageError(`--format: two formats would go to ${quoted(twice)}`);
  if (outputs.filter((output) => output.file === undefined).length > 1)
    throw new UsageError(
      'only one --format may go to stdout',
      'give the others a file: --format json=report.json',
    );
  return outputs.length === 0 ? [{ name: fallback, file: undefined }] : outputs;
}

/** The file that a flag names; undefined for `-`, which is standard output, and when it was not given. */
export function fileOf(value: string | readonly string[] | true | undefined): string | undefined {
  return typeof value === 'string' && value !== '-' ? value : undefined;
}

/** Fails early when a file could not be written later: after a minute of probing it would be too late. */
export function checkWritable(file: string, flag: string, cwd: string): void {
  if (file === '-')
    throw new UsageError(`${flag} takes a file: standard output carries the report and nothing else`);
  const path = resolve(cwd, file);
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw new Error('it is a folder');
    if (!existsSync(dirname(path))) throw new Error('no such folder');
    accessSync(found ? path : dirname(path), constants.W_OK);
  } catch (error) {
    throw new UsageError(`${flag}: cannot write ${withoutCredentials(file)}: ${reason(error)}`);
  }
}

/** Writes a file that only its owner can read: reports name hosts and tables. */
export function writeOutput(file: string, text: string, flag: string, cwd: string): void {
  try {
    writeFileSync(resolve(cwd, file), text, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`${flag}: cannot write ${withoutCredentials(file)}: ${reason(error)}`);
  }
}

/** A file that is written piece by piece, for what is too long to be kept. */
export interface Pieces {
  write(text: string): void;
  close(): void;
}

/** Begins a file that only its owner can read, with the first piece: until then an old file of that name stays. */
export function piecesOf(file: string, flag: string, cwd: string): Pieces {
  let handle: number | undefined;
  return {
    write(text) {
      try {
        handle ??= openSync(resolve(cwd, file), 'w', 0o600);
        writeFileSync(handle, text);
      } catch (error) {
        throw new UsageError(`${flag}: cannot write ${withoutCredentials(file)}: ${reason(error)}`);
      }
    },
    close() {
      if (handle !== undefined) closeSync(handle);
      handle = undefined;
    },
  };
}

/** The words of a flag that takes several. */
export function listOf(value: string | readonly string[] | true | undefined): readonly string[] {
  if (value === undefined || value === true) return [];
  return typeof value === 'string' ? [value] : value;
}
