/**
 * Tokens on their way to the threads that check their signatures, and back.
 *
 * @module
 */
import { CheckerThreads } from './checker-threads.ts';
import { type CheckedWith, type Checks, emptyChecks, fittingOf, hasRoom, put, textOf } from './checks.ts';

/** A token with the index of the first key that fits it; the number of keys when none does. */
export interface Checked<Of> {
  readonly token: Of;
  readonly fitting: number;
  /** The token itself. Until the tokens that come back next are asked for. */
  value(): string;
}

interface Batch<Of> {
  readonly checks: Checks;
  readonly tokens: Of[];
}

/** `Of` is what is remembered of a token in the meantime. */
export class Bulk<Of> {
  readonly #threads = new CheckerThreads();
  #batch: Batch<Of> = { checks: emptyChecks(), tokens: [] };
  /** Batches on their way, oldest first, so that tokens come back in the order in which they went. */
  readonly #away: { readonly batch: Batch<Of>; readonly checked: Promise<void> }[] = [];
  /** Batches that are back, whose memory is used again. */
  readonly #back: Batch<Of>[] = [];

  /** Takes a copy of the JWS in `bytes[from, to)`, whose signature begins at `signed`. */
  add(kind: CheckedWith, token: Of, bytes: Buffer, from: number, signed: number, to: number): void {
    if (!hasRoom(this.#batch.checks, to - from)) this.#send();
    put(this.#batch.checks, kind, bytes, from, signed, to);
    this.#batch.tokens.push(token);
  }

  /** As many tokens as must come back before more may go, in order. */
  async some(): Promise<readonly Checked<Of>[]> {
    return this.#returned(this.#away.length - this.#threads.room);
  }

  /** All that are left. */
  async rest(): Promise<readonly Checked<Of>[]> {
    this.#send();
    return this.#returned(this.#away.length);
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#threads.close();
  }

  #send(): void {
    const batch = this.#batch;
    this.#away.push({ batch, checked: this.#threads.check(batch.checks) });
    const { checks } = this.#back.pop() ?? { checks: emptyChecks() };
    this.#batch = { checks: { ...checks, kinds: [], count: 0, size: 0 }, tokens: [] };
  }

  async #returned(batches: number): Promise<readonly Checked<Of>[]> {
    const home = this.#away.splice(0, Math.max(0, batches));
    await Promise.all(home.map(({ checked }) => checked));
    this.#back.push(...home.map(({ batch }) => batch));
    return home.flatMap(({ batch: { checks, tokens } }) =>
      tokens.map((token, index) => ({
        token,
        fitting: fittingOf(checks, index),
        value: () => textOf(checks, index),
      })),
    );
  }
}
