/**
 * What the replies mean. Pure. Shapes that alternate explain a mix better than keys or stores do, so
 * they are looked at first.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { CredentialKind } from './answer.ts';
import type { ReplaySlug } from './findings.ts';
import { shapesOf, withoutCompanions } from './fleet.ts';
import { groupsOf } from './groups.ts';
import { instanceFacts } from './instances.ts';
import { BODY, type ReplaySeen, type Reply } from './observe.ts';
import { type EchoOutcome, echoOf, type Outcome, outcomeOf, strip } from './outcome.ts';
import { interval, nearestFleets, percent, smallestShareSeen } from './share.ts';

type ReplayFact = Fact<ReplaySlug>;

/** Fewer answers than this show no order in time. */
const ENOUGH_FOR_ORDER = 6;

/** All facts, the plan first. `others`: requests without a cookie that this run sent there besides. */
export function* examineReplay(all: ReplaySeen, others = 0): Generator<ReplayFact> {
  const seen = withoutCompanions(all);
  yield asked(seen, others);
  const [first] = seen.fresh;
  const dead = [...seen.fresh, ...seen.replayed].every((reply) => !reply.ok);
  if (dead) yield { slug: 'unreachable', detail: why(first), subject: seen.url };
  if ('none' in seen.credential)
    yield { slug: 'no-credential', detail: `${seen.credential.none}; only anonymous requests were sent` };
  const shapes = dead ? [] : [...shapesOf(seen)];
  // Flags do not decide whether an instance accepts what it is sent; name, scope and format do.
  const explained = shapes.some(({ slug }) =>
    ['fleet-names', 'fleet-scopes', 'fleet-formats', 'fleet-formats-refused', 'fleet-sessionless'].includes(
      slug,
    ),
  );
  yield* credentialFacts(seen, explained);
  yield* echoFacts(seen, explained);
  yield* shapes;
  yield* instanceFacts(seen);
}

function asked(seen: ReplaySeen, others: number): ReplayFact {
  const pinned =
    seen.instances.reduce((sum, one) => sum + one.replayed.length + (one.fresh ? 1 : 0), 0) +
    seen.cross.length;
  const parts = [
    `${seen.fresh.length} without a cookie`,
    seen.replayed.length > 0 && `${seen.replayed.length} with the credential`,
    seen.sticky && `${seen.sticky.replies.length} with it and affinity`,
    seen.echo.length > 0 && `${seen.echo.length} with the anonymous cookie given back`,
    pinned > 0 && `${pinned} to pinned instances`,
  ].filter(Boolean);
  const kept = seen.echo.filter((reply) => echoOf(reply, seen.echoed) === 'kept').length;
  const replies = [...seen.fresh, ...seen.replayed, ...seen.echo].filter((reply) => reply.ok);
  const long = replies.filter(({ truncated }) => truncated).length;
  // Whatever was not recognised may have made a record: pinned and crossed requests too.
  const rows = others + Math.max(0, seen.sent - kept - acceptedOf(seen));
  return {
    slug: 'asked',
    subject: seen.url,
    detail: `${seen.sent} GET requests in all: ${parts.join(', ')}${others > 0 ? `, besides ${others} HEAD requests at most for the clocks of the instances` : ''}; at most ${rows} anonymous session records may have been made${long > 0 ? `; of ${long} of ${replies.length} answers only the first ${BODY / 1024} KB were read` : ''}${seen.cut ? '; the deadline came before the plan was done' : ''}`,
    data: { sent: seen.sent, anonymousRecordsAtMost: rows, cut: seen.cut },
  };
}

/** Requests whose credential was accepted where strangers are not: they made no record. */
function acceptedOf(seen: ReplaySeen): number {
  if (seen.fresh.some((reply) => outcomeOf(reply, seen.rule) === 'accepted')) return 0;
  const sent = [
    ...seen.replayed,
    ...(seen.sticky?.replies ?? []),
    ...seen.instances.flatMap(({ replayed }) => replayed),
  ];
  return sent.filter((reply) => outcomeOf(reply, seen.rule) === 'accepted').length;
}

function* credentialFacts(seen: ReplaySeen, explained: boolean): Generator<ReplayFact> {
  const { credential } = seen;
  if ('none' in credential || seen.replayed.length === 0) return;
  const outcomes = seen.replayed.map((reply) => outcomeOf(reply, seen.rule));
  const n = outcomes.filter((one) => one !== 'none').length;
  const accepted = count(outcomes, 'accepted');
  const refused = count(outcomes, 'refused');
  const errors = count(outcomes, 'error');
  const subject = credential.name ?? 'authorization';
  const drawn = strip(outcomes);
  const data = { outcomes: drawn, accepted, refused, errors, format: credential.format };
  const open = seen.fresh.some((reply) => outcomeOf(reply, seen.rule) === 'accepted');
  if (n === 0) return;
  const of = `${credential.format} credential, affinity cookies dropped: ${drawn}`;
  if (open && refused === 0 && errors === 0) {
    yield {
      slug: 'not-protected',
      subject: seen.url,
      detail: `without a credential the answer was HTTP ${statusOf(seen.fresh)}, with it HTTP ${statusOf(seen.replayed)}`,
    };
    return;
  }
  if (errors === n)
    yield { slug: 'all-errors', subject, detail: `HTTP ${statusOf(seen.replayed)} ${n} times (${of})`, data };
  else if (errors > 0)
    yield { slug: 'some-errors', subject, detail: `${errors} of ${n} answers were errors (${of})`, data };
  const refusals = refused + errors;
  if (accepted === n) {
    yield { slug: 'all-accepted', subject, detail: `${n} of ${n} (${of}); ${excludes(n)}`, data };
    if (credential.fromBefore)
      yield { slug: 'old-accepted', subject, detail: `it is among the samples from before; ${n} of ${n}` };
  } else if (refused === n) {
    yield { slug: 'all-refused', subject, detail: `${n} of ${n} (${of})`, data };
  } else if (accepted > 0) {
    yield* mixedFacts(seen, outcomes, { explained, kind: credential.kind, subject, refusals, n });
  }
  yield* overwrites(seen, outcomes, credential.name);
}

interface Mix {
  readonly explained: boolean;
  readonly kind: CredentialKind;
  readonly subject: string;
  readonly refusals: number;
  readonly n: number;
}

function* mixedFacts(seen: ReplaySeen, outcomes: readonly Outcome[], mix: Mix): Generator<ReplayFact> {
  const { explained, kind, subject, refusals, n } = mix;
  const order = inOrder(outcomes);
  const noneRefused = !outcomes.includes('refused');
  const data = { outcomes: strip(outcomes), accepted: n - refusals, refused: refusals, kind };
  const renewed = renewals(seen, outcomes);
  if (renewed > 0 && kind !== 'self-contained' && endsFor(outcomes, renewed)) {
    yield {
      slug: 'used-up',
      subject,
      detail: `${strip(outcomes)}: ${renewed} of ${renewed} accepting answers set ${subject} anew`,
      data,
    };
    return;
  }
  const groups = [...groupsOf(seen, outcomes)];
  if (order && groups.length === 0) {
    const seconds = span(seen.replayed, outcomes, order);
    yield {
      slug: order === 'healed' ? 'fails-then-passes' : 'passes-then-fails',
      subject,
      detail: `${strip(outcomes)}: it turned about ${seconds} s after the first request`,
      data,
    };
    return;
  }
  // Errors beside acceptance are some instance's fault, not its verdict on the credential.
  if (!explained && !noneRefused)
    yield { slug: `mixed-${kind}`, subject, detail: mixDetail(outcomes, refusals, n), data };
  yield* groups;
  const kept = seen.sticky?.replies.map((reply) => outcomeOf(reply, seen.rule)) ?? [];
  const told = kept.filter((one) => one !== 'none');
  if (told.length >= 5 && new Set(told).size === 1)
    yield {
      slug: 'affinity-hides',
      subject,
      detail: `with ${seen.sticky?.names.join(', ')} kept: ${strip(kept)}; dropped: ${strip(outcomes)}`,
      data: { kind },
    };
}

/** Accepting answers, when each of them set the credential's cookie to another value; else 0. */
function renewals({ credential, replayed }: ReplaySeen, outcomes: readonly Outcome[]): number {
  if ('none' in credential) return 0;
  const accepting = replayed.filter((_, index) => outcomes[index] === 'accepted');
  const renews = (reply: Reply): boolean =>
    reply.ok &&
    reply.cookies.some(
      ({ name, value, cleared }) => name === credential.name && value !== credential.value && !cleared,
    );
  return accepting.every(renews) ? accepting.length : 0;
}

/** All passes come before all refusals, of which there are enough. */
function endsFor(outcomes: readonly Outcome[], passes: number): boolean {
  const good = outcomes.filter((one) => one !== 'none');
  return good.length >= ENOUGH_FOR_ORDER && good.lastIndexOf('accepted') === passes - 1;
}

function mixDetail(outcomes: readonly (Outcome | EchoOutcome)[], refusals: number, n: number): string {
  const [low, high] = interval(refusals, n);
  const fleets = nearestFleets(refusals, n);
  const fits = fleets.length > 0 ? `; fits ${fleets.join(' or ')} instances` : '';
  return `${refusals} of ${n} refused (${percent(refusals / n)}; 95 % between ${percent(low)} and ${percent(high)}${fits}): ${strip(outcomes)}`;
}

/** Less than this is no chance: so seldom would a lottery put all its refusals into the beginning. */
const RARE = 0.02;

/** All failures before all passes, or the reverse, or refusals that stop for good; and too many for chance. */
function inOrder(outcomes: readonly Outcome[]): 'healed' | 'died' | undefined {
  const good = outcomes.filter((one) => one !== 'none').map((one) => one === 'accepted');
  const turns = good.filter((one, index) => index > 0 && one !== good[index - 1]).length;
  const fewest = Math.min(count(good, true), count(good, false));
  if (good.length < ENOUGH_FOR_ORDER || fewest < 2) return undefined;
  if (turns === 1) return good[0] ? 'died' : 'healed';
  // A replica that is one of several lags for some of the reads only, until it has caught up.
  const last = good.lastIndexOf(false) + 1;
  if (count(good, false) < 3) return undefined;
  return ways(last, count(good, false)) / ways(good.length, count(good, false)) < RARE ? 'healed' : undefined;
}

/** Ways to choose `k` of `n`. */
function ways(n: number, k: number): number {
  return k === 0 ? 1 : (ways(n - 1, k - 1) * n) / k;
}

function span(replies: readonly Reply[], outcomes: readonly Outcome[], order: 'healed' | 'died'): string {
  const start = replies[0]?.at ?? 0;
  const bad = outcomes.map((one) => one === 'refused' || one === 'error');
  const turned = replies[order === 'healed' ? bad.lastIndexOf(true) + 1 : bad.indexOf(true)]?.at ?? start;
  return ((turned - start) / 1000).toFixed(1);
}

function* overwrites(
  seen: ReplaySeen,
  outcomes: readonly Outcome[],
  name: string | null,
): Generator<ReplayFact> {
  if (name === null) return;
  const refusing = seen.replayed.filter((_, index) => outcomes[index] === 'refused');
  const touching = refusing.flatMap((reply) =>
    reply.ok ? reply.cookies.filter((cookie) => cookie.name === name) : [],
  );
  const cleared = touching.filter((cookie) => cookie.cleared).length;
  const overwritten = touching.length - cleared;
  if (overwritten > 0)
    yield {
      slug: 'overwritten',
      subject: name,
      detail: `${overwritten} of ${refusing.length} refusing answers set ${name} anew`,
    };
  if (cleared > 0)
    yield {
      slug: 'cleared',
      subject: name,
      detail: `${cleared} of ${refusing.length} refusing answers delete ${name}`,
    };
}

function* echoFacts(seen: ReplaySeen, explained: boolean): Generator<ReplayFact> {
  if (!seen.fresh.some((reply) => reply.ok)) return;
  if (seen.echoed.length === 0) {
    yield {
      slug: 'no-anonymous-cookie',
      subject: seen.url,
      detail: `${seen.fresh.length} requests without a cookie, HTTP ${statusOf(seen.fresh)}, none got one that could hold a session`,
    };
    return;
  }
  const raw = seen.echo.map((reply) => echoOf(reply, seen.echoed));
  // One page treats one cookie alike, so a rewrite beside answers that leave it alone is a replacement.
  const outcomes = raw.includes('kept') ? raw.map((one) => (one === 'rewritten' ? 'replaced' : one)) : raw;
  const n = outcomes.filter((one) => one !== 'none').length;
  const replaced = count(outcomes, 'replaced');
  const [cookie] = seen.echoed.filter(({ bits }) => bits >= 64);
  if (n === 0 || !cookie) return;
  const subject = cookie.name;
  const drawn = strip(outcomes);
  const data = { outcomes: drawn, replaced, of: n, format: cookie.format };
  if (count(outcomes, 'kept') === n) {
    yield {
      slug: 'echo-kept',
      subject,
      detail: `its own cookie came back unreplaced ${n} of ${n} times; ${excludes(n)}`,
      data,
    };
  } else if (replaced === n) {
    yield { slug: 'echo-all-replaced', subject, detail: `a new one came ${n} of ${n} times`, data };
  } else if (replaced > 0 && count(outcomes, 'kept') > 0) {
    if (!explained)
      yield {
        slug: `mixed-${cookie.kind}`,
        subject,
        detail: `the anonymous cookie that the site had just issued, given back: ${mixDetail(outcomes, replaced, n)}`,
        data,
      };
  } else if (count(outcomes, 'rewritten') > 0) {
    yield {
      slug: 'echo-unclear',
      subject,
      detail: `${cookie.format}, rewritten in each of ${n} answers`,
      data,
    };
  }
}

function excludes(n: number): string {
  const share = smallestShareSeen(n);
  return `a share of ${percent(share)} or more of differing instances would have shown with 95 % probability; a smaller one may hide ((1-p)^${n})`;
}

function why(reply: Reply | undefined): string {
  return reply && !reply.ok ? reply.message : 'no request was answered';
}

function statusOf(replies: readonly Reply[]): string {
  return [...new Set(replies.flatMap((reply) => (reply.ok ? [reply.status] : [])))].join(', ') || 'none';
}

function count<T>(list: readonly T[], wanted: T): number {
  return list.filter((one) => one === wanted).length;
}
