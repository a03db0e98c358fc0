/**
 * Code at the edge that reads the session cookie: does it judge as the origin judges? Pure; needs the origin.
 *
 * @module
 */
import { hits } from '../../parse/cache-status.ts';
import { answers, type EdgeReply } from './ask.ts';
import { echoOf } from '../replay/outcome.ts';
import type { EdgeFact } from './findings.ts';
import type { EdgeSeen } from './observe.ts';
import type { Shape, ShapeSeen } from './shapes.ts';
import { own } from './stored.ts';
import { echoArrives, neverArrives, ownEchoArrives } from './transport.ts';

type Judged = 'in' | 'out' | 'error';

/** How one way treats one cookie; undefined when it was not asked or did not answer. */
function judged(reply: EdgeReply | null | undefined): Judged | undefined {
  if (!reply?.ok) return undefined;
  if (reply.status >= 500 || reply.status === 429) return 'error';
  return reply.status < 300 ? 'in' : 'out';
}

/** Facts about cookies of several shapes. None without an origin to compare with. */
export function* readerFacts(seen: EdgeSeen): Generator<EdgeFact> {
  const subject = seen.cookieName ?? 'session cookie';
  const shapes = new Map(seen.shapes.map((one) => [one.shape, one]));
  const made = madeByEdge(seen);
  const session = shapes.get('session');
  if (session && judged(session.origin) === 'in') yield* sessionFacts(seen, session, shapes, made, subject);
  else if (session && judged(session.origin) === 'out')
    yield { slug: 'session-refused', subject, detail: `origin: ${told(session.origin)}` };
  yield* shapeFacts(shapes, made, subject, session);
  const lost = session && judged(session.edge) === 'in' ? undefined : neverArrives(seen);
  if (lost !== undefined)
    yield {
      slug: 'cookie-not-forwarded',
      subject,
      detail: `the origin’s own anonymous cookie, sent back: straight it is kept (${told(seen.echo?.origin)}), by way of the edge it is replaced (${told(seen.echo?.edge)}); the edge’s own, sent back to it: ${lost}`,
    };
}

/** A session that the origin accepts, by way of the edge. */
function* sessionFacts(
  seen: EdgeSeen,
  session: ShapeSeen,
  shapes: ReadonlyMap<Shape, ShapeSeen>,
  made: (reply: EdgeReply | null | undefined) => boolean | undefined,
  subject: string,
): Generator<EdgeFact> {
  const detail = `origin: ${told(session.origin)}; edge: ${told(session.edge)}`;
  const edge = judged(session.edge);
  if (edge === 'in' && judged(session.cached) === 'out') {
    const signs = storedSigns(seen, session.cached);
    const plain = `${detail}; edge with the plain URL: ${told(session.cached)}`;
    if (signs.length > 0)
      yield { slug: 'stored-for-session', subject, detail: `${plain}, with ${signs.join('; ')}` };
    else if (!instancesDisagree(seen)) yield { slug: 'plain-url-refused', subject, detail: plain };
    return;
  }
  if (edge === 'in') {
    if (judged(shapes.get('garbage')?.origin) === 'out') yield { slug: 'session-accepted', subject, detail };
    yield* duplicateFacts(shapes, subject);
    return;
  }
  if (edge !== 'out') return;
  const signs = hits(session.edge?.ok ? session.edge.headers : {});
  if (signs.length > 0) {
    yield { slug: 'stored-for-session', subject, detail: `${detail}, with ${signs.join('; ')}` };
    return;
  }
  const marked = made(session.edge);
  const unmarked = marked === undefined ? judgedByForm(shapes, subject) : undefined;
  if (marked === true || unmarked !== undefined) {
    const jwtPasses = unmarked ? unmarked === 'jwt-passes' : made(shapes.get('jwt')?.edge) === false;
    yield {
      slug: jwtPasses ? 'edge-reads-other-format' : 'edge-refuses-session',
      subject,
      detail: `${detail}, made by the edge itself${jwtPasses ? '; a JWT-shaped cookie reaches the origin' : unmarked ? '; it clears the cookie, the origin does not' : '; no cookie of any shape reaches the origin'}`,
    };
  } else if (echoArrives(seen)) {
    yield { slug: 'refused-by-path', subject, detail: `${detail}; an anonymous cookie does arrive` };
  } else if (neverArrives(seen) === undefined && !ownEchoArrives(seen)) {
    yield {
      slug: 'refused-unexplained',
      subject,
      detail: `${detail}; ${seen.echo === null ? 'the origin gives strangers no cookie to try it with' : 'what the anonymous cookies met does not tell'}`,
    };
  }
}

/** What says that the answer on the plain URL is a copy: the cache's word, or a stranger's cookie in it. */
function storedSigns(seen: EdgeSeen, reply: EdgeReply | null): readonly string[] {
  if (!reply?.ok) return [];
  const strangers = answers(seen.targets[0]?.edge ?? []).flatMap(own);
  const copied = own(reply).find(({ name, value }) =>
    strangers.some((one) => one.name === name && one.value === value),
  );
  return [...hits(reply.headers), ...(copied ? [`the ${copied.name} that a stranger had been given`] : [])];
}

/** The edge's own cookie was recognised in some tries and replaced in others. */
function instancesDisagree(seen: EdgeSeen): boolean {
  if (!seen.echo) return false;
  const { own: replies, ownIssued } = seen.echo;
  return ownEchoArrives(seen) && replies.some((reply) => echoOf(reply, ownIssued) === 'replaced');
}

/**
 * Where no header marks the origin's answers: does the edge answer unreadable cookies by itself? Told by a
 * cookie that it clears and the origin does not, or by JWT-shaped ones alone being answered as the origin does.
 */
function judgedByForm(
  shapes: ReadonlyMap<Shape, ShapeSeen>,
  name: string,
): 'jwt-passes' | 'clears' | undefined {
  const clears = (reply: EdgeReply | null | undefined): boolean =>
    reply?.ok === true && reply.cookies.some((cookie) => cookie.name === name && cookie.cleared);
  const form = (reply: EdgeReply | null | undefined): string | undefined =>
    reply?.ok === true
      ? [reply.status, reply.location ?? '', ...new Set(reply.cookies.map((one) => one.name))].join(' ')
      : undefined;
  const [session, garbage, forged, jwt] = (['session', 'garbage', 'own', 'jwt'] as const).map((shape) =>
    shapes.get(shape),
  );
  const refused = [session, garbage, forged];
  const one = form(session?.edge);
  if (one === undefined || refused.some((shape) => form(shape?.edge) !== one)) return undefined;
  const otherwise = [garbage, forged].every((shape) => {
    const origin = form(shape?.origin);
    return origin !== undefined && origin !== one;
  });
  const jwtPasses = form(jwt?.edge) !== undefined && form(jwt?.edge) === form(jwt?.origin);
  if (otherwise && jwtPasses) return 'jwt-passes';
  const atOrigin = [garbage, forged].some((shape) => shape?.origin?.ok !== true || clears(shape.origin));
  return !atOrigin && refused.every((shape) => clears(shape?.edge)) ? 'clears' : undefined;
}

/** Forged cookies: nobody should be let in with them, and the edge should not have an opinion. */
function* shapeFacts(
  shapes: ReadonlyMap<Shape, ShapeSeen>,
  made: (reply: EdgeReply | null | undefined) => boolean | undefined,
  subject: string,
  session: ShapeSeen | undefined,
): Generator<EdgeFact> {
  const garbage = shapes.get('garbage');
  if (garbage && judged(garbage.origin) === 'out' && judged(garbage.edge) === 'in')
    yield {
      slug: 'edge-trusts-presence',
      subject,
      detail: `${subject}=x: origin ${told(garbage.origin)}, edge ${told(garbage.edge)}`,
    };
  // Without a session of the operator's, a forged one of the site's own shape must do.
  const own = shapes.get('own');
  const jwt = shapes.get('jwt');
  if (!session && own && jwt && made(own.edge) === true && made(jwt.edge) === false)
    yield {
      slug: 'edge-reads-other-format',
      subject,
      detail: `the site’s own format: ${told(own.edge)}, made by the edge; JWT-shaped: ${told(jwt.edge)}, made by the origin`,
    };
}

/** The name twice: which one counts, here and there? */
function* duplicateFacts(shapes: ReadonlyMap<Shape, ShapeSeen>, subject: string): Generator<EdgeFact> {
  const first = shapes.get('session-first');
  const last = shapes.get('session-last');
  if (!first || !last) return;
  const ways = [judged(first.edge), judged(first.origin), judged(last.edge), judged(last.origin)];
  if (ways.includes(undefined) || ways.includes('error')) return;
  const [edgeFirst, originFirst, edgeLast, originLast] = ways;
  if (edgeFirst === originFirst && edgeLast === originLast) return;
  yield {
    slug: 'edge-picks-duplicate',
    subject,
    detail: `good cookie first: edge ${edgeFirst}, origin ${originFirst}; good cookie last: edge ${edgeLast}, origin ${originLast}`,
  };
}

/**
 * Who made an answer? Headers that the origin always sends, and that the edge is known to pass, mark the
 * origin's; an answer without any of them is the edge's own. Undefined when there are no such headers.
 */
function madeByEdge(seen: EdgeSeen): (reply: EdgeReply | null | undefined) => boolean | undefined {
  const straight = [
    ...seen.targets.flatMap(({ origin }) => answers(origin)),
    ...answers(seen.shapes.map(({ origin }) => origin)),
  ];
  const through = [
    ...seen.targets.flatMap(({ edge, busted }) => answers([...edge, busted])),
    ...answers(seen.shapes.map(({ edge }) => edge)),
  ];
  const [one] = straight;
  const marks = (one?.names ?? []).filter(
    (name) =>
      !PROXYS_OWN.has(name) &&
      straight.every(({ names }) => names.includes(name)) &&
      through.some(({ names }) => names.includes(name)),
  );
  return (reply) => {
    if (!reply?.ok || marks.length === 0) return undefined;
    return marks.every((name) => !reply.names.includes(name));
  };
}

/** Headers that a proxy writes on answers of its own. */
const PROXYS_OWN: ReadonlySet<string> = new Set([
  'date',
  'connection',
  'keep-alive',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'server',
  'via',
  'location',
  'cache-control',
  'vary',
  'etag',
  'last-modified',
  'strict-transport-security',
  'age',
]);

function told(reply: EdgeReply | null | undefined): string {
  if (!reply) return 'not asked';
  if (!reply.ok) return reply.kind;
  return `HTTP ${reply.status}${reply.location === undefined ? '' : ` to ${reply.location}`}`;
}
