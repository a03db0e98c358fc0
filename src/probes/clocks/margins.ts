/**
 * What a wrong clock does to tokens: to fresh ones by rule, to the sampled ones by their own times. Pure.
 *
 * @module
 */
import { formatDuration } from '../../config/time.ts';
import type { Interval } from '../../parse/clock-sample.ts';
import { distance, middle } from '../clock/judge.ts';
import type { Times } from '../credentials/population.ts';

/** Who is refused by a verifier whose clock is off by `offset`, in words; empty when nobody is. */
export function consequence(offset: Interval, leewayMs: number): string {
  const beyond = distance(offset) - leewayMs;
  if (beyond <= 0) return '';
  const span = formatDuration(beyond);
  return middle(offset).offsetMs < 0
    ? `as a verifier it refuses fresh tokens for their first ${span} (iat, nbf), and takes expired ones for as long`
    : `as a verifier it refuses tokens ${span} before they end (exp); as an issuer its tokens are refused for their first ${span}`;
}

/** Sampled tokens that are good by the agreed time and would be refused by that clock, now. */
export interface Refusals {
  readonly refused: number;
  readonly valid: number;
  /** Epoch ms when the first that is refused now would pass (not yet valid), where it ever will. */
  readonly passesAt?: number;
  /** Epoch ms when the first that passes now will be refused before it ends. */
  readonly refusedFrom?: number;
}

/** Counts them. `now` is agreed time, epoch ms, `slackMs` how unsure that is; token times are in seconds. */
export function refusals(
  times: readonly Times[],
  offset: Interval,
  leewayMs: number,
  now: number,
  slackMs: number,
): Refusals {
  // The end of the interval that is nearest to right: what is refused by it is refused by all of it.
  const off = offset.low > 0 ? offset.low : offset.high < 0 ? offset.high : 0;
  const good = times.filter(
    (one) =>
      standing(one, now - slackMs, leewayMs) === 'valid' && standing(one, now + slackMs, 0) === 'valid',
  );
  const refused = good.filter((one) => standing(one, now + off, leewayMs) !== 'valid');
  const early = refused.filter((one) => standing(one, now + off, leewayMs) === 'early');
  const passes = early.map((one) => begin(one) - leewayMs - off);
  const cut = off > leewayMs ? good.filter((one) => !refused.includes(one)) : [];
  const ends = cut.flatMap((one) => (one.exp === undefined ? [] : [one.exp * 1000 + leewayMs - off]));
  return {
    refused: refused.length,
    valid: good.length,
    ...(passes.length > 0 && { passesAt: Math.min(...passes) }),
    ...(ends.length > 0 && { refusedFrom: Math.min(...ends) }),
  };
}

/** How a verifier at `at` (epoch ms) that forgives `leewayMs` sees a token. */
function standing(times: Times, at: number, leewayMs: number): 'valid' | 'early' | 'ended' {
  if (times.exp !== undefined && at >= times.exp * 1000 + leewayMs) return 'ended';
  return at < begin(times) - leewayMs ? 'early' : 'valid';
}

function begin(times: Times): number {
  return Math.max(times.iat ?? 0, times.nbf ?? 0) * 1000;
}
