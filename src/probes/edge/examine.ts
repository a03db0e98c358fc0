/**
 * What the answers mean: the ladder of proofs, from "two strangers, one cookie" down to what only may
 * happen. Pure. Health is stated only when nothing sick was seen anywhere.
 *
 * @module
 */
import type { Scene } from '../probe.ts';
import { answers, BODY, type EdgeAnswer } from './ask.ts';
import { dateFacts } from './dates.ts';
import { marksOf } from './echo.ts';
import type { EdgeFact } from './findings.ts';
import type { EdgeSeen, EdgeTarget } from './observe.ts';
import { readerFacts } from './readers.ts';
import { own, storageFacts, storageHealth } from './stored.ts';
import { asksPassword, type Further, transportFacts, transportHealth } from './transport.ts';

/** All facts, the plan first. */
export function* examineEdge(seen: EdgeSeen, scene: Pick<Scene, 'settings'>): Generator<EdgeFact> {
  yield asked(seen);
  yield* blindFacts(seen);
  const sick: EdgeFact[] = [];
  const names = sessionNames(seen);
  for (const target of seen.targets) {
    if (!answers(target.edge).length) continue;
    sick.push(
      ...storageFacts(target, names),
      ...transportFacts(target, furtherOf(seen, target)),
      ...mannerFacts(target),
    );
  }
  const read = [...walkFacts(seen), ...readerFacts(seen)];
  // What was refused to strangers is stored for strangers where the signed-in get their own.
  const harmless = read.some(({ slug }) => slug === 'session-accepted') ? seen.targets[0]?.url : undefined;
  const told = [
    ...sick.filter(
      ({ slug, subject }) =>
        (slug !== 'stored-refusal' && slug !== 'stored-redirect') || subject !== harmless,
    ),
    ...read,
  ];
  yield* told;
  yield* dateFacts(seen, scene);
  const slugs = new Set(told.map(({ slug }) => slug));
  yield* storageHealth(seen, slugs);
  yield* transportHealth(seen, slugs);
}

/** What the app calls its session: as it was told, and as it was seen to be set. */
function sessionNames({ cookieName, targets }: EdgeSeen): ReadonlySet<string> {
  const set = targets.flatMap(({ edge, origin }) => answers([...edge, ...origin]).flatMap(own));
  return new Set([...(cookieName === null ? [] : [cookieName]), ...set.map(({ name }) => name)]);
}

/** Answers by way of the edge besides a target's own: of the same URL, and of the others. */
function furtherOf(seen: EdgeSeen, target: EdgeTarget): Further {
  const page = answers([...seen.shapes.map(({ edge }) => edge), ...(seen.echo?.own ?? [])]);
  const others = seen.targets.filter((one) => one !== target);
  const marks = marksOf(seen);
  if (target === seen.targets[0]) return { here: page, elsewhere: [], others, marks };
  return {
    others,
    marks,
    here: [],
    elsewhere: [...page, ...others.flatMap(({ edge, busted }) => answers([...edge, busted]))],
  };
}

function asked(seen: EdgeSeen): EdgeFact {
  const rows = seen.sent;
  const cut = seen.targets.flatMap(({ edge, origin }) => answers([...edge, ...origin]));
  const long = cut.filter(({ truncated }) => truncated).length;
  return {
    slug: 'asked',
    detail: `${seen.sent} GET requests to ${seen.targets.length} URLs${seen.origin === null ? '' : ' and their origin'}${seen.shapes.length > 0 ? `, among them ${seen.shapes.length} forged or given cookies` : ''}; at most ${rows} anonymous session records may have been made${long > 0 ? `; of ${long} of ${cut.length} answers only the first ${BODY / 1024} KB were read` : ''}${seen.cut ? '; the deadline came before the plan was done' : ''}`,
    data: { sent: seen.sent, cut: seen.cut },
  };
}

function* blindFacts(seen: EdgeSeen): Generator<EdgeFact> {
  for (const target of seen.targets) {
    const [first] = target.edge;
    if (first && !first.ok)
      yield {
        slug: ['not-http', 'bad-encoding', 'too-large'].includes(first.kind) ? 'unreadable' : 'unreachable',
        subject: target.url,
        detail: first.message,
      };
    const challenged = answers(target.edge).find(isChallenge);
    if (challenged)
      yield {
        slug: 'challenged',
        subject: target.url,
        detail: `HTTP ${challenged.status}, cf-mitigated: ${challenged.headers['cf-mitigated']}`,
      };
  }
  const [page] = seen.targets;
  const [gate, straight] = [answers(page?.edge ?? []), answers(page?.origin ?? [])];
  const gated = gate.length > 0 && straight.length > 0;
  const turnedAway = gate.every(
    (one) =>
      (one.status === 403 && straight.every(({ status }) => status !== 403)) ||
      (asksPassword(one) && !straight.some(asksPassword)),
  );
  if (page && gated && turnedAway)
    yield {
      slug: 'turned-away',
      subject: page.url,
      detail: `edge HTTP ${statuses(gate)}${gate.some(asksPassword) ? ', asking for a password' : ''}; origin HTTP ${statuses(straight)}`,
    };
  if (seen.origin === null) yield { slug: 'origin-not-given', detail: 'only answers of the edge were seen' };
  const origin = seen.targets.flatMap((target) => target.origin);
  const [dead] = origin;
  if (dead && !dead.ok && origin.every((reply) => !reply.ok))
    yield { slug: 'origin-unreachable', subject: seen.origin ?? 'origin', detail: dead.message };
}

function statuses(list: readonly EdgeAnswer[]): string {
  return list.map(({ status }) => status).join(', ');
}

function isChallenge(answer: EdgeAnswer): boolean {
  return answer.headers['cf-mitigated'] !== undefined;
}

function* walkFacts({ walk, targets }: EdgeSeen): Generator<EdgeFact> {
  const [page] = targets;
  if (!walk?.round || !page) return;
  const steps = walk.steps.map(({ status, to }) => `HTTP ${status} to ${to}`);
  yield {
    slug: 'redirects-to-itself',
    subject: page.url,
    detail: `${steps.slice(0, 8).join(', ')}, with cookies kept as a browser keeps them`,
  };
}

/** How the edge behaves apart from cookies. */
function* mannerFacts(target: EdgeTarget): Generator<EdgeFact> {
  const edge = answers(target.edge);
  const origin = answers(target.origin);
  const failing = edge.filter(({ status }) => status >= 500).length;
  if (failing > 0 && origin.length > 0 && origin.every(({ status }) => status < 500))
    yield {
      slug: 'edge-errors',
      subject: target.url,
      detail: `edge HTTP ${statuses(edge)}; origin HTTP ${statuses(origin)}`,
    };
}
