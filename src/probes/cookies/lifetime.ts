/**
 * Facts about how long the cookie lives, before and after.
 *
 * @module
 */
import type { Comparison, CookieDiff } from '../../browser/compare.ts';
import { LIFETIME_CAP } from '../../browser/describe.ts';
import { formatDuration } from '../../config/time.ts';
import { type CookieFact, type Matters } from './seen.ts';
import { dataOf } from './identity.ts';

/** Shorter than this share of before is a collapse. */
const COLLAPSE = 0.1;

/** Facts of lifetime, for cookies that both deploys set and browsers keep. */
export function* lifetimeFacts(found: Comparison, matters: Matters): Iterable<CookieFact> {
  const pairs = found.cookies.filter(
    (cookie) => matters(cookie) && cookie.before && cookie.after && cookie.outcome !== 'deleted',
  );
  const facts = pairs.flatMap(lifetimeFact);
  yield* facts;
  if (pairs.length > 0 && facts.length === 0)
    yield {
      slug: 'lifetime-kept',
      subject: pairs[0]?.name,
      detail: pairs
        .slice(0, 3)
        .map(({ name, after }) => `${name}: ${life(after?.lifetime ?? null)}`)
        .join(', '),
    };
}

function lifetimeFact(cookie: CookieDiff): readonly CookieFact[] {
  const was = inBrowsers(cookie.before?.lifetime ?? null);
  const is = inBrowsers(cookie.after?.lifetime ?? null);
  if (was !== null && was <= 0) return [];
  const shared = { subject: cookie.name, data: dataOf(cookie) };
  const change = `${cookie.name}: ${life(was)} became ${life(is)}`;
  if (was !== null && is === null) return [{ slug: 'lifetime-dropped', ...shared, detail: change }];
  if (was === null || is === null) return [];
  if (is <= 0) return [{ slug: 'expired-on-arrival', ...shared, detail: `${change} in its own scope` }];
  const factor = is / was;
  // Seconds and milliseconds confused: off by a thousand, give or take what Expires loses to rounding.
  if (near(factor, 1000) || near(factor, 0.001))
    return [{ slug: 'lifetime-unit', ...shared, detail: change }];
  if (factor <= COLLAPSE) return [{ slug: 'lifetime-collapsed', ...shared, detail: change }];
  if (factor < 0.95) return [{ slug: 'lifetime-shortened', ...shared, detail: change }];
  return [];
}

const inBrowsers = (seconds: number | null) => (seconds === null ? null : Math.min(seconds, LIFETIME_CAP));

const near = (factor: number, wanted: number) => Math.abs(factor / wanted - 1) < 0.02;

/** A lifetime in words; `null` ends with the browser. Seconds. */
export function life(seconds: number | null): string {
  if (seconds === null) return 'until the browser is closed';
  return seconds <= 0 ? 'ended on arrival' : formatDuration(seconds * 1000);
}
