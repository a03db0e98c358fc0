import { createServer, get, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blackhole } from '../../support/blackhole.ts';
import { type Chronyd, startChronyd, startChronyds } from '../../support/chronyd.ts';
import { runClock } from '../../support/clock-run.ts';
import { Address } from '../../../src/config/secret.ts';
import type { Correction } from '../../../src/probes/clock/judge.ts';
import { startHaproxy, startSquid, startVarnish } from '../../support/edges.ts';
import { startHttpClock } from '../../support/http-clock.ts';
import { startNtpRelay } from '../../support/ntp-relay.ts';

const HOUR = 3_600_000;
const DAY = 86_400_000;
const blamed = ['confirmed', 'likely', 'possible'];

let good: readonly Chronyd[] = [];
beforeAll(async () => {
  good = await startChronyds(undefined, undefined, undefined);
});
afterAll(async () => {
  await Promise.all(good.map((server) => server.stop()));
});

/** The same real servers, seen by a host whose clock is off by `-shiftMs`. */
async function shifted(...shifts: number[]) {
  const relays = await Promise.all(
    shifts.map((shiftMs, index) => startNtpRelay({ to: good[index % good.length]?.port ?? 0, shiftMs })),
  );
  return { relays, stop: () => relays.forEach((relay) => relay.stop()) };
}

describe('this host’s clock', () => {
  it('is right by three real chronyd, and the run is clear', async () => {
    const run = await runClock({ servers: good });
    expect(run.slugs).toEqual(['in-sync']);
    expect(run.report.status).toBe('clear');
    expect(Math.abs(run.correction.offsetMs)).toBeLessThan(50);
    expect(run.correction.uncertaintyMs).toBeGreaterThanOrEqual(5);
  });

  it.each(['+1h', '-1h', '+400d'])('is likely wrong by three real chronyd that are %s away', async (off) => {
    const servers = await startChronyds(off, off, off);
    const run = await runClock({ servers });
    await Promise.all(servers.map((server) => server.stop()));
    const truth = Number.parseInt(off, 10) * (off.endsWith('h') ? HOUR : DAY);
    expect(run.slugs).toEqual(['local-wrong']);
    expect(run.verdict('clock-skew')).toBe('likely');
    expect(run.report.causes[0]?.id).toBe('clock-skew');
    expect(Math.abs(run.correction.offsetMs - truth)).toBeLessThanOrEqual(run.correction.uncertaintyMs);
    expect(run.finding('local-wrong').detail).toContain(off.startsWith('+') ? 'behind' : 'ahead');
  });

  it.each([5, -5, 40, -400])('is right for sessions, and corrected, when %i ms off', async (shift) => {
    const { relays, stop } = await shifted(shift, shift, shift);
    const run = await runClock({ servers: relays });
    stop();
    expect(run.slugs).toEqual(['in-sync']);
    expect(Math.abs(run.correction.offsetMs - shift)).toBeLessThanOrEqual(run.correction.uncertaintyMs);
  });

  it.each([
    [30_000, 60_000, 'local-off-within-leeway', false],
    [-30_000, 60_000, 'local-off-within-leeway', false],
    [30_000, 10_000, 'local-wrong', true],
    [61_000, 60_000, 'local-wrong', true],
  ])('%i ms off against a leeway of %i ms is %s', async (shift, leeway, slug, likely) => {
    const { relays, stop } = await shifted(shift, shift, shift);
    const run = await runClock({ servers: relays, leeway });
    stop();
    expect(run.slugs).toEqual([slug]);
    expect(run.verdict('clock-skew') === 'likely').toBe(likely);
  });

  it('is not blamed for one false ticker of three, which is named', async () => {
    const wrong = await startChronyd({ off: '+1h' });
    const run = await runClock({ servers: [good[0]!, good[1]!, wrong] });
    await wrong.stop();
    expect(run.slugs).toEqual(['in-sync', 'falseticker']);
    expect(run.finding('falseticker').subject).toBe(`127.0.0.1:${wrong.port}`);
    expect(blamed).not.toContain(run.verdict('clock-skew'));
    expect(Math.abs(run.correction.offsetMs)).toBeLessThan(50);
  });

  it.each(['+1h', '-400d'])('is suspected, not convicted, by one server that is %s away', async (off) => {
    const wrong = await startChronyd({ off });
    const run = await runClock({ servers: [wrong] });
    await wrong.stop();
    expect(run.slugs).toEqual(['local-suspect']);
    expect(run.verdict('clock-skew')).toBe('possible');
    expect(run.correction.offsetMs).toBe(0);
    expect(run.correction.uncertaintyMs).toBeGreaterThan(HOUR - 1000);
  });

  it('takes one server under three names for one witness', async () => {
    const wrong = await startChronyd({ off: '+1h' });
    const { port } = wrong;
    const run = await runClock({
      servers: [wrong, { host: 'localhost', port }, { host: '127.0.0.1', port }],
    });
    await wrong.stop();
    expect(run.slugs).toEqual(['local-suspect']);
  });

  it('has no verdict when three servers tell three times, or two tell two', async () => {
    const wrong = await startChronyds('+1h', '-1h');
    const three = await runClock({ servers: [good[0]!, ...wrong] });
    const two = await runClock({ servers: [good[0]!, wrong[0]!] });
    await Promise.all(wrong.map((server) => server.stop()));
    expect([three.slugs, two.slugs]).toEqual([['servers-disagree'], ['servers-disagree']]);
    expect(blamed).not.toContain(three.verdict('clock-skew'));
    expect(blamed).not.toContain(two.verdict('clock-skew'));
    expect(two.correction.uncertaintyMs).toBeGreaterThan(HOUR - 1000);
  });

  it('is not accused by a slow way to the servers', async () => {
    const relays = await Promise.all(
      good.map((server) => startNtpRelay({ to: server.port, requestDelayMs: 400 })),
    );
    const run = await runClock({ servers: relays, leeway: 100 });
    relays.forEach((relay) => relay.stop());
    expect(run.slugs).toEqual(['in-sync']);
  });

  it('is unknown, which is no fault and no blindness, when no server answers', async () => {
    const run = await runClock({
      servers: [
        { host: '127.0.0.1', port: 1 },
        { host: 'ntp.invalid', port: 123 },
      ],
    });
    expect(run.slugs).toEqual(['no-answer']);
    expect(run.finding('no-answer')).toMatchObject({ level: 'info' });
    expect(run.finding('no-answer').blind).toBeUndefined();
    expect(run.correction).toEqual({ offsetMs: 0, uncertaintyMs: Number.POSITIVE_INFINITY });
    // Nothing else was asked for, so nothing was looked at.
    expect(run.report.status).toBe('incomplete');
  });

  it('does not listen to a server without time, and says so', async () => {
    const lost = await startChronyd({ lines: [] });
    const run = await runClock({ servers: [...good, lost] });
    await lost.stop();
    expect(run.slugs).toEqual(['in-sync', 'server-unsynchronised']);
  });

  it('leaves a server alone that says so', async () => {
    const relay = await startNtpRelay({
      to: good[0]!.port,
      mangle(reply) {
        reply.fill(0, 1, 2);
        reply.write('DENY', 12, 'latin1');
        return reply;
      },
    });
    const run = await runClock({ servers: [...good, relay] });
    relay.stop();
    expect(run.slugs).toEqual(['in-sync', 'server-limits']);
    expect(relay.requests()).toBe(1);
  });

  it('says when it asked nobody', async () => {
    expect((await runClock({})).slugs).toEqual(['not-asked']);
  });
});

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
    const { relays, stop } = await shifted(HOUR, HOUR, HOUR);
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

  it('that follows nobody is a weakness, not a cause', async () => {
    const run = await runClock({ servers: good, chronyc: ['chronyc', '-h', good[0]!.socket] });
    expect(run.slugs).toEqual(['in-sync', 'daemon-unsynchronised']);
    expect(run.report.status).toBe('clear');
    expect(run.report.weaknesses.map((one) => one.code)).toEqual(['clock/daemon-unsynchronised']);
  });
});

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

  it('tells two clocks behind one name', async () => {
    const [right, wrong] = await Promise.all([startHttpClock(), startHttpClock('-90')]);
    const balancer = await balance([right.port, wrong.port]);
    const run = await runClock({ servers: good, hosts: [`http://127.0.0.1:${portOf(balancer)}/`] });
    balancer.close();
    await Promise.all([right.stop(), wrong.stop()]);
    expect(run.slugs).toEqual(['in-sync', 'host-two-clocks']);
    const { detail } = run.finding('host-two-clocks');
    expect(detail).toContain('answered with 2 clocks: 5 × ');
    expect(detail).toMatch(/5 × (?:90|89)\.\d{3} s behind/);
    expect(detail).toMatch(/5 × right to within \d+ ms/);
    expect(run.verdict('clock-skew')).toBe('likely');
  });

  it('sees the app’s clock behind a proxy that writes its own Date, by a cookie', async () => {
    const app = await startHttpClock('-2h');
    const proxy = await redating(app.port);
    const url = (path: string) => `http://127.0.0.1:${portOf(proxy)}${path}`;
    const [told, hinted, hidden] = await Promise.all(
      ['/cookie', '/expires', '/'].map((path) => runClock({ servers: good, hosts: [url(path)] })),
    );
    proxy.close();
    await app.stop();
    expect(told?.slugs).toEqual(['in-sync', 'host-in-sync', 'host-app-clock-wrong']);
    expect(told?.verdict('clock-skew')).toBe('confirmed');
    expect(JSON.stringify(told)).not.toContain('canary-cookie-value');
    expect(hinted?.slugs).toEqual(['in-sync', 'host-in-sync', 'host-cookie-born-expired']);
    expect(hidden?.slugs).toEqual(['in-sync', 'host-in-sync', 'all-in-sync']);
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
    const off = await by((now) => `sid=a; Max-Age=3600; Expires=${expires(now + HOUR + 1_234_000 + 30_000)}`);
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
    const run = await runClock({ servers: good, hosts: [`${host.url}cached`, `${host.url}undated`] });
    await host.stop();
    expect(run.slugs).toEqual(['in-sync', 'host-no-time', 'host-no-time']);
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

/** A balancer that hands each connection to the next of `ports`. */
async function balance(ports: readonly number[]) {
  let turn = 0;
  const server = createTcpServer((client) => {
    const upstream = connect(ports[turn++ % ports.length] ?? 0, '127.0.0.1');
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A proxy that passes everything on but writes Date itself, as nginx does. */
async function redating(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const upstream = get({ port, path: request.url, method: 'HEAD' }, (answer) => {
      const cookies = answer.headers['set-cookie'];
      if (cookies) response.setHeader('Set-Cookie', cookies);
      answer.resume();
      response.end();
    });
    upstream.on('error', () => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
