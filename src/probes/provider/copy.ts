/**
 * One copy of the key set that could be read, and how it is spoken of.
 *
 * @module
 */
import type { JwkFacts, KeySetFacts } from '../../parse/jwks.ts';
import type { KeySetSeen } from './seen.ts';

/** A copy that is a key set. */
export type Copy = KeySetSeen & {
  readonly keys: readonly JwkFacts[];
  readonly set: Extract<KeySetFacts, { ok: true }>;
};

/** A cache says that it had it, or it has aged in one. */
export function isCached(copy: KeySetSeen): boolean {
  return copy.hit || (copy.age ?? 0) > 0;
}

export function kidsOf(copy: Copy): string[] {
  return copy.keys.flatMap((key) => (key.kid === null ? [] : [key.kid]));
}

/** Which copy it is, in words. */
export function sideOf(copy: KeySetSeen): string {
  const age = copy.age === null ? '' : ` (${copy.age} s old)`;
  return {
    here: `public copy${age}`,
    fresh: 'copy fetched past the cache',
    origin: 'origin',
    via: 'copy at the second vantage',
  }[copy.vantage];
}
