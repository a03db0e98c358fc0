import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Finding, Report } from '../../../src/model.ts';
import { runBin } from '../../support/bin.ts';
import { keeper } from '../../support/keep.ts';
import { type Ntpd, startNtpd } from '../../support/ntpsec.ts';

const keep = keeper();
/** Without a source and without the network it serves its own clock after a second. */
const ORPHAN = 'tos orphan 5 orphanwait 1';
const NO_TIME = '3 0 INIT';
const RATE = '3 0 RATE';

/** What the built program says about the clock where this ntpd is its only time server. */
async function diagnose({ under }: Ntpd) {
  const args = ['diagnose', '--only', 'clock', '--ntp', '127.0.0.1'];
  const { stdout, exitCode } = await runBin([...args, '--format', 'json'], { under });
  const report = JSON.parse(stdout) as Report;
  const outcome = report.probes.find(({ probe }) => probe === 'clock');
  const findings: readonly Finding[] = outcome?.status === 'ran' ? outcome.findings : [];
  return {
    exitCode,
    said: findings.map(({ code, detail }) => [code, detail]),
    verdict: report.causes.find(({ id }) => id === 'clock-skew')?.verdict,
  };
}

async function synchronised(ntpd: Ntpd): Promise<void> {
  // Seldom enough not to be counted as a flood.
  for (let tries = 0; tries < 40; tries++) {
    const [reply] = await ntpd.ask(1, 100);
    if (reply === '0 5 -') return;
    await sleep(500);
  }
  throw new Error('ntpd found no time');
}

describe('a real ntpd (ntpsec)', () => {
  it('that has no time yet says so, which is no kiss-of-death and no verdict', async () => {
    const ntpd = keep(await startNtpd('restrict default'));
    expect(await ntpd.ask(1, 100)).toEqual([NO_TIME]);
    const run = await diagnose(ntpd);
    expect(run.said).toEqual([
      ['clock/no-answer', 'from this host, 127.0.0.1: unsynchronised (leap 3, stratum 0)'],
      ['clock/server-unsynchronised', '127.0.0.1: leap 3, stratum 0'],
    ]);
    expect(run.verdict).toBe('untested');
  });

  it('with `limited kod` is a witness and not annoyed by one run, says RATE to a flood and to the run after it, then falls silent', async () => {
    const ntpd = keep(await startNtpd('restrict default kod limited', ORPHAN));
    await synchronised(ntpd);
    const calm = await diagnose(ntpd);
    expect(calm.said).toEqual([
      [
        'clock/in-sync-unproven',
        expect.stringMatching(/^by 1 of 1 time server .*, this host’s clock is right to within \d+\.\d ms$/),
      ],
    ]);
    expect(await ntpd.ask(60, 10, { until: RATE, times: 6 })).toContain(RATE);
    const limited = await diagnose(ntpd);
    expect(limited.said).toEqual([
      ['clock/no-answer', 'from this host, 127.0.0.1: kiss-of-death (RATE)'],
      ['clock/server-limits', '127.0.0.1: RATE'],
    ]);
    const replies = await ntpd.ask(60, 20);
    expect(replies.length).toBeLessThan(30);
    expect(new Set(replies)).toEqual(new Set([RATE]));
    const silent = await diagnose(ntpd);
    expect(silent.said).toEqual([
      ['clock/no-answer', 'from this host, 127.0.0.1: timeout (no answer in 2 s)'],
    ]);
    expect([calm.verdict, limited.verdict, silent.verdict]).not.toContain('possible');
  });
});
