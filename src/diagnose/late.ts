/**
 * What would speak for a cause, had it not happened after the incident began: no vote, yet too grave to
 * pass over. Either people are wrong about the beginning, or it is a second fault.
 *
 * @module
 */
import type { Cause, Weight } from '../causes/cause.ts';
import type { Finding, NextQuestion } from '../model.ts';
import { bitsOf, isTooLate, type VotingTime } from './rank.ts';

/** A finding dated after the incident, and the causes that it would speak for. */
export interface Late {
  readonly finding: Finding;
  /** Epoch ms. */
  readonly at: number;
  readonly speaksFor: readonly string[];
}

/** Critical findings that came too late to count, earliest first. */
export function lateFindings(
  causes: readonly Cause[],
  findings: readonly Finding[],
  time: VotingTime,
): readonly Late[] {
  return findings
    .filter((finding) => finding.level === 'critical' && !finding.blind && isTooLate(finding, time))
    .map((finding) => ({
      finding,
      at: Date.parse(finding.at ?? ''),
      speaksFor: causes
        .map(({ id, signals }) => ({ id, weight: weightOf(signals, finding.code) }))
        .filter(({ weight }) => weight > 0)
        .sort((a, b) => b.weight - a.weight)
        .map(({ id }) => id),
    }))
    .filter(({ speaksFor }) => speaksFor.length > 0)
    .sort((a, b) => a.at - b.at);
}

function weightOf(signals: Readonly<Record<string, Weight | undefined>>, code: string): number {
  const weight = signals[code];
  return weight === undefined ? 0 : bitsOf(weight);
}

/** Asks whether it began later than people said, with the flag that says so. */
export function askWhenItBegan({ finding, at, speaksFor }: Late, since: number): NextQuestion {
  return {
    question: `Did it begin at ${minute(at)} rather than ${minute(since)}? ${finding.title}, but ${after(at, since)}.`,
    enable: `--since ${minute(at)}`,
    wouldSettle: speaksFor.slice(0, 3),
  };
}

/** One sentence for the summary: what happened, how long after, and what follows from that. */
export function tellLate({ finding, at }: Late, since: number): string {
  return `${finding.title} at ${minute(at)}, ${after(at, since)}: that is not the cause of what began then. If it began later than was said, give --since anew; else it is a second fault.`;
}

function after(at: number, since: number): string {
  return `${lengthOf(Math.max(1, Math.round((at - since) / 60_000)))} after the reported beginning`;
}

function lengthOf(minutes: number): string {
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** To the minute, in UTC, in the form that --since takes. */
function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
