/**
 * Observations → outcomes: every probe's pure half, run over an evidence file in sequence.
 *
 * @module
 */
import type { Fact, Finding, FindingDoc, Json, Outcome } from '../model.ts';
import { probes } from '../probes/index.ts';
import type { AnyProbe, Scene } from '../probes/probe.ts';
import { changesOf, type Evidence, type Observation } from './evidence.ts';

/** No run needs more; a probe that says more has met something hostile. */
const MOST_FINDINGS = 500;

/** Every outcome of an evidence file, in the order of its observations. */
export function examineAll(evidence: Evidence): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const observation of observationsOf(evidence))
    outcomes.push(examineOne(observation, evidence, outcomes));
  return outcomes;
}

/** One outcome, given those before it. A probe that throws here has a bug: that is `failed`, not a crash. */
export function examineOne(
  observation: Observation,
  evidence: Evidence,
  earlier: readonly Outcome[],
): Outcome {
  if (observation.status !== 'ran') return observation;
  const probe: AnyProbe | undefined = probes.find((candidate) => candidate.id === observation.probe);
  const { durationMs } = observation;
  const failed = (reason: string): Outcome => ({
    probe: observation.probe,
    status: 'failed',
    durationMs,
    reason,
  });
  if (!probe) return failed('the evidence holds a probe that this version does not know');
  try {
    const findings: Finding[] = [];
    for (const fact of probe.examine(observation.seen, sceneOf(evidence, earlier))) {
      findings.push(toFinding(probe, fact));
      if (findings.length >= MOST_FINDINGS) break;
    }
    return { probe: probe.id, status: 'ran', durationMs, findings };
  } catch (error) {
    return failed(
      `its observation could not be examined: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Symptoms need no I/O, so those given anew take their place although the file's run had none. */
function observationsOf(evidence: Evidence): readonly Observation[] {
  const told = Object.values(evidence.incident.symptoms).some((value) => value !== undefined);
  return evidence.observations.map((observation) =>
    observation.probe === 'symptoms' && observation.status === 'skipped' && told
      ? { probe: 'symptoms', status: 'ran', durationMs: 0, seen: {} }
      : observation,
  );
}

function sceneOf(evidence: Evidence, earlier: readonly Outcome[]): Scene {
  const { incident } = evidence;
  return {
    now: Date.parse(evidence.startedAt),
    uncertaintyMs: evidence.uncertaintyMs ?? Number.POSITIVE_INFINITY,
    since: incident.since === null ? null : Date.parse(incident.since),
    changes: changesOf(incident),
    symptoms: incident.symptoms,
    settings: evidence.settings,
    findings: earlier.flatMap((outcome) => (outcome.status === 'ran' ? outcome.findings : [])),
    seen: seenIn(evidence),
  };
}

/** The typed look-back: an observation is of its probe's type because the runner stored it under its id. */
function seenIn(evidence: Evidence): Scene['seen'] {
  return ((probe: { readonly id: string }): Json | undefined => {
    const found = evidence.observations.find((candidate) => candidate.probe === probe.id);
    return found?.status === 'ran' ? found.seen : undefined;
  }) as Scene['seen'];
}

function toFinding(probe: AnyProbe, fact: Fact): Finding {
  const doc: FindingDoc | undefined = probe.findings[fact.slug];
  if (!doc) throw new Error(`${probe.id} says ${fact.slug}, which its catalogue does not hold`);
  const subject = textOf(fact.subject);
  const fix = textOf(fact.fix) ?? doc.fix;
  return {
    code: `${probe.id}/${fact.slug}`,
    level: doc.level,
    title: doc.title,
    detail: textOf(fact.detail) ?? 'the observation does not say more',
    ...(subject !== undefined && { subject }),
    ...(fact.at !== undefined && Number.isFinite(fact.at) && { at: isoOf(fact.at) }),
    ...(fact.data !== undefined && { data: fact.data }),
    ...(fix !== undefined && { fix }),
    ...(doc.blind && { blind: true as const }),
  };
}

/** Words handed on from a damaged evidence file can be anything. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Hostile servers date things in the year 300,000; four-digit years end before. */
function isoOf(at: number): string {
  return new Date(Math.min(Math.max(at, -62_135_596_800_000), 253_402_300_799_000)).toISOString();
}
