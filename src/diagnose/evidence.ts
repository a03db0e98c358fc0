/**
 * The evidence of a run: every observation, redacted, with what judging them depends on. Saved with
 * `--save`, examined and ranked again with `--from`; the report is a pure function of it.
 *
 * @module
 */
import { type Config, type Settings, settingsOf } from '../config/config.ts';
import { UsageError } from '../config/errors.ts';
import { type Moment, resolveMoment } from '../config/time.ts';
import type { Change, Json, Symptoms } from '../model.ts';

/** One probe's turn, before it is examined. */
export type Observation = { readonly probe: string } & (
  | { readonly status: 'ran'; readonly durationMs: number; readonly seen: Json }
  | { readonly status: 'skipped'; readonly reason: string; readonly enable: string }
  | { readonly status: 'failed'; readonly durationMs: number; readonly reason: string }
);

/** What the operator knows, with every TIME resolved to ISO 8601. */
export interface RecordedIncident {
  readonly since: string | null;
  /** ± ms: nobody knows the minute of an incident better than they typed it. */
  readonly sinceSlackMs: number;
  readonly changes: readonly {
    readonly at: string;
    readonly what: string;
    readonly note?: string | undefined;
  }[];
  readonly symptoms: Symptoms;
}

export interface Evidence {
  readonly schema: 'sessdoctor.evidence/1';
  readonly tool: { readonly name: string; readonly version: string };
  /** Corrected by the measured offset, ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** ± ms of `startedAt`; null when the clock was not checked. */
  readonly uncertaintyMs: number | null;
  readonly incident: RecordedIncident;
  readonly settings: Settings;
  readonly observations: readonly Observation[];
  readonly redactions: number;
}

/** What people type is good to about a minute; an age is rounded more the older it is. ms */
function slackOf(moment: Moment): number {
  return moment.kind === 'age' ? Math.max(60_000, moment.ms / 10) : 60_000;
}

/** The incident of a config, its TIMEs resolved from `now` (epoch ms, corrected). */
export function recordIncident(config: Config, now: number): RecordedIncident {
  const { since, changes, symptoms } = config.incident;
  return {
    since: since ? new Date(resolveMoment(since, now)).toISOString() : null,
    sinceSlackMs: since ? slackOf(since) : 0,
    changes: changes.map((change) => ({
      at: new Date(resolveMoment(change.at, now)).toISOString(),
      what: change.what,
      ...(change.note !== undefined && { note: change.note }),
    })),
    symptoms,
  };
}

/** Changes with epoch ms, oldest first. */
export function changesOf(incident: RecordedIncident): Change[] {
  return incident.changes
    .map((change) => ({ ...change, at: Date.parse(change.at) }))
    .sort((a, b) => a.at - b.at);
}

/**
 * The evidence with what was given anew on the command line: incident, symptoms, thresholds. What was
 * observed, and when, stays as it is. `given` holds the config paths that were told this time.
 */
export function withGivenAnew(evidence: Evidence, config: Config, given: ReadonlySet<string>): Evidence {
  const fresh = recordIncident(config, Date.parse(evidence.startedAt));
  const settings = settingsOf(config);
  return {
    ...evidence,
    incident: {
      ...evidence.incident,
      ...(given.has('incident.since') && { since: fresh.since, sinceSlackMs: fresh.sinceSlackMs }),
      ...(given.has('incident.changes') && { changes: fresh.changes }),
      symptoms: { ...evidence.incident.symptoms, ...fresh.symptoms },
    },
    settings: {
      ...evidence.settings,
      ...(given.has('clock.leeway') && { leewayMs: settings.leewayMs }),
      ...(given.has('credentials.expect') && { expect: settings.expect }),
      ...(given.has('cookies.names') && { cookieNames: settings.cookieNames }),
      ...(given.has('redis.keyPrefix') && { keyPrefix: settings.keyPrefix }),
      ...((given.has('redis.ttl') || given.has('database.lifetime')) && {
        sessionTtlMs: settings.sessionTtlMs,
      }),
    },
  };
}

/** The evidence as if only these probes had run: what the others saw is left out, and says so. */
export function restrictedTo(
  evidence: Evidence,
  only: readonly string[] | undefined,
  skip: readonly string[] | undefined,
): Evidence {
  const observations = evidence.observations.map((observation): Observation => {
    const { probe } = observation;
    if (only && !only.includes(probe))
      return { probe, status: 'skipped', reason: 'not among --only', enable: `--only ${probe}` };
    if (skip?.includes(probe))
      return { probe, status: 'skipped', reason: 'left out by --skip', enable: `drop --skip ${probe}` };
    return observation;
  });
  return { ...evidence, observations };
}

/** An evidence file as text: stable key order, one trailing newline. */
export function writeEvidence(evidence: Evidence): string {
  return `${JSON.stringify(evidence, null, 1)}\n`;
}

const HINT = 'an evidence file is written by sessdoctor diagnose --save FILE';

/** Reads an evidence file. Throws UsageError when it is none, or of a version this tool does not know. */
export function readEvidence(text: string, shown: string): Evidence {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`${shown} is not JSON`, HINT);
  }
  const found = value as Partial<Evidence> | null;
  const schema = typeof found === 'object' && found !== null ? String(found.schema) : 'none';
  if (schema !== 'sessdoctor.evidence/1')
    throw new UsageError(`${shown} is not an evidence file (schema: ${schema.slice(0, 60)})`, HINT);
  const whole =
    Array.isArray(found?.observations) &&
    found.observations.every(isObservation) &&
    typeof found.startedAt === 'string' &&
    !Number.isNaN(Date.parse(found.startedAt)) &&
    typeof found.durationMs === 'number' &&
    typeof found.redactions === 'number' &&
    (found.uncertaintyMs === null || typeof found.uncertaintyMs === 'number') &&
    isTool(found.tool) &&
    isIncident(found.incident) &&
    typeof found.settings === 'object' &&
    found.settings !== null;
  if (!whole) throw new UsageError(`${shown} is cut short or damaged: parts of the evidence are missing`);
  return found as Evidence;
}

function isTool(value: unknown): boolean {
  const found = value as Readonly<Record<string, unknown>> | null | undefined;
  return typeof found?.['name'] === 'string' && typeof found['version'] === 'string';
}

function isIncident(value: unknown): boolean {
  const found = value as Partial<RecordedIncident> | null | undefined;
  return (
    typeof found === 'object' &&
    found !== null &&
    (found.since === null || isTime(found.since)) &&
    typeof found.sinceSlackMs === 'number' &&
    Array.isArray(found.changes) &&
    found.changes.every(isChange) &&
    typeof found.symptoms === 'object' &&
    found.symptoms !== null
  );
}

function isChange(value: unknown): boolean {
  const found = value as Readonly<Record<string, unknown>> | null;
  return typeof found?.['what'] === 'string' && isTime(found['at']);
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isObservation(value: unknown): boolean {
  const found = value as Readonly<Record<string, unknown>> | null;
  if (typeof found !== 'object' || found === null || typeof found['probe'] !== 'string') return false;
  if (found['status'] === 'ran') return 'seen' in found && typeof found['durationMs'] === 'number';
  if (found['status'] === 'skipped')
    return typeof found['reason'] === 'string' && typeof found['enable'] === 'string';
  return found['status'] === 'failed' && typeof found['reason'] === 'string';
}
