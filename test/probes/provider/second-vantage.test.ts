import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCode } from '../../../src/diagnose/exit-code.ts';
import { blackhole } from '../../support/blackhole.ts';
import { answering, brokenServer } from '../../support/broken-server.ts';
import { freePort } from '../../support/port.ts';
import { startSquid } from '../../support/edges.ts';
import { keeper } from '../../support/keep.ts';
import { diagnose, file, site } from './support.ts';

const keep = keeper();

const json = (value: object) => {
  const body = JSON.stringify(value);
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

/** A real forward proxy, to which idp.test is this host. */
async function squid(): Promise<string> {
  const forward = await freePort();
  const hosts = file('127.0.0.1 idp.test\n');
  // Squid reads it as a user of its own.
  chmodSync(dirname(hosts), 0o755);
  const { stop } = await startSquid(
    1,
    `http_port 127.0.0.1:${forward}\nhosts_file ${hosts}\nalways_direct allow all`,
  );
  keep({ stop });
  return `http://127.0.0.1:${forward}`;
}

const nowhere = {
  lookup: () => Promise.reject(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' })),
};

describe('a second vantage', () => {
  test('that is a real squid and gets the document acquits the provider', async () => {
    const idp = keep(await site((_, response) => response.end('{"issuer":"x"}')));
    const issuer = `http://idp.test:${idp.port}`;
    const run = await diagnose({ provider: { issuer, via: await squid() } }, nowhere);
    expect(run.finding('provider/reachable-elsewhere')?.detail).toMatch(
      /^through 127\.0\.0\.1:\d+ discovery answered 200 in .*; from this host, the name idp\.test does not resolve/,
    );
    expect(run.cause('idp-outage').verdict).toBe('unlikely');
  });

  test('whose proxy answers in the provider’s place settles nothing, and is told as that', async () => {
    const issuer = `http://idp.test:${await freePort()}`;
    const run = await diagnose({ provider: { issuer, via: await squid() } }, nowhere);
    expect(run.finding('provider/name-not-found')?.detail).toMatch(
      /; through 127\.0\.0\.1:\d+ discovery answered 503, which may be that proxy’s own answer$/,
    );
    expect(run.codes).not.toContain('provider/reachable-elsewhere');
    expect(run.codes).not.toContain('provider/down-from-both');
    expect(run.cause('idp-outage').verdict).toBe('possible');
  });

  test.each([
    ['refuses', async () => `http://127.0.0.1:${await freePort()}`, /the proxy 127\.0\.0\.1:\d+ refused/],
    [
      'closes',
      async () => {
        const closing = keep(await brokenServer((socket) => void socket.on('data', () => socket.destroy())));
        return `http://127.0.0.1:${closing.port}`;
      },
      /the proxy 127\.0\.0\.1:\d+, asked for 127\.0\.0\.1:\d+, closed the connection/,
    ],
  ])('whose proxy itself %s convicts nobody', async (_, via, words) => {
    const issuer = `http://127.0.0.1:${await freePort()}`;
    const run = await diagnose({ provider: { issuer, via: await via() } });
    const { detail } = run.finding('provider/refused') ?? {};
    expect(detail).toContain('; the second vantage could not be used: ');
    expect(detail).toMatch(words);
    expect(run.codes).not.toContain('provider/down-from-both');
    expect(run.cause('idp-outage').verdict).toBe('likely');
  });

  test('that is answered acquits the provider and points to the way there', async () => {
    const proxy = keep(await brokenServer(answering(json({ issuer: 'http://idp.test' }))));
    const run = await diagnose(
      { provider: { issuer: 'http://idp.test', via: `http://127.0.0.1:${proxy.port}` } },
      { lookup: () => Promise.reject(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' })) },
    );
    expect(run.codes).toEqual(
      expect.arrayContaining(['provider/name-not-found', 'provider/reachable-elsewhere']),
    );
    expect(run.cause('idp-outage').verdict).toBe('unlikely');
  });

  test.each<[string, (hole: number, mute: number, ssh: number) => string, RegExp]>([
    [
      'cannot be reached, silently',
      (hole) => `socks5://127.0.0.1:${hole}`,
      /could not be used: the proxy 127\.0\.0\.1:\d+ had not answered the connection attempt/,
    ],
    [
      'is an HTTP proxy that takes the request and is silent',
      (_, mute) => `http://127.0.0.1:${mute}`,
      /could not be used: the proxy 127\.0\.0\.1:\d+ took the request for .* but had not answered it/,
    ],
    [
      'says nothing to SOCKS',
      (_, mute) => `socks5://127.0.0.1:${mute}`,
      /could not be used: the proxy 127\.0\.0\.1:\d+ had not opened a way to/,
    ],
    [
      'opens a way before it has tried it, as ssh -D does on a dead link',
      (_, __, ssh) => `socks5://127.0.0.1:${ssh}`,
      /through 127\.0\.0\.1:\d+ it settles nothing, for nothing at all came that way: 127\.0\.0\.1:\d+ through the proxy/,
    ],
  ])('that %s convicts nobody', async (_, via, words) => {
    const hole = keep(await blackhole());
    const mute = keep(await brokenServer((socket) => void socket.resume()));
    const ssh = keep(
      await brokenServer((socket) => {
        let step = 0;
        socket.on('data', () => {
          const reply = [
            [5, 0],
            [5, 0, 0, 1, 0, 0, 0, 0, 0, 0],
          ][step++];
          if (reply) socket.write(Buffer.from(reply));
        });
      }),
    );
    const run = await diagnose({
      provider: { issuer: `http://127.0.0.1:${await freePort()}`, via: via(hole.port, mute.port, ssh.port) },
      limits: { timeout: '2s' },
    });
    expect(run.finding('provider/refused')?.detail).toMatch(words);
    expect(run.codes).not.toContain('provider/down-from-both');
    expect(run.cause('idp-outage').verdict).toBe('likely');
  });

  test('that is told by the provider’s machine that it refuses confirms the outage', async () => {
    const socks = keep(
      await brokenServer((socket) => {
        let step = 0;
        socket.on('data', () => {
          socket.write(Buffer.from(step++ === 0 ? [5, 0] : [5, 5, 0, 1, 0, 0, 0, 0, 0, 0]));
        });
      }),
    );
    const issuer = `http://127.0.0.1:${await freePort()}`;
    const run = await diagnose({ provider: { issuer, via: `socks5://127.0.0.1:${socks.port}` } });
    expect(run.finding('provider/down-from-both')?.detail).toMatch(/SOCKS_CONNECTION_REFUSED/);
    expect(run.cause('idp-outage').verdict).toBe('confirmed');
  });

  test('that fails as well confirms the outage', async () => {
    const port = await freePort();
    const refusing = keep(
      await brokenServer((socket) => {
        let step = 0;
        socket.on('data', () => {
          socket.write(Buffer.from(step++ === 0 ? [5, 0] : [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          if (step > 2) socket.destroy();
        });
      }),
    );
    const run = await diagnose({
      provider: { issuer: `http://127.0.0.1:${port}`, via: `socks5://127.0.0.1:${refusing.port}` },
    });
    expect(run.codes).toEqual(expect.arrayContaining(['provider/refused', 'provider/down-from-both']));
    expect(run.report.causes[0]).toMatchObject({ id: 'idp-outage', verdict: 'confirmed' });
  });

  test('a proxy that refuses says nothing about the provider', async () => {
    const proxy = keep(await brokenServer(answering('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')));
    const run = await diagnose(
      { provider: { issuer: 'https://idp.test' } },
      { env: { HTTPS_PROXY: `127.0.0.1:${proxy.port}` } },
    );
    expect(run.finding('provider/proxy-failed')?.detail).toContain('PROXY_407');
    expect(run.cause('idp-outage').for).toEqual([]);
    expect(exitCode(run.report, 'likely')).toBe(3);
  });
});

describe('the usual proxy of this host', () => {
  test('that is a real squid is named in what is seen through it', async () => {
    const idp = keep(
      await site((request, response) => {
        const issuer = `http://${request.headers.host}`;
        response.end(
          JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks`, token_endpoint: `${issuer}/token`, keys: [] }),
        );
      }),
    );
    const issuer = `http://idp.test:${idp.port}`;
    const run = await diagnose({ provider: { issuer } }, { env: { http_proxy: await squid() } });
    expect(run.finding('provider/healthy-but-token-unasked')?.detail).toMatch(
      /^from this host through the proxy 127\.0\.0\.1:\d+, discovery and the key set answered within/,
    );
  });

  test('that answers in place of a provider that is gone convicts nobody', async () => {
    const issuer = `http://idp.test:${await freePort()}`;
    const run = await diagnose({ provider: { issuer } }, { env: { http_proxy: await squid() } });
    expect(run.finding('provider/proxy-failed')).toMatchObject({ blind: true, subject: 'discovery' });
    expect(run.finding('provider/proxy-failed')?.detail).toMatch(
      /^from this host through the proxy 127\.0\.0\.1:\d+, discovery \(.*\) answered 503, which may be that proxy’s own answer; /,
    );
    expect(run.cause('idp-outage').for).toEqual([]);
    expect(exitCode(run.report, 'likely')).toBe(3);
  });

  const env = (proxy: string) => ({ env: { HTTPS_PROXY: proxy } });

  test.each([
    [
      'refuses',
      async () => env(`127.0.0.1:${await freePort()}`),
      'tcp',
      /the proxy 127\.0\.0\.1:\d+ refused the connection \(ECONNREFUSED\)/,
    ],
    [
      'has a name that nobody knows',
      async () => ({ ...env('proxy.test:3128'), ...nowhere }),
      'dns',
      /the proxy’s name proxy\.test does not resolve \(ENOTFOUND\)/,
    ],
  ])('that %s is the one that is blamed', async (_, make, phase, words) => {
    const run = await diagnose({ provider: { issuer: 'https://idp.test' } }, await make());
    expect(run.finding('provider/proxy-failed')).toMatchObject({ blind: true, data: { phase } });
    expect(run.finding('provider/proxy-failed')?.detail).toMatch(words);
    expect(run.codes).not.toContain('provider/refused');
    expect(run.codes).not.toContain('provider/name-not-found');
    expect(run.cause('idp-outage').for).toEqual([]);
    expect(exitCode(run.report, 'likely')).toBe(3);
  });

  test('that stops one endpoint says nothing of that, nor that all is well', async () => {
    const proxy = keep(await brokenServer(answering('HTTP/1.1 403 Forbidden\r\n\r\n')));
    const idp = keep(
      await site((request, response) =>
        response.end(
          JSON.stringify({ issuer: `http://${request.headers.host}`, jwks_uri: 'https://keys.test/jwks' }),
        ),
      ),
    );
    const run = await diagnose({ provider: { issuer: idp.origin } }, env(`127.0.0.1:${proxy.port}`));
    expect(run.finding('provider/proxy-failed')?.detail).toMatch(
      /^the key set: .*did not open a way to keys\.test:443 \(PROXY_403\); 1 other endpoint answered$/,
    );
    expect(run.codes.filter((code) => /healthy|endpoint-failing|unobtainable/.test(code))).toEqual([]);
    expect(run.cause('idp-outage').for).toEqual([]);
  });
});
