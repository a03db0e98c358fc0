/**
 * What the replies mean. Pure. Shapes that alternate explain a mix better than keys or stores do, so
 * they are looked at first.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import { credentialFacts } from './credential-facts.ts';
import { NO_SAMPLE } from './credential.ts';
import { echoFacts } from './echo-facts.ts';
import type { ReplaySlug } from './findings.ts';
import { shapesOf, withoutCompanions } from './fleet.ts';
import { gateOf, withoutGate } from './gate.ts';
import { instanceFacts } from './instances.ts';
import { BODY } from './asker.ts';
import type { ReplaySeen } from './observe.ts';
import { signerFacts } from './signer-facts.ts';
import { echoOf, outcomeOf } from './outcome.ts';

type ReplayFact = Fact<ReplaySlug>;

/** All facts, the plan first. `others`: requests without a cookie that this run sent there besides. */
export function* examineReplay(all: ReplaySeen, others = 0): Generator<ReplayFact> {
  const gate = gateOf(all);
  const seen = withoutCompanions(gate === undefined ? all : withoutGate(all, gate));
  yield asked(seen, others);
  if (gate !== undefined)
    yield {
      slug: 'turned-away',
      subject: seen.url,
      detail: `from some request on everybody got HTTP ${gate}, strangers among them, of whom the first had not`,
    };
  const [first] = seen.fresh;
  const dead = [...seen.fresh, ...seen.replayed].every((reply) => !reply.ok);
  if (dead)
    yield {
      slug: 'unreachable',
      detail: first && !first.ok ? first.message : 'no request was answered',
      subject: seen.url,
    };
  if ('none' in seen.credential)
    yield {
      slug: seen.credential.none === NO_SAMPLE ? 'no-credential' : 'credential-unsent',
      detail: `${seen.credential.none}; only anonymous requests were sent`,
    };
  const shapes = dead ? [] : [...shapesOf(seen)];
  // Flags do not decide whether an instance accepts what it is sent; name, scope and format do.
  const explained = shapes.some(({ slug }) =>
    ['fleet-names', 'fleet-scopes', 'fleet-formats', 'fleet-formats-refused', 'fleet-sessionless'].includes(
      slug,
    ),
  );
  const echoes = [...echoFacts(seen, explained)];
  const oneWay = echoes.some(({ slug }) => slug === 'accepted-one-way');
  // What all accept says little where some accept what others do not.
  for (const fact of credentialFacts(seen, explained))
    yield oneWay && fact.slug === 'all-accepted' ? { ...fact, slug: 'accepted-though-mixed' } : fact;
  yield* echoes;
  if (!explained) yield* signerFacts(seen);
  yield* shapes;
  yield* instanceFacts(seen);
}

function asked(seen: ReplaySeen, others: number): ReplayFact {
  const pinned =
    seen.instances.reduce((sum, one) => sum + one.replayed.length + (one.fresh ? 1 : 0), 0) +
    seen.cross.length;
  const more = (seen.others ?? []).reduce((sum, { replies }) => sum + replies.length, 0);
  const forged = seen.forged?.length ?? 0;
  const parts = [
    `${seen.fresh.length} without a cookie`,
    seen.replayed.length > 0 && `${seen.replayed.length} with the credential`,
    seen.sticky && `${seen.sticky.replies.length} with it and affinity`,
    seen.echo.length > 0 && `${seen.echo.length} with the anonymous cookie given back`,
    more > 0 && `${more} with the cookies of other strangers`,
    forged > 0 && `${forged} with a made-up one`,
    pinned > 0 && `${pinned} to pinned instances`,
  ].filter(Boolean);
  const echoes = [{ issued: seen.echoed, replies: seen.echo }, ...(seen.others ?? [])];
  const kept = echoes
    .map(({ issued, replies }) => replies.filter((reply) => echoOf(reply, issued) === 'kept').length)
    .reduce((sum, n) => sum + n, 0);
  const replies = [...seen.fresh, ...seen.replayed, ...seen.echo].filter((reply) => reply.ok);
  const long = replies.filter(({ truncated }) => truncated).length;
  // Whatever was not recognised may have made a record: pinned and crossed requests too.
  const rows = others + Math.max(0, seen.sent - kept - acceptedOf(seen));
  return {
    slug: 'asked',
    subject: seen.url,
    detail: `${seen.sent} GET requests in all: ${parts.join(', ')}${others > 0 ? `, besides ${others} HEAD requests at most for the clocks of the instances` : ''}; at most ${rows} anonymous session records may have been made${long > 0 ? `; of ${long} of ${replies.length} answers only the first ${BODY / 1024} KB were read` : ''}${seen.cut ? '; the deadline came before the plan was done' : ''}`,
    data: { sent: seen.sent, anonymousRecordsAtMost: rows, cut: seen.cut },
  };
}

/** Requests whose credential was accepted where strangers are not: they made no record. */
function acceptedOf(seen: ReplaySeen): number {
  if (seen.fresh.some((reply) => outcomeOf(reply, seen.rule) === 'accepted')) return 0;
  const sent = [
    ...seen.replayed,
    ...(seen.sticky?.replies ?? []),
    ...seen.instances.flatMap(({ replayed }) => replayed),
  ];
  return sent.filter((reply) => outcomeOf(reply, seen.rule) === 'accepted').length;
}
