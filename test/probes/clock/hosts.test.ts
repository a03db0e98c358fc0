import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Address } from '../../../src/config/secret.ts';
import type { Correction } from '../../../src/probes/clock/judge.ts';
import { blackhole } from '../../support/blackhole.ts';
import { threeGood } from '../../support/chronyd.ts';
import { runClock } from '../../support/clock-run.ts';
import { startHaproxy, startNginx, startSquid, startVarnish } from '../../support/edges.ts';
import { startHttpClock } from '../../support/http-clock.ts';

const HOUR = 3_600_000;
const DAY = 86_400_000;
const blamed = ['confirmed', 'likely', 'possible'];

const good = threeGood();

describe('the instances’ clocks', () => {
  it.each<[string | undefined, number, string]>([
    [undefined, 0, 'host-in-sync'],
    ['-90', -90_000, 'host-wrong'],
    ['+5m', 300_000, 'host-wrong'],
    ['-1.4', -1400, 'host-off-within-leeway'],
    ['+400d', 400 * DAY, 'host-wrong'],
    ['-400d', -400 * DAY, 'host-wrong'],
  ])('a real server that is %s off is measured within its bounds', async (off, truth, slug) => {
    const host = await startHttpClock(off);
    const run = await runClock({ servers: good, hosts: [host.url] });
    await host.stop();
    expect(run.slugs.filter((said) => said !== 'all-in-sync')).toEqual(['in-sync', slug]);
    expect(run.slugs.includes('all-in-sync')).toBe(slug === 'host-in-sync');
    const { offsetMs, uncertaintyMs } = run.finding(slug).data as Correction;
    expect(Math.abs(offsetMs - truth)).toBeLessThanOrEqual(uncertaintyMs);
    expect(uncertaintyMs).toBeLessThan(250);
    expect(run.verdict('clock-skew') === 'likely').toBe(slug === 'host-wrong');
  });

  it('many at once, each off by its own, are each measured within their bounds', async () => {
    const truths = [5, 300, 1400, 30_000, 90_000, 2 * HOUR, 400 * DAY].flatMap((ms) => [ms, -ms]);
    const hosts = await Promise.all(
      truths.map((ms) => startHttpClock(`${ms < 0 ? '-' : '+'}${Math.abs(ms) / 1000}`)),
    );
    const run = await runClock({ servers: good, hosts: hosts.map(({ url }) => url) });
    await Promise.all(hosts.map((host) => host.stop()));
    const said = run.report.probes.flatMap((probe) => (probe.status === 'ran' ? probe.findings : []));
    const convicting = run.report.causes[0]?.for[0]?.detail;
    for (const [index, truth] of truths.entries()) {
      const found = said.filter(({ subject }) => subject === hosts[index]!.url);
      const size = Math.abs(truth);
      const slug = size > 60_000 ? 'host-wrong' : size > 1000 ? 'host-off-within-leeway' : 'host-in-sync';
      expect(found.map(({ code }) => code)).toEqual([`clock/${slug}`]);
      if (slug === 'host-wrong') expect(convicting).toContain(hosts[index]!.url);
      const { offsetMs, uncertaintyMs } = found[0]!.data as unknown as Correction;
      expect(Math.abs(offsetMs - truth)).toBeLessThanOrEqual(uncertaintyMs);
      // One reading alone would give half a second.
      expect(uncertaintyMs).toBeLessThan(500);
      if (size > 1000) expect(found[0]!.detail).toContain(truth > 0 ? ' ahead (± ' : ' behind (± ');
    }
    expect(run.slugs).not.toContain('all-in-sync');
  });

  it('tells two clocks behind one name', async () => {
    const [right, wrong] = await Promise.all([startHttpClock(), startHttpClock('-90')]);
    const balancer = await startHaproxy([right.port, wrong.port]);
    const run = await runClock({ servers: good, hosts: [`${balancer.url}/`] });
    await Promise.all([balancer.stop(), right.stop(), wrong.stop()]);
    expect(run.slugs).toEqual(['in-sync', 'host-two-clocks']);
    const { detail } = run.finding('host-two-clocks');
    expect(detail).toContain('answered with 2 clocks: 5 × ');
    expect(detail).toMatch(/5 × (?:90|89)\.\d{3} s behind/);
    expect(detail).toMatch(/5 × right to within \d+ ms/);
    expect(run.verdict('clock-skew')).toBe('likely');
  });

  it('makes no fault of two clocks behind one name that the leeway forgives', async () => {
    const [right, behind] = await Promise.all([startHttpClock(), startHttpClock('-5')]);
    const balancer = await startHaproxy([right.port, behind.port]);
    const hosts = [`${balancer.url}/`];
    const forgiven = await runClock({ servers: good, hosts });
    const strict = await runClock({ servers: good, hosts, leeway: 2000 });
    await Promise.all([balancer.stop(), right.stop(), behind.stop()]);
    expect(forgiven.slugs).toEqual(['in-sync', 'host-off-within-leeway']);
    expect(forgiven.finding('host-off-within-leeway').detail).toMatch(
      /answered with 2 clocks: .*; no single clock gives these; the leeway is 60\.000 s$/,
    );
    expect(blamed).not.toContain(forgiven.verdict('clock-skew'));
    expect(strict.slugs).toEqual(['in-sync', 'host-two-clocks']);
    expect(strict.verdict('clock-skew')).toBe('likely');
  });

  it('sees the app’s clock behind nginx, which writes its own Date, by a cookie', async () => {
    const app = await startHttpClock('-2h');
    const proxy = await startNginx([app.port]);
    const [told, hinted, hidden] = await Promise.all(
      ['/cookie', '/expires', '/'].map((path) => runClock({ servers: good, hosts: [`${proxy.url}${path}`] })),
    );
    await Promise.all([proxy.stop(), app.stop()]);
    expect(told?.slugs).toEqual(['in-sync', 'host-in-sync', 'host-app-clock-wrong']);
    expect(told?.verdict('clock-skew')).toBe('confirmed');
    expect(JSON.stringify(told)).not.toContain('canary-cookie-value');
    expect(hinted?.slugs).toEqual(['in-sync', 'host-in-sync', 'host-cookie-born-expired']);
    expect(hidden?.slugs).toEqual(['in-sync', 'host-in-sync', 'all-in-sync']);
  });

  it.each(['+1284', '-1284'])('sees it where one of two apps behind it is %s s off', async (by) => {
    const apps = await Promise.all([startHttpClock(), startHttpClock(by)]);
    const proxy = await startNginx(apps.map(({ port }) => port));
    const run = await runClock({ servers: good, hosts: [`${proxy.url}/cookie`] });
    await Promise.all([proxy.stop(), ...apps.map((app) => app.stop())]);
    expect(run.slugs).toEqual(['in-sync', 'host-in-sync', 'host-app-clock-wrong']);
    const { offsetMs, uncertaintyMs } = run.finding('host-app-clock-wrong').data as unknown as Correction;
    expect(Math.abs(offsetMs - Number(by) * 1000)).toBeLessThanOrEqual(uncertaintyMs);
  });

  it('takes two lifetimes of one cookie for what they may be, and a clock that is off by seconds for one', async () => {
    const by = async (cookie: (now: number) => string) => {
      const server = createServer((_, response) => {
        response.setHeader('set-cookie', cookie(Date.now()));
        response.end();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const run = await runClock({ servers: good, hosts: [`http://127.0.0.1:${portOf(server)}/`] });
      server.close();
      return run;
    };
    const expires = (at: number) => new Date(at).toUTCString();
    const design = await by((now) => `sid=a; Max-Age=3600; Expires=${expires(now + DAY)}`);
    expect(design.slugs).toEqual(['in-sync', 'host-in-sync', 'host-cookie-times-differ']);
    expect(blamed).not.toContain(design.verdict('clock-skew'));
    const date = await by(() => 'sid=a; Max-Age=31536000; Expires=Thu, 31 Dec 2099 23:59:59 GMT');
    expect(date.slugs).toEqual(['in-sync', 'host-in-sync', 'host-cookie-times-differ']);
    // Not at the turn of a minute, which would look like a date.
    const second = (new Date().getSeconds() + 4) % 60;
    const odd = second > 45 || second < 5 ? 1_284_000 : 1_264_000;
    const off = await by((now) => `sid=a; Max-Age=3600; Expires=${expires(now + HOUR + odd)}`);
    expect(off.slugs).toContain('host-app-clock-wrong');
  });

  it.each([
    ['Varnish', (port: number) => startVarnish(port)],
    ['HAProxy', (port: number) => startHaproxy([port])],
    ['Squid', (port: number) => startSquid(port)],
  ])('sees it through %s, which leaves the Date as it was', async (_, start) => {
    const app = await startHttpClock('-2h');
    const proxy = await start(app.port);
    const run = await runClock({ servers: good, hosts: [`${proxy.url}/cookie`] });
    await Promise.all([proxy.stop(), app.stop()]);
    const { offsetMs, uncertaintyMs } = run.finding('host-wrong').data as unknown as Correction;
    expect(Math.abs(offsetMs + 2 * HOUR)).toBeLessThanOrEqual(uncertaintyMs);
    expect(run.slugs).not.toContain('host-two-clocks');
  });

  it('does not take a cached Date, or none, for the time', async () => {
    const host = await startHttpClock('-90');
    const run = await runClock({
      servers: good,
      hosts: ['cached', 'stored', 'undated'].map((path) => `${host.url}${path}`),
    });
    await host.stop();
    expect(run.slugs).toEqual(['in-sync', 'host-no-time', 'host-no-time', 'host-no-time']);
  });

  it('are asked of the instances that are named for replay too, each once', async () => {
    const host = await startHttpClock('-90');
    const more = { replay: { instances: [new Address(host.url)] } };
    const run = await runClock({ servers: good, hosts: [host.url], more });
    await host.stop();
    expect(run.slugs).toEqual(['in-sync', 'host-wrong']);
  });

  it('says from where an instance could not be asked', async () => {
    const run = await runClock({ servers: good, hosts: ['http://127.0.0.1:1/'] });
    expect(run.slugs).toEqual(['in-sync', 'host-unreachable']);
    expect(run.finding('host-unreachable')).toMatchObject({ blind: true });
    expect(run.finding('host-unreachable').detail).toContain('from this host');
  });

  it('loses no more than its time to a silent instance, and not that of the others', async () => {
    const [silent, host] = await Promise.all([blackhole(), startHttpClock()]);
    const run = await runClock({ servers: good, hosts: [`http://127.0.0.1:${silent.port}/`, host.url] });
    silent.close();
    await host.stop();
    expect(run.slugs).toEqual(['in-sync', 'host-unreachable', 'host-in-sync']);
    expect(run.finding('host-unreachable').detail).toMatch(/from this host.*had not answered/);
  });

  it('compares with this host’s clock, and says so, when nobody told the time', async () => {
    const host = await startHttpClock('-90');
    const run = await runClock({ hosts: [host.url] });
    await host.stop();
    expect(run.slugs).toEqual(['not-asked', 'host-differs']);
    expect(run.verdict('clock-skew')).toBe('possible');
  });
});

function portOf(server: { address(): string | AddressInfo | null }): number {
  return (server.address() as AddressInfo).port;
}
