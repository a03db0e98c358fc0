import { describe, expect, test } from 'vitest';
import { answering, brokenServer } from '../../support/broken-server.ts';
import { keeper } from '../../support/keep.ts';
import { diagnose, site } from './support.ts';

const keep = keeper();

const json = (value: object) => {
  const body = JSON.stringify(value);
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

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
      '503 for a time',
      http('503 Service Unavailable\r\nRetry-After: 120'),
      'provider/errors',
      /discovery 503 \(Retry-After: 120\)/,
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
      'a reset',
      (socket) => void socket.on('data', () => socket.resetAndDestroy()),
      'provider/closed',
      /closed the connection without an answer \(ECONNRESET\)/,
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
  const partly = async (
    broken: Readonly<Record<string, readonly [status: number, body: string]>>,
    symptoms: object = {},
  ) => {
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
    return diagnose({ provider: { issuer: idp.origin }, incident: { symptoms } });
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
    [
      'discovery: 500',
      { [DISCOVERY]: [500, ''] },
      'discovery-unobtainable',
      /configuration answered 500, while the site itself answered$/,
    ],
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
  test.each(without)(
    'no client can work without %s, and one path is no outage',
    async (_name, broken, slug, words) => {
      const run = await partly(broken);
      expect(run.finding(`provider/${slug}`)?.detail).toMatch(words);
      expect(run.codes).not.toContain('provider/healthy');
      expect(run.cause('idp-outage').verdict).toBe('possible');
      const told = await partly(broken, { login: 'fails' });
      expect(told.cause('idp-outage').verdict).toBe('likely');
    },
  );

  test.each([
    [
      'discovery and the site',
      { '*': [503, ''] },
      /^from this host, 2 of 2 endpoints fail: discovery 503 and/,
    ],
    [
      'the keys and userinfo',
      { '/keys': [503, '{}'], '/me': [502, '{}'] },
      /^from this host, 2 of 3 endpoints fail: the key set 503 and userinfo 502$/,
    ],
  ] as const)('two that fail, %s, are a likely outage', async (_name, broken, words) => {
    const run = await partly(broken);
    expect(run.finding('provider/errors')?.detail).toMatch(words);
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

  test('slower than verifiers wait is worse than slow', async () => {
    const idp = keep(
      await brokenServer((socket) => {
        socket.on('data', () => {
          setTimeout(() => socket.end(json({ keys: [] })), 3550);
        });
      }),
    );
    const run = await diagnose({ provider: { jwksUri: `http://127.0.0.1:${idp.port}/keys` } });
    expect(run.finding('provider/too-slow')?.detail).toMatch(
      /^from this host, the key set took \d{4} ms .*; 1 of 1 endpoints took longer than 1\.5s$/,
    );
    expect(run.codes).not.toContain('provider/slow');
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
