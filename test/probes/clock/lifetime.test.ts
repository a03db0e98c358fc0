import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Layer } from '../../../src/config/schema.ts';
import type { Correction } from '../../../src/probes/clock/judge.ts';
import { type Chronyd, startChronyds } from '../../support/chronyd.ts';
import { type ClockRun, runClock } from '../../support/clock-run.ts';
import { startHaproxy, startNginx } from '../../support/edges.ts';
import { startSessionClock } from '../../support/http-clock.ts';

const HOUR = 3_600_000;
const blamed = ['confirmed', 'likely'];

let good: readonly Chronyd[] = [];
beforeAll(async () => {
  good = await startChronyds(undefined, undefined, undefined);
});
afterAll(async () => {
  await Promise.all(good.map((server) => server.stop()));
});

const lives = (lifetime: number): Layer => ({ credentials: { expect: { lifetime } } });

/** Real express-session apps, each off by its own, behind one nginx, which writes its own Date. */
async function behindNginx(
  offs: readonly (string | undefined)[],
  ask: (proxy: string, apps: readonly string[]) => Promise<readonly ClockRun[]>,
): Promise<readonly ClockRun[]> {
  const apps = await Promise.all(offs.map((off) => startSessionClock(off)));
  const proxy = await startNginx(apps.map(({ port }) => port));
  try {
    return await ask(
      `${proxy.url}/`,
      apps.map(({ url }) => url),
    );
  } finally {
    await Promise.all([proxy.stop(), ...apps.map((app) => app.stop())]);
  }
}

function off(run: ClockRun, slug: string, truth: number): void {
  const { offsetMs, uncertaintyMs } = run.finding(slug).data as unknown as Correction;
  expect(Math.abs(offsetMs - truth)).toBeLessThanOrEqual(uncertaintyMs);
  expect(uncertaintyMs).toBeLessThan(1600);
}

describe('a session cookie’s Expires against the configured lifetime, behind an nginx that writes its own Date', () => {
  it.each([
    ['+1224', 1_224_000, /Expires 80m 2\ds after .*either the app’s clock is about 20m 2\ds ahead,/],
    ['-1224', -1_224_000, /Expires 39m 3\ds after .*either the app’s clock is about 20m 2\ds behind,/],
    ['-7229', -7_229_000, /Expires 60m 29s before .*either the app’s clock is about 2h.* behind,/],
    ['-400d', -400 * 24 * HOUR, /either the app’s clock is about 400d behind,/],
  ])(
    'an app that is %s s off may be off, and is only if something else says so',
    async (by, truth, words) => {
      const [named, unnamed, direct, silent] = await behindNginx([by], (proxy, [app]) =>
        Promise.all([
          runClock({
            servers: good,
            hosts: [proxy],
            more: { ...lives(HOUR), cookies: { names: ['connect.sid'] } },
          }),
          runClock({ hosts: [proxy], more: { redis: { ttl: HOUR } } }),
          runClock({ servers: good, hosts: [proxy, `${app}plain`], more: lives(HOUR) }),
          runClock({ servers: good, hosts: [proxy] }),
        ]),
      );
      expect(named!.slugs.filter((slug) => slug !== 'host-cookie-born-expired')).toEqual([
        'in-sync',
        'host-in-sync',
        'host-app-clock-suspect',
      ]);
      off(named!, 'host-app-clock-suspect', truth);
      const { detail } = named!.finding('host-app-clock-suspect');
      expect(detail).toMatch(words);
      expect(detail).toMatch(/configured is a lifetime of 60m: .*, or it gives that cookie another lifetime/);
      expect(named!.verdict('clock-skew')).toBe('possible');
      expect(JSON.stringify(named)).not.toContain('canary-session-secret');
      // Without an agreed time it is measured from the proxy's Date.
      off(unnamed!, 'host-app-clock-suspect', truth);
      expect(unnamed!.finding('host-app-clock-suspect').detail).toContain(' by the Date beside it, or ');
      expect(blamed).not.toContain(unnamed!.verdict('clock-skew'));
      // The app itself, asked past the proxy, is off by as much.
      expect(direct!.slugs).toEqual(expect.arrayContaining(['host-wrong', 'host-app-clock-agrees']));
      expect(direct!.slugs).not.toContain('host-app-clock-suspect');
      off(direct!, 'host-app-clock-agrees', truth);
      expect(direct!.verdict('clock-skew')).toBe('confirmed');
      // Nobody said how long it lives.
      expect(silent!.slugs.join(' ')).not.toContain('host-app-clock');
    },
  );

  it('an app that is right says nothing, by one of two lifetimes neither', async () => {
    const runs = await behindNginx([undefined], (proxy) =>
      Promise.all(
        [
          lives(HOUR),
          { ...lives(900_000), redis: { ttl: HOUR } },
          { ...lives(900_000), cookies: { names: ['another'] } },
        ].map((more) => runClock({ servers: good, hosts: [proxy], more })),
      ),
    );
    for (const run of runs) expect(run.slugs).toEqual(['in-sync', 'host-in-sync', 'all-in-sync']);
  });

  it('an app that is right, with a wrong lifetime in the config, is not convicted', async () => {
    const [shorter, odd, both] = await behindNginx([undefined], (proxy) =>
      Promise.all([
        runClock({ servers: good, hosts: [proxy], more: lives(900_000) }),
        runClock({ servers: good, hosts: [proxy], more: lives(5_025_000) }),
        runClock({ servers: good, hosts: [proxy], more: { ...lives(900_000), redis: { ttl: 24 * HOUR } } }),
      ]),
    );
    expect(shorter!.slugs).toEqual(['in-sync', 'host-in-sync', 'host-cookie-lifetime-differs']);
    expect(shorter!.verdict('clock-skew')).toBe('unlikely');
    expect(odd!.slugs).toEqual(['in-sync', 'host-in-sync', 'host-app-clock-suspect']);
    expect(odd!.verdict('clock-skew')).toBe('possible');
    expect(both!.finding('host-cookie-lifetime-differs').detail).toMatch(
      /Expires 60m after the answer that sets it; configured are lifetimes of 15m and 24h: either the app’s clock is about 45m ahead/,
    );
    for (const run of [shorter!, odd!, both!]) expect(blamed).not.toContain(run.verdict('lifetime-wrong'));
  });

  it('of two apps behind one name, the one that is off is seen', async () => {
    for (const by of ['+1224', '-1224']) {
      const [run] = await behindNginx([undefined, by], async (proxy) => [
        await runClock({ servers: good, hosts: [proxy], more: lives(HOUR) }),
      ]);
      expect(run!.slugs).toEqual(['in-sync', 'host-in-sync', 'host-app-clock-suspect']);
      off(run!, 'host-app-clock-suspect', Number(by) * 1000);
    }
  });

  it('an app whose own Date is off by as much lives by the configured lifetime', async () => {
    const app = await startSessionClock('-1224');
    const balancer = await startHaproxy([app.port]);
    const run = await runClock({ servers: good, hosts: [`${balancer.url}/`], more: lives(HOUR) });
    await Promise.all([balancer.stop(), app.stop()]);
    expect(run.slugs).toEqual(['in-sync', 'host-wrong']);
  });
});
