/**
 * What the time servers and the local daemon add up to. Pure.
 *
 * @module
 */
import type { NtpSeen, TrackingSeen } from '../../io/ntp.ts';
import type { Interval } from '../../parse/clock-sample.ts';
import { majorityIntersection } from './intersection.ts';

/** The part of the clock probe's observation that tells this host's own time. */
export interface OwnClockSeen {
  readonly servers: readonly NtpSeen[];
  readonly tracking: TrackingSeen;
}

export type Answer = Extract<NtpSeen, { readonly status: 'answered' }>;
export type NoAnswer = Exclude<NtpSeen, Answer>;

/** A strict majority of three or more servers is believed; fewer are a suspicion at most. */
export type Judgement =
  | {
      readonly kind: 'agreed' | 'few';
      /** Network minus local, ms. */
      readonly offset: Interval;
      readonly agreeing: readonly Answer[];
      readonly dissenting: readonly Answer[];
    }
  | { readonly kind: 'split'; readonly answers: readonly Answer[] }
  | { readonly kind: 'silent' };

/** No server is trusted to less than this, ms: scheduling on both ends is not in its own figures. */
const LEAST_BOUND_MS = 5;

/** Servers needed before their majority is a verdict. */
export const QUORUM = 3;

/** Those that answered, each once: two names or addresses of one server are one witness. */
export function answersOf(seen: OwnClockSeen): readonly Answer[] {
  const witnesses: Answer[] = [];
  for (const server of seen.servers)
    if (server.status === 'answered' && !witnesses.some((one) => isSame(one, server))) witnesses.push(server);
  return witnesses;
}

/** By address; or by what it follows since when, unless the two tell different times. */
function isSame(one: Answer, other: Answer): boolean {
  if (one.address === other.address && one.port === other.port) return true;
  if (!one.source || one.source !== other.source) return false;
  const [a, b] = [boundsOf(one), boundsOf(other)];
  return a.low <= b.high && b.low <= a.high;
}

/** Those that did not, for whatever reason. */
export function silencesOf(seen: OwnClockSeen): readonly NoAnswer[] {
  return seen.servers.filter((server): server is NoAnswer => server.status !== 'answered');
}

/** Weighs the answers of servers against each other. The local daemon has no vote. */
export function judge(seen: OwnClockSeen): Judgement {
  const answers = answersOf(seen);
  if (answers.length === 0) return { kind: 'silent' };
  const agreement = majorityIntersection(answers.map(boundsOf));
  if (!agreement) return { kind: 'split', answers };
  const pick = (indexes: readonly number[]) => indexes.flatMap((index) => answers[index] ?? []);
  return {
    kind: answers.length >= QUORUM ? 'agreed' : 'few',
    offset: { low: agreement.low, high: agreement.high },
    agreeing: pick(agreement.agreeing),
    dissenting: pick(agreement.dissenting),
  };
}

/** The interval of offsets that an answer allows, ms. */
export function boundsOf(answer: Answer): Interval {
  const bound = Math.max(answer.boundMs, LEAST_BOUND_MS);
  return { low: answer.offsetMs - bound, high: answer.offsetMs + bound };
}

/** What to add to the local clock, and how sure that is. */
export type Correction = {
  /** ms */
  readonly offsetMs: number;
  /** ± ms; Infinity when nobody told the time. */
  readonly uncertaintyMs: number;
};

/**
 * The correction that every later probe lives by: the servers' majority; else a daemon that follows a
 * majority of its own, or that finds this clock right; else no correction, but an uncertainty that reaches
 * as far as the claims, which one server alone can neither prove nor disprove.
 */
export function correctionOf(seen: OwnClockSeen): Correction {
  const judgement = judge(seen);
  if (judgement.kind === 'agreed') return middle(judgement.offset);
  const daemon = seen.tracking;
  if (daemon.status === 'synchronised' && (daemon.sources >= QUORUM || isSlight(daemon.correctionMs)))
    return {
      offsetMs: daemon.correctionMs,
      uncertaintyMs: Math.max(daemon.boundMs, LEAST_BOUND_MS),
    };
  const claims = [
    ...(judgement.kind === 'split' ? judgement.answers.map(boundsOf) : []),
    ...(judgement.kind === 'few' ? [judgement.offset] : []),
    ...(daemon.status === 'synchronised' ? [around(daemon.correctionMs, daemon.boundMs)] : []),
  ];
  return {
    offsetMs: 0,
    uncertaintyMs:
      claims.length === 0
        ? Number.POSITIVE_INFINITY
        : Math.max(...claims.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)])),
  };
}

/** Two that agree are two witnesses, even where one of them is this clock. Tokens count in seconds. */
function isSlight(ms: number): boolean {
  return Math.abs(ms) <= 1000;
}

function around(at: number, boundMs: number): Interval {
  return { low: at - boundMs, high: at + boundMs };
}

/** An interval as its middle and half its width. */
export function middle({ low, high }: Interval): Correction {
  return { offsetMs: (low + high) / 2, uncertaintyMs: (high - low) / 2 };
}

/** How far an interval is from `at`, ms: 0 when it holds it. */
export function distance({ low, high }: Interval, at = 0): number {
  return low > at ? low - at : high < at ? at - high : 0;
}
