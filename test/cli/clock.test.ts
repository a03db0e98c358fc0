import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model.ts';
import { runBin } from '../support/bin.ts';
import { type Chronyd, startChronyd, startChronyds } from '../support/chronyd.ts';

let good: readonly Chronyd[] = [];
beforeAll(async () => {
  good = await startChronyds(undefined, undefined, undefined);
});
afterAll(async () => {
  await Promise.all(good.map((server) => server.stop()));
});

const flags = (servers: readonly Chronyd[]) => [
  'diagnose',
  '--only',
  'clock',
  '--format',
  'json',
  '--ntp',
  ...servers.map((server) => `127.0.0.1:${server.port}`),
];

async function diagnose(servers: readonly Chronyd[], off?: string) {
  const run = await runBin(flags(servers), off === undefined ? {} : { under: ['faketime', '-f', off] });
  return { ...run, report: JSON.parse(run.stdout) as Report };
}

const clockSkew = (report: Report) => report.causes.find((cause) => cause.id === 'clock-skew');

describe('diagnose, as a whole process', () => {
  it.each([
    ['+1h', /clock is 60m \(\d+\.\d{3} s\) ahead/],
    ['-1h', /clock is 60m \(\d+\.\d{3} s\) behind/],
    ['+400d', /clock is 400d \(\d+\.\d{3} s\) ahead/],
  ])('under faketime %s names the clock, and corrects the time of its own report', async (off, words) => {
    const { report, exitCode, stderr } = await diagnose(good, off);
    expect({ exitCode, status: report.status }).toEqual({ exitCode: 1, status: 'diagnosed' });
    expect(report.causes[0]?.id).toBe('clock-skew');
    expect(report.causes[0]?.for[0]?.detail).toMatch(words);
    expect(Math.abs(Date.parse(report.startedAt) - Date.now())).toBeLessThan(60_000);
    expect(stderr).not.toMatch(/Error|at .*\.js:/);
  });

  it('is clear with the right time, and when one of three servers is wrong', async () => {
    const wrong = await startChronyd({ off: '+1h' });
    const [healthy, outvoted] = await Promise.all([diagnose(good), diagnose([good[0]!, good[1]!, wrong])]);
    await wrong.stop();
    for (const { report, exitCode } of [healthy, outvoted]) {
      expect({ exitCode, status: report.status }).toEqual({ exitCode: 0, status: 'clear' });
      expect(clockSkew(report)?.verdict).toBe('unlikely');
    }
  });

  it('suspects the clock, and does not fail the run, by one server alone', async () => {
    const wrong = await startChronyd({ off: '+1h' });
    const { report, exitCode } = await diagnose([wrong]);
    await wrong.stop();
    expect({ exitCode, status: report.status }).toEqual({ exitCode: 0, status: 'inconclusive' });
    expect(clockSkew(report)?.verdict).toBe('possible');
  });
});
