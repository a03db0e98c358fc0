/**
 * Does the provider answer, everywhere, and how fast? Judged from all endpoints together.
 *
 * @module
 */
import { formatDuration } from '../../config/time.ts';
import type { Fact } from '../../model.ts';
import { essentialFacts } from './essentials.ts';
import type { Slug } from './findings.ts';
import { isBareFailure, isUnlikeOAuth, whyUnasked } from './posted.ts';
import {
  type Answered,
  type Asked,
  isAnswered,
  isFailed,
  isGood,
  isKeySetUnreadable,
  isStoppedByProxy,
  listOf,
  type ProviderSeen,
} from './seen.ts';
import { nothingAnswered } from './unanswered.ts';
import { hostOf, listed, nameOf, outcomeOf } from './words.ts';

/** The patience of openid-client 5, ms (jose waits 5 s), and where waiting begins to be felt. */
const VERIFIERS_WAIT = 3500;
const FELT = 1500;

export function* reachFacts(seen: ProviderSeen): Generator<Fact<Slug>> {
  const all = listOf(seen.asked);
  const here = all.filter((one) => one.vantage === 'here' && !isSuperseded(one, seen));
  const via = all.filter((one) => one.vantage === 'via');
  const answered = here.filter(isAnswered);
  if (here.length === 0) return;
  if (answered.length === 0) yield* nothingAnswered(here.filter(isFailed), via);
  else {
    yield* judged(
      here.filter((one) => one.answered || one.kind !== 'aborted'),
      answered,
      seen,
    );
    yield* essentialFacts(seen);
  }
}

/** Discovery is looked for in several places; where it was found settles it. */
function isSuperseded(one: Asked, seen: ProviderSeen): boolean {
  return one.endpoint === 'discovery' && seen.discovery != null && one.url !== seen.discovery.url;
}

function* judged(
  here: readonly Asked[],
  answered: readonly Answered[],
  seen: ProviderSeen,
): Generator<Fact<Slug>> {
  const throttled = answered.filter((one) => one.status === 429);
  const stopped = here.filter(isStoppedByProxy);
  const broken = brokenOf(here);
  const documents = answered.filter((one) => one.endpoint === 'discovery' || one.endpoint === 'jwks');
  const odd = documents.filter(
    (one) => one.status < 500 && one.status !== 429 && !isGood(one) && !isStoppedByProxy(one),
  );
  const unlike = answered.filter(isUnlikeOAuth);
  for (const one of throttled)
    yield {
      slug: 'throttled',
      subject: one.endpoint,
      detail: `${from(one)}, ${nameOf(one.endpoint)} (${one.url}) answered 429${one.retryAfter ? ` with Retry-After: ${one.retryAfter}` : ' without Retry-After'}`,
    };
  for (const one of stopped)
    yield {
      slug: 'proxy-failed',
      subject: one.endpoint,
      detail: `${
        one.answered
          ? `${from(one)}, ${nameOf(one.endpoint)} (${one.url}) answered ${outcomeOf(one)}, which may be that proxy’s own answer`
          : `${nameOf(one.endpoint)}: ${one.message}`
      }; ${besides(one, here)}`,
      ...(!one.answered && { data: { phase: one.phase, kind: one.kind, code: one.code } }),
    };
  if (broken.length > 1 && !broken.every(isBareFailure))
    yield {
      slug: 'errors',
      subject: hostOf(here[0]?.url ?? ''),
      detail: `${from(here[0])}, ${broken.length} of ${here.length} endpoints fail: ${listed(broken.map((one) => `${nameOf(one.endpoint)} ${outcomeOf(one)}`))}`,
    };
  else
    for (const one of broken)
      yield {
        slug: 'endpoint-failing',
        subject: one.endpoint,
        detail: one.answered
          ? `${from(one)}, ${nameOf(one.endpoint)} (${one.url}) answered ${outcomeOf(one)}${isBareFailure(one) ? ' to a request without parameters' : ''}; ${besides(one, here)}`
          : `${nameOf(one.endpoint)}: ${one.message}; ${besides(one, here)}`,
      };
  yield* crowd(answered);
  yield* odd.flatMap(oddFact);
  yield* unlike.map(unlikeFact);
  yield* speed(answered);
  const useless = seen.issuer !== null && !seen.discovery;
  const faults =
    [stopped, broken, throttled, odd, unlike].reduce((sum, { length }) => sum + length, 0) +
    Number(isKeySetUnreadable(seen));
  if (faults === 0 && !useless && documents.some(isGood)) yield* health(here, answered, seen);
}

function brokenOf(here: readonly Asked[]): readonly Asked[] {
  return here.filter((one) => !isStoppedByProxy(one) && (!one.answered || one.status >= 500));
}

/** How many endpoints other than this one gave an answer of any kind. */
function besides(one: Asked, here: readonly Asked[]): string {
  const others = here.filter((each) => each.endpoint !== one.endpoint);
  if (others.length === 0) return 'no other endpoint was asked';
  const { size } = new Set(others.filter(isAnswered).map((each) => each.endpoint));
  return `${size} other ${size === 1 ? 'endpoint' : 'endpoints'} answered`;
}

/** What was refused among others and answered alone. */
function* crowd(answered: readonly Answered[]): Generator<Fact<Slug>> {
  const crowded = answered.filter(
    (one) => one.crowded !== undefined && one.status < 500 && one.status !== 429,
  );
  if (crowded.length > 0)
    yield {
      slug: 'limits-bursts',
      subject: hostOf(crowded[0]?.url ?? ''),
      detail: `${from(crowded[0])}, ${listed(crowded.map((one) => `${nameOf(one.endpoint)} answered ${one.crowded} among others and ${one.status} alone`))}`,
    };
}

function health(here: readonly Asked[], answered: readonly Answered[], seen: ProviderSeen): Fact<Slug>[] {
  const slowest = Math.max(...answered.map((one) => one.timings.totalMs));
  if (slowest >= FELT) return [];
  const names = [...new Set(here.map((one) => nameOf(one.endpoint)))];
  const detail = `${from(answered[0])}, ${listed(names, 8)} answered within ${formatDuration(slowest)}`;
  if (seen.issuer === null) return [{ slug: 'keys-answer', detail }];
  const unposted = seen.unposted?.introspection;
  const rest = unposted === undefined ? '' : `; introspection was not asked (${unposted})`;
  if (answered.some((one) => one.endpoint === 'token') || seen.discovery?.tokenEndpoint === false)
    return [{ slug: 'healthy', detail: `${detail}${rest}` }];
  return [
    {
      slug: 'healthy-but-token-unasked',
      detail: `${detail}; the token endpoint was not asked (${whyUnasked(seen)})${rest}`,
    },
  ];
}

function oddFact(one: Answered): Fact<Slug>[] {
  const about = { subject: one.endpoint };
  const what = `${from(one)}, ${nameOf(one.endpoint)} (${one.url}) answered ${one.status}`;
  if (one.status >= 300 && one.status < 400)
    return [
      {
        slug: 'redirected',
        ...about,
        detail: one.loop ? `${what} and leads round in a circle` : `${what} to ${one.location ?? 'nowhere'}`,
      },
    ];
  if (one.shape === 'html' && one.status !== 404)
    return [
      {
        slug: 'web-page',
        ...about,
        detail: `${what} with ${bodyOf(one)}`,
      },
    ];
  if (one.endpoint === 'discovery' && one.status >= 400)
    return [{ slug: 'no-discovery', ...about, detail: what }];
  if (one.status >= 400) return [{ slug: 'endpoint-failing', ...about, detail: what }];
  return [
    {
      slug: 'not-json',
      ...about,
      detail: `${what} with ${bodyOf(one)}`,
    },
  ];
}

function unlikeFact(one: Answered): Fact<Slug> {
  return {
    slug: 'unlike-oauth',
    subject: one.endpoint,
    detail: `${from(one)}, ${nameOf(one.endpoint)} (${one.url}) answered an empty POST with ${one.status} and ${bodyOf(one)}`,
  };
}

function bodyOf(one: Answered): string {
  if (one.shape === 'empty') return 'an empty body';
  if (one.shape === 'json')
    return one.error === null ? 'JSON without an OAuth error' : `the error ${one.error}`;
  return `${one.shape === 'html' ? 'a web page' : 'a body that is not JSON'} (${one.contentType ?? 'no content type'})`;
}

function* speed(answered: readonly Answered[]): Generator<Fact<Slug>> {
  const slow = answered.filter((one) => one.timings.totalMs >= FELT);
  const slowest = slow.toSorted((a, b) => b.timings.totalMs - a.timings.totalMs)[0];
  if (slowest)
    yield {
      slug: slowest.timings.totalMs >= VERIFIERS_WAIT ? 'too-slow' : 'slow',
      subject: slowest.endpoint,
      detail: `${from(slowest)}, ${nameOf(slowest.endpoint)} took ${phases(slowest)}; ${slow.length} of ${answered.length} endpoints took longer than ${formatDuration(FELT)}`,
    };
  yield {
    slug: 'latency',
    detail: `${from(answered[0])}: ${answered.map((one) => `${nameOf(one.endpoint)} ${phases(one)}`).join('; ')}`,
  };
}

/** Whose view it is: this host's, or this host's behind its usual proxy. */
function from(one: Asked | undefined): string {
  return one?.through ? `from this host through the proxy ${one.through}` : 'from this host';
}

function phases({ timings }: Asked): string {
  const parts = (
    [
      ['dns', timings.dnsMs],
      ['tcp', timings.tcpMs],
      ['proxy', timings.proxyMs],
      ['tls', timings.tlsMs],
      ['first byte', timings.firstByteMs],
    ] as const
  ).flatMap(([name, ms]) => (ms === undefined ? [] : [`${name} ${Math.round(ms)}`]));
  return `${Math.round(timings.totalMs)} ms (${parts.join(', ')})`;
}
