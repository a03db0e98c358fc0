import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as capture } from '../../src/cli/commands/capture.ts';
import { command as diff } from '../../src/cli/commands/diff.ts';
import type { Flags } from '../../src/cli/command.ts';
import { carrier } from '../support/carriers.ts';
import { curlI } from '../support/cookies-run.ts';
import { freePort } from '../support/port.ts';
import { testTerminal } from '../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'diff-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return name;
};
const old = file('old.txt', curlI('sid=value-of-the-old-one; Domain=.example.com; Path=/; HttpOnly'));
const fresh = file('new.txt', curlI('sid=value-of-the-new-one; Domain=www.example.com; Path=/app; HttpOnly'));

async function run(command: typeof diff, args: readonly string[], flags: Flags = {}) {
  const terminal = testTerminal({ cwd: folder, env: { COOKIE: 'sid=value-that-was-sent' } });
  const code = await command.run(args, flags, terminal);
  return { code, out: terminal.out(), err: terminal.err() };
}

/** The parts of `sessdoctor.diff/1` that the contract names. */
interface Diff {
  readonly schema: string;
  readonly cookies: readonly {
    readonly name: string;
    readonly outcome: string;
    readonly changes: readonly string[];
  }[];
  readonly sends: readonly {
    readonly url: string;
    readonly arriving: readonly string[];
    readonly afterSetCookie: readonly string[];
    readonly afterLogout: readonly string[];
  }[];
}
const json = async (args: readonly string[], flags: Flags = {}) => {
  const { out, code } = await run(diff, args, { ...flags, format: ['json'] });
  return { ...(JSON.parse(out) as Diff), code };
};

describe('sessdoctor diff', () => {
  it('holds the contract in JSON', async () => {
    const url = 'https://www.example.com/app';
    const found = await json([old, fresh], { url: [url] });
    expect(found.schema).toBe('sessdoctor.diff/1');
    expect(found.code).toBe(0);
    expect(found.cookies).toEqual([
      expect.objectContaining({ name: 'sid', outcome: 'coexists', changes: ['domain', 'path'] }),
    ]);
    expect(found.sends.find((send) => send.url === url)).toMatchObject({
      arriving: ['before'],
      afterSetCookie: ['after', 'before'],
      afterLogout: ['before'],
    });
  });

  it.each(['terminal', 'markdown', 'json'])(
    '%s shows no value and no blame that is not true',
    async (format) => {
      const { out } = await run(diff, [old, fresh], { format: [format] });
      expect(out).not.toMatch(/value-of-the/);
      expect(out).not.toMatch(/no longer match/i);
      expect(out).toContain('sid');
    },
  );

  it.each(['terminal', 'markdown', 'json'])(
    '%s takes out what repeats a value, and no word',
    async (format) => {
      const id = 'a1b2c3d4e5f60718';
      const one = file('one.txt', curlI(`sid=${id}; Path=/`, `${id}=1; Path=/${id}`, 'mode=Strict; Path=/'));
      const two = file('two.txt', curlI('sid=before; Path=/app; SameSite=Strict', 'mode=coexists; Path=/'));
      const { out } = await run(diff, [one, two], { format: [format] });
      expect(out).not.toContain(id);
      expect(out).toMatch(/coexists/i);
      expect(new Set(out.match(/redacted:\w+/g)).size).toBe(1);
      if (format === 'json') expect(out).toContain('"sameSite": "strict"');
    },
  );

  it('is readable without knowing the RFC', async () => {
    const { out } = await run(diff, [old, fresh], {});
    expect(out).toContain('browsers keep BOTH the old and the new one');
    expect(out).toContain('https://www.example.com/app  [old] [new, old] [old]');
    expect(out).toMatch(/Do not simply go back/);
    const markdown = (await run(diff, [old, fresh], { format: ['markdown'] })).out;
    expect(markdown).toContain('| `https://www.example.com/app` | old | new, old | old |');
  });

  it('writes to a file and says nothing then', async () => {
    const { out } = await run(diff, [old, fresh], { format: ['json=diff.json'] });
    expect(out).toBe('');
    expect(readFileSync(join(folder, 'diff.json'), 'utf8')).toContain('sessdoctor.diff/1');
  });

  it('takes the last Set-Cookie of a name on the most frequent site of a HAR', async () => {
    const entry = (url: string, line: string) => ({
      startedDateTime: '2026-11-21T08:00:00.000Z',
      request: { method: 'GET', url, headers: [] },
      response: { status: 200, headers: [{ name: 'Set-Cookie', value: line }] },
    });
    const har = (entries: readonly object[]) =>
      JSON.stringify({ log: { creator: { name: 'Firefox' }, entries } });
    const before = file(
      'before.har',
      har([
        entry('https://ads.other.test/pixel', 'sid=elsewhere; Path=/'),
        entry('https://www.example.com/login', 'sid=anonymous1; Path=/old'),
        entry('https://www.example.com/login', 'sid=signed-in; Path=/; Max-Age=86400'),
      ]),
    );
    const after = file(
      'after.har',
      har([entry('https://www.example.com/login', 'sid=signed-in; Path=/; Max-Age=86400')]),
    );
    const found = await json([before, after], { cookie: ['sid'] });
    expect(found.cookies.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['sid unchanged']);
  });

  it('reads staging as if it were production', async () => {
    const prod = file(
      'prod.txt',
      `$ curl -i https://www.example.com/login\n${curlI('sid=production-1; Path=/')}`,
    );
    const stage = file(
      'stage.txt',
      `$ curl -i https://staging.example.com/login\n${curlI('sid=rehearsal-1; Path=/app')}`,
    );
    const found = await json([prod, stage]);
    expect(found.cookies[0]).toMatchObject({ outcome: 'coexists', changes: ['path'] });
  });

  it.each([
    ['both on loopback', 'http://127.0.0.1:3000/login', 'http://localhost:3001/login'],
    ['only the new one', 'https://www.example.com/login', 'http://127.0.0.1:3001/login'],
    ['the old one without a URL', '', 'http://127.0.0.1:3001/login'],
  ])('reads a rehearsal as the site that its Domain names: %s', async (_title, first, second) => {
    const from = (url: string, line: string) => `${url && `$ curl -i ${url}\n`}${curlI(line)}`;
    const one = file('one.txt', from(first, 'sid=value-1; Domain=.example.com; Path=/; Secure'));
    const two = file('two.txt', from(second, 'sid=value-2; Domain=.example.com; Path=/app; Secure'));
    const found = await json([one, two], { url: ['https://www.example.com/app'] });
    expect(found.cookies[0]).toMatchObject({ outcome: 'coexists', changes: ['path'] });
    expect(found.sends[0]?.afterSetCookie).toEqual(['after', 'before']);
  });

  it('a sanitized HAR cannot be compared, and says how to save one that can', async () => {
    const har = file('clean.har', carrier('node-after.sanitized.har'));
    const { code, out } = await run(diff, [har, fresh]);
    expect(code).toBe(3);
    expect(out).toContain('sensitive data');
  });

  it('a URL that refuses is no stack trace', async () => {
    const { code, out } = await run(diff, [old, `http://127.0.0.1:${await freePort()}/`]);
    expect(code).toBe(3);
    expect(out).toMatch(/from this host/);
  });

  it.each([
    ['answered 500', curlI().replace('200 OK', '500 Internal Server Error')],
    ['sets no cookie', curlI()],
  ])('a new deploy that %s is not called unchanged, and exits with 3', async (_title, text) => {
    const found = await json([old, file('blind.txt', text)]);
    expect(found.code).toBe(3);
    expect(found.cookies.map(({ outcome }) => outcome)).not.toContain('unchanged');
    expect((await run(diff, [old, 'blind.txt'])).out).not.toMatch(/nobody notices/);
  });

  it('a cookie that neither side sets is named, and exits with 3', async () => {
    for (const format of ['terminal', 'markdown']) {
      const { code, out } = await run(diff, [old, fresh], { cookie: ['NOSUCH'], format: [format] });
      expect(code).toBe(3);
      expect(out).toMatch(/No response of either deploy sets NOSUCH/);
      expect(out).toMatch(/Leave (?:--|\\-\\-)cookie out/);
    }
    expect(await json([old, fresh], { cookie: ['NOSUCH'] })).toMatchObject({ absent: ['NOSUCH'], code: 3 });
    const beside = await json([old, fresh], { cookie: ['sid', 'NOSUCH'] });
    expect(beside).toMatchObject({ absent: ['NOSUCH'], code: 0 });
    expect(beside.cookies.map(({ name }) => name)).toEqual(['sid']);
  });

  it('an empty capture exits with 3 on either side', async () => {
    const empty = file('empty.json', JSON.stringify({ schema: 'sessdoctor.capture/1', responses: [] }));
    expect((await json([old, empty])).code).toBe(3);
    expect((await json([empty, fresh])).code).toBe(3);
  });

  it.each(['terminal', 'markdown', 'json'])(
    '%s says that a name sent twice in a recorded request is proof',
    async (format) => {
      const entry = {
        startedDateTime: '2026-11-21T08:00:00.000Z',
        request: {
          method: 'GET',
          url: 'https://www.example.com/app',
          headers: [{ name: 'Cookie', value: 'sid=value-one-1; sid=value-two-2' }],
        },
        response: { status: 200, headers: [{ name: 'Set-Cookie', value: 'sid=value-two-2; Path=/app' }] },
      };
      const har = file(
        'twice.har',
        JSON.stringify({ log: { creator: { name: 'Firefox' }, entries: [entry] } }),
      );
      const { out } = await run(diff, [old, har], { format: [format] });
      expect(out).toMatch(/carry\s+sid\s+more\s+than\s+once/);
      if (format !== 'json') expect(out).toMatch(/Proof/);
    },
  );

  it('says what SameSite=Strict and 400 days come to', async () => {
    const lasting = (days: number, rest = '') =>
      curlI(`sid=value-of-it-1; Path=/; Max-Age=${days * 86_400}${rest}`);
    const strict = file('strict.txt', lasting(400, '; SameSite=Strict'));
    const { out } = await run(diff, [file('lax.txt', lasting(730, '; SameSite=Lax')), strict]);
    expect(out).toMatch(/OIDC\s+callback/);
    expect(out).not.toMatch(/lifetime changed|Lifetime:/);
  });

  it.each([
    ['Max-Age=-1', /Max-Age greater than 0/],
    ['CSD', /Clear-Site-Data on the logout/],
  ])('advice fits how the cookie is lost: %s', async (how, advice) => {
    const before = file('kept.txt', curlI('sid=value-of-it-1; Path=/; Max-Age=86400'));
    const after =
      how === 'CSD'
        ? curlI().replace('Date:', 'Clear-Site-Data: "cookies"\r\nDate:')
        : curlI(`sid=value-of-it-2; Path=/; ${how}`);
    const { out, code } = await run(diff, [before, file('lost.txt', after)]);
    expect(code).toBe(0);
    expect(out).toMatch(advice);
    if (how === 'CSD') expect(out).not.toMatch(/clock|Max-Age greater/);
  });

  it.each([
    [['one.txt'], /two deploys/],
    [['missing.txt', 'new.txt'], /missing\.txt/],
    [['-', '-'], /standard input/],
  ])('%j is a mistake that is named', async (args, message) => {
    await expect(run(diff, args)).rejects.toThrow(message);
  });
});

describe('sessdoctor capture', () => {
  let asked: (string | undefined)[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host} ${request.headers.cookie ?? '-'}`);
    if (request.url === '/') {
      response
        .writeHead(302, { location: '/login?next=/secret', 'set-cookie': 'hop=hop-value-1; Path=/' })
        .end();
      return;
    }
    response.setHeader('set-cookie', [
      `sid=rotating-value-${count++}; Path=/; HttpOnly`,
      'csrf=fixed-value; Path=/',
    ]);
    response.setHeader('x-secret', 'internal');
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

  it('records each hop and the rotation, and no value', async () => {
    const { code, out } = await run(capture, [`${origin}/`], { output: 'capture.json', times: '2' });
    expect(code).toBe(0);
    expect(out).toBe('');
    expect(statSync(join(folder, 'capture.json')).mode & 0o077).toBe(0);
    const text = readFileSync(join(folder, 'capture.json'), 'utf8');
    expect(text).not.toMatch(/hop-value|rotating-value|fixed-value|internal|next=/);
    const saved = JSON.parse(text) as {
      readonly schema: string;
      readonly responses: readonly {
        readonly status: number;
        readonly cookies: readonly {
          readonly name: string;
          readonly value: { readonly fingerprint: string };
        }[];
      }[];
    };
    expect(saved.schema).toBe('sessdoctor.capture/1');
    expect(saved.responses.map(({ status }) => status)).toEqual([302, 200, 302, 200]);
    const prints = (name: string) =>
      saved.responses
        .flatMap(({ cookies }) => cookies)
        .filter((cookie) => cookie.name === name)
        .map(({ value }) => value.fingerprint);
    expect(new Set(prints('sid')).size).toBe(2);
    expect(new Set(prints('csrf')).size).toBe(1);
  });

  it('what it saved compares as the deploy itself', async () => {
    await run(capture, [`${origin}/login`], { output: 'saved.json' });
    const found = await json(['saved.json', `${origin}/login`]);
    expect(found.cookies.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'sid unchanged',
      'csrf unchanged',
    ]);
  });

  it('sends a header from a reference to a pinned address', async () => {
    asked = [];
    const { port } = new URL(origin);
    await run(capture, ['http://www.example.com/login'], {
      times: '1',
      header: ['cookie=env:COOKIE'],
      resolve: `127.0.0.1:${port}`,
    });
    expect(asked).toEqual(['www.example.com sid=value-that-was-sent']);
  });

  it('keeps back what repeats a value, and the tail of one that was not encoded', async () => {
    const id = 'Zx81kk20qPw7';
    const text = [
      '$ curl -i https://www.example.com/login',
      'HTTP/1.1 302 Found',
      `Location: https://www.example.com/s/${id}/home;jsessionid=AB12CD34EF56`,
      `Server: edge-${id}`,
      `Set-Cookie: sid=${id};secret-tail-of-it; Path=/s/${id}; HttpOnly`,
      '',
      `HTTP/1.1 200 OK`,
      'Via: AB12CD34EF56',
      '',
      '',
    ].join('\r\n');
    const { out } = await run(capture, [file('tail.txt', text)]);
    expect(out).toContain('sid');
    expect(out).not.toMatch(/Zx81kk20qPw7|secret-tail|AB12CD34EF56/);
  });

  it('sends a header to the origin that was given, not to another port of its host', async () => {
    asked = [];
    const hop = createServer((_request, response) => {
      response.writeHead(302, { location: `${origin}/login` }).end();
    });
    await new Promise<void>((resolve) => hop.listen(0, '127.0.0.1', resolve));
    const { port } = hop.address() as AddressInfo;
    await run(capture, [`http://127.0.0.1:${port}/`], { times: '1', header: ['cookie=env:COOKIE'] });
    hop.close();
    expect(asked).toEqual([`${new URL(origin).host} -`]);
  });

  it('a capture that failed leaves the file of an earlier one alone', async () => {
    const kept = file('kept.json', 'what was saved before');
    const { code } = await run(capture, [`http://127.0.0.1:${await freePort()}/`], { output: kept });
    expect(code).toBe(3);
    expect(readFileSync(join(folder, kept), 'utf8')).toBe('what was saved before');
  });

  it('turns a HAR into a capture without its secrets', async () => {
    const har = file('login.har', carrier('node-after.har'));
    const { out } = await run(capture, [har]);
    const secrets = [...carrier('node-after.har').matchAll(/"value": ?"((?:s%3A|Fe26|eyJ)[^"]{20,})"/g)].map(
      ([, value]) => value ?? '',
    );
    expect(secrets.length).toBeGreaterThan(3);
    for (const secret of secrets) expect(out).not.toContain(secret.slice(0, 24));
    expect(out).toContain('express-signed');
  });

  it.each([
    [{ header: ['cookie=sid=plain'] }, /env:NAME/],
    [{ times: '0' }, /--times/],
    [{ resolve: 'http://x' }, /--resolve/],
  ])('%j is refused', async (flags, message) => {
    await expect(run(capture, [`${origin}/login`], flags)).rejects.toThrow(message);
  });
});
