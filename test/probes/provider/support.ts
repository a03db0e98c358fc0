import { createServer, type RequestListener } from 'node:http';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, prepareYaml } from '../../../src/config/load.ts';
import type { Evidence } from '../../../src/diagnose/evidence.ts';
import { reportOf } from '../../../src/diagnose/report.ts';
import { run } from '../../../src/diagnose/run.ts';
import { openDoors } from '../../../src/io/doors.ts';
import { httpDoor, type HttpDoorOptions } from '../../../src/io/http.ts';
import { createVault } from '../../../src/io/vault.ts';
import type { Scene } from '../../../src/probes/probe.ts';
import type { Finding, RankedCause, Report } from '../../../src/model.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-provider-'));
let files = 0;

/** A file in the tests' own folder. */
export function file(text: string): string {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, text);
  return path;
}

/** New year's day by a clock that nobody checked. */
export const scene: Scene = {
  now: Date.parse('2026-01-01T00:00:00Z'),
  uncertaintyMs: Number.POSITIVE_INFINITY,
  since: null,
  changes: [],
  symptoms: {},
  settings: { leewayMs: 60_000, expect: { issuer: 'https://idp.test' } },
  findings: [],
  seen: () => undefined,
};

export interface Run {
  readonly report: Report;
  readonly evidence: Evidence;
  readonly codes: readonly string[];
  finding(code: string): Finding | undefined;
  cause(id: string): RankedCause;
}

/** A whole run by the real runner with the real doors: what the command line would give. */
export async function diagnose(told: object, http: HttpDoorOptions = {}): Promise<Run> {
  await prepareYaml();
  const vault = createVault();
  const { config } = loadConfig({
    flags: { config: file(JSON.stringify({ clock: { servers: 'none' }, ...told })) },
    env: {},
    cwd: folder,
    learn: (secret) => vault.learn(secret),
  });
  const evidence = await run({
    config,
    doors: { ...openDoors(), http: httpDoor({ env: {}, ...http }) },
    vault,
    tool: { name: 'sessdoctor', version: '0.0.0' },
    interrupted: new AbortController().signal,
  });
  return resultOf(evidence);
}

/** The same evidence, examined with a changed part of it. */
export function again(evidence: Evidence, changed: Partial<Evidence>): Run {
  return resultOf({ ...evidence, ...changed });
}

function resultOf(evidence: Evidence): Run {
  const report = reportOf(evidence);
  const findings = report.probes.flatMap((outcome) => (outcome.status === 'ran' ? outcome.findings : []));
  return {
    report,
    evidence,
    codes: findings.map((finding) => finding.code),
    finding: (code) => findings.find((finding) => finding.code === code),
    cause(id) {
      const found = report.causes.find((cause) => cause.id === id);
      if (!found) throw new Error(`no cause ${id}`);
      return found;
    },
  };
}

export interface Site {
  readonly port: number;
  readonly origin: string;
  close(): Promise<void>;
}

/** A plain HTTP server on loopback. */
export async function site(handler: RequestListener): Promise<Site> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
