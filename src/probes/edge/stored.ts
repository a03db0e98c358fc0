/**
 * Does a shared cache store answers that carry a session? Pure.
 *
 * @module
 */
import { hits } from '../../parse/cache-status.ts';
import { sharedStorage } from '../../parse/cache-control.ts';
import { isAffinityCookie, isEdgeCookie } from '../../parse/affinity.ts';
import { type IssuedCookie, sessionCookies } from '../replay/answer.ts';
import { answers, type EdgeAnswer } from './ask.ts';
import type { EdgeFact, EdgeSlug } from './findings.ts';
import type { EdgeSeen, EdgeTarget } from './observe.ts';
import { leadsInto, LOGIN } from './places.ts';

/** Two answers less than this apart may share a Date by the clock's grain. ms */
const APART = 1050;
/** The rungs about storage, for one URL. `names`: cookies that hold the app's sessions. */
export function* storageFacts(target: EdgeTarget, names: ReadonlySet<string>): Generator<EdgeFact> {
  const edge = answers(target.edge);
  const subject = target.url;
  yield* sameCookie(target, edge);
  const stored = edge
    .map((answer, index) => ({ answer, signs: storedSigns(answer, edge[index - 1]) }))
    .filter(({ signs }) => signs.length > 0);
  const carrying = stored.find(({ answer }) => replayed(answer, target).length > 0);
  if (carrying) {
    const names = replayed(carrying.answer, target).map(({ name }) => name);
    yield {
      slug: 'stored-with-cookie',
      subject,
      data: { kind: target.kind },
      detail: `Set-Cookie ${names.join(', ')} together with ${carrying.signs.join('; ')}`,
    };
  } else {
    const other = stored.find(({ answer }) => answer.cookies.some(({ cleared }) => !cleared));
    if (other)
      yield {
        slug: 'stored-other-cookie',
        subject,
        detail: `Set-Cookie ${other.answer.cookies.map(({ name }) => name).join(', ')} together with ${other.signs.join('; ')}`,
      };
  }
  for (const { answer, signs } of stored) yield* consumed(target, answer, signs);
  const deletes = ({ name, cleared }: IssuedCookie): boolean => cleared && names.has(name);
  const deletion = stored.find(({ answer }) => answer.cookies.some(deletes));
  if (deletion && target.kind === 'page' && !sparesHolders(target))
    yield {
      slug: 'stored-deletion',
      subject,
      detail: `Set-Cookie that deletes ${deletion.answer.cookies.find(deletes)?.name} together with ${deletion.signs.join('; ')}`,
    };
  const refusal = stored.find(({ answer }) => refuses(answer) && target.kind === 'page');
  if (refusal && !sparesHolders(target))
    yield {
      slug: dependsOnSession(target) ? 'stored-refusal' : 'stored-redirect',
      subject,
      detail: `HTTP ${refusal.answer.status}${refusal.answer.location === undefined ? '' : ` to ${refusal.answer.location}`} together with ${refusal.signs.join('; ')}`,
    };
}

/** Rung 1: one value for two strangers, and a control that shows that it should not be so. */
function* sameCookie(target: EdgeTarget, edge: readonly EdgeAnswer[]): Generator<EdgeFact> {
  const [first, second] = edge;
  if (!first || !second) return;
  for (const cookie of own(first)) {
    const twin = own(second).find((one) => one.name === cookie.name && one.value === cookie.value);
    if (!twin) continue;
    const origin = answers(target.origin).flatMap((answer) => named(answer, cookie.name));
    const busted = answers([target.busted]).flatMap((answer) => named(answer, cookie.name));
    const differs = (list: readonly IssuedCookie[]) => list.some(({ value }) => value !== cookie.value);
    const edgeOnly =
      answers(target.origin).length >= 2 &&
      origin.length === 0 &&
      busted.length > 0 &&
      busted.every(({ value }) => value === cookie.value);
    const constant = origin.length >= 2 && new Set(origin.map(({ value }) => value)).size === 1;
    const seconds = ((second.at - first.at) / 1000).toFixed(1);
    const told = `two requests without cookies, ${seconds} s apart, got the same value of ${cookie.name}`;
    const at = { subject: target.url, data: { kind: target.kind } };
    if (edgeOnly)
      yield { slug: 'same-by-edge', ...at, detail: `${told}; the origin sets no cookie of that name` };
    else if (constant) yield { slug: 'same-at-origin', ...at, detail: `${told}; so did two at the origin` };
    else if (differs(origin))
      yield { slug: 'same-cookie', ...at, detail: `${told}; at the origin each got one of its own` };
    else if (differs(busted))
      yield { slug: 'same-cookie', ...at, detail: `${told}; a URL that no cache has seen gave another` };
    else yield { slug: 'same-cookie-unproved', ...at, detail: told };
    return;
  }
}

/** Rungs 2 and 3: what says that an answer was stored, in words. */
function storedSigns(answer: EdgeAnswer, before: EdgeAnswer | undefined): readonly string[] {
  const signs = [...hits(answer.headers)];
  if (!before || answer.at - before.at < APART) return signs;
  const twins = own(answer).flatMap((cookie) =>
    named(before, cookie.name)
      .filter(({ value }) => value === cookie.value)
      .map((twin) => ({ cookie, twin })),
  );
  const date = answer.headers['date'];
  // A busy origin may write one Date for longer than a second; with the same cookie it is a copy.
  if (twins.length > 0 && date !== undefined && date === before.headers['date'])
    signs.push('the same Date over a second later');
  for (const { cookie, twin } of twins)
    if (cookie.expires !== undefined && cookie.expires === twin.expires)
      signs.push(`the same Expires of ${cookie.name} over a second later`);
  return signs;
}

/** Session cookies of a stored answer, without those that the edge writes anew, or the origin gives to everybody. */
function replayed(answer: EdgeAnswer, target: EdgeTarget): readonly IssuedCookie[] {
  const edge = answers(target.edge);
  const origin = answers(target.origin);
  const constant = ({ name, value }: IssuedCookie): boolean =>
    origin.length >= 2 && origin.every((one) => named(one, name).some((cookie) => cookie.value === value));
  return own(answer).filter(
    (cookie) =>
      !constant(cookie) &&
      edge.every((other) => named(other, cookie.name).every(({ value }) => value === cookie.value)),
  );
}

/** A stored cookie ages while the answer's Date may not. */
function* consumed(target: EdgeTarget, answer: EdgeAnswer, signs: readonly string[]): Generator<EdgeFact> {
  const date = Date.parse(answer.headers['date'] ?? '');
  for (const cookie of answer.cookies) {
    const ends = Date.parse(cookie.expires ?? '');
    // A line that deletes on purpose has an Expires of long ago and no value.
    if (cookie.cleared || cookie.maxAge !== undefined || !(ends <= date) || isAffinityCookie(cookie.name))
      continue;
    yield {
      slug: 'stored-cookie-expired',
      subject: target.url,
      detail: `${cookie.name}: Expires ${cookie.expires}, Date ${answer.headers['date']}; ${signs.join('; ')}`,
    };
    return;
  }
}

/** Whoever sends a cookie is asked for at the origin, so the signed-in never meet what is stored for strangers. */
function sparesHolders({ edge, holders = [] }: EdgeTarget): boolean {
  const strangers = answers(edge).flatMap(own);
  const told = answers(holders);
  return (
    told.length >= 2 &&
    told.every(
      (answer) =>
        hits(answer.headers).length === 0 &&
        own(answer).every(({ value }) => strangers.every((one) => one.value !== value)),
    )
  );
}

/**
 * Would a signed-in visitor be answered otherwise? A redirect from the site's door to its login may be meant for
 * everybody, and stored for everybody, unless something says that it is not.
 */
function dependsOnSession({ url, edge, origin }: EdgeTarget): boolean {
  if (!leadsInto(url)) return true;
  return answers([...edge, ...origin]).some(
    ({ status, headers, returns }) =>
      status === 401 ||
      returns === true ||
      /\b(?:private|no-store)\b/i.test(headers['cache-control'] ?? '') ||
      /\*|\b(?:cookie|authorization)\b/i.test(headers['vary'] ?? ''),
  );
}

/** A 401, or a temporary redirect that leads to a login. */
export function refuses({ status, location }: EdgeAnswer): boolean {
  return status === 401 || ([302, 303, 307].includes(status) && LOGIN.test(location ?? ''));
}

/** Health and what only may happen, once for all URLs. */
export function* storageHealth(seen: EdgeSeen, sick: ReadonlySet<EdgeSlug>): Generator<EdgeFact> {
  const storing: readonly EdgeSlug[] = [
    'same-cookie',
    'same-cookie-unproved',
    'stored-with-cookie',
    'stored-cookie-expired',
    'stored-deletion',
    'stored-refusal',
    'stored-redirect',
    'stored-for-session',
    'private-page-stored',
  ];
  if (storing.some((slug) => sick.has(slug))) return;
  const asked = seen.targets.filter((target) => answers(target.edge).length === 2);
  if (asked.length === 0) return;
  const differing = asked.filter(({ edge }) => {
    const [first, second] = answers(edge).map((answer) => own(answer).map(({ value }) => value));
    return first && second && first.length > 0 && first.every((value) => !second.includes(value));
  });
  yield {
    slug: 'no-storage',
    detail: `${asked.length} URLs, each asked twice over a second apart; ${differing.length} of them gave two strangers two different cookies, none gave one cookie to both`,
    data: { urls: asked.length, differing: differing.length },
  };
  const open = asked.flatMap((target) => {
    const answer = answers([...target.origin, ...target.edge]).find((one) => own(one).length > 0);
    return answer && sharedStorage(answer.status, answer.headers) !== 'no' ? [{ target, answer }] : [];
  });
  const [worst] = open;
  if (worst)
    yield {
      slug: 'may-be-stored',
      subject: worst.target.url,
      detail: `${open.length} of ${asked.length} URLs; here: HTTP ${worst.answer.status}, Cache-Control: ${worst.answer.headers['cache-control'] ?? 'none'}, with Set-Cookie ${own(worst.answer)[0]?.name}`,
    };
}

/** Session-like cookies of the app: no balancer's, no bot shield's. */
export function own(answer: EdgeAnswer): readonly IssuedCookie[] {
  return sessionCookies(answer).filter(({ name }) => !isAffinityCookie(name) && !isEdgeCookie(name));
}

function named(answer: EdgeAnswer, name: string): readonly IssuedCookie[] {
  return own(answer).filter((cookie) => cookie.name === name);
}
