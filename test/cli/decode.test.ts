import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { command } from '../../src/cli/commands/decode.ts';
import type { Flags } from '../../src/cli/command.ts';
import { UsageError } from '../../src/config/errors.ts';
import { samples } from '../formats/samples.ts';
import { hs256, now } from '../probes/credentials/support.ts';
import { carrier } from '../support/carriers.ts';
import { testTerminal } from '../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'decode-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string | Buffer) => {
  writeFileSync(join(folder, name), text);
  return name;
};

async function run(args: readonly string[], flags: Flags = {}, env: Record<string, string> = {}) {
  const terminal = testTerminal({ cwd: folder, env });
  const code = await command.run(args, flags, terminal);
  return { code, out: terminal.out() };
}
interface Shown {
  readonly source: string;
  readonly name: string | null;
  readonly format: string;
  readonly claims: Record<string, unknown>;
  readonly verified: string;
  readonly key: string | null;
  readonly problems: readonly string[];
}
const json = async (args: readonly string[], flags: Flags = {}, env: Record<string, string> = {}) =>
  JSON.parse((await run(args, { ...flags, format: ['json'] }, env)).out) as Shown[];

describe('decode', () => {
  it.each(['json', 'terminal'])(
    '%s shows no credential that stands in a claim, a key id or a name',
    async (format) => {
      const inner = await hs256('another secret', {});
      const token = await hs256('secret of the app', {
        iss: `https://user:pass-w0rd@id.test/${inner}`,
        aud: [inner],
      });
      const id = 's0123456789abcdef0123456789abcdef';
      const { out } = await run([file('nested.txt', `Cookie: sid=${token}; ${id}=${id}\n`)], {
        format: [format],
      });
      const shown = out.replace(/\s+/g, '');
      for (const secret of [inner, token, 'pass-w0rd', id]) expect(shown).not.toContain(secret);
      expect(shown).toContain('id.test');
    },
  );

  it('keeps its contract: an array, one object a credential, in input order', async () => {
    const token = await hs256('secret of the app', { email: 'canary@example.test' });
    const [one] = await json([token], { secret: ['app=env:KEY'] }, { KEY: 'secret of the app' });
    expect(one).toMatchObject({
      source: 'argument',
      format: 'jws',
      readable: true,
      header: { alg: 'HS256', typ: 'JWT' },
      claims: { iat: now - 600, exp: now + 3000, iss: 'https://id.test', aud: 'web' },
      digest: 'sha256',
      encrypted: false,
      verified: 'current',
      key: 'app',
      problems: [],
    });
  });

  it.each([
    ['previous', 'previous-secret', 'previous-key'],
    ['no', 'secret', 'signature-bad'],
  ])('says %s when only %s was given', async (verified, flag, problem) => {
    const token = await hs256('the older one');
    const key = flag === 'secret' ? 'another one' : 'the older one';
    const [one] = await json([token], { [flag]: ['v1=env:KEY'] }, { KEY: key });
    expect(one?.verified).toBe(verified);
    expect(one?.problems[0]).toContain(problem);
  });

  it('writes the same array to a file, and leaves an old file alone when there is nothing to write', async () => {
    const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => hs256('k', { sub })));
    const input = file('three.txt', tokens.join('\n'));
    await run([input], { format: ['json=three.json', 'terminal'] });
    const written = JSON.parse(readFileSync(join(folder, 'three.json'), 'utf8')) as Shown[];
    const shown = await json([input]);
    expect(written.map((one) => one.claims)).toEqual(shown.map((one) => one.claims));
    await expect(run([file('none.txt', '# nothing\n')], { format: ['json=three.json'] })).rejects.toThrow(
      UsageError,
    );
    expect(JSON.parse(readFileSync(join(folder, 'three.json'), 'utf8'))).toHaveLength(3);
  });

  it('does not accuse a right key when the app’s salt was not told', async () => {
    const sample = samples.find(
      (one) => one.file === 'phoenix-plug' && one.expected.format === 'plug-signed',
    );
    const cookie = `${sample?.cookieName}=${sample?.value}`;
    const [one] = await json([cookie], { secret: ['app=env:KEY'] }, { KEY: sample?.secret ?? '' });
    expect(one?.verified).toBe('no-key');
    expect(one?.problems.some((problem) => problem.startsWith('not-checked: '))).toBe(true);
  });

  it('takes a token that is longer than any file’s name', async () => {
    const [one] = await json([await hs256('k', { scope: 'read '.repeat(100) })]);
    expect(one?.format).toBe('jws');
  });

  it('never repeats a secret that stands where a file’s name should', async () => {
    const long = 'canary'.repeat(60);
    const error: unknown = await run(['x'], { secret: [`app=file:${long}`] }).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(UsageError);
    expect(JSON.stringify([String(error), error])).not.toContain('canary');
  });

  it.each([
    ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
    ['UTF-16, as Windows PowerShell writes it', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['big-endian UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
  ])('reads a file in %s', async (_, encoded) => {
    const text = `${await hs256('k')}\r\nCookie: sid=abcdefabcdefabcdef12; theme=dark\r\n`;
    const shown = await json([file('encoded.txt', encoded(text))]);
    expect(shown.map((one) => [one.name, one.format])).toEqual([
      [null, 'jws'],
      ['sid', 'opaque'],
      ['theme', 'plain'],
    ]);
  });

  it('says of a HAR that was cut off that it was, and makes no credential of it', async () => {
    const entry = { request: { headers: [{ name: 'Cookie', value: 'sid=abcdefabcdefabcdef12' }] } };
    const whole = JSON.stringify({ log: { version: '1.2', entries: [entry, entry] } });
    const error: unknown = await run([file('cut.har', whole.slice(0, -20))]).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(UsageError);
    expect(String((error as UsageError).hint)).toMatch(/ends in the middle/);
  });

  it('reads base64 that begins with a slash as a credential, not as a missing file', async () => {
    const [one] = await json(['/9jABCDEFGHIJKLMNOPQRSTUVWXYZabcdef']);
    expect(one?.format).toBe('opaque');
  });

  it('says what is wrong with the times', async () => {
    const lines = [
      await hs256('k', { iat: now - 7200, exp: now - 3600 }),
      await hs256('k', { nbf: now + 7200 }),
      await hs256('k', { exp: (now + 9) * 1000 }),
    ];
    const shown = await json([file('times.txt', lines.join('\n'))]);
    expect(shown.map((one) => one.problems[0]?.split(':')[0])).toEqual([
      'expired',
      'not-yet-valid',
      'exp-milliseconds',
    ]);
    expect(shown.map((one) => one.source)).toEqual(['times.txt', 'times.txt', 'times.txt']);
  });

  it('reads gzip and cards at a glance', async () => {
    const { out } = await run([file('one.gz', gzipSync(await hs256('k')))]);
    expect(out).toMatch(/token {2}jws\n/);
    expect(out).toContain("by this host's clock, which was not checked");
    expect(out).toContain('ends ');
  });

  it('summarises many, with an example of each distinct problem', async () => {
    const lines = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        hs256('k', { sub: `u${i}`, exp: i % 2 ? now - 60 : now + 600, iat: now - 900 }),
      ),
    );
    const { out } = await run([file('many.txt', lines.join('\n'))]);
    expect(out).toContain('40 credentials in 1 groups'.replace('1 groups', '1 group'));
    expect(out).toMatch(/40 +tokens, jws/);
    expect(out.match(/expired/g)).toHaveLength(1);
    // All were issued in the same second.
    expect(out.replace(/\s+/g, ' ')).toMatch(/ issued \S+ \([^)]*ago\)(?! to )/);
  });

  it.each([[[]], [['a', 'b']]])('refuses %j without input it can read', async (args) => {
    if (args.length < 2) return expect(run(['no-such-file.txt'])).rejects.toThrow('no such file');
    return expect(run(args)).rejects.toThrow(UsageError);
  });

  it('an empty file and one of prose are named', async () => {
    await expect(run([file('empty', '')])).rejects.toThrow('no credential found in empty');
    await expect(run([file('prose', 'we were all logged out\n')])).rejects.toThrow(
      'no credential found in prose',
    );
  });

  it('shows no value, signature or personal claim of any sample', async () => {
    for (const sample of samples.slice(0, 120)) {
      const line = sample.cookieName === null ? sample.value : `Cookie: ${sample.cookieName}=${sample.value}`;
      if (sample.value.length < 24) continue;
      const name = file('sample.txt', line);
      const out = `${(await run([name])).out}${(await run([name], { format: ['json'] })).out}`;
      expect(out).not.toContain('marisol');
      expect(out).not.toContain('48213');
      for (const part of sample.value.split(/[.*|:;%]|--/))
        if (part.length > 24 && !out.includes(`kid ${part}`)) {
          if (JSON.stringify(sample.expected).includes(part)) continue;
          expect(out, sample.id).not.toContain(part);
        }
    }
  });
});

describe('every carrier that people paste', () => {
  const kinds = [
    'access.ndjson',
    'bearer.txt',
    'cookie-line.txt',
    'cookies.txt',
    'copy-as-curl-bash.txt',
    'copy-as-curl-cmd.txt',
    'copy-as-curl-firefox.txt',
    'copy-as-fetch-node.txt',
    'copy-as-powershell.txt',
    'curl-D.txt',
    'curl-i.txt',
    'curl-v-account.txt',
    'curl-v-login.txt',
    'devtools-table.tsv',
    'har',
    'headers.txt',
    'nginx-cookie.log',
    'puppeteer-cookies.json',
    'storageState.json',
  ];
  const wanted: Record<string, Record<string, string>> = {
    'node-before': {
      '__Secure-next-auth.session-token': 'jwe',
      'connect.sid': 'cookie-signature',
      session: 'cookie-session-keygrip',
      app_sess: 'iron',
    },
    'rails-before': { _otwarchive_session: 'rails-encrypted-cbc', remember_user_token: 'rails-signed' },
    'rails-after': { _otwarchive_session: 'rails-encrypted-gcm', remember_user_token: 'rails-signed' },
  };
  const cases = Object.keys(wanted).flatMap((scenario) => kinds.map((kind) => [scenario, kind] as const));

  it.each(cases)('%s.%s gives the same cookies', async (scenario, kind) => {
    const shown = await json([file(`carrier.${kind}`, carrier(`${scenario}.${kind}`))]);
    if (kind === 'bearer.txt') {
      expect(shown.map((one) => one.format)).toEqual(['jws']);
      return;
    }
    const formats = Object.fromEntries(shown.map((one) => [one.name, one.format]));
    expect(formats).toMatchObject(wanted[scenario] ?? {});
  });

  it('a sanitized HAR says how to save one that is not', async () => {
    await expect(run([file('s.har', carrier('node-before.sanitized.har'))])).rejects.toMatchObject({
      hint: expect.stringContaining('sensitive data') as unknown,
    });
    expect(readFileSync(join(folder, 's.har')).length).toBeGreaterThan(100);
  });
});
