import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerValues, readExchanges } from '../../src/parse/exchanges.ts';
import { carrier } from '../support/carriers.ts';

const setCookieNames = (text: string) =>
  readExchanges(text)?.exchanges.flatMap((exchange) =>
    headerValues(exchange.response, 'set-cookie').map((line) => line.split('=')[0]),
  );

const NODE_AFTER = [
  '__Host-authjs.csrf-token',
  '__Secure-authjs.callback-url',
  '__Secure-authjs.session-token.0',
  '__Secure-authjs.session-token.1',
  'connect.sid',
  'session',
  'session.sig',
  'app_sess',
];

describe('recorded files', () => {
  it.each([
    ['node-after.har', 'har', 'https://stories.example.test:39921/login'],
    ['node-after.curl-D.txt', 'curl-i', null],
    ['node-after.curl-i.txt', 'curl-i', null],
    ['node-after.curl-v-login.txt', 'curl-v', 'https://stories.example.test:39921/login'],
  ])('%s holds the login', (file, kind, url) => {
    const read = readExchanges(carrier(file));
    expect(read?.kind).toBe(kind);
    expect(read?.notes).toEqual([]);
    expect(read?.exchanges[0]).toMatchObject({ url, status: 302 });
    expect(setCookieNames(carrier(file))).toEqual(NODE_AFTER);
  });

  it('keeps both cookies that came to the second request', () => {
    const read = readExchanges(carrier('node-after.curl-v-account.txt'));
    const cookie = headerValues(read?.exchanges[0]?.request ?? [], 'cookie').join('; ');
    expect(cookie).toContain('connect.sid=');
    expect(read?.exchanges[0]).toMatchObject({ method: 'GET', status: 200 });
  });

  it('says that a HAR was sanitized', () => {
    expect(readExchanges(carrier('node-after.sanitized.har'))?.notes).toEqual(['sanitized']);
  });

  it('reads bare header lines', () => {
    const read = readExchanges(carrier('node-after.headers.txt'));
    expect(read?.kind).toBe('headers');
    expect(setCookieNames(carrier('node-after.headers.txt'))).toEqual(NODE_AFTER);
    expect(headerValues(read?.exchanges[0]?.request ?? [], 'cookie')).toHaveLength(1);
  });
});

describe('what the tools do to headers', () => {
  const har = (response: object, request: object = {}, creator = 'Firefox') =>
    JSON.stringify({
      log: {
        creator: { name: creator },
        entries: [
          {
            startedDateTime: '2026-11-21T03:00:00.000Z',
            request: {
              method: 'GET',
              url: 'https://www.example.com/login',
              headers: [],
              cookies: [],
              ...request,
            },
            response: { status: 200, headers: [], cookies: [], ...response },
          },
        ],
      },
    });

  it('takes apart what Firefox joined with a newline', () => {
    const text = har({ headers: [{ name: 'set-cookie', value: 'a=1; Path=/\nb=2; Path=/' }] });
    expect(setCookieNames(text)).toEqual(['a', 'b']);
    expect(readExchanges(text)?.exchanges[0]?.startedAt).toBe(Date.UTC(2026, 10, 21, 3));
  });

  it('takes headers before cookies[], and cookies[] when there are no headers', () => {
    const both = har({
      headers: [{ name: 'Set-Cookie', value: 'sid=a%2Bb' }],
      cookies: [{ name: 'sid', value: 'a+b' }],
    });
    expect(readExchanges(both)?.exchanges[0]?.response).toEqual([['Set-Cookie', 'sid=a%2Bb']]);
    const only = har(
      {
        cookies: [
          { name: 'sid', value: 'x', path: '/', domain: '.example.com', secure: true, sameSite: 'Lax' },
        ],
      },
      {
        cookies: [
          { name: 'sid', value: 'y' },
          { name: 'sid', value: 'z' },
        ],
      },
    );
    const read = readExchanges(only);
    expect(read?.notes).toEqual(['from-cookie-list']);
    expect(read?.exchanges[0]?.response).toEqual([
      ['Set-Cookie', 'sid=x; Domain=.example.com; Path=/; Secure; SameSite=Lax'],
    ]);
    expect(read?.exchanges[0]?.request).toEqual([['Cookie', 'sid=y; sid=z']]);
  });

  it("calls Chrome's default export sanitized, and another tool's cookieless one not", () => {
    expect(readExchanges(har({}, {}, 'WebInspector'))?.notes).toEqual(['sanitized']);
    expect(readExchanges(har({}))?.notes).toEqual([]);
    const withCookie = har({}, { headers: [{ name: 'cookie', value: 'a=1' }] }, 'WebInspector');
    expect(readExchanges(withCookie)?.notes).toEqual([]);
  });

  it('follows absolute redirects of curl -iL and leaves out interim answers', () => {
    const read = readExchanges(
      [
        '$ curl -siL https://example.com/login',
        'HTTP/1.1 200 Connection established',
        '',
        'HTTP/1.1 100 Continue',
        '',
        'HTTP/2 302 ',
        'location: https://www.example.com/app',
        'set-cookie: sid=1; Path=/',
        '',
        'HTTP/2 200 ',
        'set-cookie: a=1;',
        '  Path=/',
        '',
        '<p>body: not a header</p>',
      ].join('\r\n'),
    );
    expect(read?.exchanges).toEqual([
      expect.objectContaining({ url: 'https://example.com/login', status: 302 }),
      expect.objectContaining({
        url: 'https://www.example.com/app',
        status: 200,
        response: [['set-cookie', 'a=1; Path=/']],
      }),
    ]);
  });

  it('tells http from https in a transcript of both', () => {
    const read = readExchanges(
      [
        '*   Trying 10.0.0.1:80...',
        '* Connected to www.example.com (10.0.0.1) port 80 (#0)',
        '> GET / HTTP/1.1',
        '> Host: www.example.com',
        '> ',
        '< HTTP/1.1 301 Moved Permanently',
        '< Location: https://www.example.com/',
        '< ',
        '* Connection #0 to host www.example.com left intact',
        '*   Trying 10.0.0.1:443...',
        '* SSL connection using TLSv1.3',
        '> GET / HTTP/2',
        '> Host: www.example.com',
        '> ',
        '< HTTP/2 200 ',
        '< set-cookie: sid=1',
        '< ',
        '< set-cookie: in=body',
      ].join('\n'),
    );
    expect(read?.exchanges.map(({ url }) => url)).toEqual([
      'http://www.example.com/',
      'https://www.example.com/',
    ]);
    expect(read?.exchanges[1]?.response).toEqual([['set-cookie', 'sid=1']]);
  });
});

describe('anything at all', () => {
  it('never throws', () => {
    const line = fc.constantFrom(
      'HTTP/1.1 200 OK',
      '> GET / HTTP/1.1',
      '< HTTP/2 302 ',
      '< set-cookie: a=b',
      'Set-Cookie: x',
      'location: http://[',
      '* SSL connection using',
      '',
      '{"log":{"entries":[null,{"request":7}]}}',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
        expect(() => readExchanges(lines.join('\n'))).not.toThrow();
      }),
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (value) => {
        const entry = `{"request":${value},"response":{"headers":[${value}],"cookies":${value}}}`;
        expect(readExchanges(`{"log":{"entries":[${entry}]}}`)?.kind).toBe('har');
      }),
    );
  });

  it('is bounded: a line of megabytes and thirty thousand more are cut and said to be', () => {
    const big = `Set-Cookie: big=${'v'.repeat(3_000_000)}`;
    const text = [
      'HTTP/1.1 200 OK',
      big,
      ...Array.from({ length: 30_000 }, (_, i) => `Set-Cookie: c${i}=1`),
    ].join('\n');
    const read = readExchanges(text);
    expect(read?.notes).toEqual(['cut']);
    expect(read?.exchanges[0]?.response.length).toBeLessThanOrEqual(20_000);
    expect(read?.exchanges[0]?.response[0]?.[1].length).toBeLessThanOrEqual(2_097_152);
  });
});
