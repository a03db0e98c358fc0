/**
 * Do all answers issue the session cookie in one form? Pure. Forms that alternate are two releases.
 *
 * @module
 */
import { isAffinityCookie } from '../../parse/affinity.ts';
import type { Fact } from '../../model.ts';
import { type Answer, type IssuedCookie, type Reply, sessionCookies } from './answer.ts';
import type { ReplaySlug } from './findings.ts';
import type { ReplaySeen } from './observe.ts';
import { echoOf, outcomeOf } from './outcome.ts';

/** Names, attributes and formats of what the URL issues, over all answers that issued something anew. */
export function* shapesOf(seen: ReplaySeen): Generator<Fact<ReplaySlug>> {
  const fresh = seen.fresh.filter((reply): reply is Answer => reply.ok && reply.status < 500);
  const renewed = seen.echo.filter(
    (reply): reply is Answer => reply.ok && echoOf(reply, seen.echoed) === 'replaced',
  );
  const issuing = [...fresh, ...renewed].map(mainCookie);
  const cookies = issuing.filter((cookie) => cookie !== undefined);
  const [first] = cookies;
  if (!first) return;
  // An error says nothing about cookies, and that no other release answers cannot be said over it.
  const strangers = seen.fresh.filter((reply): reply is Answer => reply.ok);
  const silent = strangers.filter((reply) => mainCookie(reply) === undefined).length;
  if (silent > 0)
    yield {
      slug: sessionless(seen, first.name) ? 'fleet-sessionless' : 'fleet-silent',
      subject: first.name,
      detail: `${silent} of ${strangers.length} answers to requests without a cookie issued none (HTTP ${statuses(strangers)})${sessionless(seen, first.name) ? '; answers that refuse the credential, or fail on it, never set the cookie either' : ''}`,
    };
  const names = distinct(cookies, (cookie) => cookie.name);
  const formats = distinct(cookies, (cookie) => cookie.format);
  // A cookie in place of another may be written in a way of its own, so like is compared with like.
  const groups = [fresh, renewed].map((list) => list.map(mainCookie).filter((one) => one !== undefined));
  const differing = groups.find((group) => distinct(group, attributesOf).length > 1);
  if (names.length > 1) yield { slug: 'fleet-names', subject: first.name, detail: told(cookies, names) };
  if (formats.length > 1)
    yield {
      slug: refusesSome(seen, renewed.length) ? 'fleet-formats-refused' : 'fleet-formats',
      subject: first.name,
      detail: told(cookies, formats),
      data: { formats: formats.map(([format]) => format) },
    };
  if (names.length === 1 && differing)
    yield {
      slug: distinct(differing, scopeOf).length > 1 ? 'fleet-scopes' : 'fleet-attributes',
      subject: first.name,
      detail: told(differing, distinct(differing, attributesOf)),
    };
  const forms = names.length * formats.length * distinct(cookies, attributesOf).length;
  if (forms === 1 && cookies.length > 1 && silent === 0)
    yield {
      slug: 'fleet-uniform',
      subject: first.name,
      detail: `${cookies.length} answers: ${first.name}, ${first.format}, ${first.attributes || 'no attributes'}`,
    };
}

/**
 * The observation without cookies, in the echoes, that a stranger was once given beside the session's and never
 * in place of it: a visitor's or a trace's, which some answers carry and others do not.
 */
export function withoutCompanions(seen: ReplaySeen): ReplaySeen {
  const strangers = seen.fresh.filter((reply): reply is Answer => reply.ok);
  const mains = new Set(strangers.map((reply) => mainCookie(reply)?.name));
  const beside = new Set(
    strangers.flatMap((reply) => {
      const main = mainCookie(reply);
      const lesser = sessionCookies(reply).filter((one) => main !== undefined && rankOf(one) < rankOf(main));
      return lesser.map(({ name }) => name).filter((name) => !mains.has(name));
    }),
  );
  if (beside.size === 0) return seen;
  const without = (replies: readonly Reply[]): readonly Reply[] =>
    replies.map((reply) =>
      reply.ok ? { ...reply, cookies: reply.cookies.filter(({ name }) => !beside.has(name)) } : reply,
    );
  return {
    ...seen,
    echo: without(seen.echo),
    ...(seen.others && {
      others: seen.others.map((one) => ({ ...one, replies: without(one.replies) })),
    }),
    ...(seen.forged && { forged: without(seen.forged) }),
  };
}

/** The cookie that most likely holds the session: the most random one that is no balancer's. */
function mainCookie(reply: Answer): IssuedCookie | undefined {
  return sessionCookies(reply)
    .filter(({ name }) => !isAffinityCookie(name))
    .toSorted((a, b) => rankOf(b) - rankOf(a))[0];
}

/** Instances that keep no session at this URL: whoever refuses the credential issues no cookie of that name at all. */
function sessionless(seen: ReplaySeen, name: string): boolean {
  const outcomes = seen.replayed.map((reply) => outcomeOf(reply, seen.rule));
  const bad = seen.replayed.filter(
    (_, index) => outcomes[index] === 'refused' || outcomes[index] === 'error',
  );
  return (
    bad.length > 0 &&
    outcomes.includes('accepted') &&
    bad.every((reply) => reply.ok && reply.cookies.every((cookie) => cookie.name !== name))
  );
}

function statuses(replies: readonly Answer[]): string {
  return [...new Set(replies.map(({ status }) => `${status}`))].sort().join(', ');
}

function attributesOf(cookie: IssuedCookie): string {
  return cookie.attributes;
}

/** Domain and Path: with the name, what makes it the same cookie to a browser. */
function scopeOf(cookie: IssuedCookie): string {
  const parts = cookie.attributes.split('; ');
  return parts.filter((part) => /^(?:Domain|Path)=/.test(part)).join('; ');
}

/** Names and kind before size: an encrypted cookie's size varies. */
function rankOf(cookie: IssuedCookie): number {
  const named = /sess|sid|auth|token/i.test(cookie.name) ? 4 : 0;
  return named + (cookie.kind === 'opaque' ? 0 : 2) + (cookie.attributes.includes('HttpOnly') ? 1 : 0);
}

function refusesSome(seen: ReplaySeen, renewed: number): boolean {
  const outcomes = seen.replayed.map((reply) => outcomeOf(reply, seen.rule));
  const mixed = outcomes.includes('accepted') && outcomes.some((one) => one === 'refused' || one === 'error');
  return mixed || (renewed > 0 && renewed < seen.echo.length);
}

function distinct(
  cookies: readonly IssuedCookie[],
  by: (cookie: IssuedCookie) => string,
): readonly (readonly [form: string, times: number])[] {
  const times = new Map<string, number>();
  for (const cookie of cookies) times.set(by(cookie), (times.get(by(cookie)) ?? 0) + 1);
  return [...times];
}

function told(
  cookies: readonly IssuedCookie[],
  forms: readonly (readonly [form: string, times: number])[],
): string {
  const list = forms.slice(0, 6).map(([form, times]) => `${times} × ${form || 'no attributes'}`);
  return `${cookies.length} newly issued cookies: ${list.join(', ')}`;
}
