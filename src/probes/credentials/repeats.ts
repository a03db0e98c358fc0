/**
 * Millions of tokens of a few kinds: once a kind has been read often enough that a group keeps nothing
 * of one more token but its times, those are taken from the line's bytes, and the token is checked with
 * the keys, but not read again. The population is the same as without it.
 *
 * @module
 */
import type { Extras, Reading } from '../../formats/format.ts';
import { recognise } from '../../formats/index.ts';
import { seconds, verifyJws } from '../../formats/jws.ts';
import { JwsBytes } from '../../formats/jws-bytes.ts';
import type { Key } from '../../formats/keys.ts';
import type { PopulationBuilder, Settled } from './population.ts';
import { type Trial, trialsOf, verdictOf } from './verdict.ts';

/** Kinds that are remembered; tokens of others are read one by one. */
const MAX_KINDS = 1000;
/** A kind is looked at when it was met so often, and at every doubling while its group is not settled. */
const FIRST_LOOK = 64;

interface Kind {
  met: number;
  next: number;
  alg: string;
  /** Digits of its signatures; one of another length is read by itself. */
  signature: number;
  trials: readonly Trial[];
  /** By the number of the trial that fitted, after all of them when none did. */
  readonly groups: (Settled | undefined)[];
}

export interface RepeatsOptions {
  readonly builder: PopulationBuilder;
  readonly keys: readonly Key[];
  readonly extras: Extras;
  /** True as long as such credentials are wanted whole. Once false for one, it stays so. */
  wanted(reading: Reading): boolean;
}

/** Takes lines that are one bare JWS of a kind well known by now. */
export class Repeats {
  readonly #options: RepeatsOptions;
  readonly #jws = new JwsBytes();
  readonly #kinds = new Map<string, Kind>();

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
    const signature = end - jws.bodyEnd - 1;
    if (kind.groups.length > 0 && signature !== kind.signature) return false;
    kind.met++;
    if (kind.groups.length === 0 && kind.met < kind.next) return false;
    const number = kind.groups.length === 0 ? -1 : this.#fitting(kind, bytes, from, end);
    const group = kind.groups[number];
    if (!group) {
      if (kind.met >= kind.next) this.#look(kind, bytes.toString('latin1', from, end));
      return false;
    }
    this.#options.builder.addSettled(group, end - from, timeOf(jws.iat), timeOf(jws.exp));
    return true;
  }

  #meet(name: string): Kind | undefined {
    if (this.#kinds.size >= MAX_KINDS) return undefined;
    const kind: Kind = { met: 0, next: FIRST_LOOK, alg: '', signature: 0, trials: [], groups: [] };
    this.#kinds.set(name, kind);
    return kind;
  }

  #fitting({ alg, trials }: Kind, bytes: Buffer, from: number, end: number): number {
    if (trials.length === 0) return 0;
    const { bodyEnd } = this.#jws;
    const input = bytes.subarray(from, bodyEnd);
    const signature = bytes.toString('latin1', bodyEnd + 1, end);
    for (let index = 0; index < trials.length; index++) {
      const trial = trials[index];
      if (trial && verifyJws(alg, input, signature, trial.material)) return index;
    }
    return trials.length;
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
    kind.alg = reading.alg ?? '';
    kind.signature = value.length - value.lastIndexOf('.') - 1;
    kind.trials = trialsOf(reading, keys);
    const fitted = kind.trials.findIndex(({ material }) => reading.verify?.(material, extras));
    kind.groups[fitted < 0 ? kind.trials.length : fitted] = group;
  }
}

function timeOf(time: number): number | undefined {
  return time < 0 ? undefined : seconds(time);
}
