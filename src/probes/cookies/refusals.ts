/**
 * Facts about what browsers refuse, and risky settings.
 *
 * @module
 */
import type { Comparison, CookieDiff } from '../../browser/compare.ts';
import { LIFETIME_CAP, sizeInWords } from '../../browser/describe.ts';
import { refusals } from '../../browser/refusal.ts';
import { formatDuration } from '../../config/time.ts';
import { type CookieFact, type Matters, type Seen, some } from './seen.ts';
import { dataOf, scope } from './identity.ts';
import { life } from './lifetime.ts';

/** From this size on a cookie is close to the limit. Octets. */
const NEAR = 3800;
const SMALL = 3000;

const STRICTNESS = { none: 0, lax: 1, strict: 2 } as const;

/** What Chromium refuses of the new deploy (of the old one, when there is no new). */
export function* refusalFacts(found: Comparison, matters: Matters, seen: Seen): Iterable<CookieFact> {
  const refused = found.cookies.filter(({ refusal, after }) => refusal && after && matters(after));
  for (const cookie of refused) yield refusalFact(cookie);
  if (!seen.after) {
    for (const { facts, refusal } of found.facts.before.filter(({ facts }) => matters(facts)))
      if (refusal)
        yield {
          slug: refusal === 'NameValuePairExceedsMaxSize' ? 'oversize' : 'refused',
          subject: facts.name,
          detail: `${facts.name} ${scope(facts)}: ${refusal}: ${refusals[refusal].because}`,
        };
    return;
  }
  const judged = found.facts.after.filter(({ facts }) => matters(facts));
  const fine = judged.filter(({ refusal }) => !refusal);
  const missed = [...missing(found, matters)];
  const strict = found.cookies.filter(matters).flatMap((cookie) => [...tightened(cookie, found)]);
  // A cookie that is stored and then kept back does not stand for health.
  if (missed.length === 0 && strict.length === 0 && judged.length > 0 && fine.length === judged.length)
    yield {
      slug: 'accepted',
      subject: some(judged.map(({ facts }) => facts.name)),
      detail: `${some(judged.map(({ facts }) => `${facts.name} ${scope(facts)}`))}, as set by ${some([...new Set(judged.map(({ url }) => new URL(url).origin))])}`,
    };
  yield* missed;
  yield* strict;
}

function refusalFact(cookie: CookieDiff): CookieFact {
  const { refusal, after, refusedBefore, before } = cookie;
  const shared = { subject: after?.name ?? cookie.name, data: dataOf(cookie) };
  const size = refusal === 'NameValuePairExceedsMaxSize';
  const detail = `${after?.name} ${scope(after)}: ${cookie.reason}${size ? ` (${sizeInWords(after?.bytes ?? 0)})` : ''}`;
  if (refusedBefore) return { slug: 'refused-both', ...shared, detail };
  const held = before ? '; those who hold the old one keep it' : '';
  const fix = refusal && !size ? `; ${refusals[refusal].fix}` : '';
  return { slug: size ? 'oversize' : 'refused', ...shared, detail: `${detail}${held}${fix}` };
}

/** The old deploy set it at a path that the new one answered in the same way, without it. */
function* missing(found: Comparison, matters: Matters): Iterable<CookieFact> {
  for (const cookie of found.cookies) {
    if (cookie.setting !== 'withheld' || cookie.outcome === 'deleted' || !matters(cookie)) continue;
    const setAt = found.facts.before.find(({ facts }) => facts.name === cookie.name)?.url;
    yield {
      slug: 'not-set',
      subject: cookie.name,
      detail: `${setAt === undefined ? 'the login' : new URL(setAt).pathname} set ${cookie.name} in the old deploy and does not in the new one`,
    };
  }
}

function* tightened(cookie: CookieDiff, { leftOut }: Comparison): Iterable<CookieFact> {
  if (!cookie.before || !cookie.after || cookie.outcome === 'rejected') return;
  const was = cookie.before.sameSite ?? 'lax';
  const is = cookie.after.sameSite ?? 'lax';
  if (STRICTNESS[is] <= STRICTNESS[was]) return;
  const change = `${cookie.after.name}: SameSite ${cookie.before.sameSite ?? 'not given'} became ${cookie.after.sameSite ?? 'not given'}`;
  const shared = { subject: cookie.after.name, data: dataOf(cookie) };
  if (is !== 'strict')
    yield {
      slug: 'samesite-tightened',
      ...shared,
      detail: `${change}; it is not sent in frames, nor with a post from another site`,
    };
  else {
    const providers = leftOut.filter(({ signsIn }) => signsIn).map(({ site }) => site);
    const from =
      providers.length > 0 ? `the recorded ${some(providers)}` : 'identity provider, link in a mail';
    yield {
      slug: providers.length > 0 ? 'samesite-strict-return' : 'samesite-strict',
      ...shared,
      detail: `${change}; it is not sent on the return from another site (${from}), nor on the redirect that follows`,
    };
  }
}

/** Risky settings, and the health of sizes. */
export function* lintFacts(
  found: Comparison,
  matters: Matters,
  {
    both,
    storeTtlMs,
    headers,
  }: {
    readonly both: boolean;
    readonly storeTtlMs: number | undefined;
    /** What recorded requests showed of the Cookie header as a whole. */
    readonly headers: 'large' | 'fine';
  },
): Iterable<CookieFact> {
  const judged = (found.facts.after.length > 0 ? found.facts.after : found.facts.before).filter(
    ({ facts, refusal }) => matters(facts) && refusal === null,
  );
  for (const { facts } of judged) {
    const subject = facts.name;
    if (facts.bytes >= NEAR)
      yield { slug: 'near-limit', subject, detail: `${subject}: ${facts.bytes} of 4096 bytes` };
    if (facts.sameSite === null && !both)
      yield { slug: 'samesite-default', subject, detail: `${subject} does not say SameSite` };
    if ((facts.lifetime ?? 0) > LIFETIME_CAP)
      yield { slug: 'over-400-days', subject, detail: `${subject} asks for ${life(facts.lifetime)}` };
    if (!both && facts.lifetime !== null && facts.lifetime <= 0 && facts.bytes > facts.name.length)
      yield {
        slug: 'expired-on-arrival',
        subject,
        detail: `${subject} ${scope(facts)} has a value but ${facts.maxAge === null ? `its Expires (${facts.expires}) had passed when it arrived` : `Max-Age=${facts.maxAge}`}`,
      };
    if (storeTtlMs !== undefined && facts.lifetime !== null && facts.lifetime * 1000 > storeTtlMs * 1.1)
      yield {
        slug: 'outlives-store',
        subject,
        detail: `${subject} lives ${life(facts.lifetime)}, its record ${formatDuration(storeTtlMs)}`,
      };
  }
  const all = found.facts.after.length > 0 ? found.facts.after : found.facts.before;
  const largest = Math.max(0, ...all.map(({ facts }) => facts.bytes));
  if (all.length > 0 && largest < SMALL && found.evicted === 0 && headers === 'fine')
    yield {
      slug: 'sizes-small',
      detail: `the largest of ${all.length} has ${largest} bytes, the limit is 4096`,
    };
}
