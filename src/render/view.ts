/**
 * What every format shows of a report, and how figures are written. No layout here.
 *
 * @module
 */
import { notLookedAt } from '../diagnose/exit-code.ts';
import { reaches } from '../diagnose/rank.ts';
import type { Finding, Json, NextQuestion, RankedCause, Report, TimelineEntry, Verdict } from '../model.ts';
import { visible } from './visible.ts';

const MOST_TITLES = 5;

/** The causes of a report by what is to be said about them. */
export interface Standing {
  /** The first cause, when it is at least possible. */
  readonly top: RankedCause | undefined;
  /** Further causes that are at least possible. */
  readonly others: readonly RankedCause[];
  readonly unlikely: readonly RankedCause[];
  readonly ruledOut: readonly RankedCause[];
  readonly untested: readonly RankedCause[];
}

/** Sorts the ranked causes into what is said about them. */
export function standing(report: Report): Standing {
  const at = (verdict: Verdict) => report.causes.filter((cause) => cause.verdict === verdict);
  const [top, ...others] = report.causes.filter((cause) => reaches(cause.verdict, 'possible'));
  return { top, others, unlikely: at('unlikely'), ruledOut: at('ruled-out'), untested: at('untested') };
}

/** The next best questions, the best first; at most two. */
export function questions({ next }: Report): readonly NextQuestion[] {
  if (!next) return [];
  return next.otherwise ? [next, next.otherwise] : [next];
}

/** `97 %`; never 100 or 0, since nothing is that sure. */
export function percent(confidence: number): string {
  return `${Math.min(99, Math.max(1, Math.round(confidence * 100)))} %`;
}

/** Bits with their sign: `+9`, `-3`, `+2.5`. */
export function signed(bits: number): string {
  const rounded = Math.round(bits * 10) / 10;
  return `${rounded < 0 ? '-' : '+'}${Math.abs(rounded)}`;
}

/** `2026-11-21 03:12:05 UTC`. */
export function utc(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** `14 min`, `2 h 5 min`, `3 days`: how long, roughly. `ms` may be negative; the sign is dropped. */
export function span(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}

/** All findings of a report, in sequence. */
export function findingsOf(report: Report): readonly Finding[] {
  return report.probes.flatMap((outcome) => (outcome.status === 'ran' ? outcome.findings : []));
}

/** The finding behind a vote: the same code and, where a probe said it several times, the same detail. */
export function findingOf(
  report: Report,
  vote: { readonly code: string; readonly detail: string },
): Finding | undefined {
  const same = findingsOf(report).filter((finding) => finding.code === vote.code);
  return same.find((finding) => finding.detail === vote.detail) ?? same[0];
}

/** Where in a file something stands; the path is relative to the repository, or absolute. */
export interface PlaceInFile {
  readonly path: string;
  readonly line: number;
}

/** A finding about a file says so in its data: `{ file, line }`. */
export function placeOf({ data }: Finding): PlaceInFile | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  const { file, line } = data as { readonly [key: string]: Json | undefined };
  if (typeof file !== 'string' || file === '') return undefined;
  const whole = typeof line === 'number' && Number.isInteger(line) && line > 0 ? line : 1;
  return { path: visible(file), line: whole };
}

/** Findings about a line of a file that are no weakness: evidence, each with a place of its own. */
export function placedEvidence(report: Report): readonly Finding[] {
  const weaknesses = new Set(report.weaknesses.map((weakness) => weakness.code));
  return findingsOf(report).filter(
    (finding) =>
      (finding.level === 'critical' || finding.level === 'warning') &&
      !weaknesses.has(finding.code) &&
      placeOf(finding) !== undefined,
  );
}

/** A probe that did not look, or could not, and what would change that. */
export interface Unseen {
  readonly probe: string;
  readonly reason: string;
  readonly enable: string | undefined;
}

/** They look back at the other probes only: skipped, they leave no gap that an operator could close. */
const LOOK_BACK: readonly string[] = ['clocks', 'vantage'];

/** Probes that were skipped, failed, or found their target out of reach. */
export function unseen(report: Report): readonly Unseen[] {
  return report.probes.flatMap((outcome): Unseen[] => {
    const { probe } = outcome;
    if (outcome.status === 'skipped' && LOOK_BACK.includes(probe)) return [];
    if (outcome.status === 'skipped') return [{ probe, reason: outcome.reason, enable: outcome.enable }];
    if (outcome.status === 'failed')
      return [{ probe, reason: `failed: ${outcome.reason}`, enable: undefined }];
    const blind = notLookedAt(outcome) && outcome.findings.find((finding) => finding.blind);
    return blind ? [{ probe, reason: `${blind.title}: ${blind.detail}`, enable: undefined }] : [];
  });
}

/** What each probe that ran has to say in a line: what is healthy, or else all that it found. */
export function lookedAt(report: Report): readonly { readonly probe: string; readonly said: string }[] {
  return report.probes.flatMap((outcome) => {
    if (outcome.status !== 'ran' || outcome.findings.length === 0) return [];
    const healthy = outcome.findings.filter((finding) => finding.level === 'ok');
    // What could not be looked at stands under its own heading.
    if (healthy.length === 0 && notLookedAt(outcome)) return [];
    const said = healthy.length > 0 ? healthy : outcome.findings;
    const titles = [...new Set(said.map((finding) => finding.title))];
    const more = titles.length > MOST_TITLES ? `; and ${titles.length - MOST_TITLES} more` : '';
    return [{ probe: outcome.probe, said: `${titles.slice(0, MOST_TITLES).join('; ')}${more}` }];
  });
}

/** What happened when, in words: `it began` stands out by its kind. */
export function timeline(report: Report): readonly TimelineEntry[] {
  return report.timeline ?? [];
}
