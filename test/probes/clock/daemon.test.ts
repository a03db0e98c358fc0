import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Chronyd, startChronyd, threeGood } from '../../support/chronyd.ts';
import { runClock } from '../../support/clock-run.ts';
import { startHttpClock } from '../../support/http-clock.ts';
import { shifted } from '../../support/ntp-relay.ts';

const HOUR = 3_600_000;
const blamed = ['confirmed', 'likely', 'possible'];

const good = threeGood();

describe('the local daemon', () => {
  async function follower(...servers: readonly Chronyd[]): Promise<Chronyd> {
    const lines = servers.map(({ host, port }) => `server ${host} port ${port} iburst minpoll 0 maxpoll 0`);
    const daemon = await startChronyd({ lines });
    for (let tries = 0; tries < 100; tries++) {
      const { seen } = await runClock({ chronyc: ['chronyc', '-h', daemon.socket] });
      const { tracking } = seen;
      if (tracking.status === 'synchronised' && tracking.sources === servers.length) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return daemon;
  }

  it('is believed where no server answers', async () => {
    const daemon = await follower(good[0]!);
    const run = await runClock({
      servers: [{ host: '127.0.0.1', port: 1 }],
      chronyc: ['chronyc', '-h', daemon.socket],
    });
    await daemon.stop();
    expect(run.slugs).toEqual(['no-answer', 'daemon-synchronised']);
    expect(run.correction.uncertaintyMs).toBeLessThan(1000);
  });

  it('outweighs one server, and is outweighed by three', async () => {
    const daemon = await follower(good[0]!);
    const chronyc = ['chronyc', '-h', daemon.socket];
    const { relays, stop } = await shifted(
      good.map(({ port }) => port),
      HOUR,
      HOUR,
      HOUR,
    );
    const one = await runClock({ servers: relays.slice(0, 1), chronyc });
    const three = await runClock({ servers: relays, chronyc });
    stop();
    await daemon.stop();
    expect(one.slugs).toEqual(['servers-contradict-daemon', 'daemon-synchronised']);
    expect(blamed).not.toContain(one.verdict('clock-skew'));
    expect(three.slugs).toEqual(['local-wrong', 'daemon-misled']);
    expect(Math.abs(three.correction.offsetMs - HOUR)).toBeLessThanOrEqual(three.correction.uncertaintyMs);
  });

  it('convicts nobody by a sole server that is wrong, nor the instances that are right', async () => {
    const bad = await startChronyd({ off: '+1h' });
    const daemon = await follower(bad);
    const instance = await startHttpClock();
    const run = await runClock({
      chronyc: ['chronyc', '-h', daemon.socket],
      hosts: [instance.url],
    });
    await Promise.all([instance.stop(), daemon.stop(), bad.stop()]);
    expect(run.slugs).toEqual(['not-asked', 'daemon-suspect']);
    expect(run.finding('daemon-suspect').detail).toContain('it follows that one source alone');
    expect(run.verdict('clock-skew')).toBe('possible');
    expect(run.report.status).toBe('inconclusive');
    expect(run.correction.offsetMs).toBe(0);
    expect(run.correction.uncertaintyMs).toBeGreaterThanOrEqual(HOUR);
  });

  it('is believed about a clock that is off when three servers of its own agree', async () => {
    const bad = await Promise.all(
      ['127.0.0.2', '127.0.0.3', '127.0.0.4'].map((host) => startChronyd({ off: '-2h', host })),
    );
    const daemon = await follower(...bad);
    const run = await runClock({ chronyc: ['chronyc', '-h', daemon.socket] });
    await Promise.all([daemon, ...bad].map((one) => one.stop()));
    expect(run.slugs).toEqual(['not-asked', 'daemon-off']);
    expect(run.finding('daemon-off').detail).toMatch(/2h.* ahead .*, by 3 sources that agree/);
    expect(run.verdict('clock-skew')).toBe('likely');
    expect(Math.abs(run.correction.offsetMs + 2 * HOUR)).toBeLessThanOrEqual(run.correction.uncertaintyMs);
  });

  it('that has one right and one wrong source believes neither', async () => {
    const bad = await startChronyd({ off: '+1h', host: '127.0.0.2' });
    const lines = [good[0]!, bad].map(
      ({ host, port }) => `server ${host} port ${port} iburst minpoll 0 maxpoll 0`,
    );
    const daemon = await startChronyd({ lines });
    await sleep(3000);
    const run = await runClock({ chronyc: ['chronyc', '-h', daemon.socket] });
    await Promise.all([daemon, bad].map((one) => one.stop()));
    expect(run.slugs).toEqual(['not-asked', 'daemon-unsynchronised']);
    expect(run.finding('daemon-unsynchronised').detail).toBe('chronyd says: Not synchronised');
    expect(blamed).not.toContain(run.verdict('clock-skew'));
  });

  it('that follows nobody is a weakness, not a cause', async () => {
    const run = await runClock({ servers: good, chronyc: ['chronyc', '-h', good[0]!.socket] });
    expect(run.slugs).toEqual(['in-sync', 'daemon-unsynchronised']);
    expect(run.report.status).toBe('clear');
    expect(run.report.weaknesses.map((one) => one.code)).toEqual(['clock/daemon-unsynchronised']);
  });
});
