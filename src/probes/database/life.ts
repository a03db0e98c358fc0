/**
 * What replicas, revocations and the ages of idle sessions say.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { Scene } from '../probe.ts';
import type { DatabaseSlug } from './findings.ts';
import { count, FEW, LONG_QUIET, moment, type Reading, span } from './reading.ts';
import { AGE_EDGES, type DatabaseSeen, type RevocationsSeen } from './seen.ts';

/** A lag that a login can fall into for sure. ms */
const BEHIND = 1000;
/** A wave of revocations belongs to the incident when it came this close before it. ms */
const NEAR = 3_600_000;

/** The replica beside the primary. */
export function* examineReplica(seen: DatabaseSeen): Generator<Fact<DatabaseSlug>> {
  const { replica } = seen;
  if (!replica) return;
  const subject = replica.target;
  if (replica.trouble) {
    yield { slug: 'replica-blind', detail: replica.trouble.message, subject };
    return;
  }
  const lag =
    replica.lagMs === null ? 'it does not tell its lag' : `its lag is ${span(replica.lagMs / 1000)}`;
  if (replica.missing > 0)
    yield {
      slug: 'replica-misses-rows',
      detail: `${count(replica.missing)} of the ${count(replica.compared)} newest rows of the primary were not on the replica at the same moment; ${lag}`,
      subject,
    };
  else if ((replica.lagMs ?? 0) >= BEHIND) yield { slug: 'replica-behind', detail: lag, subject };
  else if (replica.compared > 0)
    yield {
      slug: 'replica-close',
      detail: `all of the ${count(replica.compared)} newest rows of the primary were on the replica; ${lag}`,
      subject,
    };
}

/** Who revoked what, and when. */
export function* examineRevocations(seen: DatabaseSeen, scene: Scene): Generator<Fact<DatabaseSlug>> {
  const revocations = seen.table?.revocations;
  if (!revocations) return;
  const { since } = scene;
  const subject = seen.table?.name ?? undefined;
  const recent = (at: number) => since === null || at >= since - NEAR;
  const reuse = revocations.byReason.find((each) => each.reason === 'reuse');
  if (reuse && recent(reuse.lastAt)) {
    const counted = `${count(reuse.rows)} revocations for reuse in ${count(reuse.minutes)} different minutes, up to ${count(reuse.burst)} in one second (${moment(reuse.burstAt)})`;
    const bursts = reuse.burst >= 3 && reuse.rows >= 5;
    yield { slug: bursts ? 'reuse-bursts' : 'reuse-revocations', detail: counted, subject };
  } else
    yield {
      slug: 'no-reuse',
      detail: `${count(revocations.total)} revocations in the last 7 days, none for reuse${since === null ? '' : ' since an hour before the incident'}`,
      subject,
    };
  if (revocations.forked !== null && revocations.forked > 0)
    yield {
      slug: 'tokens-forked',
      detail: `${count(revocations.forked)} tokens have several successors`,
      subject,
    };
  yield* wave(revocations, since, subject);
}

function* wave(
  revocations: RevocationsSeen,
  since: number | null,
  subject: string | undefined,
): Generator<Fact<DatabaseSlug>> {
  const near = (at: number) => since === null || Math.abs(at - since) <= NEAR;
  const found = revocations.byReason.find(
    (each) =>
      each.reason !== 'reuse' &&
      each.reason !== 'expiry' &&
      each.burst >= FEW &&
      each.burst >= each.rows / 2 &&
      near(each.burstAt),
  );
  if (!found) {
    if (since !== null)
      yield {
        slug: 'no-revocations',
        detail: `${count(revocations.total)} revocations in the last 7 days, no wave within an hour of the incident`,
        subject,
      };
    return;
  }
  yield {
    slug: found.reason === 'security' ? 'revoked-for-security' : 'revoked-at-once',
    detail: `${count(found.burst)} rows were revoked within the second ${moment(found.burstAt)}${found.reason === 'none' ? ', without a reason' : `, reason: ${found.reason}`}`,
    at: found.burstAt,
    subject,
  };
}

/** A clean-up job leaves a cliff: many sessions just below one idle age, none above it. */
export function idleCliff(reading: Reading): Fact<DatabaseSlug> | undefined {
  const { rows, lifetime, since, table } = reading;
  if (!rows || rows.basis === 'created' || rows.basis === 'none' || lifetime === null) return undefined;
  const oldest = rows.oldestLive;
  if (oldest === null || rows.live < 50) return undefined;
  const subject = table.name ?? undefined;
  if (oldest >= lifetime * 0.9)
    return {
      slug: 'idle-kept',
      detail: `the longest idle live session was last used ${span(oldest)} ago, of a lifetime of ${span(lifetime)}`,
      subject,
    };
  const early = oldest < lifetime / 2;
  // A table that was emptied at the incident has its oldest row there; a job leaves younger ones only.
  const notTheIncident = since !== null && oldest >= 600 && since >= oldest * 1.5;
  if (!early || !notTheIncident || atTheEdge(reading, oldest) < rows.live * 0.05) return undefined;
  const quiet = lifetime - oldest < LONG_QUIET;
  return {
    slug: quiet ? 'idle-cliff-or-quiet' : 'idle-cliff',
    detail: `of ${count(rows.live)} live sessions none was last used more than ${span(oldest)} ago, although they live ${span(lifetime)} and the incident is ${span(since)} old; ${count(atTheEdge(reading, oldest))} lie just below that age`,
    subject,
  };
}

/** Live rows whose age lies in the last quarter below `oldest`. */
function atTheEdge({ rows }: Reading, oldest: number): number {
  if (!rows) return 0;
  const edge = AGE_EDGES.findLastIndex((each) => each <= oldest * 0.75);
  return rows.live - (edge < 0 ? 0 : (rows.liveWithin[edge] ?? 0));
}
