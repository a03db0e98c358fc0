import { afterEach, beforeAll, expect, test } from 'vitest';
import { exitCode } from '../../../src/diagnose/exit-code.ts';
import type { HttpDoorOptions } from '../../../src/io/http.ts';
import type { ProviderSeen } from '../../../src/probes/provider/seen.ts';
import { blackhole } from '../../support/blackhole.ts';
import { answering, brokenServer } from '../../support/broken-server.ts';
import { diagnose, site } from './support.ts';

// A look-up that hangs stands with the other networks: network.test.ts.

const open: { close(): unknown }[] = [];
// What a first request loads must not eat into a deadline.
beforeAll(async () => {
  await diagnose({ provider: { issuer: `http://127.0.0.1:${await silent()}` }, limits: { timeout: '1s' } });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

function keep<T extends { close(): unknown }>(one: T): T {
  open.push(one);
  return one;
}

async function look(issuer: string, http: HttpDoorOptions = {}) {
  const run = await diagnose({ provider: { issuer }, limits: { timeout: '2s' } }, http);
  const seen = run.evidence.observations.find((one) => one.probe === 'provider');
  return {
    ...run,
    // A probe that is not done by its deadline and a moment of grace is reported as failed.
    status: run.report.probes.find((one) => one.probe === 'provider')?.status,
    asked: (seen?.status === 'ran' ? (seen.seen as unknown as ProviderSeen) : undefined)?.asked ?? [],
  };
}

async function silent(): Promise<number> {
  return keep(await brokenServer(() => {})).port;
}

const phases: readonly [
  phase: string,
  slug: string,
  words: RegExp,
  make: () => Promise<readonly [issuer: string, http?: HttpDoorOptions]>,
][] = [
  [
    'tcp',
    'timed-out',
    /^from this host, 127\.0\.0\.1:\d+ had not answered the connection attempt after \d\.\d s; /,
    async () => [`http://127.0.0.1:${keep(await blackhole()).port}`],
  ],
  [
    'proxy',
    'proxy-failed',
    /^from this host, the proxy 127\.0\.0\.1:\d+ had not opened a way to idp\.test:443 after \d\.\d s; /,
    async () => ['https://idp.test', { env: { HTTPS_PROXY: `http://127.0.0.1:${await silent()}` } }],
  ],
  [
    'tls',
    'timed-out',
    /^from this host, 127\.0\.0\.1:\d+ accepted the connection but had not finished the TLS handshake after /,
    async () => [`https://127.0.0.1:${await silent()}`],
  ],
  [
    'headers',
    'timed-out',
    /^from this host, 127\.0\.0\.1:\d+ accepted the connection but had not answered the request after /,
    async () => [`http://127.0.0.1:${await silent()}`],
  ],
  [
    'body',
    'timed-out',
    /^from this host, 127\.0\.0\.1:\d+ answered 200 but its body was not complete \(1 bytes had come\) after /,
    async () => {
      const stalling = answering('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{', 'keep');
      return [`http://127.0.0.1:${keep(await brokenServer(stalling)).port}`];
    },
  ],
];

test.each(phases)(
  '%s: the deadline and no more, and the report says where',
  async (phase, slug, words, make) => {
    const run = await look(...(await make()));
    // A probe that is not done by its deadline and a moment of grace is reported as failed.
    expect(run.status).toBe('ran');
    expect(run.finding(`provider/${slug}`)).toMatchObject({ blind: true, data: { phase, kind: 'timeout' } });
    expect(run.finding(`provider/${slug}`)?.detail).toMatch(words);
    expect(run.cause('idp-outage').verdict).toBe(slug === 'timed-out' ? 'possible' : 'untested');
    expect(exitCode(run.report, 'likely')).toBe(3);
  },
);

test('keys that hang behind a slow discovery share its deadline, and are told apart from it', async () => {
  const idp = keep(
    await site((request, response) => {
      const issuer = `http://${request.headers.host}`;
      if (request.url !== '/jwks')
        setTimeout(() => response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` })), 900);
    }),
  );
  const run = await look(idp.origin);
  expect(run.status).toBe('ran');
  expect(run.asked.map((one) => [one.endpoint, one.answered])).toEqual([
    ['discovery', true],
    ['jwks', false],
  ]);
  expect(run.asked[1]).toMatchObject({ phase: 'headers', kind: 'timeout' });
  expect(run.finding('provider/endpoint-failing')?.detail).toMatch(
    /^the key set: from this host, .* had not answered the request after \d\.\d s; 1 other endpoint answered$/,
  );
  expect(run.codes).not.toContain('provider/timed-out');
  expect(run.cause('idp-outage').verdict).toBe('possible');
});
