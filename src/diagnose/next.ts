/**
 * The one observation that would change the ranking most: the expected drop of entropy over the causes,
 * for every probe that did not look and every one of the six facts that nobody told.
 *
 * @module
 */
import type { Cause } from '../causes/cause.ts';
import type { NextQuestion, Outcome, RankedCause, Vote } from '../model.ts';
import { probes } from '../probes/index.ts';
import type { AnyProbe } from '../probes/probe.ts';
import { patterns, sixFacts, symptoms } from '../probes/symptoms.ts';
import { notLookedAt } from './exit-code.ts';
import { bitsOf, confidenceOf, probeOf, reaches } from './rank.ts';

/** Less than this is not worth an operator's minute. Bits of entropy over all causes. */
const WORTH_ASKING = 0.1;

/** Something that could be asked, and the bits that its possible answers would add to or take from a cause. */
interface Candidate {
  readonly question: string;
  readonly enable: string;
  /** The probe whose votes an answer joins: of one probe only the strongest counts. */
  readonly probe: string;
  answers(cause: Cause): readonly number[];
}

/** The best question, or null when nothing left unasked would change much. */
export function nextQuestion(
  causes: readonly Cause[],
  ranked: readonly RankedCause[],
  outcomes: readonly Outcome[],
): NextQuestion | null {
  const scored = [...openProbes(outcomes), ...untoldFacts(outcomes)]
    .map((candidate) => ({ candidate, gains: gainsOf(candidate, causes, ranked) }))
    .map((entry) => ({ ...entry, total: entry.gains.reduce((sum, { gain }) => sum + gain, 0) }))
    .sort((a, b) => b.total - a.total);
  const best = scored[0];
  if (!best || best.total < WORTH_ASKING) return null;
  return {
    question: best.candidate.question,
    enable: best.candidate.enable,
    wouldSettle: best.gains
      .sort((a, b) => b.gain - a.gain)
      .slice(0, 3)
      .map(({ id }) => id),
  };
}

function openProbes(outcomes: readonly Outcome[]): Candidate[] {
  return outcomes
    .filter((outcome) => outcome.status === 'skipped' || notLookedAt(outcome))
    .filter((outcome) => outcome.probe !== symptoms.id)
    .map((outcome) => {
      const probe: AnyProbe | undefined = probes.find((candidate) => candidate.id === outcome.probe);
      return {
        question: probe?.asks ?? outcome.probe,
        enable: enableOf(outcome),
        probe: outcome.probe,
        answers: ({ signals }) =>
          Object.entries(signals)
            .filter(([code]) => probeOf(code) === outcome.probe)
            .map(([, weight]) => bitsOf(weight)),
      };
    });
}

function enableOf(outcome: Outcome): string {
  if (outcome.status === 'skipped') return outcome.enable;
  return `run sessdoctor diagnose --only ${outcome.probe} from a host that reaches it (the app's own)`;
}

/** Each of the six facts that nobody told yet. */
function untoldFacts(outcomes: readonly Outcome[]): Candidate[] {
  const turn = outcomes.find((outcome) => outcome.probe === symptoms.id);
  if (!turn) return [];
  const told = turn.status === 'ran' ? turn.findings.map(({ code }) => code) : [];
  return Object.entries(sixFacts)
    .filter(([name]) => !told.some((code) => code.startsWith(`${symptoms.id}/${name}-`)))
    .map(([name, { asks, values }]) => ({
      question: asks,
      enable: `--symptom ${name}=${values.join('|')}`,
      probe: symptoms.id,
      answers: (cause) => values.flatMap((value) => answerBits(cause, name, value, told)),
    }));
}

/** What one answer says about a cause, alone and as part of the patterns that it may complete. */
function answerBits(cause: Cause, name: string, value: string, told: readonly string[]): number[] {
  const bits = (slug: string): number => {
    const weight = Object.entries(cause.signals).find(([code]) => code === `${symptoms.id}/${slug}`)?.[1];
    return weight === undefined ? 0 : bitsOf(weight);
  };
  const completed = Object.entries(patterns).map(([slug, parts]) => {
    const needed = Object.entries(parts);
    if (!needed.some(([part, wanted]) => part === name && wanted === value)) return 0;
    const missing = needed.filter(([part, wanted]) => !told.includes(`${symptoms.id}/${part}-${wanted}`));
    const spoilt = missing.some(([part]) => told.some((code) => code.startsWith(`${symptoms.id}/${part}-`)));
    // The fewer answers a pattern still lacks, the more this one is worth.
    return spoilt ? 0 : bits(slug) / missing.length;
  });
  return [bits(`${name}-${value}`), ...completed];
}

/** What a candidate could tell about each cause. A cause already ruled out is not reopened. */
function gainsOf(
  candidate: Candidate,
  causes: readonly Cause[],
  ranked: readonly RankedCause[],
): { readonly id: string; readonly gain: number }[] {
  // Once a cause is confirmed, only what is still open beside it is worth an operator's minute.
  const settled = ranked[0]?.verdict === 'confirmed';
  return causes.flatMap((cause) => {
    const now = ranked.find((known) => known.id === cause.id);
    if (!now || now.verdict === 'ruled-out' || now.verdict === 'confirmed') return [];
    if (settled && !reaches(now.verdict, 'possible')) return [];
    const answers = candidate.answers(cause);
    const said = (votes: readonly Vote[]): number =>
      votes.find(({ code }) => probeOf(code) === candidate.probe)?.bits ?? 0;
    const most = Math.max(0, ...answers.map((bits) => bits - said(now.for)));
    const least = Math.min(0, ...answers.map((bits) => bits - said(now.against)));
    if (most === 0 && least === 0) return [];
    const p = confidenceOf(now.bits);
    const after =
      p * entropy(confidenceOf(now.bits + most)) + (1 - p) * entropy(confidenceOf(now.bits + least));
    return [{ id: cause.id, gain: Math.max(0, entropy(p) - after) }];
  });
}

function entropy(p: number): number {
  if (p <= 0 || p >= 1) return 0;
  return -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
}
