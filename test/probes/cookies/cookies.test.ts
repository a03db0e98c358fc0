import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings as catalogue } from '../../../src/probes/cookies/findings.ts';
import { freePort } from '../../support/port.ts';
import { curlI, runCookies } from '../../support/cookies-run.ts';

const EXPRESS = 's%3AuzGSxA-4xw22ZtnLPuZYh9BKAtApiJ4m.EBZIpBEWlG3RfOFE5ZR5UViCsi5A9j26rr3I1DMm9xk';
const OTHER = 's%3Ai0aWvqfQk2S9Ovkk2n4fXh4bB5t1lI3a.d0lQ8m1Y9vXo2c5mFzYp3Zl5m7f7S2k0cQ1v0t9bXyE';
const BASE = 'HttpOnly; Secure; SameSite=Lax; Max-Age=2592000';
const OLD = `sid=opaque-old-0123456789; Domain=.example.com; Path=/; ${BASE}`;

describe('from two deploys to a cause', () => {
  it.each([
    // before, after, the telling findings, the cause and its verdict
    [
      'domain narrowed',
      OLD,
      `sid=opaque-new-0123456789; Domain=www.example.com; Path=/; ${BASE}`,
      'login-loop',
      'cookie-identity-changed',
      'likely',
    ],
    [
      'domain and path narrowed, stack unknown',
      OLD,
      `sid=opaque-new-0123456789; Domain=www.example.com; Path=/app; ${BASE}`,
      'login-loop-last',
      'cookie-identity-changed',
      'likely',
    ],
    [
      'path narrowed on express-session',
      `sid=${EXPRESS}; Path=/; ${BASE}`,
      `sid=${OTHER}; Path=/app; ${BASE}`,
      'path-excluded',
      'cookie-identity-changed',
      'likely',
    ],
    [
      'renamed',
      OLD,
      `__Host-session=opaque-new-0123456789; Path=/; ${BASE}`,
      'renamed',
      'cookie-identity-changed',
      'confirmed',
    ],
    [
      'SameSite=None without Secure',
      OLD,
      'sid=opaque-new-0123456789; Domain=.example.com; Path=/; HttpOnly; SameSite=None; Max-Age=2592000',
      'refused',
      'cookie-refused',
      'confirmed',
    ],
    [
      'over 4096 bytes',
      OLD,
      `sid=${'v'.repeat(5000)}; Domain=.example.com; Path=/; ${BASE}`,
      'oversize',
      'cookie-oversize',
      'likely',
    ],
    [
      'thirty days became thirty minutes',
      OLD,
      'sid=opaque-new-0123456789; Domain=.example.com; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=1800',
      'lifetime-collapsed',
      'lifetime-wrong',
      'likely',
    ],
    [
      'seconds for milliseconds',
      OLD,
      'sid=opaque-new-0123456789; Domain=.example.com; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=2592',
      'lifetime-unit',
      'lifetime-wrong',
      'confirmed',
    ],
    [
      'already past on arrival',
      OLD,
      'sid=opaque-new-0123456789; Domain=.example.com; Path=/; HttpOnly; Secure; SameSite=Lax; Expires=Sat, 21 Nov 2026 07:00:00 GMT',
      'expired-on-arrival',
      'lifetime-wrong',
      'confirmed',
    ],
  ])('%s', async (_title, before, after, slug, cause, verdict) => {
    const { slugs, report } = await runCookies(curlI(before), curlI(after));
    expect(slugs).toContain(slug);
    expect(report.causes[0]).toMatchObject({ id: cause });
    expect([verdict, 'confirmed']).toContain(report.causes[0]?.verdict);
    expect(report.status).toBe('diagnosed');
  });

  it('no change is health, and clears the suspects', async () => {
    const { slugs, report, verdict } = await runCookies(curlI(OLD), curlI(OLD.replace('old', 'new')));
    expect(slugs.toSorted()).toEqual(['accepted', 'identity-kept', 'lifetime-kept', 'sizes-small']);
    expect(report.status).toBe('clear');
    for (const cause of ['cookie-identity-changed', 'cookie-refused', 'cookie-oversize'])
      expect(verdict(cause)).toBe('ruled-out');
  });

  it('a refused cookie that was refused before is a weakness, not a cause', async () => {
    const line = 'sid=opaque-0123456789; Path=/; SameSite=None';
    const { slugs, report, verdict } = await runCookies(curlI(line), curlI(line));
    expect(slugs).toContain('refused-both');
    expect(verdict('cookie-refused')).toBe('untested');
    expect(report.weaknesses.map(({ code }) => code)).toContain('cookies/refused-both');
  });

  it('a change of an analytics cookie is told and blamed for nothing', async () => {
    const { slugs, report } = await runCookies(
      curlI(OLD, '_ga=GA1.2.3; Domain=.example.com; Path=/'),
      curlI(OLD, '_ga=GA1.2.3; Path=/'),
    );
    expect(slugs).toContain('other-changed');
    expect(slugs).toContain('identity-kept');
    expect(report.status).toBe('clear');
  });

  it('a session cookie that the same answer no longer sets is likely kept back', async () => {
    const { slugs, verdict, report } = await runCookies(curlI(OLD, 'a=1'), curlI('a=1'));
    expect(slugs).toContain('not-set');
    expect(slugs).not.toContain('accepted');
    expect(['likely', 'confirmed']).toContain(verdict('cookie-refused'));
    expect(report.status).toBe('diagnosed');
    expect((await runCookies(curlI(OLD), curlI())).slugs).toContain('not-set');
  });

  /** A login and a logout as a browser records them. */
  const visit = (...lines: readonly (readonly [path: string, line: string])[]) =>
    JSON.stringify({
      log: {
        creator: { name: 'Firefox' },
        entries: lines.map(([path, value]) => ({
          startedDateTime: '2026-11-21T08:00:00.000Z',
          request: { method: 'GET', url: `https://www.example.com${path}`, headers: [] },
          response: { status: 200, headers: [{ name: 'Set-Cookie', value }] },
        })),
      },
    });

  it('an identical deploy with its logout recorded is blamed for nothing', async () => {
    const har = visit(['/login', OLD], ['/logout', 'sid=; Domain=.example.com; Path=/; Max-Age=0']);
    const { slugs, report } = await runCookies(har, har);
    expect(slugs).toContain('identity-kept');
    expect(report.status).toBe('clear');
  });

  it('a recorded logout that clears another scope is a weakness', async () => {
    const { slugs, report } = await runCookies(
      visit(['/login', OLD]),
      visit(['/login', OLD], ['/logout', 'sid=; Domain=.example.com; Path=/app; Max-Age=0']),
    );
    expect(slugs).toContain('logout-misses');
    expect(report.weaknesses.map(({ code }) => code)).toContain('cookies/logout-misses');
  });

  /** One request of a browser, in either deploy. */
  const request = (method: string, cookie: string, ...lines: readonly string[]) =>
    JSON.stringify({
      log: {
        creator: { name: 'Firefox' },
        entries: [
          {
            startedDateTime: '2026-11-21T08:00:00.000Z',
            request: {
              method,
              url: 'https://www.example.com/login',
              headers: cookie === '' ? [] : [{ name: 'Cookie', value: cookie }],
            },
            response: { status: 200, headers: lines.map((value) => ({ name: 'Set-Cookie', value })) },
          },
        ],
      },
    });
  const NEW = OLD.replace('old', 'new');

  it.each([
    [
      'a forgery token under a new name',
      ['.AspNetCore.Antiforgery.a1=CfDJ8aaaaaaaaaaaaaaa; Path=/; HttpOnly'],
      ['.AspNetCore.Antiforgery.b2=CfDJ8bbbbbbbbbbbbbbb; Path=/; HttpOnly'],
    ],
    ['a forgery token no longer set', ['_csrf=aaaaaaaaaaaaaaaaaaaaaaaa; Path=/; HttpOnly'], []],
    [
      'the state of one sign-in',
      ['__txn_Ab12=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln; Path=/; HttpOnly'],
      ['__txn_Zz98=eyJhbGciOiJIUzI1NiJ9.eyJhIjoyfQ.c2ln; Path=/; HttpOnly'],
    ],
    [
      'a taste that lives shorter',
      ['prefs=a; Path=/; HttpOnly; Max-Age=31536000'],
      ['prefs=b; Path=/; HttpOnly; Max-Age=3600'],
    ],
    [
      'a taste in another path',
      ['ui=a; Path=/; HttpOnly; Max-Age=31536000'],
      ['ui=b; Path=/app; HttpOnly; Max-Age=31536000'],
    ],
    [
      'a mark of the device that moves',
      ['dv=6f1c2f0e-6b0a-4bb3-9a0d-0d9a6f7c1b2e; Path=/; HttpOnly'],
      ['dv=6f1c2f0e-6b0a-4bb3-9a0d-0d9a6f7c1b2f; Path=/app; HttpOnly'],
    ],
    [
      'a balancer’s mark that is gone',
      [
        'INGRESSCOOKIE=1732.1.2.3; Path=/; Secure; HttpOnly',
        '__cf_bm=aaaaaaaaaaaaaaaaaaaaa; Path=/; Secure; HttpOnly',
      ],
      [],
    ],
    ['a notice that was shown', ['flash=hello; Path=/; HttpOnly'], ['flash=; Path=/; HttpOnly; Max-Age=0']],
    ['a new cookie of no consequence', [], ['promo=1; Path=/; Max-Age=100']],
  ])('%s is no cause for alarm', async (_title, before, after) => {
    const { slugs, report } = await runCookies(curlI(OLD, ...before), curlI(NEW, ...after));
    expect(slugs).toContain('identity-kept');
    expect(report.status).toBe('clear');
  });

  it.each([
    ['a browser that already had it', request('GET', 'sid=opaque-old-0123456789')],
    ['a browser that already had it, beside another', request('GET', 'sid=opaque-old-0123456789', 'promo=1')],
    ['another request', request('POST', '', 'promo=1')],
  ])('%s tells nothing of the session cookie', async (_title, after) => {
    const { report } = await runCookies(request('GET', '', OLD), after);
    expect(report.status).toBe('incomplete');
    expect(
      report.causes.filter(({ verdict }) =>
        /confirmed|likely|possible/.test(verdict.replace('unlikely', '')),
      ),
    ).toEqual([]);
  });

  it.each([
    [
      'a session whose name begins like a counter',
      '_gitlab_session=0123456789abcdef0123456789abcdef; Path=/',
      '_gitlab_session=; Path=/; Max-Age=0',
      'deleted',
      'auth-logic-regression',
    ],
    [
      'a session that became Partitioned',
      OLD,
      OLD.replace('Lax', 'None; Partitioned').replace('old', 'new'),
      'login-loop',
      'cookie-identity-changed',
    ],
  ])('%s is blamed', async (_title, before, after, slug, cause) => {
    const { slugs, report } = await runCookies(curlI(before, 'theme=a'), curlI(after, 'theme=a'));
    expect(slugs).toContain(slug);
    expect(report.causes[0]).toMatchObject({ id: cause });
    expect(report.status).not.toBe('clear');
  });

  it('an empty value is the app’s doing', async () => {
    const { slugs, verdict } = await runCookies(
      curlI(OLD),
      curlI(`sid=; Domain=.example.com; Path=/; ${BASE}`),
    );
    expect(slugs).toContain('emptied');
    expect(verdict('auth-logic-regression')).toBe('likely');
  });

  it.each([
    ['alone', []],
    ['beside a new cookie', [OLD.replace('old', 'new')]],
  ])('Clear-Site-Data %s is not a matter of lifetimes', async (_title, lines) => {
    const text = curlI(...lines).replace('Date:', 'Clear-Site-Data: "cookies"\r\nDate:');
    const { slugs, verdict } = await runCookies(curlI(OLD), text);
    expect(slugs).toContain('cleared');
    expect(verdict('lifetime-wrong')).not.toMatch(/confirmed|likely/);
    expect(verdict('auth-logic-regression')).toMatch(/^(?:confirmed|likely)$/);
  });

  it('never claims that existing cookies no longer match', async () => {
    const { findings } = await runCookies(
      curlI(OLD),
      curlI(`sid=opaque-new-0123456789; Domain=www.example.com; Path=/app; ${BASE}`),
    );
    const text = JSON.stringify([findings, catalogue]);
    expect(text).not.toMatch(/no longer match/i);
    expect(catalogue['login-loop'].fix).toContain('plain revert');
  });
});

describe('what a returning browser sent', () => {
  const transcript = (cookie: string) =>
    [
      '* SSL connection using TLSv1.3',
      '> GET /app HTTP/1.1',
      '> Host: www.example.com',
      `> Cookie: ${cookie}`,
      '> ',
      '< HTTP/1.1 200 OK',
      `< Set-Cookie: ${OLD}`,
      '< ',
    ].join('\n');

  it('a name sent twice is proof', async () => {
    const { slugs, verdict } = await runCookies(undefined, transcript('sid=aaaaaaaa1; b=1; sid=bbbbbbbb2'));
    expect(slugs).toContain('duplicate-sent');
    expect(verdict('cookie-identity-changed')).toBe('confirmed');
  });

  it('a name sent twice with one value is told, not blamed', async () => {
    const { slugs } = await runCookies(undefined, transcript('sid=aaaaaaaa1; sid=aaaaaaaa1'));
    expect(slugs).toContain('duplicate-same');
    expect(slugs).not.toContain('duplicate-sent');
  });

  it('a name sent once is health', async () => {
    const { slugs } = await runCookies(undefined, transcript('sid=aaaaaaaa1; b=1'));
    expect(slugs).toContain('single-in-request');
  });

  it('a large header that was refused is proof', async () => {
    const big = `sid=1; junk=${'j'.repeat(9000)}`;
    const { slugs, verdict } = await runCookies(
      undefined,
      transcript(big).replace('HTTP/1.1 200 OK', 'HTTP/1.1 431 Request Header Fields Too Large'),
    );
    expect(slugs).toContain('header-refused');
    expect(verdict('cookie-oversize')).toBe('confirmed');
  });
});

describe('deploys that are asked', () => {
  let version = 0;
  const server = createServer((request, response) => {
    if (request.url === '/') {
      response.writeHead(302, { location: '/login' }).end();
      return;
    }
    const scope = request.url === '/new/login' ? 'Path=/new' : 'Path=/';
    response.setHeader('set-cookie', `sid=secret-value-${version++}-0123456789; ${scope}; HttpOnly`);
    response.end('hello');
  });
  let origin = '';
  beforeAll(
    () =>
      new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', () => {
          origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
          resolve();
        });
      }),
  );
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('finds the change, over a redirect, and keeps every value back', async () => {
    const { slugs, text } = await runCookies(`${origin}/`, `${origin}/new/login`);
    expect(slugs).toContain('login-loop-last');
    expect(version).toBeGreaterThanOrEqual(4);
    expect(text).not.toContain('secret-value');
  });

  it('one that refuses is an observation', async () => {
    const port = await freePort();
    const { slugs, report } = await runCookies(`${origin}/`, `http://127.0.0.1:${port}/`);
    expect(slugs).toContain('unreachable');
    expect(report.status).toBe('incomplete');
  });
});

describe('hostile headers', () => {
  const flood = Array.from({ length: 1500 }, (_, index) => `c${index}=1; Path=/`);

  it.each([
    ['named', 'zz', { cookie: ['zz'] }],
    ['like a session', 'sid', {}],
  ])('a cookie %s is looked at behind fifteen hundred others', async (_title, name, flags) => {
    const line = `${name}=opaque-0123456789; Path=/; Max-Age=2592000`;
    const { slugs } = await runCookies(
      curlI(line),
      curlI(...flood, `${name}=opaque-9876543210; Path=/; Max-Age=2592`),
      flags,
    );
    expect(slugs).toContain('lifetime-unit');
    expect(slugs).toContain('too-many');
  });

  it('a size that was not read to its end is told as more than', async () => {
    const size = async (length: number) => {
      const { findings } = await runCookies(curlI(OLD), curlI(`sid=${'v'.repeat(length)}; Path=/`));
      return findings.find(({ code }) => code === 'cookies/oversize')?.detail;
    };
    expect(await size(1_000_000)).toContain('(1000003 bytes)');
    expect(await size(3_000_000)).toContain('more than 2000000 bytes');
  });

  it('hundreds of others do not crowd out the session', async () => {
    const others = Array.from({ length: 900 }, (_, index) => `c${index}=1; Path=/`);
    const moved = others.map((line) => `${line}app`);
    const { slugs, report } = await runCookies(
      curlI(...others, OLD),
      curlI(...moved, `sid=${'v'.repeat(5000)}; Domain=.example.com; Path=/; ${BASE}`),
    );
    expect(slugs.filter((slug) => slug === 'other-changed').length).toBeLessThan(20);
    expect(slugs).toContain('oversize');
    expect(report.causes[0]?.id).toBe('cookie-oversize');
  });

  it('a Max-Age without bounds is told in digits, and 730 days are 400 to browsers', async () => {
    const aged = (seconds: string) => curlI(`sid=opaque-0123456789; Path=/; Max-Age=${seconds}`);
    const { text } = await runCookies(aged('86400'), aged(`-${'9'.repeat(400)}`));
    expect(text).not.toMatch(/\de\+\d|Infinity/);
    const { slugs } = await runCookies(aged('63072000'), aged('34560000'));
    expect(slugs).toContain('lifetime-kept');
  });

  it('ten thousand lines, megabytes, control characters and broken dates are bounded and told', async () => {
    const lines = [
      `session=${'v'.repeat(1_000_000)}; Path=/`,
      `sid=a\u0001\u001b]0;x\u0007b; Path=/; Expires=\u009b31mnever`,
      `=; =; ;;; Domain=\u202eevil`,
      ...Array.from(
        { length: 10_000 },
        (_, index) => `c${index}=1; Path=/${'p'.repeat(50)}; Expires=Xday, 99 Zzz 99`,
      ),
    ];
    const { slugs, text } = await runCookies(curlI(OLD), curlI(...lines));
    expect(slugs).toContain('too-many');
    expect(slugs).toContain('oversize');
    expect(text).not.toMatch(/[\u0000-\u0008\u001b\u009b\u202e]|\\u001b|\\u0001/);
    expect(text.length).toBeLessThan(2_000_000);
  });
});

it('a file of no known kind is the operator’s mistake', async () => {
  await expect(runCookies('just words', curlI(OLD))).rejects.toThrow(/holds no responses/);
});

describe('what only relies on a default', () => {
  it('more days than browsers give are told, and convict nobody', async () => {
    const line = (value: string) => `sid=${value}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=63072000`;
    const { slugs, report } = await runCookies(
      curlI(line('opaque-old-0123456789')),
      curlI(line('opaque-new-0123456789')),
    );
    expect(slugs).toContain('over-400-days');
    expect(report.status).toBe('clear');
  });
});

describe('what to send', () => {
  const stepsOf = async (before: string, after: string): Promise<readonly string[]> => {
    const { report } = await runCookies(curlI(before), curlI(after));
    return report.causes.find(({ id }) => id === 'cookie-identity-changed')?.doNow ?? [];
  };

  it.each([
    [
      'the scope became narrower',
      OLD,
      `sid=opaque-new-0123456789; Domain=www.example.com; Path=/; ${BASE}`,
      /As found \(sid\): Roll forward: with every response also send Set-Cookie: sid=; Domain=example\.com; Path=\/; Secure; Max-Age=0, until the old lifetime is over \(30d\)/,
    ],
    [
      'the app stopped reading the old Path',
      `sid=${EXPRESS}; Path=/; ${BASE}`,
      `sid=${OTHER}; Path=/app; ${BASE}`,
      /Set cookie\.path back to \/ .* also send Set-Cookie: sid=; Path=\/app; Secure; Max-Age=0 from www\.example\.com/,
    ],
    [
      'it was renamed',
      OLD,
      `__Host-session=opaque-new-0123456789; Path=/; ${BASE}`,
      /Read sid too and write __Host-session .* Once nobody comes with sid any more, send Set-Cookie: sid=; Domain=example\.com; Path=\/; Secure; Max-Age=0/,
    ],
  ])('is a step, word for word, when %s', async (_what, before, after, line) => {
    const steps = await stepsOf(before, after);
    const at = steps.findIndex((step) => line.test(step));
    expect(at, steps.join('\n')).toBeGreaterThan(0);
    expect(at).toBeLessThan(steps.findIndex((step) => step.startsWith('Tell users')));
  });
});
