/**
 * Millions of tokens of a few kinds: once a kind has been read often enough that a group keeps nothing
 * of one more token but its times, those are taken from the line's bytes, and the token is checked with
 * the keys, but not read again. The population is the same as without it.
 *
 * @module
 */
import type { Extras, Reading } from '../../formats/format.ts';
import { recognise } from '../../formats/index.ts';
import { JwsBytes } from '../../formats/jws-bytes.ts';
import { seconds } from '../../formats/jwt-claims.ts';
import type { Key } from '../../formats/keys.ts';
import { Bulk, type Checked } from './bulk.ts';
import { type CheckedWith, keyFitting } from './checks.ts';
import type { PopulationBuilder, Settled } from './population.ts';
import { trialsOf, verdictOf } from './verdict.ts';

/** Kinds that are remembered; tokens of others are read one by one. */
const MAX_KINDS = 1000;
/** A kind is looked at when it was met so often, and at every doubling while its group is not settled. */
const FIRST_LOOK = 64;
/** Checks that are made here: fewer take less time than threads take to start. */
const FEW_CHECKS = 5000;

const NOTHING: CheckedWith = { alg: '', materials: [] };

interface Kind {
  met: number;
  next: number;
  /** Digits of its signatures; one of another length is read by itself. */
  signature: number;
  checkedWith: CheckedWith;
  /** By the number of the trial that fitted, after all of them when none did. */
  readonly groups: (Settled | undefined)[];
}

export interface RepeatsOptions {
  readonly builder: PopulationBuilder;
  readonly keys: readonly Key[];
  readonly extras: Extras;
  /** True as long as such credentials are wanted whole. Once false for one, it stays so. */
  wanted(reading: Reading): boolean;
  /** Checks before threads make them; 5,000 when not given. */
  readonly fewChecks?: number;
}

/** What is remembered of a token while its signature is checked elsewhere. Times in seconds. */
interface Token {
  readonly kind: Kind;
  readonly size: number;
  readonly issuedAt: number | undefined;
  readonly expiresAt: number | undefined;
}

/**
 * Takes lines that are one bare JWS of a kind well known by now. Their signatures are checked here as
 * long as they are few, then by threads; of those, `back` and `rest` give the lines that have to be read
 * after all, and `close` has to be called in the end.
 */
export class Repeats {
  readonly #options: RepeatsOptions;
  readonly #jws = new JwsBytes();
  readonly #kinds = new Map<string, Kind>();
  #checked = 0;
  #bulk: Bulk<Token> | undefined;

  constructor(options: RepeatsOptions) {
    this.#options = options;
  }

  /** Counts the token in `bytes[from, to)`; false when it has to be read. A `TakeLine`. */
  take(bytes: Buffer, from: number, to: number): boolean {
    const end = bytes[to - 1] === 0x0d ? to - 1 : to;
    const jws = this.#jws;
    if (!jws.read(bytes, from, end)) return false;
    const kind = this.#kinds.get(jws.kind) ?? this.#meet(jws.kind);
    if (!kind) return false;
    const signed = jws.bodyEnd + 1;
    if (kind.groups.length > 0 && end - signed !== kind.signature) return false;
    kind.met++;
    const issuedAt = timeOf(jws.iat);
    const expiresAt = timeOf(jws.exp);
    const { length } = kind.checkedWith.materials;
    if (kind.groups.length > 0 && length > 0 && ++this.#checked > (this.#options.fewChecks ?? FEW_CHECKS)) {
      this.#bulk ??= new Bulk();
      const token = { kind, size: end - from, issuedAt, expiresAt };
      this.#bulk.add(kind.checkedWith, token, bytes, from, signed, end);
      return true;
    }
    const fitting = kind.groups.length > 0 ? this.#fitting(kind, bytes, from, end) : 0;
    if (this.#count(kind, fitting, end - from, issuedAt, expiresAt)) return true;
    if (kind.met >= kind.next) this.#look(kind, bytes.toString('latin1', from, end));
    return false;
  }

  /** Lines that were taken and have to be read after all. Waits as long as the threads have enough to do. */
  async back(): Promise<readonly string[]> {
    return this.#bulk ? this.#unread(await this.#bulk.some()) : [];
  }

  /** The same of all that the threads still have. */
  async rest(): Promise<readonly string[]> {
    return this.#bulk ? this.#unread(await this.#bulk.rest()) : [];
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#bulk?.close();
  }

  #unread(checked: readonly Checked<Token>[]): readonly string[] {
    return checked.flatMap(({ token: { kind, size, issuedAt, expiresAt }, fitting, value }) => {
      if (this.#count(kind, fitting, size, issuedAt, expiresAt)) return [];
      const text = value();
      if (kind.met >= kind.next) this.#look(kind, text);
      return [text];
    });
  }

  /** Counts a token whose key is known; false when such a one is not known well enough yet. Times in seconds. */
  #count(kind: Kind, fitting: number, size: number, issuedAt?: number, expiresAt?: number): boolean {
    const group = kind.groups[fitting];
    if (!group) return false;
    this.#options.builder.addSettled(group, size, issuedAt, expiresAt);
    return true;
  }

  #meet(name: string): Kind | undefined {
    if (this.#kinds.size >= MAX_KINDS) return undefined;
    const kind: Kind = { met: 0, next: FIRST_LOOK, signature: 0, checkedWith: NOTHING, groups: [] };
    this.#kinds.set(name, kind);
    return kind;
  }

  #fitting({ checkedWith }: Kind, bytes: Buffer, from: number, end: number): number {
    if (checkedWith.materials.length === 0) return 0;
    const { bodyEnd } = this.#jws;
    return keyFitting(checkedWith, bytes.subarray(from, bodyEnd), bytes.toString('latin1', bodyEnd + 1, end));
  }

  /** Reads one token of the kind as any other is read, and remembers its group when that is settled. */
  #look(kind: Kind, value: string): void {
    const { builder, keys, extras, wanted } = this.#options;
    kind.next = kind.met * 2;
    const { reading } = recognise({ name: null, value });
    // A damaged header is a JWS by its shape only; its payload's times are nobody's.
    if (
      reading.problems.includes('signature-length') ||
      reading.format !== 'jws' ||
      reading.serializer !== 'json' ||
      wanted(reading)
    )
      return;
    const verdict = verdictOf(reading, keys, extras);
    const group = builder.settled(null, reading, verdict);
    if (!group) return;
    kind.next = kind.met + FIRST_LOOK;
    kind.signature = value.length - value.lastIndexOf('.') - 1;
    const materials = trialsOf(reading, keys).map(({ material }) => material);
    kind.checkedWith = { alg: reading.alg ?? '', materials };
    const fitted = materials.findIndex((material) => reading.verify?.(material, extras));
    kind.groups[fitted < 0 ? materials.length : fitted] = group;
  }
}

function timeOf(time: number): number | undefined {
  return time < 0 ? undefined : seconds(time);
}
