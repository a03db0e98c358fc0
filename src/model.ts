/**
 * The nouns of sessdoctor, as types: what flows from a probe to a report.
 * This module holds no code that runs; every other folder may import it.
 *
 * @module
 */

/** A JSON value. Observations, evidence files and reports are made of nothing else. */
export type Json =
  | string
  | number
  | boolean
  | null
  | { readonly [key: string]: Json | undefined }
  | readonly Json[];

/** How much a finding matters on its own. `ok` is a healthy fact: it can speak against a cause. */
export type Level = 'critical' | 'warning' | 'info' | 'ok';

/** A station on a session's path; time and people stand beside it. */
export type Hop = 'client' | 'edge' | 'app' | 'store' | 'provider' | 'time' | 'people';

/** The words of one finding code. They live beside the probe that says them and never change meaning. */
export interface FindingDoc {
  readonly level: Level;
  /** One line, no subject: "Redis was emptied by a flush". */
  readonly title: string;
  /** What it means for sessions, in a sentence or two. */
  readonly why: string;
  /** The exact line, command or step that mends it, where one exists. */
  readonly fix?: string;
  /** True when the finding says that the target could not be looked at (refused, timed out, denied). */
  readonly blind?: true;
  /** True when the finding is a risky setting with no sign that it acted. It never raises a cause. */
  readonly weakness?: true;
}

/** One coded fact, as it stands in a report. */
export interface Finding {
  /** `<probe>/<slug>`. Codes never change their meaning. */
  readonly code: string;
  readonly level: Level;
  readonly title: string;
  /** What was seen, with its numbers, and from where. */
  readonly detail: string;
  /** What it is about: a cookie's name, a kid, a host. Never a secret. */
  readonly subject?: string;
  /** When the fact happened (not when it was seen), ISO 8601, where that is known. */
  readonly at?: string;
  readonly data?: Json;
  /** What mends it: the exact line, command or step. */
  readonly fix?: string;
  /** The target could not be looked at: this is not evidence of health. */
  readonly blind?: true;
}

/** What `examine` yields: a finding without the words that its catalogue holds. */
export interface Fact<Slug extends string = string> {
  readonly slug: Slug;
  readonly detail: string;
  readonly subject?: string | undefined;
  /** When it happened: epoch milliseconds. */
  readonly at?: number | undefined;
  readonly data?: Json | undefined;
  /** The step for just this fact, where it is more exact than the catalogue's. */
  readonly fix?: string | undefined;
}

/** How one probe's turn ended. A dead target is an observation (`ran`), never `failed`. */
export type Outcome = { readonly probe: string } & (
  | { readonly status: 'ran'; readonly durationMs: number; readonly findings: readonly Finding[] }
  | { readonly status: 'skipped'; readonly reason: string; readonly enable: string }
  | { readonly status: 'failed'; readonly durationMs: number; readonly reason: string }
);

/** The operator's answers; any may be left out. */
export interface Symptoms {
  readonly intended?: 'yes' | 'no' | undefined;
  readonly affected?: 'everyone' | 'some' | undefined;
  readonly oldSessions?: 'rejected' | 'accepted' | 'mixed' | 'error' | undefined;
  readonly login?: 'works' | 'fails' | 'private-window-only' | undefined;
  readonly newLogin?: 'sticks' | 'dies' | undefined;
  readonly onset?: 'step' | 'ramp' | 'recurring' | 'healed' | undefined;
}

/** Something that changed near the incident: a deploy, a rotation, a migration. `at` is epoch ms. */
export interface Change {
  readonly at: number;
  readonly what: string;
  readonly note?: string | undefined;
}

/** How sure a vote is, in bits of log-odds (+1 doubles the odds). */
export type Strength = 'decisive' | 'strong' | 'weak' | 'against' | 'refutes';

/** Confidence in words. See `diagnose/rank.ts` for the thresholds. */
export type Verdict = 'confirmed' | 'likely' | 'possible' | 'unlikely' | 'ruled-out' | 'untested';

/** One finding's vote for or against a cause. */
export interface Vote {
  readonly code: string;
  readonly bits: number;
  readonly detail: string;
}

/** One cause with everything that was weighed for it. */
export interface RankedCause {
  readonly rank: number;
  readonly id: string;
  readonly title: string;
  readonly hop: Hop;
  readonly story: string;
  readonly verdict: Verdict;
  /** 0…1; 0 when untested. */
  readonly confidence: number;
  /** Prior plus votes, log2 odds. */
  readonly bits: number;
  readonly for: readonly Vote[];
  readonly against: readonly Vote[];
  readonly untested: readonly { readonly probe: string; readonly enable: string }[];
  readonly doNow: readonly string[];
  readonly doNot: readonly string[];
  readonly prevent: readonly string[];
  readonly confirmWith: readonly string[];
}

/** One moment on the way to the incident: a change that was told, the onset, or a finding with a date. */
export interface TimelineEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly kind: 'change' | 'onset' | 'finding';
  readonly what: string;
  /** The finding's code. */
  readonly code?: string;
  readonly subject?: string;
}

export type ReportStatus = 'diagnosed' | 'inconclusive' | 'clear' | 'incomplete';

/** The one observation that would change the ranking most. */
export interface NextQuestion {
  readonly question: string;
  /** The flag, config key or command that gives the answer. */
  readonly enable: string;
  readonly wouldSettle: readonly string[];
  /** The second best, for when the first cannot be answered. */
  readonly otherwise?: NextQuestion;
}

/** The whole run as one JSON value. Every output format is a pure function of it. */
export interface Report {
  readonly schema: 'sessdoctor.report/1';
  readonly tool: { readonly name: string; readonly version: string };
  /** ISO 8601, by the corrected clock. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** When the incident began, ISO 8601, or null when nobody said. */
  readonly since: string | null;
  readonly status: ReportStatus;
  /** One sentence a manager can read. */
  readonly summary: string;
  readonly causes: readonly RankedCause[];
  readonly contributing: readonly RankedCause[];
  readonly weaknesses: readonly Finding[];
  /** Codes of level warning or critical that no ranked cause explains. */
  readonly unexplained: readonly string[];
  readonly next: NextQuestion | null;
  /** Changes, onset and dated findings, oldest first; absent when there is no change and no dated finding. */
  readonly timeline?: readonly TimelineEntry[];
  readonly probes: readonly Outcome[];
  /** How many secrets were taken out of what was observed. */
  readonly redactions: number;
}
