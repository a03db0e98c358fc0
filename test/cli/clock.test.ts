import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model.ts';
import { runBin } from '../support/bin.ts';
import { type Chronyd, startChronyd, threeGood } from '../support/chronyd.ts';

const good = threeGood();

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

/** What the clock probe said, as codes and details. */
function told(report: Report) {
  const outcome = report.probes.find(({ probe }) => probe === 'clock');
  const findings = outcome?.status === 'ran' ? outcome.findings : [];
  return findings.map(({ code, detail, data }) => ({ code, detail, data }));
}

describe('diagnose, as a whole process', () => {
  it.each([0.005, 1.4, 90, 400 * 86_400])(
    '%d s ahead and behind: the truth lies in the bounds that are told, and they are narrow',
    async (seconds) => {
      const sides = [seconds, -seconds];
      const runs = await Promise.all(
        sides.map((off) => diagnose(good, `${off < 0 ? '-' : '+'}${Math.abs(off)}`)),
      );
      for (const [index, { report, exitCode }] of runs.entries()) {
        const off = sides[index]!;
        const [own, ...others] = told(report);
        const expected =
          seconds > 60
            ? 'clock/local-wrong'
            : seconds > 1
              ? 'clock/local-off-within-leeway'
              : 'clock/in-sync';
        expect([own?.code, others]).toEqual([expected, []]);
        const { offsetMs, uncertaintyMs } = own!.data as { offsetMs: number; uncertaintyMs: number };
        expect(Math.abs(offsetMs + off * 1000)).toBeLessThanOrEqual(uncertaintyMs);
        expect(uncertaintyMs).toBeLessThan(100);
        if (seconds > 1) expect(own?.detail).toContain(off > 0 ? ' ahead (± ' : ' behind (± ');
        expect(exitCode).toBe(seconds > 60 ? 1 : 0);
        expect(Math.abs(Date.parse(report.startedAt) - Date.now())).toBeLessThan(60_000);
      }
    },
  );

  it('says how it failed to reach a server: no way there, no answer, no name', async () => {
    // A network of its own: packets to one address vanish, and there is no way to anywhere else.
    const network = 'ip link set lo up; ip route add 192.0.2.0/24 dev lo';
    const alone = process.getuid?.() === 0 ? '-n' : '-rn';
    const { stdout, exitCode } = await runBin(
      [
        'diagnose',
        '--only',
        'clock',
        '--format',
        'json',
        '--ntp',
        '192.0.2.9',
        '198.51.100.9',
        'ntp.invalid',
      ],
      { under: ['unshare', alone, 'sh', '-c', `PATH=$PATH:/sbin:/usr/sbin; ${network}; exec "$0" "$@"`] },
    );
    const report = JSON.parse(stdout) as Report;
    expect(told(report)).toEqual([
      {
        code: 'clock/no-answer',
        detail: expect.stringMatching(
          /^from this host, 192\.0\.2\.9: timeout \(no answer in 2 s\), 198\.51\.100\.9: error \(ENETUNREACH\) and ntp\.invalid: dns \((?:ENOTFOUND|EAI_AGAIN)\)$/,
        ) as string,
      },
    ]);
    expect({ exitCode, verdict: clockSkew(report)?.verdict }).toEqual({ exitCode: 3, verdict: 'untested' });
  });

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
