/**
 * Clocks of edge and origin, by their Date headers: good to a second, and to the time a request takes. Pure.
 *
 * @module
 */
import { formatDuration } from '../../config/time.ts';
import type { Scene } from '../probe.ts';
import { answers, type EdgeReply } from './ask.ts';
import type { EdgeFact } from './findings.ts';
import type { EdgeSeen } from './observe.ts';
import { hits } from '../../parse/cache-status.ts';

/** Whole seconds in Date, plus the way. ms */
const GRAIN = 2500;
const NEARLY_AN_HOUR = 3_590_000;

/**
 * At most one fact: an origin whose Date is off by more than the leeway, and what the edge makes of it. A
 * host whose own clock was not checked convicts nobody, unless the edge agrees with it.
 */
export function* dateFacts(seen: EdgeSeen, { settings }: Pick<Scene, 'settings'>): Generator<EdgeFact> {
  const allowed = settings.leewayMs + GRAIN + (seen.uncertaintyMs ?? 0);
  // An answer out of a store keeps the Date of its making.
  const fresh = (replies: readonly EdgeReply[]) =>
    answers(replies).filter(({ headers }) => hits(headers).length === 0);
  for (const target of seen.targets) {
    const origin = offsets(fresh(target.origin), seen)[0];
    if (origin === undefined || Math.abs(origin) <= allowed) continue;
    const edge = offsets(fresh([...target.edge, ...(target.busted ? [target.busted] : [])]), seen)[0];
    const dating = answers([...target.edge, ...target.origin]).some(({ cookies }) =>
      cookies.some(
        ({ expires, maxAge, cleared }) => expires !== undefined && maxAge === undefined && !cleared,
      ),
    );
    const redated = edge !== undefined && Math.abs(edge) <= allowed && Math.abs(edge - origin) > allowed;
    const unchecked = typeof seen.uncertaintyMs !== 'number';
    const from = unchecked ? ', seen from this host’s clock, which was not checked' : '';
    yield {
      slug: redated ? 're-dated' : unchecked ? 'clock-differs' : 'origin-clock-off',
      subject: seen.origin ?? 'origin',
      detail: `the origin’s Date is ${sided(origin)}${edge === undefined ? '' : `, the edge’s ${Math.abs(edge) <= GRAIN ? 'right' : sided(edge)}`}${from}${redated && dating ? '; its cookies end by Expires, so browsers take their lifetime from the wrong Date' : ''}`,
      data: { originOffsetMs: Math.round(origin), expires: dating },
    };
    return;
  }
}

/** Date minus the corrected time of the answer, ms: positive = ahead. */
function offsets(
  list: readonly { readonly headers: Readonly<Record<string, string>>; readonly at: number }[],
  seen: EdgeSeen,
): readonly number[] {
  return list.flatMap(({ headers, at }) => {
    const date = Date.parse(headers['date'] ?? '');
    return Number.isNaN(date) ? [] : [date - (at + seen.now - seen.local)];
  });
}

function sided(offset: number): string {
  const size = Math.abs(offset);
  // A second short of three days is three days, by a Date that counts whole seconds.
  const unit = size < NEARLY_AN_HOUR ? 1000 : 60_000;
  const rounded = Math.round(size / unit) * unit;
  return `${formatDuration(rounded)} ${offset < 0 ? 'behind' : 'ahead'}`;
}
