import { mergeLayers } from '../../src/config/config.ts';
import { Address } from '../../src/config/secret.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import { run } from '../../src/diagnose/run.ts';
import { openDoors } from '../../src/io/doors.ts';
import { ntpDoor } from '../../src/io/ntp.ts';
import { createVault } from '../../src/io/vault.ts';
import type { Finding, Report } from '../../src/model.ts';
import { type Correction, correctionOf } from '../../src/probes/clock/judge.ts';
import type { ClockSeen } from '../../src/probes/clock/index.ts';

export interface ClockRun {
  readonly report: Report;
  readonly seen: ClockSeen;
  readonly correction: Correction;
  /** Without the probe's name. */
  readonly slugs: readonly string[];
  /** Throws when it was not said. */
  finding(slug: string): Finding;
  verdict(cause: string): string | undefined;
}

export interface ClockRunOptions {
  readonly servers?: readonly { readonly host: string; readonly port: number }[];
  readonly hosts?: readonly string[];
  /** ms */
  readonly leeway?: number;
  /** `chronyc` and its arguments; none is asked by default, whatever runs on the machine. */
  readonly chronyc?: readonly string[];
}

/** Runs the clock probe alone, through the real runner and the real doors, and ranks what it found. */
export async function runClock(options: ClockRunOptions): Promise<ClockRun> {
  const config = mergeLayers([
    {
      clock: {
        servers: (options.servers ?? []).map(({ host, port }) => ({ host, port })),
        leeway: options.leeway ?? 60_000,
        hosts: (options.hosts ?? []).map((url) => new Address(url)),
      },
    },
  ]);
  const doors = {
    ...openDoors(),
    ntp: ntpDoor(options.chronyc ?? ['chronyc', '-h', '/nowhere/chronyd.sock']),
  };
  const evidence = await run({
    config,
    doors,
    vault: createVault(),
    tool: { name: 'sessdoctor', version: 'test' },
    only: ['clock'],
    interrupted: new AbortController().signal,
  });
  const report = reportOf(evidence);
  const observed = evidence.observations.find((one) => one.probe === 'clock');
  const outcome = report.probes.find((one) => one.probe === 'clock');
  if (observed?.status !== 'ran' || outcome?.status !== 'ran')
    throw new Error(`the clock probe did not run: ${JSON.stringify(outcome)}`);
  const seen = observed.seen as ClockSeen;
  return {
    report,
    seen,
    correction: correctionOf(seen),
    slugs: outcome.findings.map((finding) => finding.code.replace('clock/', '')),
    finding(slug) {
      const found = outcome.findings.find((finding) => finding.code === `clock/${slug}`);
      if (!found) throw new Error(`clock/${slug} was not said`);
      return found;
    },
    verdict: (cause) => report.causes.find((one) => one.id === cause)?.verdict,
  };
}
