import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../src/model.ts';
import { runBin } from '../../support/bin.ts';
import { dnsServer, type Namespace, smallProvider, startNamespace } from '../../support/namespace.ts';

const folder = mkdtempSync(join(tmpdir(), 'provider-network-'));
const ROUTES = ['unreachable 192.0.2.1', 'prohibit 192.0.2.2', 'blackhole 192.0.2.3'];
let [named, nameless, closed] = [{} as Namespace, {} as Namespace, {} as Namespace];

beforeAll(async () => {
  [named, nameless, closed] = await Promise.all([
    startNamespace({
      ip: ROUTES.map((route) => `route add ${route}`),
      hosts: ['127.0.0.1 both.test', '::1 both.test', '192.0.2.1 mixed.test', '127.0.0.1 mixed.test'],
    }),
    startNamespace({ hosts: ['127.0.0.1 known.test'] }),
    startNamespace({ resolver: ['search cluster', 'options ndots:5'] }),
  ]);
  await Promise.all([
    named.start(dnsServer),
    named.start(smallProvider(9)),
    nameless.start(smallProvider(80)),
    closed.start(dnsServer),
    closed.start(smallProvider(80)),
  ]);
});
afterAll(async () => {
  await Promise.all([named.stop(), nameless.stop(), closed.stop()]);
  rmSync(folder, { recursive: true });
});

/** The built bin inside a network, as a user there would start it. */
async function look(inside: Namespace, issuer: string, more: readonly string[] = []) {
  const config = join(folder, 'sessdoctor.yaml');
  writeFileSync(config, JSON.stringify({ provider: { issuer }, clock: { servers: 'none' } }));
  const run = await runBin(['diagnose', '--config', config, '--format', 'json', ...more], {
    under: inside.under,
  });
  const report = JSON.parse(run.stdout) as Report;
  const outcome = report.probes.find((one) => one.probe === 'provider');
  const findings = outcome?.status === 'ran' ? outcome.findings : [];
  return {
    exitCode: run.exitCode,
    outcome,
    codes: findings.map((one) => one.code),
    finding: (code: string) => findings.find((one) => one.code === code),
    outage: report.causes.find((cause) => cause.id === 'idp-outage')?.verdict,
  };
}

describe('no way there, as the kernel says it', () => {
  test.each([
    ['an unreachable route', '192.0.2.1', 'EHOSTUNREACH'],
    ['a prohibited one', '192.0.2.2', 'EACCES'],
    ['a blackhole', '192.0.2.3', 'EINVAL'],
    ['no route at all', '203.0.113.9', 'ENETUNREACH'],
    ['none for IPv6', '[2001:db8::1]', 'ENETUNREACH'],
  ])('%s', async (_, host, code) => {
    const seen = await look(named, `http://${host}`);
    expect(seen.finding('provider/unreachable')).toMatchObject({
      blind: true,
      data: { phase: 'tcp', kind: 'unreachable', code },
      detail: `from this host, there is no way to ${host}:80 (${code}); 2 of 2 requests failed in this way (discovery and the site itself)`,
    });
    // It says more about the network between than about the provider.
    expect(seen.outage).toBe('possible');
    expect(seen.exitCode).toBe(3);
  });
});

describe('refused', () => {
  test('by both addresses of a name, whose error has no message of its own', async () => {
    const seen = await look(named, 'http://both.test:8081');
    expect(seen.finding('provider/refused')).toMatchObject({
      data: { phase: 'tcp', code: 'ECONNREFUSED' },
      detail:
        'from this host, both.test:8081 refused the connection (ECONNREFUSED); 2 of 2 requests failed in this way (discovery and the site itself)',
    });
    expect(seen.outage).toBe('likely');
  });

  test('by one address while there is no way to the other', async () => {
    const seen = await look(named, 'http://mixed.test:8081');
    expect(seen.finding('provider/refused')?.data).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('port 9, that fetch will not go to, is a port like any other', async () => {
    const seen = await look(named, 'http://127.0.0.1:9');
    expect(seen.codes).toContain('provider/healthy-but-token-unasked');
    const refused = await look(nameless, 'http://127.0.0.1:9');
    expect(refused.finding('provider/refused')?.detail).toContain('127.0.0.1:9 refused the connection');
  });
});

describe('a name', () => {
  test('that a DNS server knows is looked up and its time told', async () => {
    const seen = await look(named, 'http://idp.test:9');
    expect(seen.finding('provider/latency')?.detail).toMatch(/discovery \d+ ms \(dns \d+, tcp \d+/);
  });

  test.each([
    ['there is not', 'gone.test', 'ENOTFOUND', 'the name gone.test does not resolve (ENOTFOUND)'],
    [
      'about which DNS is sick',
      'sick.test',
      'EAI_AGAIN',
      'the name sick.test could not be looked up (EAI_AGAIN)',
    ],
  ])('%s', async (_, host, code, words) => {
    const seen = await look(named, `http://${host}`);
    expect(seen.finding('provider/name-not-found')).toMatchObject({
      blind: true,
      data: { phase: 'dns', kind: 'dns', code },
      detail: `from this host, ${words}; 2 of 2 requests failed in this way (discovery and the site itself)`,
    });
    expect(seen.outage).toBe('possible');
  });

  test('cannot be looked up where no resolver is reached, which is not that there is none', async () => {
    const seen = await look(nameless, 'http://idp.test');
    expect(seen.finding('provider/name-not-found')?.detail).toContain(
      'the name idp.test could not be looked up (EAI_AGAIN)',
    );
    expect(seen.exitCode).toBe(3);
  });

  test('that the hosts file knows needs no resolver', async () => {
    const seen = await look(nameless, 'http://known.test');
    expect(seen.codes).toContain('provider/healthy-but-token-unasked');
  });

  test('of a closed network, whose DNS knows only its own, is searched for as the system would', async () => {
    const seen = await look(closed, 'http://silent.test');
    expect(seen.codes).toContain('provider/healthy-but-token-unasked');
  });

  test('about which DNS is silent costs the probe’s deadline and no more, and the report says where', async () => {
    const seen = await look(named, 'http://silent.test', ['--timeout', '3s']);
    expect(seen.outcome?.status).toBe('ran');
    expect(seen.finding('provider/timed-out')).toMatchObject({ data: { phase: 'dns', kind: 'timeout' } });
    expect(seen.finding('provider/timed-out')?.detail).toMatch(
      /^from this host, looking up the name silent\.test had no answer after \d\.\d s; nothing but discovery was asked$/,
    );
    expect(seen.exitCode).toBe(3);
  });

  test('about which DNS is silent is told of a Redis as well, and of its name', async () => {
    const run = await runBin(
      ['diagnose', '--redis', 'redis://silent.test', '--ntp', 'none', '--format', 'json'],
      { under: named.under },
    );
    const outcome = (JSON.parse(run.stdout) as Report).probes.find((one) => one.probe === 'redis');
    expect(outcome?.status === 'ran' && outcome.findings[0]).toMatchObject({
      code: 'redis/dns',
      blind: true,
      detail: expect.stringContaining('DNS did not answer about silent.test'),
    });
  });

  test('leaves no look-up behind that nothing can stop', async () => {
    const resolve = new URL('../../../dist/io/resolve.js', import.meta.url).href;
    const left = await named.start(`
      import(${JSON.stringify(resolve)}).then(async ({ resolveHost }) => {
        const stop = new AbortController();
        setTimeout(() => stop.abort(), 300);
        const code = await resolveHost('silent.test', stop.signal).catch((error) => error.code);
        console.log(JSON.stringify([code, ...process.getActiveResourcesInfo().filter((one) => /ReqWrap/.test(one) && !/Write/.test(one))]));
      });`);
    expect(JSON.parse(left)).toEqual(['ECANCELLED']);
  });
});
