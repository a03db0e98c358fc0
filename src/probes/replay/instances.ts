/**
 * What the pinned instances say: each about the credential, and about its own and the others' cookies. Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import { sessionCookies } from './answer.ts';
import type { ReplaySlug } from './findings.ts';
import type { Echo, InstanceSeen, ReplaySeen } from './observe.ts';
import { type EchoOutcome, echoOf, type Outcome, outcomeOf } from './outcome.ts';

type ReplayFact = Fact<ReplaySlug>;

/** Facts about pinned instances; none when no instance was named. */
export function* instanceFacts(seen: ReplaySeen): Generator<ReplayFact> {
  for (const { url, fresh } of seen.instances)
    if (fresh && !fresh.ok) yield { slug: 'instance-unreachable', subject: url, detail: fresh.message };
  const credential = [...credentialByInstance(seen)];
  const crossed = [...cookiesBetween(seen)];
  yield* credential;
  yield* crossed;
  const reached = seen.instances.filter(({ fresh }) => fresh?.ok);
  if (reached.length < 2 || credential.length > 0 || crossed.length > 0) return;
  const kept = seen.cross.filter((echo) => verdict(echo, seen) === 'kept').length;
  const same = reached.filter(({ replayed }) => replayed.length > 0).length;
  if (kept === reached.length * reached.length)
    yield {
      slug: 'instances-agree',
      detail: `${reached.length} instances, each accepts the anonymous cookie of each (${kept} of ${kept})`,
    };
  else if (same === reached.length && answersOf(reached[0], seen) === 'accepted')
    yield { slug: 'instances-agree', detail: `${same} instances, each accepts the credential` };
}

function* credentialByInstance(seen: ReplaySeen): Generator<ReplayFact> {
  if ('none' in seen.credential) return;
  const told = seen.instances
    .map((instance) => ({ url: instance.url, outcome: answersOf(instance, seen) }))
    .filter((one): one is { url: string; outcome: Outcome | 'both' } => one.outcome !== undefined);
  if (new Set(told.map(({ outcome }) => outcome)).size < 2) return;
  const open = seen.instances.some(
    ({ fresh }) => fresh !== null && outcomeOf(fresh, seen.rule) === 'accepted',
  );
  if (open) return;
  yield {
    slug: `mixed-${seen.credential.kind}`,
    subject: 'pinned instances',
    detail: told.map(({ url, outcome }) => `${url}: ${outcome}`).join('; '),
  };
}

function answersOf(instance: InstanceSeen | undefined, seen: ReplaySeen): Outcome | 'both' | undefined {
  const outcomes = (instance?.replayed ?? [])
    .map((reply) => outcomeOf(reply, seen.rule))
    .filter((one) => one !== 'none');
  return new Set(outcomes).size > 1 ? 'both' : outcomes[0];
}

/** Instances that keep their own cookie and replace another's. */
function* cookiesBetween(seen: ReplaySeen): Generator<ReplayFact> {
  const own = seen.cross.filter(({ issuedBy, sentTo }) => issuedBy === sentTo);
  const sure = new Set(own.filter((echo) => verdict(echo, seen) === 'kept').map(({ issuedBy }) => issuedBy));
  const refused = seen.cross.filter(
    (echo) =>
      echo.issuedBy !== echo.sentTo &&
      sure.has(echo.issuedBy) &&
      sure.has(echo.sentTo) &&
      ['replaced', 'rewritten'].includes(verdict(echo, seen)),
  );
  const [first] = refused;
  const cookie = first && issuedBy(first, seen)[0];
  if (!first || !cookie) return;
  const back = refused.find(({ issuedBy: issuer, sentTo: reader }) =>
    seen.cross.some(
      (echo) => echo.issuedBy === reader && echo.sentTo === issuer && verdict(echo, seen) === 'kept',
    ),
  );
  if (back && cookie.kind !== 'opaque') {
    yield {
      slug: 'accepted-one-way',
      subject: cookie.name,
      detail: `${back.issuedBy} keeps the cookie of ${back.sentTo}, which replaces that of ${back.issuedBy}: they know the same records, and one does not accept what the other signs`,
    };
    return;
  }
  const pairs = refused.map((echo) => `${echo.sentTo} replaces the cookie of ${echo.issuedBy}`);
  yield {
    slug: `cross-refused-${cookie.kind}`,
    subject: cookie.name,
    detail: `each keeps its own; ${pairs.slice(0, 6).join('; ')}`,
    data: { format: cookie.format },
  };
}

function issuedBy(echo: Echo, seen: ReplaySeen) {
  const fresh = seen.instances.find(({ url }) => url === echo.issuedBy)?.fresh;
  return fresh?.ok ? sessionCookies(fresh) : [];
}

function verdict(echo: Echo, seen: ReplaySeen): EchoOutcome {
  return issuedBy(echo, seen).length === 0 ? 'none' : echoOf(echo.reply, issuedBy(echo, seen));
}
