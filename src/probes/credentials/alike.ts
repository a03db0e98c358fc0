/**
 * Which groups may be compared: what one issuer makes for one use, and arrived whole.
 *
 * @module
 */
import type { Group } from './population.ts';
import { of } from './words.ts';

/** Problems of credentials that did not arrive whole: their signatures were not checked. */
export const SPOILT: ReadonlySet<string> = new Set([
  'truncated',
  'redacted',
  'damaged',
  'chunk-missing',
  'signature-length',
]);

/** How much longer than another a credential lives before it is taken for one of another use. */
const OTHER_LIFETIME = 2;

/** The same cookie (or tokens) in the same format and for the same use: what one issuer makes. */
export function alike(a: Group, b: Group): boolean {
  if (a.name !== b.name || a.format !== b.format) return false;
  if (a.name !== null || a.format !== 'jws') return true;
  if (a.alg !== b.alg || a.typ !== b.typ || a.iss !== b.iss || a.aud.join(' ') !== b.aud.join(' '))
    return false;
  if (!a.lifetime || !b.lifetime) return (a.lifetime === null) === (b.lifetime === null);
  return a.lifetime[0] <= OTHER_LIFETIME * b.lifetime[1] && b.lifetime[0] <= OTHER_LIFETIME * a.lifetime[1];
}

/** A token that a key set verifies. */
export function isAsymmetric(group: Group): boolean {
  return group.format === 'jws' && /^(?:RS|PS|ES|Ed)/.test(group.alg ?? '');
}

/**
 * True when such credentials verify and fail side by side both before and after: two secrets for two uses
 * (access and refresh tokens, say), of which one was given.
 */
export function isUsual(one: Group, before: readonly Group[], after: readonly Group[]): boolean {
  return [before, after].every((groups) =>
    ['current', 'no'].every((verified) => of(groups, verified).some((group) => alike(group, one))),
  );
}
