import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeLayers } from '../../src/config/config.ts';
import { loadConfig, prepareYaml } from '../../src/config/load.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import { run } from '../../src/diagnose/run.ts';
import { openDoors } from '../../src/io/doors.ts';
import { createVault } from '../../src/io/vault.ts';
import type { Finding, Report } from '../../src/model.ts';

export interface CookiesRun {
  readonly report: Report;
  readonly findings: readonly Finding[];
  readonly slugs: readonly string[];
  /** Everything that would be saved or printed. */
  readonly text: string;
  /** The verdict of a cause. */
  verdict(cause: string): string | undefined;
}

/** Runs the `cookies` probe alone, through the real doors, on files made of these texts or on URLs. */
export async function runCookies(
  before: string | undefined,
  after: string | undefined,
  flags: Readonly<Record<string, readonly string[]>> = {},
): Promise<CookiesRun> {
  const folder = mkdtempSync(join(tmpdir(), 'cookies-'));
  try {
    const given = (name: string, text: string | undefined) => {
      if (text === undefined) return {};
      if (/^https?:\/\//.test(text)) return { [name]: [text] };
      writeFileSync(join(folder, name), text);
      return { [name]: [join(folder, name)] };
    };
    const vault = createVault();
    await prepareYaml();
    const { config } = loadConfig({
      flags: { ...given('before', before), ...given('after', after), ...flags, ntp: ['none'] },
      env: {},
      cwd: folder,
      learn: (secret) => vault.learn(secret),
    });
    const evidence = await run({
      config: { ...mergeLayers([]), ...config },
      doors: openDoors(),
      vault,
      tool: { name: 'sessdoctor', version: '0' },
      only: ['cookies'],
      interrupted: new AbortController().signal,
    });
    const report = reportOf(evidence);
    const outcome = report.probes.find(({ probe }) => probe === 'cookies');
    if (outcome?.status !== 'ran') throw new Error(`the probe did not run: ${JSON.stringify(outcome)}`);
    return {
      report,
      findings: outcome.findings,
      slugs: outcome.findings.map(({ code }) => code.replace('cookies/', '')),
      text: JSON.stringify([evidence, report]),
      verdict: (cause) => report.causes.find(({ id }) => id === cause)?.verdict,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One response as `curl -i` prints it. */
export function curlI(...setCookies: readonly string[]): string {
  return [
    'HTTP/1.1 200 OK',
    'Date: Sat, 21 Nov 2026 08:00:00 GMT',
    ...setCookies.map((line) => `Set-Cookie: ${line}`),
    '',
    '',
  ].join('\r\n');
}
