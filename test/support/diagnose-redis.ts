import { mergeLayers } from '../../src/config/config.ts';
import { unreadable } from '../../src/config/references.ts';
import { layerSchema } from '../../src/config/schema.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import { run } from '../../src/diagnose/run.ts';
import { openDoors } from '../../src/io/doors.ts';
import { createVault } from '../../src/io/vault.ts';
import type { Finding, RankedCause, Report } from '../../src/model.ts';

/** One run of the redis probe through the real door, ranked. */
export interface RedisDiagnosis {
  readonly report: Report;
  /** The ranked cause of that id. */
  cause(id: string): RankedCause;
  /** Everything the redis probe found, by slug. */
  readonly findings: ReadonlyMap<string, Finding>;
  /** Verdicts at possible or above, first to last: `store-flushed confirmed`. */
  readonly verdicts: readonly string[];
  /** The observation, as it would be saved. */
  readonly saved: string;
}

/** Runs `sessdoctor diagnose` in process with this `redis` section; `incident` as in sessdoctor.yaml. */
export async function diagnoseRedis(
  redis: Record<string, unknown>,
  incident: Record<string, unknown> = {},
): Promise<RedisDiagnosis> {
  const vault = createVault();
  const layer = layerSchema({
    base: process.cwd(),
    env: process.env,
    learn: (secret) => vault.learn(secret),
    stdin: () => Buffer.alloc(0),
    unreadable,
  }).parse({ redis, incident, clock: { servers: 'none' } });
  const evidence = await run({
    config: mergeLayers([layer]),
    doors: openDoors(),
    vault,
    tool: { name: 'sessdoctor', version: '0.0.0' },
    only: ['redis'],
    interrupted: new AbortController().signal,
  });
  const report = reportOf(evidence);
  const outcome = report.probes.find((probe) => probe.probe === 'redis');
  if (outcome?.status !== 'ran') throw new Error(`redis did not run: ${JSON.stringify(outcome)}`);
  return {
    report,
    findings: new Map(outcome.findings.map((finding) => [finding.code.slice('redis/'.length), finding])),
    cause(id) {
      const found = report.causes.find((cause) => cause.id === id);
      if (!found) throw new Error(`no cause ${id}`);
      return found;
    },
    verdicts: report.causes
      .filter((cause) => ['confirmed', 'likely', 'possible'].includes(cause.verdict))
      .map((cause) => `${cause.id} ${cause.verdict}`),
    saved: JSON.stringify(evidence),
  };
}
