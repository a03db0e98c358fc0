import { mergeLayers } from '../../src/config/config.ts';
import type { Layer } from '../../src/config/schema.ts';
import { Address } from '../../src/config/secret.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import { run } from '../../src/diagnose/run.ts';
import { openDoors } from '../../src/io/doors.ts';
import { ntpDoor } from '../../src/io/ntp.ts';
import { createVault } from '../../src/io/vault.ts';
import type { Finding, Report } from '../../src/model.ts';
import { type Correction, correctionOf } from '../../src/probes/clock/judge.ts';
import type { ClockSeen } from '../../src/probes/clock/seen.ts';

export interface ClockRun {
  readonly report: Report;
  readonly seen: ClockSeen;
  readonly correction: Correction;
  /** What the clock probe said, without its name. */
  readonly slugs: readonly string[];
  /** By code, or by the clock probe's slug. Throws when it was not said. */
  finding(code: string): Finding;
  /** All codes of a probe. */
  codes(probe: string): readonly string[];
  verdict(cause: string): string | undefined;
}

export interface ClockRunOptions {
  readonly servers?: readonly { readonly host: string; readonly port: number }[];
  readonly hosts?: readonly string[];
  /** ms */
  readonly leeway?: number;
  /** `chronyc` and its arguments; none is asked by default, whatever runs on the machine. */
  readonly chronyc?: readonly string[];
  /** More to look at, for the table of everybody's clocks; its probes then run too. */
  readonly more?: Layer;
  readonly only?: readonly string[];
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
    options.more ?? {},
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
    only: options.only ?? ['clock'],
    interrupted: new AbortController().signal,
  });
  const report = reportOf(evidence);
  const observed = evidence.observations.find((one) => one.probe === 'clock');
  const outcome = report.probes.find((one) => one.probe === 'clock');
  if (observed?.status !== 'ran' || outcome?.status !== 'ran')
    throw new Error(`the clock probe did not run: ${JSON.stringify(outcome)}`);
  const seen = observed.seen as ClockSeen;
  const findings = report.probes.flatMap((one) => (one.status === 'ran' ? one.findings : []));
  return {
    report,
    seen,
    correction: correctionOf(seen),
    slugs: outcome.findings.map((finding) => finding.code.replace('clock/', '')),
    finding(code) {
      const wanted = code.includes('/') ? code : `clock/${code}`;
      const found = findings.find((finding) => finding.code === wanted);
      if (!found) throw new Error(`${wanted} was not said`);
      return found;
    },
    codes: (probe) => findings.map(({ code }) => code).filter((code) => code.startsWith(`${probe}/`)),
    verdict: (cause) => report.causes.find((one) => one.id === cause)?.verdict,
  };
}
