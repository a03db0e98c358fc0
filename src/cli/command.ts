/**
 * What a subcommand is. Its row in `commands/index.ts` holds what `--help` shows; the module itself is
 * loaded only when the command is typed, so heavy imports there cost nothing elsewhere.
 *
 * @module
 */
import type { OptionRow } from '../config/options.ts';

/** The only way a command touches the outside: text out, and whether somebody pressed Ctrl-C. */
export interface Terminal {
  /** Writes to stdout and waits until it is taken; a reader that went away is not an error. */
  write(text: string): Promise<void>;
  /** One line (or more) on stderr. */
  note(text: string): void;
  /** stdout's width in columns; 80 when it is not a terminal. */
  readonly width: number;
  /** chalk's colour level for stdout, from NO_COLOR, FORCE_COLOR, --no-color and the terminal: 0…3. */
  readonly colorLevel: 0 | 1 | 2 | 3;
  /** The same for stderr. */
  readonly noteColorLevel: 0 | 1 | 2 | 3;
  /** True when stderr is a terminal on which progress may be drawn. */
  readonly interactive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by the first Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** Flags as typed, by long name: a word, several words, or true. */
export type Flags = Readonly<Record<string, string | readonly string[] | true | undefined>>;

export interface Command {
  /** Positional arguments in commander's notation, e.g. `<before> <after>` or `[input]`. */
  readonly args: string;
  /** Rows of the options table, plus the command's own. */
  readonly options: readonly OptionRow[];
  /** Whole command lines, shown at the end of `--help`. */
  readonly examples: readonly string[];
  /** Does the work and returns the exit code. Throws UsageError for the operator's mistakes. */
  run(args: readonly string[], flags: Flags, terminal: Terminal): Promise<number>;
}

/** A command's row: what the top-level help needs, and where the rest is. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}
