/**
 * What the servers and the daemon say about this host's clock, as facts. Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { Interval } from '../../parse/clock-sample.ts';
import type { Slug } from './findings.ts';
import {
  type Answer,
  boundsOf,
  distance,
  judge,
  type Judgement,
  middle,
  type OwnClockSeen,
  QUORUM,
  silencesOf,
} from './judge.ts';
import { aheadOrBehind, span, together } from './words.ts';

/** Tokens count in whole seconds: a clock within this is right for sessions, ms. */
export const SLIGHT_MS = 1000;

/** Facts about this host's clock; `leewayMs` is what verifiers tolerate. */
export function* ownFacts(seen: OwnClockSeen, leewayMs: number): Iterable<Fact<Slug>> {
  const judgement = judge(seen);
  yield* verdict(seen, judgement, Math.max(leewayMs, SLIGHT_MS));
  yield* daemonFacts(seen, judgement, Math.max(leewayMs, SLIGHT_MS));
  yield* serverFacts(seen, judgement);
}

/** The four ways in which a clock that is off by `offset` can stand, `limit` being what is tolerated. */
export type Standing = 'right' | 'slightly-off' | 'wrong' | 'unclear';

/** Wrong only when the whole interval is beyond the limit: a bound is not evidence. */
export function standing(offset: Interval, limit: number): Standing {
  const far = distance(offset);
  if (far > limit) return 'wrong';
  if (far > SLIGHT_MS) return 'slightly-off';
  return Math.max(-offset.low, offset.high) <= 2 * SLIGHT_MS ? 'right' : 'unclear';
}

function* verdict(seen: OwnClockSeen, judgement: Judgement, limit: number): Iterable<Fact<Slug>> {
  if (judgement.kind === 'silent') return yield* silence(seen);
  if (judgement.kind === 'split') {
    const claims = judgement.answers.map((answer) => `${name(answer)} says ${claim(answer)}`);
    const farthest = Math.max(...judgement.answers.map(boundsOf).flatMap(({ low, high }) => [-low, high]));
    const slight =
      farthest <= SLIGHT_MS ? `, but none is more than ${span(farthest)} from this host’s clock` : '';
    return yield { slug: 'servers-disagree', detail: `${together(claims)}: no majority${slight}` };
  }
  const { offset, agreeing, dissenting } = judgement;
  const total = agreeing.length + dissenting.length;
  const local = { low: -offset.high, high: -offset.low };
  const names = seen.servers.filter(({ status }) => status === 'answered').length;
  const under = names > total ? ` under ${names} names` : '';
  const who = `${agreeing.length} of ${total} time ${total === 1 ? 'server' : 'servers'} that answered${under}`;
  const detail = `by ${who} (${together(agreeing.map(name))}), this host’s clock is ${aheadOrBehind(local)}`;
  const { offsetMs, uncertaintyMs } = middle(offset);
  const data = { offsetMs, uncertaintyMs, agreeing: agreeing.length, answered: total };
  const state = standing(local, limit);
  if (state === 'unclear') return yield { slug: 'too-coarse', detail, data };
  if (judgement.kind === 'agreed') {
    const slugs = {
      right: 'in-sync',
      'slightly-off': 'local-off-within-leeway',
      wrong: 'local-wrong',
    } as const;
    const siding = dissenting.filter((server) => distance(boundsOf(server)) === 0).map(name);
    const against =
      siding.length > 0
        ? `, though ${together(siding)} ${siding.length === 1 ? 'agrees' : 'agree'} with this host`
        : '';
    const limits = state === 'right' ? '' : `${against}; the leeway is ${span(limit)}`;
    return yield { slug: slugs[state], detail: `${detail}${limits}`, data };
  }
  if (state === 'right') return yield { slug: 'in-sync-unproven', detail, data };
  const contradicted =
    seen.tracking.status === 'synchronised' && distance(offset, seen.tracking.correctionMs) > SLIGHT_MS;
  if (contradicted)
    return yield {
      slug: 'servers-contradict-daemon',
      detail: `${detail}, but chronyd, which follows ${source(seen)}, does not think so`,
      data,
    };
  if (state === 'slightly-off')
    return yield {
      slug: 'local-off-within-leeway',
      detail: `${detail}; three servers would make it sure`,
      data,
    };
  return yield {
    slug: 'local-suspect',
    detail: `${detail}; ${total === 1 ? 'one server alone cannot say which of the two is wrong' : 'two servers are too few to say that it is not they who are wrong'}`,
    data,
  };
}

function* silence(seen: OwnClockSeen): Iterable<Fact<Slug>> {
  const silent = silencesOf(seen);
  if (silent.length === 0)
    return yield { slug: 'not-asked', detail: 'this host’s clock was not compared with time servers' };
  const reasons = silent.map((server) => `${name(server)}: ${server.status} (${server.detail})`);
  return yield { slug: 'no-answer', detail: `from this host, ${together(reasons)}` };
}

function* daemonFacts(seen: OwnClockSeen, judgement: Judgement, limit: number): Iterable<Fact<Slug>> {
  const { tracking } = seen;
  if (tracking.status === 'unsynchronised')
    yield { slug: 'daemon-unsynchronised', detail: `chronyd says: ${tracking.detail}` };
  if (tracking.status !== 'synchronised') return;
  const { correctionMs, boundMs, stratum, sources } = tracking;
  const local = { low: -correctionMs - boundMs, high: -correctionMs + boundMs };
  const says = `chronyd follows ${source(seen)} (stratum ${stratum}) and takes this host’s clock to be ${aheadOrBehind(local)}`;
  const data = { correctionMs, boundMs, stratum, sources };
  if (judgement.kind === 'agreed' && distance(judgement.offset, correctionMs) > boundMs + SLIGHT_MS)
    yield {
      slug: 'daemon-misled',
      detail: `${says}; the servers’ majority is ${span(distance(judgement.offset, correctionMs))} away from that`,
      data,
    };
  else if (standing(local, limit) === 'wrong')
    yield sources >= QUORUM
      ? { slug: 'daemon-off', detail: `${says}, by ${sources} sources that agree`, data }
      : { slug: 'daemon-suspect', detail: `${says}; ${tooFew(sources)}`, data };
  else if (standing(local, limit) === 'right') yield { slug: 'daemon-synchronised', detail: says, data };
}

function tooFew(sources: number): string {
  if (sources === 0) return 'how many sources it follows is not known';
  return sources === 1 ? 'it follows that one source alone' : 'it follows two sources only';
}

function* serverFacts(seen: OwnClockSeen, judgement: Judgement): Iterable<Fact<Slug>> {
  if (judgement.kind === 'agreed')
    for (const server of judgement.dissenting)
      yield {
        slug: 'falseticker',
        subject: name(server),
        detail: `${name(server)} says ${claim(server)}; ${together(judgement.agreeing.map(name))} agree on a time ${span(
          distance(judgement.offset, server.offsetMs),
        )} away from it`,
        data: { offsetMs: server.offsetMs, boundMs: server.boundMs },
      };
  const slugs = {
    unsynchronised: 'server-unsynchronised',
    invalid: 'server-unusable',
    'kiss-of-death': 'server-limits',
  } as const;
  const silent = silencesOf(seen);
  for (const server of silent)
    if (server.status in slugs)
      yield {
        slug: slugs[server.status as keyof typeof slugs],
        subject: name(server),
        detail: `${name(server)}: ${server.detail}`,
      };
  const mute = silent.filter((server) => !(server.status in slugs));
  if (mute.length > 0 && judgement.kind !== 'silent')
    yield {
      slug: 'server-silent',
      detail: `from this host, ${together(mute.map((server) => `${name(server)}: ${server.status} (${server.detail})`))}`,
    };
}

function claim(server: Answer): string {
  const { offsetMs, uncertaintyMs } = middle(boundsOf(server));
  if (Math.abs(offsetMs) <= uncertaintyMs) return `the same as this host (± ${span(uncertaintyMs)})`;
  const side = offsetMs > 0 ? 'ahead of' : 'behind';
  return `it is ${span(offsetMs)} ${side} this host (± ${span(uncertaintyMs)})`;
}

function name(server: { readonly host: string; readonly port: number }): string {
  return server.port === 123 ? server.host : `${server.host}:${server.port}`;
}

function source(seen: OwnClockSeen): string {
  return (seen.tracking.status === 'synchronised' && seen.tracking.source) || 'a source of its own';
}
