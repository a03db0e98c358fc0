import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpDoor } from '../../../src/io/http.ts';
import { proxyFromEnv } from '../../../src/io/http/proxy.ts';
import { answering, type Broken, brokenServer } from '../../support/broken-server.ts';
import { freePort } from '../../support/port.ts';

const signal = new AbortController().signal;
let origin: ReturnType<typeof createServer>;
let originPort = 0;
let seen: string[] = [];
const open: Broken[] = [];

beforeAll(async () => {
  origin = createServer((request, response) => response.end(`origin ${request.url}`));
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  const address = origin.address();
  originPort = typeof address === 'object' && address ? address.port : 0;
});
afterAll(async () => {
  origin.closeAllConnections();
  origin.close();
  await Promise.all(open.map((server) => server.close()));
});

/** A real forward proxy that sends everything to the one origin. */
async function forwardProxy(): Promise<{ port: number; close(): void }> {
  seen = [];
  const proxy = createServer((request: IncomingMessage, response) => {
    seen.push(
      `${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''} ${request.headers.host}`,
    );
    response.end('forwarded');
  });
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    seen.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
    if (request.url?.startsWith('forbidden')) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const out = connect(originPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      out.pipe(socket).pipe(out);
    });
    for (const one of [out, socket]) one.on('error', () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

/** A SOCKS5 proxy that answers as told and connects to the origin. */
function socksProxy(reply: number, password?: string): Promise<Broken> {
  return brokenServer((socket) => {
    let step = 0;
    socket.on('data', (chunk) => {
      step++;
      if (step === 1) socket.write(Buffer.from([5, password ? 2 : 0]));
      else if (password && step === 2) socket.write(Buffer.from([1, chunk.includes(password) ? 0 : 1]));
      else if (step === (password ? 3 : 2)) {
        seen.push(chunk.subarray(5, -2).toString());
        socket.write(Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]));
        socket.removeAllListeners('data');
        const out = connect(originPort, '127.0.0.1', () => out.pipe(socket).pipe(out));
        out.on('error', () => {});
        socket.on('close', () => out.destroy());
      }
    });
  });
}

describe('through a proxy', () => {
  test('plain http names the whole URL to it, with credentials', async () => {
    const proxy = await forwardProxy();
    const answer = await httpDoor({ env: {} }).request({
      url: 'http://idp.test/keys',
      via: `http://user:p%40ss@127.0.0.1:${proxy.port}`,
      signal,
    });
    expect(answer).toMatchObject({ ok: true, status: 200, via: `127.0.0.1:${proxy.port}` });
    expect(seen).toEqual([
      `GET http://idp.test/keys Basic ${Buffer.from('user:p@ss').toString('base64')} idp.test`,
    ]);
    proxy.close();
  });

  test('https goes by CONNECT; a refusal is the proxy’s, not the target’s', async () => {
    const proxy = await forwardProxy();
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const answer = await httpDoor({ env }).request({ url: 'https://forbidden.test/', signal });
    expect(answer).toMatchObject({ ok: false, phase: 'proxy', kind: 'proxy', code: 'PROXY_403' });
    expect(!answer.ok && answer.message).toContain('did not open a way to forbidden.test:443');
    // The origin behind the tunnel speaks plain HTTP: reaching it shows as a TLS failure behind a good tunnel.
    const through = await httpDoor({ env }).request({ url: 'https://idp.test/', signal });
    expect(through).toMatchObject({ ok: false, phase: 'tls', kind: 'tls' });
    expect(seen).toEqual(['CONNECT forbidden.test:443 ', 'CONNECT idp.test:443 ']);
    proxy.close();
  });

  test('that refuses is named', async () => {
    const port = await freePort();
    const answer = await httpDoor({ env: {} }).request({
      url: 'https://idp.test/',
      via: `127.0.0.1:${port}`,
      signal,
    });
    expect(answer).toMatchObject({ ok: false, phase: 'tcp', kind: 'refused' });
    expect(!answer.ok && answer.message).toContain(`the proxy 127.0.0.1:${port} refused`);
  });

  test('that hangs, closes or is none', async () => {
    const silent = await brokenServer(() => {});
    const closing = await brokenServer((socket) => void socket.on('data', () => socket.end()));
    const nonsense = await brokenServer(
      (socket) => void socket.on('data', () => socket.write('hello\r\n\r\n')),
    );
    open.push(silent, closing, nonsense);
    const ask = ({ port }: Broken, scheme = 'http') =>
      httpDoor({ env: {} }).request({
        url: 'https://idp.test/',
        via: `${scheme}://127.0.0.1:${port}`,
        timeoutMs: 300,
        signal,
      });
    expect(await ask(silent)).toMatchObject({ ok: false, phase: 'proxy', kind: 'timeout' });
    expect(await ask(closing)).toMatchObject({ ok: false, phase: 'proxy', code: 'PROXY_CLOSED' });
    expect(await ask(nonsense)).toMatchObject({ ok: false, phase: 'proxy', code: 'PROXY_NOT_HTTP' });
    expect(await ask(nonsense, 'socks5')).toMatchObject({
      ok: false,
      phase: 'proxy',
      code: 'PROXY_NOT_SOCKS5',
    });
    expect(await ask(nonsense, 'ftp')).toMatchObject({
      ok: false,
      kind: 'proxy',
      code: 'PROXY_NOT_UNDERSTOOD',
    });
  });

  test('that is asked for plain http is the one whose words those are', async () => {
    const silent = await brokenServer(() => {});
    const closing = await brokenServer((socket) => void socket.on('data', () => socket.destroy()));
    const short = await brokenServer(answering('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
    open.push(silent, closing, short);
    const said = async ({ port }: Broken) => {
      const via = `http://127.0.0.1:${port}`;
      const answer = await httpDoor({ env: {} }).request({
        url: 'http://idp.test/',
        via,
        timeoutMs: 400,
        signal,
      });
      return answer.ok ? '' : answer.message;
    };
    expect(await said(silent)).toMatch(
      /^from this host, the proxy 127\.0\.0\.1:\d+ took the request for idp\.test:80 but had not answered it after/,
    );
    expect(await said(closing)).toMatch(
      /the proxy 127\.0\.0\.1:\d+, asked for idp\.test:80, closed the connection without an answer/,
    );
    expect(await said(short)).toMatch(
      /the proxy 127\.0\.0\.1:\d+, asked for idp\.test:80, answered 200 but closed/,
    );
  });

  test('whose name nobody knows is told by its own name', async () => {
    const answer = await httpDoor({
      env: {},
      lookup: () => Promise.reject(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' })),
    }).request({ url: 'https://idp.test/', via: 'http://proxy.test:3128', signal });
    expect(answer).toMatchObject({ ok: false, phase: 'dns', kind: 'dns', code: 'ENOTFOUND' });
    expect(!answer.ok && answer.message).toBe(
      'from this host, the proxy’s name proxy.test does not resolve (ENOTFOUND)',
    );
  });

  test('SOCKS5 leaves the name to the far side', async () => {
    seen = [];
    const proxy = await socksProxy(0);
    open.push(proxy);
    const answer = await httpDoor({
      env: {},
      lookup: () => Promise.reject(new Error('must not be asked')),
    }).request({ url: 'http://idp.test/keys', via: `socks5://127.0.0.1:${proxy.port}`, signal });
    expect(answer.ok && answer.body.toString()).toBe('origin /keys');
    expect(seen).toEqual(['idp.test']);
  });

  test('SOCKS5 with a password, right and wrong, and a target refused on the far side', async () => {
    const proxy = await socksProxy(0, 'right');
    const refusing = await socksProxy(5);
    open.push(proxy, refusing);
    const ask = (via: string) => httpDoor({ env: {} }).request({ url: 'http://idp.test/', via, signal });
    expect(await ask(`socks5://me:right@127.0.0.1:${proxy.port}`)).toMatchObject({ ok: true });
    expect(await ask(`socks5://me:wrong@127.0.0.1:${proxy.port}`)).toMatchObject({
      ok: false,
      code: 'SOCKS_WRONG_PASSWORD',
    });
    expect(await ask(`socks5://127.0.0.1:${refusing.port}`)).toMatchObject({
      ok: false,
      code: 'SOCKS_CONNECTION_REFUSED',
    });
  });
});

describe('the environment’s proxy', () => {
  const env = {
    HTTPS_PROXY: 'proxy.test:3128',
    http_proxy: 'http://plain.test',
    NO_PROXY: 'internal.test, .corp:8443,10.0.0.1',
  };
  test.each([
    ['https://idp.test/', 'proxy.test:3128'],
    ['http://idp.test/', 'plain.test'],
    ['https://internal.test/', undefined],
    ['https://a.internal.test/', undefined],
    ['https://notinternal.test/', 'proxy.test:3128'],
    ['https://a.corp:8443/', undefined],
    ['https://a.corp/', 'proxy.test:3128'],
    ['https://10.0.0.1/', undefined],
    ['https://localhost/', undefined],
    ['https://127.0.0.1:8443/', undefined],
    ['https://[::1]/', undefined],
  ])('%s', (url, host) => {
    expect(proxyFromEnv(new URL(url), env)?.host).toBe(host);
  });

  test('is none when nothing is set, when all are exempt, or when it is nonsense', () => {
    const url = new URL('https://idp.test/');
    expect(proxyFromEnv(url, {})).toBeUndefined();
    expect(proxyFromEnv(url, { ...env, NO_PROXY: '*' })).toBeUndefined();
    expect(proxyFromEnv(url, { HTTPS_PROXY: 'gopher://x' })).toBeUndefined();
  });
});
