/**
 * A firewall or a limit that began to refuse everybody while the look went on. Pure.
 *
 * @module
 */
import type { Reply } from './answer.ts';
import type { ReplaySeen } from './observe.ts';

/**
 * The status of the gate: strangers get it now, the first of them did not, and credentials were answered with it as
 * well. Undefined where there is none.
 */
export function gateOf({ fresh, replayed }: ReplaySeen): number | undefined {
  const [first, ...later] = fresh.filter((reply) => reply.ok);
  const [status, ...others] = new Set(later.map((reply) => reply.status));
  if (!first || status === undefined || others.length > 0) return undefined;
  const answered = replayed.some((reply) => reply.ok && reply.status === status);
  return status >= 400 && status !== first.status && answered ? status : undefined;
}

/** The observation without what the gate answered: it says nothing of sessions. */
export function withoutGate(seen: ReplaySeen, gate: number): ReplaySeen {
  const shut = (replies: readonly Reply[]): readonly Reply[] =>
    replies.map((reply) =>
      reply.ok && reply.status === gate
        ? { ok: false, kind: 'limited', message: `HTTP ${gate}, as for everybody by then`, at: reply.at }
        : reply,
    );
  const { others, forged, sticky } = seen;
  return {
    ...seen,
    fresh: shut(seen.fresh),
    replayed: shut(seen.replayed),
    echo: shut(seen.echo),
    sticky: sticky && { ...sticky, replies: shut(sticky.replies) },
    ...(others && { others: others.map((one) => ({ ...one, replies: shut(one.replies) })) }),
    ...(forged && { forged: shut(forged) }),
  };
}
