/**
 * What became of the one credential that was sent again and again. Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { CredentialKind, Reply } from './answer.ts';
import type { ReplaySlug } from './findings.ts';
import { groupsOf } from './groups.ts';
import type { ReplaySeen } from './observe.ts';
import { endsFor, inOrder, secondsUntilTurn } from './order.ts';
import { type Outcome, outcomeOf, strip } from './outcome.ts';
import { count, excludes, mixDetail, statusOf } from './words.ts';

type ReplayFact = Fact<ReplaySlug>;

/** Facts about the credential. `explained`: what the instances issue differs already, which is why they refuse. */
export function* credentialFacts(seen: ReplaySeen, explained: boolean): Generator<ReplayFact> {
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
    const seconds = secondsUntilTurn(seen.replayed, outcomes, order);
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
