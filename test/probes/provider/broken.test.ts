import type { Server } from 'node:net';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { afterEach, describe, expect, test } from 'vitest';
import { exitCode } from '../../../src/diagnose/exit-code.ts';
import type { HttpDoorOptions } from '../../../src/io/http.ts';
import { blackhole } from '../../support/blackhole.ts';
import { answering, brokenServer } from '../../support/broken-server.ts';
import { type Issued, issue } from '../../support/certificates.ts';
import { freePort } from '../../support/port.ts';
import { again, diagnose, file, site } from './support.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

function keep<T extends { close(): unknown }>(one: T): T {
  open.push(one);
  return one;
}

const json = (value: object) => {
  const body = JSON.stringify(value);
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

describe('a provider that hangs is told by its phase, within the deadline', () => {
  const cases: readonly [string, RegExp, () => Promise<{ issuer: string; http?: HttpDoorOptions }>][] = [
    [
      'dns',
      /looking up the name idp\.test had no answer/,
      async () => ({ issuer: 'http://idp.test', http: { lookup: () => new Promise(() => {}) } }),
    ],
    [
      'tcp',
      /had not answered the connection attempt/,
      async () => ({ issuer: `http://127.0.0.1:${keep(await blackhole()).port}` }),
    ],
    [
      'tls',
      /had not finished the TLS handshake/,
      async () => ({ issuer: `https://127.0.0.1:${keep(await brokenServer(() => {})).port}` }),
    ],
    [
      'headers',
      /had not answered the request/,
      async () => ({ issuer: `http://127.0.0.1:${keep(await brokenServer(() => {})).port}` }),
    ],
    [
      'body',
      /answered 200 but its body was not complete \(1 bytes had come\)/,
      async () => ({
        issuer: `http://127.0.0.1:${keep(await brokenServer(answering('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{', 'keep'))).port}`,
      }),
    ],
  ];
  test.each(cases)('%s', async (phase, words, make) => {
    const { issuer, http } = await make();
    const run = await diagnose({ provider: { issuer }, limits: { timeout: '1s' } }, http);
    expect(run.report.probes.find((one) => one.probe === 'provider')?.status).toBe('ran');
    expect(run.finding('provider/timed-out')).toMatchObject({ blind: true, data: { phase } });
    expect(run.finding('provider/timed-out')?.detail).toMatch(words);
    expect(run.cause('idp-outage').verdict).toBe('possible');
    expect(exitCode(run.report, 'likely')).toBe(3);
  });
});

describe('what answers badly is named for what it is', () => {
  const http = (head: string, body = '') =>
    answering(`HTTP/1.1 ${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const cases: readonly [string, Parameters<typeof brokenServer>[0], string, RegExp][] = [
    [
      '503 everywhere',
      http('503 Service Unavailable'),
      'provider/errors',
      /3 of 3 endpoints fail: discovery 503, the key set 503 and the site itself 503/,
    ],
    [
      '429',
      http('429 Too Many Requests\r\nRetry-After: 120'),
      'provider/throttled',
      /429 with Retry-After: 120/,
    ],
    [
      'a login page',
      http('200 OK\r\nContent-Type: text/html', '<!doctype html><title>Sign in'),
      'provider/web-page',
      /with a web page/,
    ],
    [
      'a challenge',
      http('403 Forbidden\r\nContent-Type: text/html', '<html>Just a moment'),
      'provider/web-page',
      /answered 403/,
    ],
    [
      'text',
      http('200 OK\r\nContent-Type: text/plain', 'ok'),
      'provider/not-json',
      /not JSON \(text\/plain\)/,
    ],
    ['nothing', http('200 OK'), 'provider/not-json', /empty body/],
    ['404', http('404 Not Found'), 'provider/no-discovery', /answered 404/],
    [
      'a redirect loop',
      http('302 Found\r\nLocation: /.well-known/openid-configuration?x=1'),
      'provider/redirected',
      /round in a circle/,
    ],
    [
      'a redirect elsewhere',
      http('301 Moved\r\nLocation: https://other.test/x?token=1'),
      'provider/redirected',
      /to https:\/\/other\.test\/x$/,
    ],
    ['not HTTP', (socket) => void socket.end('220 mail ESMTP\r\n'), 'provider/not-http', /not HTTP/],
    [
      'closing',
      (socket) => void socket.on('data', () => socket.destroy()),
      'provider/closed',
      /without an answer/,
    ],
    [
      'a body that breaks off',
      answering('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{'),
      'provider/unreadable',
      /middle of the body, 1 bytes in/,
    ],
    [
      'bad gzip',
      http('200 OK\r\nContent-Encoding: gzip', 'abc'),
      'provider/unreadable',
      /does not decompress/,
    ],
  ];
  test.each(cases)('%s', async (_name, serve, code, words) => {
    const { port } = keep(await brokenServer(serve));
    const run = await diagnose({ provider: { issuer: `http://127.0.0.1:${port}/realms/a` } });
    expect(run.finding(code)?.detail).toMatch(words);
    expect(run.codes).not.toContain('provider/healthy');
  });

  /** A provider whose paths answer as told; the rest is healthy. */
  const partly = async (broken: Readonly<Record<string, readonly [status: number, body: string]>>) => {
    const idp = keep(
      await site((request, response) => {
        const origin = `http://${request.headers.host}`;
        const [status, body] = broken[request.url ?? ''] ??
          broken['*'] ?? [request.url === '/me' ? 401 : 200, request.url === '/keys' ? '{"keys":[]}' : '{}'];
        response.statusCode = status;
        if (body.startsWith('<')) response.setHeader('content-type', 'text/html');
        const found =
          request.url === '/.well-known/openid-configuration' && !broken[request.url] && !broken['*'];
        response.end(
          found
            ? JSON.stringify({
                issuer: origin,
                jwks_uri: `${origin}/keys`,
                userinfo_endpoint: `${origin}/me`,
              })
            : body,
        );
      }),
    );
    return diagnose({ provider: { issuer: idp.origin } });
  };

  test('one endpoint that fails beside a good one is not an outage', async () => {
    const run = await partly({ '/me': [500, '{}'] });
    expect(run.finding('provider/endpoint-failing')?.detail).toMatch(
      /userinfo .*answered 500 to a request without parameters; 2 other endpoints/,
    );
    expect(run.cause('idp-outage').verdict).toBe('possible');
  });

  const DISCOVERY = '/.well-known/openid-configuration';
  const without: readonly [string, Parameters<typeof partly>[0], string, RegExp][] = [
    [
      'keys: 500',
      { '/keys': [500, '{}'] },
      'keys-unobtainable',
      /\/keys\) answered 500, while 2 of the other/,
    ],
    ['keys: 404', { '/keys': [404, '{}'] }, 'keys-unobtainable', /answered 404/],
    ['keys: a page', { '/keys': [200, '<html>'] }, 'keys-unobtainable', /200 with a web page/],
    ['discovery: 500', { [DISCOVERY]: [500, ''] }, 'discovery-unobtainable', /answered 500/],
    [
      'discovery: other JSON',
      { [DISCOVERY]: [200, '{"error":"internal"}'] },
      'discovery-unobtainable',
      /200 with JSON that is no such/,
    ],
    [
      'discovery: a page on every path',
      { '*': [200, '<html>'] },
      'discovery-unobtainable',
      /web page; .*oauth.*web page/,
    ],
  ];
  test.each(without)('no client can work without %s', async (_name, broken, slug, words) => {
    const run = await partly(broken);
    expect(run.finding(`provider/${slug}`)?.detail).toMatch(words);
    expect(run.codes).not.toContain('provider/healthy');
    expect(run.cause('idp-outage').verdict).toBe('likely');
  });

  test.each([
    ['limits', { '/keys': [429, '{}'] }],
    ['challenges this host', { [DISCOVERY]: [403, '<html>'] }],
    ['has no discovery', { [DISCOVERY]: [404, ''], '/.well-known/oauth-authorization-server': [404, ''] }],
  ] as const)('a provider that %s is no more than a possible outage', async (_name, broken) => {
    const run = await partly(broken);
    expect(run.codes.filter((code) => code.endsWith('-unobtainable'))).toEqual([]);
    expect(['possible', 'unlikely']).toContain(run.cause('idp-outage').verdict);
  });

  test('slow is a finding with its phase, and not health', async () => {
    const idp = keep(
      await brokenServer((socket) => {
        socket.on('data', () => {
          setTimeout(() => socket.end(json({ keys: [] })), 1600);
        });
      }),
    );
    const run = await diagnose({ provider: { jwksUri: `http://127.0.0.1:${idp.port}/keys` } });
    expect(run.finding('provider/slow')?.detail).toMatch(
      /the key set took \d{4} ms \(tcp \d+, first byte \d{4}\)/,
    );
    expect(run.codes).not.toContain('provider/keys-answer');
    expect(run.codes).toContain('provider/no-keys');
  });

  test('a key set that leaks private keys says so, and keeps them out of the evidence', async () => {
    const leak = 'cHJpdmF0ZS1wYXJ0LW9mLWEta2V5LXRoYXQtd2FzLXB1Ymxpc2hlZA';
    const idp = keep(
      await site((_request, response) =>
        response.end(
          JSON.stringify({
            keys: [
              { kty: 'EC', crv: 'P-256', x: 'AA', y: 'BB', kid: 'a', d: leak },
              { kty: 'EC', kid: 'a' },
              { kty: 'EC' },
            ],
          }),
        ),
      ),
    );
    const run = await diagnose({ provider: { jwksUri: `${idp.origin}/keys` } });
    expect(run.codes).toEqual(
      expect.arrayContaining([
        'provider/private-key-published',
        'provider/duplicate-kid',
        'provider/keys-without-kid',
      ]),
    );
    expect(JSON.stringify([run.evidence, run.report])).not.toContain(leak);
  });
});

describe('certificates, by corrected time', () => {
  const names = ['DNS:idp.test'];
  const day = 86_400_000;
  const https = async (options: ServerOptions) => {
    const server: Server = createTlsServer(options, (request, response) => {
      const origin = `https://${request.headers.host}`;
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify(
          request.url === '/keys'
            ? { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'BB', kid: 'a' }] }
            : { issuer: origin, jwks_uri: `${origin}/keys`, token_endpoint: `${origin}/token` },
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    keep({ close: () => server.close() });
    return `https://idp.test:${typeof address === 'object' && address ? address.port : 0}`;
  };
  const door: HttpDoorOptions = { lookup: async () => [{ address: '127.0.0.1', family: 4 }] };
  const root = issue({ name: 'Test Root', ca: true, from: new Date(Date.now() - 2000 * day) });
  const middle = issue({ name: 'Test Intermediate', ca: true, by: root });
  const look = async (leaf: Issued, more: object = {}, chain = '') => {
    const issuer = await https({ key: leaf.key, cert: leaf.cert + chain });
    return diagnose({ provider: { issuer, caFile: file(root.cert), ...more } }, door);
  };

  test('expired: dated, decisive, and the documents behind it are read all the same', async () => {
    const to = new Date(Date.now() - 2 * day);
    const run = await look(
      issue({ name: 'idp.test', names, by: root, from: new Date(Date.now() - 9 * day), to }),
    );
    expect(run.finding('provider/certificate-expired')).toMatchObject({
      at: `${to.toISOString().slice(0, 19)}.000Z`,
    });
    expect(run.finding('provider/certificate-expired')?.detail).toMatch(
      /valid until .*: 2d ago by the provider’s own Date, as this host’s clock was not checked/,
    );
    expect(run.report.causes[0]).toMatchObject({ id: 'trust-credential-expired', verdict: 'confirmed' });
    expect(run.codes).toContain('provider/healthy-but-token-unasked');
  });

  test('a local clock that is 400 days fast convicts nobody’s certificate', async () => {
    const leaf = issue({
      name: 'idp.test',
      names,
      by: root,
      from: new Date(Date.now() - 500 * day),
      to: new Date(Date.now() - 400 * day),
    });
    const run = await look(leaf);
    const corrected = again(run.evidence, {
      startedAt: new Date(Date.now() - 450 * day).toISOString(),
      uncertaintyMs: 20,
    });
    expect(corrected.codes).toContain('provider/certificate-clock');
    expect(corrected.codes).not.toContain('provider/certificate-expired');
    expect(corrected.finding('provider/certificate-clock')?.detail).toContain(
      'judged by corrected time, every certificate it serves is valid',
    );
    expect(corrected.cause('trust-credential-expired').verdict).not.toBe('confirmed');
  });

  test('not valid yet', async () => {
    const run = await look(
      issue({
        name: 'idp.test',
        names,
        by: root,
        from: new Date(Date.now() + 2 * day),
        to: new Date(Date.now() + 9 * day),
      }),
    );
    expect(run.codes).toContain('provider/certificate-not-yet-valid');
  });

  test('for another host', async () => {
    const run = await look(issue({ name: 'x.test', names: ['DNS:x.test'], by: root }));
    expect(run.finding('provider/certificate-name')?.detail).toContain('x.test');
    expect(run.cause('trust-credential-expired').verdict).toBe('likely');
  });

  test('without its intermediate, and with it', async () => {
    const leaf = issue({ name: 'idp.test', names, by: middle });
    const bare = await look(leaf);
    expect(bare.finding('provider/chain-incomplete')?.detail).toContain(
      'not that of its issuer, CN=Test Intermediate',
    );
    const full = await look(leaf, {}, middle.cert);
    expect(full.codes).toContain('provider/certificate-valid');
    expect(full.codes).not.toContain('provider/chain-incomplete');
  });

  test('a leaf alone is a missing intermediate only where its issuer is public, or its authority was named', async () => {
    const other = issue({ name: 'Other Root', ca: true });
    const alone = async (issuerUrl?: string) => {
      const leaf = issue({ name: 'idp.test', names, by: other, ...(issuerUrl && { issuerUrl }) });
      const issuer = await https({ key: leaf.key, cert: leaf.cert });
      return diagnose({ provider: { issuer } }, door);
    };
    const own = await alone();
    expect(own.codes).toContain('provider/certificate-untrusted');
    expect(own.codes).not.toContain('provider/chain-incomplete');
    expect(own.cause('trust-credential-expired').verdict).toBe('unlikely');
    const open = await alone('http://ca.test/issuer.crt');
    expect(open.codes).toContain('provider/chain-incomplete');
    expect(open.cause('trust-credential-expired').verdict).toBe('likely');
  });

  test('what the origin serves behind the edge convicts nobody', async () => {
    const issuer = await https(issue({ name: 'idp.test', names, by: root }));
    const inner = await https(
      issue({ name: 'x', to: new Date(Date.now() - day), from: new Date(Date.now() - 9 * day) }),
    );
    const origin = `https://127.0.0.1:${new URL(inner).port}`;
    const run = await diagnose({ provider: { issuer, origin, caFile: file(root.cert) } }, door);
    expect(run.finding('provider/origin-certificate')?.subject).toMatch(/\(origin\)$/);
    expect(run.codes).toContain('provider/certificate-valid');
    expect(run.cause('trust-credential-expired').verdict).toBe('unlikely');
  });

  test('self-signed, and of an authority that is not trusted here', async () => {
    const own = await look(issue({ name: 'idp.test', names }));
    expect(own.codes).toContain('provider/certificate-untrusted');
    const other = issue({ name: 'Other Root', ca: true });
    const foreign = await look(issue({ name: 'idp.test', names, by: other }), {}, other.cert);
    expect(foreign.codes).toContain('provider/certificate-untrusted');
    expect(foreign.cause('trust-credential-expired').verdict).toBe('unlikely');
  });

  test('about to expire is a weakness that convicts nobody', async () => {
    const run = await look(issue({ name: 'idp.test', names, by: root, to: new Date(Date.now() + 5 * day) }));
    expect(run.report.weaknesses.map((one) => one.code)).toContain('provider/certificate-expiring');
    expect(run.report.status).toBe('clear');
  });

  test('a client secret is never sent over a connection that does not verify', async () => {
    const run = await look(issue({ name: 'idp.test', names }), {
      clientId: 'me',
      clientSecret: `file:${file('never-sent')}`,
    });
    expect(run.codes).toContain('provider/client-not-tried');
  });
});

describe('a second vantage', () => {
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
