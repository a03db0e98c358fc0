/**
 * Set-Cookie lines on both ways, one against the other: is one lost, or changed? Pure.
 *
 * @module
 */
import { isAffinityCookie, isEdgeCookie } from '../../parse/affinity.ts';
import type { IssuedCookie } from '../replay/answer.ts';
import type { EdgeAnswer } from './ask.ts';
import type { EdgeFact } from './findings.ts';
import type { EdgeTarget } from './observe.ts';
import { stillServes } from './scope.ts';
import { own } from './stored.ts';

/** The origin sends several cookies, the edge fewer of the same. */
export function* collapsed(
  target: EdgeTarget,
  edge: readonly EdgeAnswer[],
  origin: readonly EdgeAnswer[],
  alike: boolean,
): Generator<EdgeFact> {
  // The same line twice is one cookie.
  const lines = (answer: EdgeAnswer, name: string): number =>
    new Set(
      answer.cookies
        .filter((cookie) => cookie.name === name)
        .map(({ value, attributes }) => `${value} ${attributes}`),
    ).size;
  const [one] = origin;
  if (!one || !alike || edge.length === 0) return;
  // A balancer's mark is meant for the hop that set it.
  const names = [...new Set(one.cookies.map(({ name }) => name))].filter(
    (name) => !isAffinityCookie(name) && !isEdgeCookie(name),
  );
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
  const sessions = new Set(own(one).map(({ name }) => name));
  const matters = lost.some(({ name }) => sessions.has(name) || /csrf|xsrf/i.test(name));
  yield {
    slug: matters ? 'cookies-collapsed' : 'lesser-cookie-lost',
    subject: target.url,
    detail: `origin: ${sent} cookies (${told(steady)}); lost at the edge: ${told(lost)}`,
  };
}

/** Attributes of all lines of the same cookie, edge against origin; each way must agree with itself. */
export function* rewritten(
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
    const each = (holds: (before: IssuedCookie, after: IssuedCookie) => boolean): boolean =>
      straight.every((cookie, index) => {
        const twin = one[index];
        return twin !== undefined && holds(cookie, twin);
      });
    const serves = target.kind === 'asset' || each((before, after) => stillServes(before, after, target.url));
    const changed = serves ? 'cookie-mapped' : 'cookie-rewritten';
    yield {
      slug: each(onlyHardened) ? 'cookie-hardened' : changed,
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
