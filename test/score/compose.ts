/**
 * Evidence of incidents that were told in public: what people told, beside observations that the probes
 * made of real systems broken in the same way (fixtures/observations). The observations are analogues:
 * they are not of that incident's own systems, and symptoms and onset are chosen to fit what was told.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mergeLayers, settingsOf } from '../../src/config/config.ts';
import type { Evidence, Observation } from '../../src/diagnose/evidence.ts';
import type { Json } from '../../src/model.ts';
import { probes } from '../../src/probes/index.ts';
import { type AnyProbe, Skip } from '../../src/probes/probe.ts';
import type { Written } from './written.ts';

/** What a recorded observation holds. */
interface Recorded {
  readonly probe: string;
  readonly recordedAt: string;
  readonly seen: Json;
}

/** When evidence without an observation was told. */
const WITHOUT_OBSERVATIONS = '2026-11-21T03:20:00.000Z';

function recorded(name: string): Recorded {
  const path = fileURLToPath(new URL(`../../fixtures/observations/${name}.json`, import.meta.url));
  return JSON.parse(readFileSync(path, 'utf8')) as Recorded;
}

/** The evidence that a run would have saved: probes without an observation were not given a target. */
export function compose(written: Written): Evidence {
  const parts = written.observed.map(recorded);
  const startedAt =
    parts
      .map((part) => part.recordedAt)
      .sort()
      .at(-1) ?? WITHOUT_OBSERVATIONS;
  const now = Date.parse(startedAt);
  const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
  const config = mergeLayers([]);
  const observations = (probes as readonly AnyProbe[]).map((probe): Observation => {
    const part = parts.find((candidate) => candidate.probe === probe.id);
    if (part) return { probe: probe.id, status: 'ran', durationMs: 100, seen: part.seen };
    if (probe.id === 'symptoms' && Object.keys(written.told).length > 0)
      return { probe: probe.id, status: 'ran', durationMs: 0, seen: { ...written.told } };
    const input = probe.input(config);
    const skip = input instanceof Skip ? input : new Skip('not asked', `drop --skip ${probe.id}`);
    return { probe: probe.id, status: 'skipped', reason: skip.reason, enable: skip.enable };
  });
  return {
    schema: 'sessdoctor.evidence/1',
    tool: { name: 'sessdoctor', version: '0.1.0' },
    startedAt,
    durationMs: 1000,
    uncertaintyMs: 20,
    incident: {
      since: written.since === undefined ? null : ago(written.since),
      sinceSlackMs: written.since === undefined ? 0 : Math.max(60_000, written.since * 6000),
      changes: (written.changes ?? []).map(({ ago: minutes, what }) => ({ at: ago(minutes), what })),
      symptoms: written.told,
    },
    settings: { ...settingsOf(config), ...written.settings },
    observations,
    redactions: 0,
  };
}
