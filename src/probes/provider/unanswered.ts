/**
 * A provider that gave no answer at all: why, and whether it is this host's fault.
 *
 * @module
 */
import { formatDuration } from '../../config/time.ts';
import type { Fact } from '../../model.ts';
import type { Slug } from './findings.ts';
import {
  type Answered,
  type Asked,
  type Failed,
  isAnswered,
  isFailed,
  isGood,
  isStoppedByProxy,
  isUnasked,
} from './seen.ts';
import { hostOf, listed, nameOf, outcomeOf } from './words.ts';

const BY_KIND: Readonly<Record<string, Slug>> = {
  refused: 'refused',
  timeout: 'timed-out',
  dns: 'name-not-found',
  unreachable: 'unreachable',
  closed: 'closed',
  'not-http': 'not-http',
  tls: 'tls-failed',
  proxy: 'proxy-failed',
  aborted: 'unfinished',
};

/**
 * How this host failed to get any answer, and what a second vantage makes of it. A vantage that is itself
 * out of reach, or whose proxy may have answered in the provider's place, settles nothing and is only told.
 */
export function* nothingAnswered(failed: readonly Failed[], via: readonly Asked[]): Generator<Fact<Slug>> {
  const first = failed.find((one) => one.kind !== 'aborted') ?? failed[0];
  if (!first) return;
  const elsewhere = via.filter(isAnswered).find(isTheProvider);
  const failedElsewhere = via.filter(isFailed).find((one) => isTelling(one, via));
  yield {
    slug: slugOf(first),
    subject: hostOf(first.url),
    detail: [
      first.message,
      howMany(first, failed),
      ...(elsewhere || failedElsewhere ? [] : via.flatMap(unsettled)),
    ].join('; '),
    data: { phase: first.phase, kind: first.kind, code: first.code },
  };
  if (elsewhere)
    yield {
      slug: 'reachable-elsewhere',
      subject: hostOf(first.url),
      detail: `through ${elsewhere.through ?? 'the second vantage'} ${nameOf(elsewhere.endpoint)} answered ${elsewhere.status} in ${formatDuration(elsewhere.timings.totalMs)}; ${first.message}`,
    };
  else if (failedElsewhere)
    yield {
      slug: 'down-from-both',
      subject: hostOf(first.url),
      detail: `${first.message}; through ${failedElsewhere.through ?? 'the second vantage'}: ${failedElsewhere.message.replace(/^from this host, /, '')}`,
    };
}

/** The others that failed in the same way, and what became of the rest. */
function howMany(first: Failed, failed: readonly Failed[]): string {
  const asked = failed.filter((one) => !isUnasked(one));
  if (asked.length < 2) return `nothing but ${nameOf(first.endpoint)} was asked`;
  const isSame = (one: Failed) => one.kind === first.kind && one.phase === first.phase;
  const names = listed(asked.filter(isSame).map((one) => nameOf(one.endpoint)));
  const others = asked
    .filter((one) => !isSame(one))
    .map((one) => `${nameOf(one.endpoint)}: ${outcomeOf(one)}`);
  const rest = others.length === 0 ? '' : `; ${listed(others)}`;
  return `${asked.filter(isSame).length} of ${asked.length} requests failed in this way (${names})${rest}`;
}

/** What a proxy says that was let down by the provider and not by itself: RFC 1928 section 6, reply 5. */
const REFUSED_THERE = 'SOCKS_CONNECTION_REFUSED';

/**
 * A failure through a second vantage that is the provider's. Some proxies (ssh -D, those that look into TLS)
 * say that the way is open before they have tried it: silence on a way on which nothing ever came is theirs.
 */
function isTelling(one: Failed, via: readonly Asked[]): boolean {
  if (one.kind === 'aborted') return false;
  if (isStoppedByProxy(one)) return one.code === REFUSED_THERE;
  return one.kind !== 'timeout' || via.some(hasPassed);
}

/** Something of the provider's came through: an answer, or its end of a TLS handshake. */
function hasPassed(one: Asked): boolean {
  if (isStoppedByProxy(one)) return false;
  return one.answered || one.status !== null || one.timings.tlsMs !== undefined;
}

/** What became of a second vantage that settles nothing. */
function unsettled(one: Asked): string[] {
  const way = `through ${one.through ?? 'the second vantage'}`;
  if (!one.answered) {
    const said = one.message.replace(/^from this host, /, '');
    if (isStoppedByProxy(one)) return [`the second vantage could not be used: ${said}`];
    return one.kind === 'timeout'
      ? [`${way} it settles nothing, for nothing at all came that way: ${said}`]
      : [];
  }
  const whose = one.url.startsWith('https:') ? '' : ', which may be that proxy’s own answer';
  return [`${way} ${nameOf(one.endpoint)} answered ${one.status}${whose}`];
}

/** A proxy that is asked for plain http may answer itself; only a document is sure to be the provider's. */
function isTheProvider(one: Answered): boolean {
  return isGood(one) || (one.url.startsWith('https:') && one.status < 500);
}

/** A failure after a status had come is about the answer; one before it, about the way there. */
function slugOf(one: Failed): Slug {
  if (isStoppedByProxy(one)) return 'proxy-failed';
  if (one.kind === 'too-large' || (one.status !== null && one.kind !== 'timeout' && one.kind !== 'aborted'))
    return 'unreadable';
  return BY_KIND[one.kind] ?? 'failed';
}
