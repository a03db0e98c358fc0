/**
 * What a probe is: it observes one hop (all the I/O, returns JSON) and examines what it saw (pure).
 *
 * @module
 */
import type { Config, Settings } from '../config/config.ts';
import type { Io } from '../io/io.ts';
import type { Change, Fact, Finding, FindingDoc, Json, Symptoms } from '../model.ts';

/** A probe's answer to "is there anything for you to look at?" when there is not. */
export class Skip {
  readonly reason: string;
  /** The flag that would enable the probe. */
  readonly enable: string;
  constructor(reason: string, enable: string) {
    this.reason = reason;
    this.enable = enable;
  }
}

/** What `examine` may know besides its own observation. */
export interface Scene {
  /** When the run began by the corrected clock, epoch ms. */
  readonly now: number;
  /** ± ms of `now`; Infinity when the clock was not checked. */
  readonly uncertaintyMs: number;
  /** When the incident began, epoch ms, or null when nobody said. */
  readonly since: number | null;
  readonly changes: readonly Change[];
  readonly symptoms: Symptoms;
  /** Thresholds and expectations from the config; no secrets. */
  readonly settings: Settings;
  /** Findings of the probes before this one, in sequence. */
  readonly findings: readonly Finding[];
  /** What an earlier probe saw in this run, or undefined when it did not run. */
  seen<S extends Json>(probe: { readonly id: string; observe(...args: never[]): Promise<S> }): S | undefined;
}

export interface Probe<Id extends string, Input, Seen extends Json, Slug extends string> {
  readonly id: Id;
  /** The one question it answers, for the operator. */
  readonly asks: string;
  /** Everything it can ever say. */
  readonly findings: Readonly<Record<Slug, FindingDoc>>;
  /** True when it reaches over the network (not files, not the clock's servers). */
  readonly network: boolean;
  /** Its part of the config, or why it has nothing to look at and the flag that would change that. */
  input(config: Config): Input | Skip;
  /**
   * All the I/O. A target that refuses, times out or answers nonsense is an observation, not an error;
   * throw only for the probe's own bugs. The result is redacted and saved as it is: put no secret in it.
   */
  observe(input: Input, io: Io): Promise<Seen>;
  /**
   * The corrected time that every later probe works by, where this probe measures it (only the clock
   * does): ms to add to the local clock, ± ms.
   */
  correction?(seen: Seen): { readonly offsetMs: number; readonly uncertaintyMs: number };
  /** Pure: the same observation and scene give the same facts, in the same order. */
  examine(seen: Seen, scene: Scene): Iterable<Fact<NoInfer<Slug>>>;
}

/** Gives a probe its exact types. Does nothing else. */
export function defineProbe<const Id extends string, Input, Seen extends Json, Slug extends string>(
  probe: Probe<Id, Input, Seen, Slug>,
): Probe<Id, Input, Seen, Slug> {
  return probe;
}

/** Any probe, for code that runs them all (method parameters are bivariant, so every probe fits). */
export type AnyProbe = Probe<string, unknown, Json, string>;
