/**
 * Does every cookie come through, whole and unchanged, in both directions? Pure; needs the origin.
 *
 * @module
 */
import { INSTANCE_HEADERS } from '../../parse/affinity.ts';
import { hits } from '../../parse/cache-status.ts';
import type { IssuedCookie } from '../replay/answer.ts';
import { echoOf } from '../replay/outcome.ts';
import { missProbability, percent } from '../replay/share.ts';
import { answers, type EdgeAnswer } from './ask.ts';
import type { EdgeFact, EdgeSlug } from './findings.ts';
import type { EdgeSeen, EdgeTarget } from './observe.ts';
import { isLogin } from './places.ts';
import { answerOf } from './same-answer.ts';
import { own } from './stored.ts';

/** Other answers that came by way of the edge, most of them to requests with a cookie. */
export interface Further {
  /** Of the same URL. */
  readonly here: readonly EdgeAnswer[];
  readonly elsewhere: readonly EdgeAnswer[];
  /** The other URLs. */
  readonly others: readonly EdgeTarget[];
}

/** The rungs about Set-Cookie lines, for one URL. */
export function* transportFacts(target: EdgeTarget, more: Further): Generator<EdgeFact> {
  const edge = answers(target.edge);
  const origin = answers(target.origin);
  // A different kind of answer at the edge is another matter than a cookie that got lost.
  const alike = edge.every((answer) => origin.every((one) => sameKind(answer, one)));
  const missing = alike ? missed(target, more) : undefined;
  if (missing) {
    yield missing;
    return;
  }
  yield* leftOffCopy(target, more);
  const through = [...edge, ...answers([target.busted]), ...more.here];
  yield* collapsed(target, through, origin, alike);
  yield* rewritten(target, [...through, ...more.elsewhere], origin);
}

/** The origin sets a session each time and the edge never does: taken away, or never there? */
function missed(target: EdgeTarget, more: Further): EdgeFact | undefined {
  const { url: subject } = target;
  const edge = answers(target.edge);
  const origin = answers(target.origin);
  const sets = origin.length > 0 && origin.every((answer) => own(answer).length > 0);
  const bare = edge.length === 2 && edge.every((answer) => own(answer).length === 0);
  // One that came through on a way without a cache shows that some instance, not the edge, leaves it out.
  const others = [
    ...answers([target.busted]),
    ...more.here.filter(({ headers }) => hits(headers).length === 0),
  ];
  const passed = others.some((answer) => own(answer).length > 0);
  const stored = edge.some(({ headers }) => hits(headers).length > 0);
  if (!sets || !bare || (passed && !stored)) return undefined;
  const names = own(origin[0] as EdgeAnswer).map(({ name }) => name);
  const seen = `the origin set ${names.join(', ')} ${origin.length} of ${origin.length} times, the edge 0 of 2 times${passed ? '; on another way past the cache it came through' : ''}`;
  if (target.kind === 'asset') return { slug: 'asset-without-cookie', subject, detail: seen };
  const { of, because } = answerOf(target);
  if (of === 'edge')
    return { slug: 'made-by-edge', subject, detail: `${seen}; but the edge’s answer is its own: ${because}` };
  const elsewhere = passesElsewhere(target, more.others);
  if (of === 'origin' && elsewhere === undefined)
    return { slug: 'cookie-stripped', subject, detail: `${seen}; the answer is the origin’s: ${because}` };
  return {
    slug: 'cookie-left-off',
    subject,
    detail: `${seen}; ${elsewhere === undefined ? because : `at ${elsewhere} one comes through each time`}`,
  };
}

/** A stored copy without the cookie that came with the answer it was made of. What is not found is rarely stored, so pages count. */
function* leftOffCopy(target: EdgeTarget, more: Further): Generator<EdgeFact> {
  const [, second] = answers(target.edge);
  const first = answers([...target.edge.slice(0, 1), target.busted]).find((answer) => own(answer).length > 0);
  if (!second || !first || own(second).length > 0 || hits(second.headers).length === 0) return;
  const elsewhere = passesElsewhere(
    target,
    more.others.filter(({ kind }) => kind === 'page'),
  );
  const detail = `a fresh answer set ${own(first)[0]?.name}, the stored one (${hits(second.headers).join('; ')}) did not`;
  if (target.kind === 'asset') yield { slug: 'asset-without-cookie', subject: target.url, detail };
  else if (elsewhere === undefined) yield { slug: 'cookie-missing-from-stored', subject: target.url, detail };
  else
    yield {
      slug: 'cookie-left-off',
      subject: target.url,
      detail: `${detail}; at ${elsewhere} one comes through each time`,
    };
}

/** Another URL at which every stranger gets a session through the edge; a login itself has no other that would do. */
function passesElsewhere({ url }: EdgeTarget, others: readonly EdgeTarget[]): string | undefined {
  if (isLogin(url)) return undefined;
  return others.find(({ edge }) => {
    const told = answers(edge);
    return told.length === 2 && told.every((answer) => own(answer).length > 0);
  })?.url;
}

/** False where the edge may have answered by itself: a block, a password of its own. */
function sameKind(edge: EdgeAnswer, origin: EdgeAnswer): boolean {
  if (asksPassword(edge) && !asksPassword(origin)) return false;
  return edge.status < 400
    ? Math.floor(edge.status / 100) === Math.floor(origin.status / 100)
    : edge.status === origin.status;
}

/** True for an answer that makes the browser ask for a name and a password (RFC 9110 section 11.6.1). */
export function asksPassword({ status, names }: EdgeAnswer): boolean {
  return status === 401 && names.includes('www-authenticate');
}

/** The origin sends several cookies, the edge fewer of the same. */
function* collapsed(
  target: EdgeTarget,
  edge: readonly EdgeAnswer[],
  origin: readonly EdgeAnswer[],
  alike: boolean,
): Generator<EdgeFact> {
  const lines = (answer: EdgeAnswer, name: string): number =>
    answer.cookies.filter((cookie) => cookie.name === name).length;
  const [one] = origin;
  if (!one || !alike || edge.length === 0) return;
  const names = [...new Set(one.cookies.map(({ name }) => name))];
  // Only what the origin sends each time can be missed; two lines of one name are two cookies.
  const steady = names.map((name) => ({ name, times: Math.min(...origin.map((each) => lines(each, name))) }));
  const sent = steady.reduce((sum, { times }) => sum + times, 0);
  const lost = steady.filter(({ name, times }) => edge.every((answer) => lines(answer, name) < times));
  const whole = lost.every(({ name }) => edge.every((answer) => lines(answer, name) === 0));
  if (sent < 2 || lost.length === 0 || (whole && lost.length === steady.length)) return;
  const told = (list: typeof steady): string =>
    list
      .slice(0, 8)
      .map(({ name, times }) => (times > 1 ? `${name} (${times} lines)` : name))
      .join(', ');
  yield {
    slug: 'cookies-collapsed',
    subject: target.url,
    detail: `origin: ${sent} cookies (${told(steady)}); lost at the edge: ${told(lost)}`,
  };
}

/** Attributes of all lines of the same cookie, edge against origin; each way must agree with itself. */
function* rewritten(
  target: EdgeTarget,
  edge: readonly EdgeAnswer[],
  origin: readonly EdgeAnswer[],
): Generator<EdgeFact> {
  const lines = (answer: EdgeAnswer, name: string): readonly IssuedCookie[] =>
    own(answer)
      .filter((cookie) => cookie.name === name)
      .toSorted((a, b) => (a.attributes < b.attributes ? -1 : 1));
  const form = (list: readonly IssuedCookie[]): string =>
    list.map(({ attributes }) => attributes).join(' | ');
  for (const name of new Set(origin.flatMap(own).map((cookie) => cookie.name))) {
    const [straight, ...others] = origin.map((answer) => lines(answer, name)).filter(({ length }) => length);
    const through = edge.map((answer) => lines(answer, name)).filter(({ length }) => length > 0);
    const [one] = through;
    // Versions that differ behind the edge look like rewriting until an answer of the origin's kind comes.
    if (!straight || !one || through.length < 2 || one.length !== straight.length) continue;
    if (others.some((list) => form(list) !== form(straight))) continue;
    if (form(one) === form(straight) || through.some((list) => form(list) !== form(one))) continue;
    const hardened = straight.every((cookie, index) => {
      const twin = one[index];
      return twin !== undefined && onlyHardened(cookie, twin);
    });
    yield {
      slug: hardened ? 'cookie-hardened' : 'cookie-rewritten',
      subject: target.url,
      detail: `${name}: origin "${form(straight)}", edge "${form(one)}", ${through.length} of ${through.length} times`,
    };
    return;
  }
}

/** Nothing of the origin's is gone or changed, and what was added protects. */
function onlyHardened(origin: IssuedCookie, edge: IssuedCookie): boolean {
  const before = origin.attributes.split('; ');
  const after = edge.attributes.split('; ');
  const added = after.filter((part) => !before.includes(part));
  const changesMode = before.some((part) => part.startsWith('SameSite='));
  return (
    before.every((part) => part === '' || after.includes(part)) &&
    added.every(
      (part) => part === 'Secure' || part === 'HttpOnly' || (part.startsWith('SameSite=') && !changesMode),
    )
  );
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
  return echoOf(origin, issued) === 'kept' && ['replaced', 'rewritten'].includes(echoOf(edge, issued));
}

/** So many tries without one success: five hundred times as likely where no cookie arrives as in a fleet of up to ten. */
const PROOF = 40;

/**
 * In words, why cookies do not reach the origin; undefined while it is not shown. `echoLost`, and the edge's
 * own cookie was lost by the very instance that had given it, or in enough tries to meet that instance again.
 */
export function neverArrives(seen: EdgeSeen): string | undefined {
  if (!seen.echo || !echoLost(seen)) return undefined;
  const { own: replies, ownIssued } = seen.echo;
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
    !told.every((reply) => ['replaced', 'rewritten'].includes(echoOf(reply, ownIssued)))
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
  if (!seen.echo || !sessionLike(seen.echo.ownIssued)) return false;
  const { own, ownIssued } = seen.echo;
  return own.some((reply) => echoOf(reply, ownIssued) === 'kept');
}

function sessionLike(issued: readonly IssuedCookie[]): boolean {
  return issued.some(({ bits, cleared }) => bits >= 64 && !cleared);
}

/** True when it is kept on both ways, the edge's answer is the origin's, and a new cookie would have shown. */
export function echoArrives(seen: EdgeSeen): boolean {
  if (!seen.echo?.edge || !seen.echo.origin) return false;
  const { issued, edge, origin } = seen.echo;
  const shows = answers(seen.targets[0]?.edge ?? []).some((answer) => own(answer).length > 0);
  return (
    shows &&
    edge.ok &&
    origin.ok &&
    edge.status === origin.status &&
    echoOf(origin, issued) === 'kept' &&
    echoOf(edge, issued) === 'kept'
  );
}

/** Health, once for all URLs. */
export function* transportHealth(seen: EdgeSeen, sick: ReadonlySet<EdgeSlug>): Generator<EdgeFact> {
  const losing: readonly EdgeSlug[] = [
    'cookie-stripped',
    'cookie-left-off',
    'cookie-missing-from-stored',
    'cookies-collapsed',
    'cookie-rewritten',
    'cookie-not-forwarded',
    'refused-by-path',
    'edge-refuses-session',
    'edge-reads-other-format',
    'edge-trusts-presence',
    'edge-picks-duplicate',
    'edge-errors',
    'redirects-to-itself',
  ];
  if (losing.some((slug) => sick.has(slug)) || !echoArrives(seen)) return;
  const compared = seen.targets.filter(
    ({ edge, origin }) =>
      answers(edge).length > 0 && answers(origin).some((answer) => own(answer).length > 0),
  );
  if (compared.length > 0)
    yield {
      slug: 'cookies-intact',
      detail: `${compared.length} URLs compared with the origin; its anonymous cookie, sent back by way of the edge, was recognised`,
    };
}
