/**
 * The one observation that would change the ranking most: the expected drop of entropy over the causes,
 * for every probe that did not look.
 *
 * @module
 */
import type { Cause } from '../causes/cause.ts';
import type { NextQuestion, Outcome, RankedCause } from '../model.ts';
import { probes } from '../probes/index.ts';
import type { AnyProbe } from '../probes/probe.ts';
import { notLookedAt } from './exit-code.ts';
import { bitsOf, confidenceOf, probeOf, reaches } from './rank.ts';

/** Less than this is not worth an operator's minute. Bits of entropy over all causes. */
const WORTH_ASKING = 0.1;

/** The best question, or null when nothing left unasked would change much. */
export function nextQuestion(
  causes: readonly Cause[],
  ranked: readonly RankedCause[],
  outcomes: readonly Outcome[],
): NextQuestion | null {
  const open = outcomes.filter((outcome) => outcome.status === 'skipped' || notLookedAt(outcome));
  const scored = open
    .map((outcome) => ({ outcome, gains: gainsOf(outcome.probe, causes, ranked) }))
    .map((entry) => ({ ...entry, total: entry.gains.reduce((sum, { gain }) => sum + gain, 0) }))
    .sort((a, b) => b.total - a.total);
  const best = scored[0];
  if (!best || best.total < WORTH_ASKING) return null;
  const probe: AnyProbe | undefined = probes.find((candidate) => candidate.id === best.outcome.probe);
  return {
    question: probe?.asks ?? best.outcome.probe,
    enable: enableOf(best.outcome),
    wouldSettle: best.gains
      .sort((a, b) => b.gain - a.gain)
      .slice(0, 3)
      .map(({ id }) => id),
  };
}

function enableOf(outcome: Outcome): string {
  if (outcome.status === 'skipped') return outcome.enable;
  return `run sessdoctor diagnose --only ${outcome.probe} from a host that reaches it (the app's own)`;
}

/** What one probe could tell about each cause. A cause already ruled out is not reopened. */
function gainsOf(
  probe: string,
  causes: readonly Cause[],
  ranked: readonly RankedCause[],
): { readonly id: string; readonly gain: number }[] {
  // Once a cause is confirmed, only what is still open beside it is worth an operator's minute.
  const settled = ranked[0]?.verdict === 'confirmed';
  return causes.flatMap((cause) => {
    const now = ranked.find((candidate) => candidate.id === cause.id);
    if (!now || now.verdict === 'ruled-out' || now.verdict === 'confirmed') return [];
    if (settled && !reaches(now.verdict, 'possible')) return [];
    const weights = Object.entries(cause.signals)
      .filter(([code]) => probeOf(code) === probe)
      .map(([, weight]) => bitsOf(weight));
    const most = Math.max(0, ...weights);
    const least = Math.min(0, ...weights);
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
