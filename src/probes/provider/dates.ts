/**
 * The time by which dates are judged, and whose word it is.
 *
 * @module
 */
import type { Scene } from '../probe.ts';
import { listOf, type ProviderSeen } from './seen.ts';

/** What a clock that nobody checked may be off by. ms */
const UNCHECKED = 60_000;

/** What dates are judged by. */
export interface Clock {
  /** Epoch ms. */
  readonly now: number;
  /** ± ms around `now` within which a date is not judged. */
  readonly slack: number;
  /** Whose word it is, for the end of a sentence. */
  readonly words: string;
  /** The time is known by more than one word against another. */
  readonly checked: boolean;
}

/**
 * The corrected time; where nobody checked this host's clock, the provider's own Date, so that a clock that
 * is wrong by days convicts no certificate.
 */
export function clockOf(seen: ProviderSeen, scene: Scene): Clock {
  if (Number.isFinite(scene.uncertaintyMs))
    return { now: scene.now, slack: scene.uncertaintyMs, words: 'by corrected time', checked: true };
  // What a cache held was dated when it was fetched.
  const told = listOf(seen.asked).flatMap((one) =>
    one.answered && typeof one.date === 'number' ? [one.date + (one.age ?? 0) * 1000] : [],
  );
  const date = told.toSorted((a, b) => a - b)[Math.floor(told.length / 2)];
  return date === undefined
    ? {
        now: scene.now,
        slack: UNCHECKED,
        words: 'by this host’s clock, which was not checked',
        checked: false,
      }
    : {
        now: date,
        slack: UNCHECKED,
        words: 'by the provider’s own Date, as this host’s clock was not checked',
        checked: false,
      };
}
