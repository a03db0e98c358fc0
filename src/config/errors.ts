/**
 * What an operator did wrong, said so that they can mend it. The command line prints `message` and
 * `hint` on stderr and exits with 2; nothing else in the tool is reported this way.
 *
 * @module
 */

/** A mistake in flags, environment, config or an input file. */
export class UsageError extends Error {
  readonly code = 'ERR_USAGE';
  /** What to do about it, one line, or undefined. */
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}
