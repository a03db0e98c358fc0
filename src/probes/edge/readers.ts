/**
 * Code at the edge that reads the session cookie: does it judge as the origin judges? Pure; needs the origin.
 *
 * @module
 */
import { hits } from '../../parse/cache-status.ts';
import { answers, type EdgeReply } from './ask.ts';
import type { EdgeFact } from './findings.ts';
import type { EdgeSeen } from './observe.ts';
import { madeByEdge, markedOpinion, OPINIONS, opinionByForm, type Shapes } from './makers.ts';
import { isLogin } from './places.ts';
import { sameAnswer, type ShapeSeen, TRIES } from './shapes.ts';
import { own } from './stored.ts';
import { echoArrives, echoed, neverArrives, ownEchoArrives } from './echo.ts';

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
  yield* shapeFacts(seen, shapes, made, subject);
  yield* leakFacts(seen, session);
  const lost = session && judged(session.edge) === 'in' ? undefined : neverArrives(seen);
  if (lost !== undefined)
    yield {
      slug: 'cookie-not-forwarded',
      subject,
      detail: `the origin’s own anonymous cookie, sent back: straight it is kept (${told(seen.echo?.origin)}), by way of the edge it is replaced (${told(seen.echo?.edge)}); the edge’s own, sent back to it: ${lost}`,
    };
}

/** Strangers are refused until a signed-in visitor has asked, and only past the cache from then on. */
function* leakFacts(seen: EdgeSeen, session: ShapeSeen | undefined): Generator<EdgeFact> {
  const [page] = seen.targets;
  const before = answers(page?.edge ?? []);
  const { plain, fresh } = session?.after ?? {};
  if (!page || before.length < 2 || !before.every((reply) => judged(reply) === 'out')) return;
  if (judged(plain) !== 'in' || judged(fresh) !== 'out') return;
  yield {
    slug: 'private-page-stored',
    subject: page.url,
    detail: `strangers got HTTP ${before.map(({ status }) => status).join(', ')} before a signed-in visitor asked, and ${told(plain)} afterwards; with a URL that no cache has seen still ${told(fresh)}`,
  };
}

/** A session that the origin accepts, by way of the edge. */
function* sessionFacts(
  seen: EdgeSeen,
  session: ShapeSeen,
  shapes: Shapes,
  made: (reply: EdgeReply | null | undefined) => boolean | undefined,
  subject: string,
): Generator<EdgeFact> {
  const detail = `origin: ${told(session.origin)}; edge: ${told(session.edge)}`;
  const edge = judged(session.edge);
  if (edge === 'in' && judged(session.cached) === 'out') {
    const signs = [...storedSigns(seen, session.cached), ...separated(session)];
    const plain = `${detail}; edge with the plain URL: ${told(session.cached)}`;
    if (signs.length > 0)
      yield { slug: 'stored-for-session', subject, detail: `${plain}, with ${signs.join('; ')}` };
    else if (!instancesDisagree(seen)) yield { slug: 'plain-url-refused', subject, detail: plain };
    return;
  }
  if (edge === 'in') {
    const garbage = shapes.get('garbage');
    // An edge that lets garbage in accepts nothing, and has no choice between two cookies.
    if (judged(garbage?.edge) !== 'out') return;
    const twice = [...duplicateFacts(shapes, subject)];
    yield* twice;
    if (twice.length === 0 && judged(garbage?.origin) === 'out')
      yield { slug: 'session-accepted', subject, detail };
    return;
  }
  if (edge !== 'out') return;
  if (nowRefused(seen, session)) {
    yield {
      slug: 'turned-away',
      subject: seen.targets[0]?.url ?? subject,
      detail: `the session, ${detail}; a stranger afterwards ${told(session.control)}, and another answer before`,
    };
    return;
  }
  if (judged(session.later) === 'out') {
    yield {
      slug: 'session-refused',
      subject,
      detail: `${detail}; asked again the origin refuses it as well (${told(session.later)}): it was used up, or ended meanwhile`,
    };
    return;
  }
  const gate = ledElsewhere(seen, session);
  if (gate) {
    yield {
      ...gate,
      subject: seen.targets[0]?.url ?? subject,
      detail: `the session, ${detail}; ${gate.detail}`,
    };
    return;
  }
  const signs = storedSigns(seen, session.edge);
  if (signs.length > 0) {
    yield { slug: 'stored-for-session', subject, detail: `${detail}, with ${signs.join('; ')}` };
    return;
  }
  const opinion =
    made(session.edge) === true ? markedOpinion(shapes, made) : opinionByForm(seen, shapes, subject);
  const lost = neverArrives(seen) !== undefined;
  if (opinion === 'strips' && !lost) {
    yield { slug: 'cookie-not-forwarded', subject, detail: `${detail}; ${OPINIONS.strips}` };
  } else if (opinion !== undefined && opinion !== 'strips') {
    const slug = opinion === 'jwt-passes' ? 'edge-reads-other-format' : 'edge-refuses-session';
    yield { slug, subject, detail: `${detail}, made by the edge itself; ${OPINIONS[opinion]}` };
  } else if (lost) {
    return;
  } else if (judged(session.forwarded) === 'out') {
    yield {
      slug: 'refused-by-path',
      subject,
      detail: `${detail}; the origin refuses it as well (${told(session.forwarded)}) when X-Forwarded-For names another client`,
    };
  } else if (echoArrives(seen)) {
    yield { slug: 'refused-by-path', subject, detail: `${detail}; an anonymous cookie does arrive` };
  } else if (!ownEchoArrives(seen)) {
    const refusals = session.refusals ?? 1;
    const whoever = judged(session.forwarded) === 'in' && refusals >= TRIES;
    const unclear =
      seen.echo === null
        ? 'the origin gives strangers no cookie to try it with'
        : 'what the anonymous cookies met does not tell';
    yield {
      slug: whoever ? 'refused-by-edge-way' : 'refused-unexplained',
      subject,
      detail: `${detail}, ${refusals} of ${refusals} times${whoever ? '; the origin takes it from another client’s address as well' : ''}; ${unclear}`,
    };
  }
}

/** A stranger was answered as the session was, and by none of the answers that strangers had had before: a limit. */
function nowRefused(seen: EdgeSeen, { edge, control }: ShapeSeen): boolean {
  const [page] = seen.targets;
  const before = answers([...(page?.edge ?? []), page?.busted ?? null]);
  return (
    control?.ok === true && sameAnswer(edge, control) && !before.some((one) => one.status === control.status)
  );
}

/**
 * The edge sends everybody to one place where the origin sends nobody: to another host or name, to https, to a
 * language, or to a gate of its own. Whether the session would pass does not show there.
 */
function ledElsewhere(
  seen: EdgeSeen,
  { edge }: ShapeSeen,
): { readonly slug: 'turned-away' | 'made-by-edge'; readonly detail: string } | undefined {
  const [page] = seen.targets;
  const strangers = answers(page?.edge ?? []);
  const straight = answers(page?.origin ?? []);
  if (!page || !edge?.ok || edge.location === undefined || strangers.length < 2 || straight.length === 0)
    return undefined;
  const everybody = strangers.every((one) => one.status === edge.status && one.location === edge.location);
  const another = /^\w+:\/\//.test(edge.location);
  if (!everybody || straight.some((one) => one.location === edge.location)) return undefined;
  if (isLogin(another ? edge.location : `http://here${edge.location}`))
    return another
      ? { slug: 'turned-away', detail: 'strangers are sent to the same gate, and at the origin nobody is' }
      : undefined;
  return { slug: 'made-by-edge', detail: 'strangers are led to the same place, and at the origin nobody is' };
}

/** Refused on the plain URL each time, accepted on new ones each time: no lottery between instances does that. */
function separated({ turns = [] }: ShapeSeen): readonly string[] {
  const of = (wanted: boolean): readonly (Judged | undefined)[] =>
    turns.filter(({ plain }) => plain === wanted).map(({ reply }) => judged(reply));
  const [plain, fresh] = [of(true), of(false)];
  if (Math.min(plain.length, fresh.length) < 6) return [];
  const apart = plain.every((one) => one === 'out') && fresh.every((one) => one === 'in');
  return apart
    ? [
        `the plain URL refusing it ${plain.length} of ${plain.length} times, and URLs that no cache has seen accepting it ${fresh.length} of ${fresh.length} times in between`,
      ]
    : [];
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
  const { own: replies, ownIssued, issued } = seen.echo;
  return ownEchoArrives(seen) && replies.some((reply) => echoed(reply, ownIssued, issued) === 'replaced');
}

/** Forged cookies: nobody should be let in with them, and the edge should not have an opinion. */
function* shapeFacts(
  seen: EdgeSeen,
  shapes: Shapes,
  made: (reply: EdgeReply | null | undefined) => boolean | undefined,
  subject: string,
): Generator<EdgeFact> {
  const garbage = shapes.get('garbage');
  // Where strangers get in as well, the page tells nothing about who is signed in.
  const closed = answers(seen.targets[0]?.edge ?? []).some((reply) => judged(reply) === 'out');
  if (garbage && judged(garbage.origin) === 'out' && judged(garbage.edge) === 'in' && closed)
    yield {
      slug: 'edge-trusts-presence',
      subject,
      detail: `${subject}=x: origin ${told(garbage.origin)}, edge ${told(garbage.edge)}`,
    };
  if (shapes.has('session')) return;
  // Without a session of the operator's, a forged one of the site's own shape must do.
  const own = shapes.get('own');
  const jwt = shapes.get('jwt');
  const same = [own, jwt].every(
    (one) => (one?.again?.length ?? 0) >= 3 && one?.again?.every((reply) => sameAnswer(reply, one.edge)),
  );
  if (!same) return;
  const marked = made(own?.edge) === true && made(jwt?.edge) === false;
  if (marked || opinionByForm(seen, shapes, subject) === 'jwt-passes')
    yield {
      slug: 'edge-reads-other-format',
      subject,
      detail: `the site’s own format: ${told(own?.edge)}, made by the edge; JWT-shaped: ${told(jwt?.edge)}, made by the origin; ${own?.again?.length} more times each as well`,
    };
}

/** The name twice: which one counts, here and there? Told only where the edge answers one request one way. */
function* duplicateFacts(shapes: Shapes, subject: string): Generator<EdgeFact> {
  const [single, first, last] = (['session', 'session-first', 'session-last'] as const).map((shape) =>
    shapes.get(shape),
  );
  const edge = [single, first, last].map(steady);
  const origin = [first, last].map((one) => judged(one?.origin));
  if ([...edge, ...origin].some((one) => one === undefined || one === 'error')) return;
  const [alone, edgeFirst, edgeLast] = edge;
  const [originFirst, originLast] = origin;
  if (alone !== 'in' || (edgeFirst === originFirst && edgeLast === originLast)) return;
  yield {
    slug: 'edge-picks-duplicate',
    subject,
    detail: `good cookie first: edge ${edgeFirst}, origin ${originFirst}; good cookie last: edge ${edgeLast}, origin ${originLast}; the good one alone: in, ${single?.again?.length ?? 0} more times as well`,
  };
}

/** The verdict of all tries of one shape by way of the edge; undefined where they differ or were not repeated. */
function steady(shape: ShapeSeen | undefined): Judged | undefined {
  const told = [shape?.edge, ...(shape?.again ?? [])].map(judged);
  return told.length >= 3 && new Set(told).size === 1 ? told[0] : undefined;
}

function told(reply: EdgeReply | null | undefined): string {
  if (!reply) return 'not asked';
  if (!reply.ok) return reply.kind;
  return `HTTP ${reply.status}${reply.location === undefined ? '' : ` to ${reply.location}`}`;
}
