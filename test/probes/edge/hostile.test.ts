import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createTcp, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { edge } from '../../../src/probes/edge/index.ts';
import { replay } from '../../../src/probes/replay/index.ts';
import { look } from '../../support/look.ts';
import { close, listen } from '../../support/session-app.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

async function http(listener: RequestListener): Promise<string> {
  const server = createHttp(listener);
  const port = await listen(server);
  ends.push(() => close(server));
  return `http://127.0.0.1:${port}/`;
}

async function tcp(talk: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => talk(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  });
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
}

const hostile: readonly (readonly [string, () => Promise<string>, boolean])[] = [
  ['hangs without a word', () => tcp(() => {}), true],
  ['sends garbage', () => tcp((socket) => socket.end('\u0000\u0001 this is no HTTP\r\n\r\n')), true],
  [
    'sends half a head and hangs',
    () => tcp((socket) => socket.write('HTTP/1.1 200 OK\r\nSet-Cookie: a')),
    true,
  ],
  ['closes at once', () => tcp((socket) => socket.destroy()), true],
  [
    'redirects in a loop',
    () => http((request, response) => response.writeHead(302, { location: request.url }).end()),
    false,
  ],
  [
    'sends bad gzip',
    () =>
      http((_request, response) => {
        const body = gzipSync('hello '.repeat(1000));
        body.fill(0x55, 20);
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(body);
      }),
    true,
  ],
  [
    'sends 100 MB',
    () =>
      http((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        const block = Buffer.alloc(1_048_576, 'x');
        let left = 100;
        const more = (): void => {
          while (left-- > 0) if (!response.write(block)) return void response.once('drain', more);
          response.end();
        };
        more();
      }),
    false,
  ],
  [
    'sets a thousand cookies of odd names',
    () =>
      http((_request, response) => {
        const lines = Array.from({ length: 200 }, (_, n) => `\u00e9${n}=${'v'.repeat(50)}; Path=${n}`);
        response.writeHead(200, { 'set-cookie': lines, age: '9'.repeat(20), date: 'yesterday' }).end();
      }),
    false,
  ],
];

describe.each([
  ['edge', (url: string, signal: AbortSignal) => look(edge, { edge: { url, origin: url } }, { signal })],
  ['replay', (url: string, signal: AbortSignal) => look(replay, { replay: { url } }, { signal })],
] as const)('%s, when the other side', (_probe, run) => {
  it.each(hostile)('%s', async (name, server, blind) => {
    const url = await server();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new DOMException('deadline', 'TimeoutError')), 2500);
    const before = process.memoryUsage().rss;
    const { findings, suspects, seen } = await run(url, deadline.signal);
    clearTimeout(timer);
    expect(findings.some((finding) => finding.blind)).toBe(blind);
    expect(/only the first \d+ KB were read/.test(findings[0]?.detail ?? '')).toBe(name === 'sends 100 MB');
    expect(suspects).toEqual([]);
    expect(JSON.stringify(seen).length).toBeLessThan(2_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1_048_576);
  });
});
