import { readFileSync } from 'node:fs';
import { type Evidence, readEvidence } from '../../src/diagnose/evidence.ts';

const folder = new URL('../../fixtures/incidents/', import.meta.url);

/** The index of recorded incidents. */
export function incidents(): readonly { readonly name: string; readonly causes: readonly string[] }[] {
  return JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as ReturnType<typeof incidents>;
}

/** The evidence of one. */
export function evidenceOf(name: string): Evidence {
  return readEvidence(readFileSync(new URL(`${name}.json`, folder), 'utf8'), name);
}

/** The same evidence as if one probe had not been asked. */
export function without(evidence: Evidence, probe: string): Evidence {
  return {
    ...evidence,
    incident: probe === 'symptoms' ? { ...evidence.incident, symptoms: {} } : evidence.incident,
    observations: evidence.observations.map((observation) =>
      observation.probe === probe
        ? { probe, status: 'skipped', reason: 'dropped', enable: `--only ${probe}` }
        : observation,
    ),
  };
}
