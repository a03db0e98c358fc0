import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { type HttpRequest, httpDoor } from '../../../src/io/http.ts';
import { answering, type Broken, brokenServer } from '../../support/broken-server.ts';
import { freePort } from '../../support/port.ts';

const open: Broken[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function server(serve: Parameters<typeof brokenServer>[0]): Promise<Broken> {
  const started = await brokenServer(serve);
  open.push(started);
  return started;
}

/** At its usual quality brotli takes seconds to make the bomb. */
const quickBrotli = (bytes: Buffer) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });

const door = httpDoor({ env: {} });
const never = new AbortController().signal;

async function ask(serve: Parameters<typeof brokenServer>[0], more: Partial<HttpRequest> = {}) {
  const { port } = await server(serve);
  return door.request({
    url: `http://127.0.0.1:${port}/a?b=secret-query`,
    signal: never,
    timeoutMs: 20_000,
    ...more,
  });
}

const withBody = (body: Buffer | string, ...headers: string[]) =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\n${headers.map((line) => `${line}\r\n`).join('')}Content-Length: ${body.length}\r\n\r\n`,
    ),
    Buffer.from(body),
  ]);

describe('an answer', () => {
  test('keeps headers in wire order and case, and both Set-Cookie lines', async () => {
    const answer = await ask(
      answering(
        'HTTP/1.1 302 Found\r\nX-b: 1\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n',
      ),
    );
    expect(answer).toMatchObject({
      ok: true,
      status: 302,
      headers: [
        ['X-b', '1'],
        ['Set-Cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['Location', '/next'],
        ['Content-Length', '0'],
      ],
      truncated: false,
      remoteAddress: '127.0.0.1',
      tls: null,
      via: null,
    });
    expect(open[0]?.connections(), 'no redirect is followed').toBe(1);
  });

  test('sends the tool’s name, the given headers, and POST bodies', async () => {
    let head = '';
    await ask(
      (socket) => {
        socket.on('data', (chunk) => {
          head += chunk.toString('latin1');
          if (head.endsWith('grant=1')) socket.end('HTTP/1.1 204 No Content\r\n\r\n');
        });
      },
      { method: 'POST', headers: { Cookie: 'sid=1', 'Content-Type': 'text/plain' }, body: 'grant=1' },
    );
    expect(head).toMatch(/^POST \/a\?b=secret-query HTTP\/1\.1\r\n/);
    expect(head).toMatch(/\r\nuser-agent: sessdoctor\/\d+\.\d+\.\d+\r\n/);
    expect(head).toMatch(/\r\nCookie: sid=1\r\n/);
    expect(head).toMatch(/\r\ncontent-length: 7\r\n/i);
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
  ] as const)('is opened from %s', async (coding, compress) => {
    const answer = await ask(
      answering(withBody(compress('hello '.repeat(1000)), `Content-Encoding: ${coding}`)),
    );
    expect(answer.ok && answer.body.toString()).toBe('hello '.repeat(1000));
  });

  test.each([
    ['gzip', gzipSync],
    ['br', quickBrotli],
  ] as const)('stays bounded when it is a %s bomb', async (coding, compress) => {
    const answer = await ask(
      answering(withBody(compress(Buffer.alloc(20_000_000)), `Content-Encoding: ${coding}`)),
      {
        maxBody: 10_000,
      },
    );
    expect(answer).toMatchObject({ ok: true, truncated: true });
    expect(answer.ok && answer.body.length).toBe(10_000);
  });

  test('is cut at maxBody, plain or endless', async () => {
    const answer = await ask(
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const more = () => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 97)));
        };
        socket.on('drain', more);
        more();
      },
      { maxBody: 100_000 },
    );
    expect(answer).toMatchObject({ ok: true, truncated: true });
    expect(answer.ok && answer.body.length).toBe(100_000);
  });

  test('of exactly maxBody is not called truncated', async () => {
    const answer = await ask(answering(withBody('12345')), { maxBody: 5 });
    expect(answer).toMatchObject({ ok: true, truncated: false });
  });

  test('passes over 103 Early Hints', async () => {
    const answer = await ask(
      answering(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${withBody('x').toString()}`),
    );
    expect(answer).toMatchObject({ ok: true, status: 200 });
  });

  test('without a length ends with the connection', async () => {
    const answer = await ask(answering('HTTP/1.0 200 OK\r\n\r\nold'));
    expect(answer.ok && answer.body.toString()).toBe('old');
  });
});

describe('a failure names its phase and kind', () => {
  const cases: readonly [string, Parameters<typeof brokenServer>[0], object, RegExp][] = [
    [
      'not HTTP',
      (s) => void s.end('SSH-2.0-OpenSSH_9.2\r\n'),
      { phase: 'headers', kind: 'not-http' },
      /not HTTP/,
    ],
    [
      'closed without an answer',
      (s) => void s.on('data', () => s.end()),
      { phase: 'headers', kind: 'closed' },
      /without an answer/,
    ],
    [
      'closed at once',
      (s) => void s.destroy(),
      { phase: 'headers', kind: 'closed' },
      /closed the connection/,
    ],
    [
      'RST',
      (s) => void s.on('data', () => s.resetAndDestroy()),
      { phase: 'headers', kind: 'closed' },
      /closed the connection/,
    ],
    [
      'truncated body',
      answering('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'),
      { phase: 'body', kind: 'closed', head: { status: 200 } },
      /3 bytes in/,
    ],
    [
      'RST in the body',
      answering('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', 'reset'),
      { phase: 'body', kind: 'closed' },
      /middle of the body/,
    ],
    [
      'bad gzip',
      answering(withBody('this is not gzip', 'Content-Encoding: gzip')),
      { phase: 'body', kind: 'bad-encoding', head: { status: 200 } },
      /does not decompress/,
    ],
    [
      'gzip that ends early',
      answering(withBody(gzipSync('x'.repeat(5000)).subarray(0, 20), 'Content-Encoding: gzip')),
      { phase: 'body', kind: 'bad-encoding' },
      /does not decompress/,
    ],
    [
      'an encoding nobody asked for',
      answering(withBody('abc', 'Content-Encoding: zstd')),
      { phase: 'body', kind: 'bad-encoding', code: 'UNKNOWN_ENCODING' },
      /does not decompress/,
    ],
    [
      'huge headers',
      answering(`HTTP/1.1 200 OK\r\n${`X-Long: ${'a'.repeat(1000)}\r\n`.repeat(400)}\r\n`),
      { phase: 'headers', kind: 'too-large' },
      /larger than this tool reads/,
    ],
  ];
  test.each(cases)('%s', async (_name, serve, expected, words) => {
    const answer = await ask(serve);
    expect(answer).toMatchObject({ ok: false, remoteAddress: '127.0.0.1', ...expected });
    const message = answer.ok ? '' : answer.message;
    expect(message).toMatch(/^from this host, /);
    expect(message).toMatch(words);
    expect(message).not.toContain('secret-query');
  });

  test('refused', async () => {
    const port = await freePort();
    const answer = await door.request({ url: `http://127.0.0.1:${port}/`, signal: never });
    expect(answer).toMatchObject({ ok: false, phase: 'tcp', kind: 'refused', code: 'ECONNREFUSED' });
  });

  test('refused by every address of a name', async () => {
    const port = await freePort();
    const both = httpDoor({
      env: {},
      lookup: async () => [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ],
    });
    const answer = await both.request({ url: `http://idp.test:${port}/`, signal: never });
    expect(answer).toMatchObject({ ok: false, phase: 'tcp', kind: 'refused', code: 'ECONNREFUSED' });
  });

  test.each(['ENOTFOUND', 'EAI_AGAIN'])('name not found: %s', async (code) => {
    const deaf = httpDoor({
      env: {},
      lookup: () => Promise.reject(Object.assign(new Error(code), { code })),
    });
    const answer = await deaf.request({ url: 'http://idp.test/', signal: never });
    expect(answer).toMatchObject({ ok: false, phase: 'dns', kind: 'dns', code });
  });

  test.each([
    ['https on a plain port', 'https://127.0.0.1'],
    ['TLS garbage', 'https://127.0.0.1'],
  ])('%s', async (_name, origin) => {
    const { port } = await server((s) => void s.on('data', () => s.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const answer = await door.request({ url: `${origin}:${port}/`, signal: never });
    expect(answer).toMatchObject({ ok: false, phase: 'tls', kind: 'tls' });
  });

  test('a URL or protocol that is none', async () => {
    expect(await door.request({ url: 'nonsense', signal: never })).toMatchObject({
      ok: false,
      kind: 'other',
    });
    expect(await door.request({ url: 'file:///etc/passwd', signal: never })).toMatchObject({
      ok: false,
      kind: 'other',
    });
  });
});

describe('nothing hangs', () => {
  const hangs: readonly [string, string, () => Promise<{ url: string; lookup?: () => Promise<never> }>][] = [
    ['dns', 'dns', async () => ({ url: 'http://idp.test/', lookup: () => new Promise<never>(() => {}) })],
    ['tls', 'tls', async () => ({ url: `https://127.0.0.1:${(await server(() => {})).port}/` })],
    ['headers', 'headers', async () => ({ url: `http://127.0.0.1:${(await server(() => {})).port}/` })],
    [
      'headers that drip',
      'headers',
      async () => {
        const { port } = await server((socket) => {
          socket.write('HTTP/1.1 200 OK\r\nX-Drip: ');
          const timer = setInterval(() => socket.write('a'), 20);
          socket.on('close', () => clearInterval(timer));
        });
        return { url: `http://127.0.0.1:${port}/` };
      },
    ],
    [
      'body that drips',
      'body',
      async () => {
        const { port } = await server((socket) => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
          const timer = setInterval(() => socket.write('a'), 20);
          socket.on('close', () => clearInterval(timer));
        });
        return { url: `http://127.0.0.1:${port}/` };
      },
    ],
  ];

  test.each(hangs)('own limit: %s', async (_name, phase, make) => {
    const { url, lookup } = await make();
    const answer = await httpDoor({ env: {}, ...(lookup && { lookup }) }).request({
      url,
      signal: never,
      timeoutMs: 250,
    });
    expect(answer).toMatchObject({ ok: false, kind: 'timeout', phase });
    expect(answer.timings.totalMs).toBeGreaterThanOrEqual(240);
  });

  test.each(hangs)('aborted: %s', async (_name, phase, make) => {
    const { url, lookup } = await make();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 150);
    const answer = await httpDoor({ env: {}, ...(lookup && { lookup }) }).request({
      url,
      signal: stop.signal,
    });
    expect(answer).toMatchObject({ ok: false, kind: 'aborted', phase });
  });

  test('the deadline’s signal means timeout, and an aborted one means no connection at all', async () => {
    const { port, connections } = await server(() => {});
    const url = `http://127.0.0.1:${port}/`;
    const late = await door.request({ url, signal: AbortSignal.timeout(100) });
    expect(late).toMatchObject({ ok: false, kind: 'timeout', phase: 'headers' });
    const never = await door.request({ url, signal: AbortSignal.abort() });
    expect(never).toMatchObject({ ok: false, kind: 'aborted' });
    expect(connections()).toBe(1);
  });

  test('many requests may share one signal', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    const { port } = await server(answering(withBody('x')));
    const signal = AbortSignal.any([new AbortController().signal]);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => door.request({ url: `http://127.0.0.1:${port}/`, signal })),
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warn);
    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(warnings).toEqual([]);
  });

  test('a socket is closed when the answer is in', async () => {
    let closed = () => {};
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const answer = await ask((socket) => {
      socket.on('close', closed);
      answering(withBody('x'), 'keep')(socket);
    });
    expect(answer.ok).toBe(true);
    await gone;
  });
});
