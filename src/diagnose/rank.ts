/**
 * Findings → causes, ranked by evidence. Odds are independent: several causes can be true at once.
 *
 * @module
 */
import { type Cause, STRENGTH_BITS, type Weight } from '../causes/cause.ts';
import type { Finding, Outcome, RankedCause, Verdict, Vote } from '../model.ts';
import { followsChange } from './timeline.ts';

/** Verdicts, surest first; the order of the ranking. */
export const VERDICTS: readonly Verdict[] = [
  'confirmed',
  'likely',
  'possible',
  'unlikely',
  'ruled-out',
  'untested',
];

const CONFIRMED = 0.95;
const LIKELY = 0.7;
const POSSIBLE = 0.3;

/** A probe that looks this long after the onset no longer speaks for the time of the incident. ms */
const FRESH = 10 * 60_000;

/** When votes may count. */
export interface VotingTime {
  /** Epoch ms, or null when nobody said when it began. */
  readonly since: number | null;
  /** ± ms of `since`: what the operator typed plus the clock's own uncertainty. */
  readonly slackMs: number;
  /** When the probes looked, epoch ms. */
  readonly now: number;
  /** The operator says that it ended by itself. */
  readonly healed: boolean;
  /** When something was changed, epoch ms. Mechanism beats timing: it only orders causes that stand equal. */
  readonly changes?: readonly number[];
}

/** The probe whose findings are effects that many causes share. */
const SYMPTOMS = 'symptoms';

type Signals = Readonly<Record<string, Weight | undefined>>;

/** 1/(1+2^−bits). */
export function confidenceOf(bits: number): number {
  return 1 / (1 + 2 ** -bits);
}

/** A weight as bits. */
export function bitsOf(weight: Weight): number {
  return typeof weight === 'number' ? weight : STRENGTH_BITS[weight];
}

/** True when a verdict is at least as sure as `threshold`. */
export function reaches(verdict: Verdict, threshold: Verdict): boolean {
  return VERDICTS.indexOf(verdict) <= VERDICTS.indexOf(threshold);
}

/** All of `causes`, ranked. `weakness` tells the codes that must never raise a cause. */
export function rank(
  causes: readonly Cause[],
  outcomes: readonly Outcome[],
  time: VotingTime,
  weakness: (code: string) => boolean,
): RankedCause[] {
  const findings = outcomes.flatMap((outcome) => (outcome.status === 'ran' ? outcome.findings : []));
  const weighAll = (heard: readonly Finding[]): RankedCause[] =>
    causes.map((cause) => weigh(cause, heard, outcomes, time, weakness));
  const first = weighAll(findings);
  const explained = explainedSymptoms(causes, first);
  const second = explained.size === 0 ? first : weighAll(findings.filter(({ code }) => !explained.has(code)));
  return first
    .map((cause, index) => (restsOnSymptoms(cause) ? (second[index] ?? cause) : cause))
    .sort(
      (a, b) =>
        VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
        b.bits - a.bits ||
        Number(besideChange(b, findings, time)) - Number(besideChange(a, findings, time)),
    )
    .map((cause, index) => ({ ...cause, rank: index + 1 }));
}

/** A dated finding that speaks for the cause came right after a change. */
function besideChange(cause: RankedCause, findings: readonly Finding[], time: VotingTime): boolean {
  const { changes = [], slackMs } = time;
  const codes = new Set(cause.for.map(({ code }) => code));
  return findings.some(
    ({ code, at }) => at !== undefined && codes.has(code) && followsChange(Date.parse(at), changes, slackMs),
  );
}

/**
 * What people report is an effect, and a confirmed cause that predicts it accounts for it: it then says
 * nothing for a cause that has no other evidence. Odds stay independent wherever a mechanism was seen.
 */
function explainedSymptoms(causes: readonly Cause[], ranked: readonly RankedCause[]): ReadonlySet<string> {
  const confirmed = new Set(ranked.filter(({ verdict }) => verdict === 'confirmed').map(({ id }) => id));
  const predicted = causes
    .filter(({ id }) => confirmed.has(id))
    .flatMap(({ signals }) => Object.entries(signals))
    .filter(([code, weight]) => probeOf(code) === SYMPTOMS && bitsOf(weight) > 0);
  return new Set(predicted.map(([code]) => code));
}

function restsOnSymptoms(cause: RankedCause): boolean {
  // A confirmed one is what explains: it must not explain itself away.
  if (cause.verdict === 'confirmed') return false;
  return cause.for.length > 0 && cause.for.every((vote) => probeOf(vote.code) === SYMPTOMS);
}

function weigh(
  cause: Cause,
  findings: readonly Finding[],
  outcomes: readonly Outcome[],
  time: VotingTime,
  weakness: (code: string) => boolean,
): RankedCause {
  const signals: Signals = cause.signals;
  const votes = findings.flatMap((finding): Vote[] => {
    const weight = signals[finding.code];
    if (weight === undefined) return [];
    const bits = voteBits(cause, finding, bitsOf(weight), time, weakness(finding.code));
    return bits === 0 ? [] : [{ code: finding.code, bits, detail: finding.detail }];
  });
  const inFavour = strongest(votes.filter((vote) => vote.bits > 0));
  const against = strongest(votes.filter((vote) => vote.bits < 0));
  const bits = round([...inFavour, ...against].reduce((sum, vote) => sum + vote.bits, cause.prior));
  const verdict = verdictOf(bits, inFavour, against);
  return {
    rank: 0,
    id: cause.id,
    title: cause.title,
    hop: cause.hop,
    story: cause.story,
    verdict,
    confidence: verdict === 'untested' ? 0 : round(confidenceOf(bits), 4),
    bits,
    for: inFavour,
    against,
    untested: untestedProbes(signals, outcomes, [...inFavour, ...against]),
    doNow: cause.doNow,
    doNot: cause.doNot,
    prevent: cause.prevent,
    confirmWith: cause.confirmWith,
  };
}

function voteBits(
  cause: Cause,
  finding: Finding,
  bits: number,
  time: VotingTime,
  isWeakness: boolean,
): number {
  if (bits > 0) {
    return isWeakness || isTooLate(finding, time) ? 0 : bits;
  }
  const late = time.healed || (time.since !== null && time.now - time.since > FRESH);
  return cause.selfHealing && late ? Math.max(bits, STRENGTH_BITS.against) : bits;
}

/** An effect cannot precede its cause: what happened after the incident began did not cause it. */
export function isTooLate({ at }: Finding, { since, slackMs }: VotingTime): boolean {
  return since !== null && at !== undefined && Date.parse(at) > since + slackMs;
}

/** Per probe only the strongest vote counts: a noisy probe cannot outshout the rest. Strongest first. */
function strongest(votes: readonly Vote[]): Vote[] {
  const best = new Map<string, Vote>();
  for (const vote of votes) {
    const known = best.get(probeOf(vote.code));
    if (!known || Math.abs(vote.bits) > Math.abs(known.bits)) best.set(probeOf(vote.code), vote);
  }
  return [...best.values()].sort((a, b) => Math.abs(b.bits) - Math.abs(a.bits));
}

function verdictOf(bits: number, inFavour: readonly Vote[], against: readonly Vote[]): Verdict {
  if (inFavour.length === 0 && against.length === 0) return 'untested';
  const decisive = inFavour.some((vote) => vote.bits >= STRENGTH_BITS.decisive);
  const refuted = against.some((vote) => vote.bits <= STRENGTH_BITS.refutes);
  if (refuted && !decisive) return 'ruled-out';
  const confidence = confidenceOf(bits);
  if (confidence >= CONFIRMED && decisive && !refuted) return 'confirmed';
  if (confidence >= LIKELY) return 'likely';
  return confidence >= POSSIBLE ? 'possible' : 'unlikely';
}

/** Probes that could speak about this cause and did not look, or could not and so said nothing about it. */
function untestedProbes(
  signals: Signals,
  outcomes: readonly Outcome[],
  votes: readonly Vote[],
): { probe: string; enable: string }[] {
  const wanted = new Set(Object.keys(signals).map(probeOf));
  const heard = new Set(votes.map(({ code }) => probeOf(code)));
  return outcomes.flatMap((outcome) => {
    const { probe } = outcome;
    if (!wanted.has(probe) || heard.has(probe)) return [];
    if (outcome.status === 'skipped') return [{ probe, enable: outcome.enable }];
    if (outcome.status === 'failed') return [{ probe, enable: outcome.reason }];
    return outcome.findings.some(({ blind }) => blind) ? [{ probe, enable: howElse(outcome) }] : [];
  });
}

/** How to look with a probe that could not: with other input where it was given nothing to look at. */
export function howElse(outcome: Outcome): string {
  const findings = outcome.status === 'ran' ? outcome.findings : [];
  const empty = findings.find(({ code }) => EMPTY.has(code));
  return (
    empty?.fix ??
    `run sessdoctor diagnose --only ${outcome.probe} from a host that reaches it (the app's own)`
  );
}

/** No host could see more in it. */
export const EMPTY: ReadonlySet<string> = new Set([
  'credentials/no-credential',
  'replay/credential-unsent',
  'database/file-not-sqlite',
]);

/** `redis/flushed` → `redis`. */
export function probeOf(code: string): string {
  return code.slice(0, code.indexOf('/'));
}

function round(value: number, digits = 2): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
