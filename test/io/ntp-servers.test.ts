import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type NtpSeen, ntpDoor } from '../../src/io/ntp.ts';
import { startChronyd } from '../support/chronyd.ts';
import { keeper } from '../support/keep.ts';

const DAY = 86_400_000;
const never = new AbortController().signal;
const keep = keeper();
type Answered = Extract<NtpSeen, { status: 'answered' }>;
const ask = ({ host, port }: { readonly host: string; readonly port: number }) =>
  ntpDoor().query(host, port, never);

describe('a real chronyd', () => {
  it.each(['+3500d', '-7300d'])(
    'that is %s away, in another era of NTP or another decade, is read right',
    async (off) => {
      const seen = (await ask(keep(await startChronyd({ off })))) as Answered;
      expect(Math.abs(seen.offsetMs - Number.parseInt(off, 10) * DAY)).toBeLessThanOrEqual(seen.boundMs + 1);
    },
  );

  it('that answers late because it was held up is not thought slow, nor off', async () => {
    const server = keep(await startChronyd());
    server.signal('SIGSTOP');
    const asked = ask(server);
    await sleep(700);
    server.signal('SIGCONT');
    const seen = (await asked) as Answered;
    expect(Math.abs(seen.offsetMs)).toBeLessThanOrEqual(seen.boundMs + 1);
    expect(seen.boundMs).toBeLessThan(200);
  });

  it('whose two times in one reply do not fit together is not taken at its word', async () => {
    // The kernel stamps the arrival with the right time, chronyd the departure with its own.
    const seen = (await ask(keep(await startChronyd({ off: '+0.5' })))) as Answered;
    expect(Math.abs(seen.offsetMs - 500)).toBeLessThanOrEqual(seen.boundMs + 1);
  });

  it('that lost its source grows unsure, and is no longer listened to', async () => {
    const source = await startChronyd();
    const line = `server ${source.host} port ${source.port} iburst minpoll 0 maxpoll 0`;
    const server = keep(await startChronyd({ lines: [line, 'maxclockerror 1000000'] }));
    const bounds: number[] = [];
    for (let tries = 0; tries < 60; tries++) {
      const seen = await ask(server);
      if (seen.status === 'answered') {
        bounds.push(seen.boundMs);
        await source.stop();
      }
      if (seen.status === 'invalid') break;
      await sleep(100);
    }
    expect(bounds.length).toBeGreaterThan(0);
    expect(Math.max(...bounds)).toBeGreaterThan(Math.min(...bounds) + 500);
    expect(await ask(server)).toMatchObject({
      status: 'invalid',
      detail: expect.stringMatching(/^it is itself unsure by [3-9]\.\d s$/) as string,
    });
  });

  it('that limits the rate answers a few and then nothing: fewer samples, then silence', async () => {
    const lines = ['local stratum 8', 'ratelimit interval 12 burst 2 leak 4'];
    const server = keep(await startChronyd({ lines }));
    const seen: NtpSeen[] = [];
    // It lets one request of sixteen through, by chance.
    for (let tries = 0; tries < 8 && seen.at(-1)?.status !== 'timeout'; tries++) seen.push(await ask(server));
    expect(seen.at(-1)).toMatchObject({ status: 'timeout', detail: 'no answer in 2 s' });
    for (const one of seen) expect(one.status === 'answered' ? one.samples : 0).toBeLessThan(4);
  });

  it('that is off is off by as much for chronyd’s own one-shot query', async () => {
    const query = promisify(execFile);
    const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
    await Promise.all(
      ['+1h', '-2d'].map(async (off) => {
        const server = keep(await startChronyd({ off }));
        const line = `server ${server.host} port ${server.port} iburst maxsamples 2`;
        const [seen, { stdout, stderr }] = await Promise.all([
          ask(server),
          query('chronyd', ['-Q', '-f', '/dev/null', '-t', '6', line], { env }),
        ]);
        const [, wrong] = /System clock wrong by (-?[\d.]+) seconds/.exec(`${stdout}${stderr}`) ?? [];
        expect(Math.abs(Number(wrong) * 1000 - (seen as Answered).offsetMs)).toBeLessThan(500);
      }),
    );
  });
});
