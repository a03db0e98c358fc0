import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failureKinds, httpDoor } from '../../../src/io/http.ts';
import { parseProxy, proxyFromEnv } from '../../../src/io/http/proxy.ts';
import { type Broken, brokenServer } from '../../support/broken-server.ts';

let server: Broken;
let answer: Buffer = Buffer.alloc(0);

beforeAll(async () => {
  server = await brokenServer((socket) => void socket.on('data', () => socket.end(answer)));
});
afterAll(() => server.close());

const piece = fc.oneof(
  fc.constantFrom(
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 99999 ?\r\n',
    'HTTP/1.1 302 Found\r\nLocation: /\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: -1\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Content-Encoding: gzip\r\n',
    'Content-Encoding: br, deflate, gzip, gzip\r\n',
    'Set-Cookie: a=\u0001\r\n',
    ': \r\n',
    '\r\n',
    'ffffffffff\r\n',
    '0\r\n\r\n',
  ),
  fc.string({ maxLength: 20 }),
);

test('whatever a server sends, the door gives a value of its own shape', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      answer = Buffer.from(pieces.join(''), 'latin1');
      const got = await httpDoor({ env: {} }).request({
        url: `http://127.0.0.1:${server.port}/`,
        signal: new AbortController().signal,
        timeoutMs: 5000,
        maxBody: 1000,
      });
      if (got.ok) expect(got.body.length).toBeLessThanOrEqual(1000);
      else {
        expect(failureKinds).toContain(got.kind);
        expect(got.message).toMatch(/^from this host, /);
      }
    }),
    { numRuns: 150 },
  );
});

test('proxy settings of any content are read without a throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (proxy, exempt) => {
      const found = proxyFromEnv(new URL('https://idp.test/'), { HTTPS_PROXY: proxy, NO_PROXY: exempt });
      expect(found === undefined || parseProxy(proxy)?.href === found.href).toBe(true);
    }),
  );
});
