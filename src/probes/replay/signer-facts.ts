/**
 * Do the instances that replace each other's cookies sign with one secret? Pure; needs the secret.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import { sessionCookies } from './answer.ts';
import type { ReplaySlug } from './findings.ts';
import type { ReplaySeen } from './observe.ts';
import { echoOf } from './outcome.ts';

/** At most one fact: the cookie that was refused and those that came in its place, by the secrets that sign them. */
export function* signerFacts(seen: ReplaySeen): Generator<Fact<ReplaySlug>> {
  const { signers = [], echoed, echo } = seen;
  const [cookie] = sessionCookies({ cookies: echoed });
  const outcomes = echo.map((reply) => echoOf(reply, echoed));
  if (!cookie || !outcomes.includes('kept')) return;
  const keys = new Map(
    signers.filter(({ name }) => name === cookie.name).map(({ value, key }) => [value, key]),
  );
  const own = keys.get(cookie.value);
  const instead = echo
    .flatMap((reply, index) => (reply.ok && outcomes[index] === 'replaced' ? reply.cookies : []))
    .filter(({ name, cleared }) => name === cookie.name && !cleared)
    .flatMap(({ value }) => (keys.has(value) ? [keys.get(value) ?? null] : []));
  if (own === undefined || instead.length === 0) return;
  const said = (key: string | null): string => (key === null ? 'none of the given secrets' : key);
  const other = instead.find((key) => key !== own);
  if (other !== undefined)
    yield {
      slug: 'secret-differs',
      subject: cookie.name,
      detail: `the cookie that is refused at times is signed by ${said(own)}, one that came in its place by ${said(other)}`,
    };
  else if (own !== null)
    yield {
      slug: 'secret-shared',
      subject: cookie.name,
      detail: `the cookie that is refused at times and all ${instead.length} that came in its place are signed by ${own}: those who refuse it hold its secret`,
    };
}
