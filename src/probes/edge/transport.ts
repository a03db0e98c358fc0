/**
 * Does every cookie come through, whole and unchanged, in both directions? Pure; needs the origin.
 *
 * @module
 */
import { hits } from '../../parse/cache-status.ts';
import { answers, type EdgeAnswer } from './ask.ts';
import { echoArrives } from './echo.ts';
import type { EdgeFact, EdgeSlug } from './findings.ts';
import type { EdgeSeen, EdgeTarget } from './observe.ts';
import { isLogin } from './places.ts';
import { collapsed, rewritten } from './lines.ts';
import { answerOf } from './same-answer.ts';
import { own } from './stored.ts';

/** Other answers that came by way of the edge, most of them to requests with a cookie. */
export interface Further {
  /** Of the same URL. */
  readonly here: readonly EdgeAnswer[];
  readonly elsewhere: readonly EdgeAnswer[];
  /** The other URLs. */
  readonly others: readonly EdgeTarget[];
  /** Names of cookies that the edge adds to each answer: they hold no session. */
  readonly marks: ReadonlySet<string>;
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
  const bare = edge.length === 2 && !edge.some((answer) => brings(answer, more.marks));
  // One that came through on a way without a cache shows that some instance, not the edge, leaves it out.
  const others = [
    ...answers([target.busted]),
    ...more.here.filter(({ headers }) => hits(headers).length === 0),
  ];
  const passed = others.some((answer) => brings(answer, more.marks));
  const stored = edge.some(({ headers }) => hits(headers).length > 0);
  if (!sets || !bare || (passed && !stored)) return undefined;
  const names = own(origin[0] as EdgeAnswer).map(({ name }) => name);
  const seen = `the origin set ${names.join(', ')} ${origin.length} of ${origin.length} times, the edge 0 of 2 times${passed ? '; on another way past the cache it came through' : ''}`;
  if (target.kind === 'asset') return { slug: 'asset-without-cookie', subject, detail: seen };
  const { of, because } = answerOf(target);
  if (of === 'edge')
    return { slug: 'made-by-edge', subject, detail: `${seen}; but the edge’s answer is its own: ${because}` };
  const elsewhere = passesElsewhere(target, more);
  if (of === 'origin' && elsewhere === undefined)
    return { slug: 'cookie-stripped', subject, detail: `${seen}; the answer is the origin’s: ${because}` };
  return {
    slug: 'cookie-left-off',
    subject,
    detail: `${seen}; ${elsewhere === undefined ? because : `at ${elsewhere} one comes through each time`}`,
  };
}

/** It sets a cookie that could be the app's session. */
function brings(answer: EdgeAnswer, marks: ReadonlySet<string>): boolean {
  return own(answer).some(({ name }) => !marks.has(name));
}

/** A stored copy without the cookie that came with the answer it was made of. What is not found is rarely stored, so pages count. */
function* leftOffCopy(target: EdgeTarget, more: Further): Generator<EdgeFact> {
  const [, second] = answers(target.edge);
  const first = answers([...target.edge.slice(0, 1), target.busted]).find((answer) => own(answer).length > 0);
  if (!second || !first || own(second).length > 0 || hits(second.headers).length === 0) return;
  const others = more.others.filter(({ kind }) => kind === 'page');
  const elsewhere = passesElsewhere(target, { ...more, others });
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
function passesElsewhere({ url }: EdgeTarget, { others, marks }: Further): string | undefined {
  if (isLogin(url)) return undefined;
  return others.find(({ edge }) => {
    const told = answers(edge);
    return told.length === 2 && told.every((answer) => brings(answer, marks));
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
