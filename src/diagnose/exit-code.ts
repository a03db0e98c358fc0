/**
 * The exit code, as a pure function of the report: it does not know which format was printed.
 *
 * @module
 */
import type { Outcome, Report } from '../model.ts';
import { reaches } from './rank.ts';

/** What `--fail-on` takes, strictest first. */
export const FAIL_ON = ['confirmed', 'likely', 'possible', 'weakness', 'never'] as const;
export type FailOn = (typeof FAIL_ON)[number];

/** 1 something at or above `failOn`, 3 could not tell, 0 neither. 2 and 130 are the command line's. */
export function exitCode(report: Report, failOn: FailOn): 0 | 1 | 3 {
  const threshold = failOn === 'weakness' ? 'possible' : failOn;
  if (threshold !== 'never' && report.causes.some((cause) => reaches(cause.verdict, threshold))) return 1;
  if (failOn === 'weakness' && report.weaknesses.length > 0) return 1;
  if (report.status === 'diagnosed') return 0;
  return report.status === 'incomplete' || report.probes.some(notLookedAt) ? 3 : 0;
}

/** Asked to look and could not: the probe failed, or its target did not let itself be looked at. */
export function notLookedAt(outcome: Outcome): boolean {
  if (outcome.status === 'failed') return true;
  return outcome.status === 'ran' && outcome.findings.some((finding) => finding.blind);
}
