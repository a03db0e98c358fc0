/**
 * The anonymous cookie, sent back: does it arrive? Pure; needs the origin. Only cookies that the origin sets count:
 * an edge may add one of its own to each answer, a test's group or a bot shield's mark.
 *
 * @module
 */
import { INSTANCE_HEADERS } from '../../parse/affinity.ts';
import { hits } from '../../parse/cache-status.ts';
import type { IssuedCookie } from '../replay/answer.ts';
import { type EchoOutcome, echoOf } from '../replay/outcome.ts';
import { missProbability, percent } from '../replay/share.ts';
import { answers, type EdgeAnswer, type EdgeReply } from './ask.ts';
import type { EdgeSeen } from './observe.ts';
import { own } from './stored.ts';

/** What became of `sent`, by the cookies that the origin sets as well: `issued`. */
export function echoed(
  reply: EdgeReply,
  sent: readonly IssuedCookie[],
  issued: readonly IssuedCookie[],
): EchoOutcome {
  return echoOf(reply.ok ? { ...reply, cookies: ofNames(reply.cookies, issued) } : reply, sent);
}

/** Cookies that the origin does not set and that the edge sets anew in each answer, whatever was sent back to it. */
export function marksOf({ echo }: EdgeSeen): ReadonlySet<string> {
  const { issued = [], ownIssued = [], own: replies = [] } = echo ?? {};
  const told = answers(replies);
  const anew = ownIssued.filter(
    ({ name }) =>
      told.length >= 3 &&
      !issued.some((one) => one.name === name) &&
      told.every(({ cookies }) =>
        cookies.some((one) => one.name === name && ownIssued.every(({ value }) => value !== one.value)),
      ),
  );
  return new Set(anew.map(({ name }) => name));
}

function ofNames(cookies: readonly IssuedCookie[], issued: readonly IssuedCookie[]): readonly IssuedCookie[] {
  return cookies.filter(({ name }) => issued.some((one) => one.name === name));
}

/**
 * True when the origin keeps its own anonymous cookie straight and replaces it by way of the edge, and the
 * edge never recognises the one that it gave either. Were it known once, cookies do arrive, and the
 * instances behind the edge disagree.
 */
function echoLost(seen: EdgeSeen): boolean {
  if (!seen.echo?.edge || !seen.echo.origin) return false;
  const { issued, edge, origin } = seen.echo;
  if (ownEchoArrives(seen)) return false;
  return (
    echoed(origin, issued, issued) === 'kept' &&
    ['replaced', 'rewritten'].includes(echoed(edge, issued, issued))
  );
}

/** So many tries without one success: five hundred times as likely where no cookie arrives as in a fleet of up to ten. */
const PROOF = 40;

/**
 * In words, why cookies do not reach the origin; undefined while it is not shown. `echoLost`, and the edge's
 * own cookie was lost by the very instance that had given it, or in enough tries to meet that instance again.
 */
export function neverArrives(seen: EdgeSeen): string | undefined {
  if (!seen.echo || !echoLost(seen)) return undefined;
  const { own: replies, ownIssued, issued } = seen.echo;
  const strangers = answers(seen.targets[0]?.edge ?? []);
  // A copy out of a cache tells nothing about the way to the origin.
  const told = answers(replies).filter(
    (reply) =>
      hits(reply.headers).length === 0 &&
      !own(reply).some(({ value }) =>
        strangers.some((one) => own(one).some((cookie) => cookie.value === value)),
      ),
  );
  if (
    told.length === 0 ||
    !told.every((reply) => ['replaced', 'rewritten'].includes(echoed(reply, ownIssued, issued)))
  )
    return undefined;
  const issuer = instanceOf(strangers[0]);
  const same = told.filter((reply) => issuer !== undefined && instanceOf(reply) === issuer).length;
  if (same > 0) return `the instance that had issued it replaced it ${same} of ${same} times`;
  if (told.length < PROOF) return undefined;
  const chance = percent(1 - missProbability(0.1, told.length));
  return `it was replaced ${told.length} of ${told.length} times, where even ten instances that share nothing know it once with ${chance} probability`;
}

function instanceOf(answer: EdgeAnswer | undefined): string | undefined {
  const name = INSTANCE_HEADERS.find((header) => answer?.headers[header] !== undefined);
  return name === undefined ? undefined : answer?.headers[name];
}

/** True when the edge recognised, at least once, the anonymous cookie that it had given. */
export function ownEchoArrives(seen: EdgeSeen): boolean {
  if (!seen.echo || !sessionLike(seen.echo)) return false;
  const { own, ownIssued, issued } = seen.echo;
  return own.some((reply) => echoed(reply, ownIssued, issued) === 'kept');
}

function sessionLike({ issued, ownIssued }: NonNullable<EdgeSeen['echo']>): boolean {
  return ofNames(ownIssued, issued).some(({ bits, cleared }) => bits >= 64 && !cleared);
}

/** True when it is kept on both ways, the edge's answer is the origin's, and a new cookie would have shown. */
export function echoArrives(seen: EdgeSeen): boolean {
  if (!seen.echo?.edge || !seen.echo.origin) return false;
  const { issued, edge, origin } = seen.echo;
  const shows = answers(seen.targets[0]?.edge ?? []).some(
    (answer) => ofNames(own(answer), issued).length > 0,
  );
  return (
    shows &&
    edge.ok &&
    origin.ok &&
    edge.status === origin.status &&
    echoed(origin, issued, issued) === 'kept' &&
    echoed(edge, issued, issued) === 'kept'
  );
}
