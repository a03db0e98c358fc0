/**
 * What a cause is: a hypothesis, as data. It names finding codes and how strongly each speaks for or
 * against it; a code that no probe can say does not compile. It never names an incident.
 *
 * @module
 */
import type { Hop, Strength } from '../model.ts';
import type { Code } from '../probes/index.ts';

/** Bits of log-odds per strength: +1 doubles the odds. */
export const STRENGTH_BITS: Readonly<Record<Strength, number>> = {
  decisive: 9,
  strong: 5,
  weak: 2,
  against: -3,
  refutes: -9,
};

/** A vote's weight: a named strength, or bits where calibration asked for something between. */
export type Weight = Strength | number;

export interface Cause {
  /** Contract: file name, report id and argument of `explain`. */
  readonly id: string;
  readonly title: string;
  readonly hop: Hop;
  /** How it logs people out, in a few sentences, for somebody who has never met it. */
  readonly story: string;
  /** Bits before any evidence: about -3 (common) to -6 (rare). */
  readonly prior: number;
  /** `amplifier`: makes it worse, never the root cause alone; reported under `contributing`. */
  readonly kind?: 'amplifier';
  /** It ends by itself, so a healthy probe long after the onset does not clear it. */
  readonly selfHealing?: true;
  readonly signals: { readonly [C in Code]?: Weight };
  /**
   * Each line one action, most urgent first; words for users (`Tell users: …`) and what to watch last.
   * `{the old secret|credentials/verifies-previous-only}` is filled with what that finding names.
   */
  readonly doNow: readonly string[];
  /** What people do at 3 a.m. that makes it worse, and why. */
  readonly doNot: readonly string[];
  readonly prevent: readonly string[];
  /** What would settle it, when it is not settled. */
  readonly confirmWith: readonly string[];
}

/** Holds a cause to its shape. Not generic on purpose: a code that no probe can say must not compile. */
export function defineCause(cause: Cause): Cause {
  return cause;
}
