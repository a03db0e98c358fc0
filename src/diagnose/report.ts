/**
 * Evidence → report. Pure: the same evidence gives the same report, byte for byte.
 *
 * @module
 */
import type { Cause } from '../causes/cause.ts';
import { causes } from '../causes/index.ts';
import type {
  Finding,
  FindingDoc,
  NextQuestion,
  Outcome,
  RankedCause,
  Report,
  ReportStatus,
} from '../model.ts';
import { probes } from '../probes/index.ts';
import type { AnyProbe } from '../probes/probe.ts';
import { advised } from './advice.ts';
import { changesOf, type Evidence, type RecordedIncident } from './evidence.ts';
import { examineAll } from './examine.ts';
import { notLookedAt } from './exit-code.ts';
import { askWhenItBegan, type Late, lateFindings, tellLate } from './late.ts';
import { nextQuestion } from './next.ts';
import { timelineOf } from './timeline.ts';
import { EMPTY, bitsOf, probeOf, rank, reaches, type VotingTime } from './rank.ts';

/** A host's own clock may be this far off before anybody measured it. ms */
const UNCHECKED_CLOCK = 60_000;

/** Examines, ranks and sums up. `catalogue` is all causes; tests hand in their own. */
export function reportOf(evidence: Evidence, catalogue: readonly Cause[] = causes): Report {
  const outcomes = examineAll(evidence);
  const findings = outcomes.flatMap((outcome) => (outcome.status === 'ran' ? outcome.findings : []));
  const time = votingTime(evidence);
  const ranked = (kind: Cause['kind']): RankedCause[] =>
    rank(
      catalogue.filter((cause) => cause.kind === kind),
      outcomes,
      time,
      isWeakness,
    ).map((cause) => advised(cause, findings));
  const main = ranked(undefined);
  const contributing = ranked('amplifier').filter((amplifier) => reaches(amplifier.verdict, 'possible'));
  const weaknesses = findings.filter((finding) => isWeakness(finding.code));
  const [late] = lateFindings(
    catalogue.filter((cause) => cause.kind === undefined),
    findings,
    time,
  );
  const status = statusOf(main, outcomes, late);
  const left = unexplained(findings, [...main, ...contributing], catalogue);
  const timeline = timelineOf(evidence.incident, findings);
  return {
    schema: 'sessdoctor.report/1',
    tool: evidence.tool,
    startedAt: evidence.startedAt,
    durationMs: evidence.durationMs,
    since: evidence.incident.since,
    status,
    summary: summaryOf(status, main, weaknesses, outcomes, lateWords(late, time), titleOf(left, findings)),
    causes: main,
    contributing: contributing.map((cause, index) => ({ ...cause, rank: index + 1 })),
    weaknesses,
    unexplained: left,
    next: nextOf(status, evidence, late, () =>
      nextQuestion({
        causes: catalogue.filter((cause) => cause.kind === undefined),
        ranked: main,
        outcomes,
        dated: evidence.incident.since !== null,
        isWeakness,
      }),
    ),
    ...(timeline.some(({ kind }) => kind !== 'onset') && { timeline }),
    probes: outcomes,
    redactions: evidence.redactions,
  };
}

/** What to ask next. Where nobody says that anything happened, a clean bill needs no further question. */
function nextOf(
  status: ReportStatus,
  { incident }: Evidence,
  late: Late | undefined,
  ask: () => NextQuestion | null,
): NextQuestion | null {
  if (status === 'clear' && !isTold(incident)) return null;
  if (!late || incident.since === null || status === 'diagnosed') return ask();
  const asked = ask();
  const first = askWhenItBegan(late, Date.parse(incident.since));
  if (!asked) return first;
  const { question, enable, wouldSettle } = asked;
  return { ...first, otherwise: { question, enable, wouldSettle } };
}

/** What came too late, for the summary. */
interface TooLate {
  readonly words: string;
  readonly speaksFor: readonly string[];
}

function lateWords(late: Late | undefined, { since }: VotingTime): TooLate | undefined {
  return late && since !== null ? { words: tellLate(late, since), speaksFor: late.speaksFor } : undefined;
}

function isTold({ since, symptoms }: RecordedIncident): boolean {
  return since !== null || Object.values(symptoms).some((value) => value !== undefined);
}

function votingTime(evidence: Evidence): VotingTime {
  const { since, sinceSlackMs, symptoms } = evidence.incident;
  return {
    since: since === null ? null : Date.parse(since),
    slackMs: sinceSlackMs + (evidence.uncertaintyMs ?? UNCHECKED_CLOCK),
    now: Date.parse(evidence.startedAt),
    healed: symptoms.onset === 'healed',
    changes: changesOf(evidence.incident).map(({ at }) => at),
  };
}

function isWeakness(code: string): boolean {
  const probe: AnyProbe | undefined = probes.find((candidate) => candidate.id === probeOf(code));
  const doc: FindingDoc | undefined = probe?.findings[code.slice(code.indexOf('/') + 1)];
  return doc?.weakness === true;
}

function statusOf(
  ranked: readonly RankedCause[],
  outcomes: readonly Outcome[],
  late: Late | undefined,
): ReportStatus {
  if (ranked.some((cause) => reaches(cause.verdict, 'likely'))) return 'diagnosed';
  // When nothing could be reached from here, what is merely possible is about this host, not the site.
  if (isCutOff(outcomes)) return 'incomplete';
  if (late || ranked.some((cause) => reaches(cause.verdict, 'possible'))) return 'inconclusive';
  return !outcomes.some(looked) || outcomes.some(notLookedAt) ? 'incomplete' : 'clear';
}

/** Say what was given, not what was found in it. */
const NO_LOOK: readonly string[] = ['credentials/nothing-to-check', 'credentials/site-left-out'];

function isEmpty(outcome: Outcome): boolean {
  return outcome.status === 'ran' && outcome.findings.some(({ code }) => EMPTY.has(code));
}

/** What people say and a clock that was not compared are no look at anything. */
function looked(outcome: Outcome): boolean {
  if (outcome.status !== 'ran') return false;
  const seen = outcome.findings.filter(({ blind, code }) => !blind && !NO_LOOK.includes(code));
  const tells = outcome.probe === 'symptoms' || outcome.probe === 'clock';
  return tells ? seen.some((finding) => finding.level !== 'info') : seen.length > 0;
}

/** Every network target was out of reach: the suspect that they share is the host that asked. */
function isCutOff(outcomes: readonly Outcome[]): boolean {
  return outcomes.some(
    (outcome) =>
      outcome.status === 'ran' && outcome.findings.some(({ code }) => code === 'vantage/host-cut-off'),
  );
}

/** Warnings that no cause of some standing accounts for: the ranking may be missing something. */
function unexplained(
  findings: readonly Finding[],
  ranked: readonly RankedCause[],
  catalogue: readonly Cause[],
): string[] {
  const standing = new Set(ranked.filter(({ verdict }) => reaches(verdict, 'possible')).map(({ id }) => id));
  // A cause explains all that it predicts, also what did not count beside a stronger vote of the same probe.
  const explained = new Set(
    catalogue
      .filter((cause) => standing.has(cause.id))
      .flatMap((cause) => Object.entries(cause.signals).filter(([, weight]) => bitsOf(weight) > 0))
      .map(([code]) => code),
  );
  const left = findings.filter(
    (finding) =>
      (finding.level === 'critical' || finding.level === 'warning') &&
      !finding.blind &&
      !isWeakness(finding.code) &&
      !explained.has(finding.code),
  );
  return [...new Set(left.map((finding) => finding.code))];
}

/** The first of these codes in words: a clean bill must not hide what nobody can explain. */
function titleOf(codes: readonly string[], findings: readonly Finding[]): string | undefined {
  return findings.find((finding) => finding.code === codes[0])?.title;
}

/** Causes between which the evidence does not decide. */
function equals(causes: readonly RankedCause[]): string {
  return `Equally likely by what was seen: ${causes.map(({ title }) => title).join('; or: ')}`;
}

function also(count: number, sure: 'likely' | 'confirmed' = 'likely'): string {
  return count === 0 ? '' : ` ${count} more cause${count === 1 ? ' is' : 's are'} ${sure} too.`;
}

function summaryOf(
  status: ReportStatus,
  ranked: readonly RankedCause[],
  weaknesses: readonly Finding[],
  outcomes: readonly Outcome[],
  late: TooLate | undefined,
  puzzle: string | undefined,
): string {
  const top = ranked[0];
  // Odds are never certainty: nothing is called 100 %.
  const percent = top ? `${Math.min(99, Math.round(top.confidence * 100))} %` : '';
  const others = ranked.slice(1).filter((cause) => reaches(cause.verdict, 'likely'));
  if (status === 'diagnosed' && top) {
    const level = others.filter((cause) => cause.confidence === top.confidence);
    if (top.verdict === 'likely' && level.length > 0)
      return `${equals([top, ...level])} (${percent} each).${also(others.length - level.length)}`;
    const sure = others.every((cause) => cause.verdict === 'confirmed') ? 'confirmed' : 'likely';
    return `${top.verdict === 'confirmed' ? 'Confirmed' : 'Most likely'}: ${top.title} (${percent}).${also(others.length, sure)}`;
  }
  if (status === 'inconclusive' && top) {
    const candidate = `the best candidate is possible only: ${top.title} (${percent}).`;
    if (late === undefined) return `No cause is likely yet; ${candidate}`;
    const other = reaches(top.verdict, 'possible') && !late.speaksFor.includes(top.id);
    return `No cause is likely yet. ${late.words}${other ? ` For what began then, ${candidate}` : ''}`;
  }
  const blind = outcomes.filter(notLookedAt).flatMap(({ probe }) => (probe === 'vantage' ? [] : [probe]));
  if (isCutOff(outcomes))
    return `This host reached none of ${blind.join(', ')}: look at its own network first, or ask from the app's host.`;
  if (status === 'incomplete')
    return blind.length === 0
      ? 'Nothing was looked at, so nothing can be said.'
      : `Nothing was found, but ${blind.join(', ')} could not be looked at${outcomes.some(isEmpty) ? '' : ' from this host'}.`;
  const where = outcomes
    .filter(looked)
    .map((outcome) => outcome.probe)
    .join(', ');
  const risky = weaknesses.length;
  const mend = risky === 0 ? '' : ` ${risky} weakness${risky === 1 ? '' : 'es'} to mend in daylight.`;
  if (puzzle !== undefined)
    return `No known cause was found, but one thing is not explained: ${puzzle}. Looked at: ${where}.${mend}`;
  return `Nothing found that logs people out; looked at: ${where || 'nothing'}.${mend}`;
}
