/**
 * What happened when: the changes that people told, the onset, and every finding that can be dated.
 *
 * @module
 */
import type { Finding, TimelineEntry } from '../model.ts';
import { changesOf, type RecordedIncident } from './evidence.ts';

/** A change is named beside an onset when it came at most this long before it. ms */
const SOON = 15 * 60_000;

/** Oldest first; healthy facts are no events. A change never raises a cause, it only stands here and breaks ties. */
export function timelineOf(incident: RecordedIncident, findings: readonly Finding[]): TimelineEntry[] {
  const changes = changesOf(incident).map(
    ({ at, what, note }): TimelineEntry => ({
      at: new Date(at).toISOString(),
      kind: 'change',
      what: note === undefined ? what : `${what} (${note})`,
    }),
  );
  const dated = findings.flatMap(({ at, level, title, code, subject }): TimelineEntry[] =>
    at === undefined || level === 'ok'
      ? []
      : [{ at, kind: 'finding', what: title, code, ...(subject !== undefined && { subject }) }],
  );
  const onset: TimelineEntry[] =
    incident.since === null ? [] : [{ at: incident.since, kind: 'onset', what: 'it began, as reported' }];
  return [...changes, ...dated, ...onset].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/**
 * True when one of `changes` (epoch ms) came at or shortly before the moment, or within `slackMs` after it:
 * an effect cannot precede its cause, but nobody's minute is exact.
 */
export function followsChange(at: number, changes: readonly number[], slackMs: number): boolean {
  return changes.some((change) => change <= at + slackMs && at - change <= SOON);
}
