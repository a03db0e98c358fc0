/**
 * What became of the anonymous cookie that the site had just issued, given back. Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { ReplaySlug } from './findings.ts';
import type { ReplaySeen } from './observe.ts';
import { echoOf, strip } from './outcome.ts';
import { count, excludes, mixDetail, statusOf } from './words.ts';

/** Facts of the echo test. `explained`: what the instances issue differs already, which is why they replace it. */
export function* echoFacts(seen: ReplaySeen, explained: boolean): Generator<Fact<ReplaySlug>> {
  if (!seen.fresh.some((reply) => reply.ok)) return;
  if (seen.echoed.length === 0) {
    yield {
      slug: 'no-anonymous-cookie',
      subject: seen.url,
      detail: `${seen.fresh.length} requests without a cookie, HTTP ${statusOf(seen.fresh)}, none got one that could hold a session`,
    };
    return;
  }
  const raw = seen.echo.map((reply) => echoOf(reply, seen.echoed));
  // One page treats one cookie alike, so a rewrite beside answers that leave it alone is a replacement.
  const outcomes = raw.includes('kept') ? raw.map((one) => (one === 'rewritten' ? 'replaced' : one)) : raw;
  const n = outcomes.filter((one) => one !== 'none').length;
  const replaced = count(outcomes, 'replaced');
  const [cookie] = seen.echoed.filter(({ bits }) => bits >= 64);
  if (n === 0 || !cookie) return;
  const subject = cookie.name;
  const drawn = strip(outcomes);
  const data = { outcomes: drawn, replaced, of: n, format: cookie.format };
  if (count(outcomes, 'kept') === n) {
    yield {
      slug: 'echo-kept',
      subject,
      detail: `its own cookie came back unreplaced ${n} of ${n} times; ${excludes(n)}`,
      data,
    };
  } else if (replaced === n) {
    yield { slug: 'echo-all-replaced', subject, detail: `a new one came ${n} of ${n} times`, data };
  } else if (replaced > 0 && count(outcomes, 'kept') > 0) {
    if (!explained)
      yield {
        slug: `mixed-${cookie.kind}`,
        subject,
        detail: `the anonymous cookie that the site had just issued, given back: ${mixDetail(outcomes, replaced, n)}`,
        data,
      };
  } else if (count(outcomes, 'rewritten') > 0) {
    yield {
      slug: 'echo-unclear',
      subject,
      detail: `${cookie.format}, rewritten in each of ${n} answers`,
      data,
    };
  }
}
