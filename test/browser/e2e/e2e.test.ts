import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as diff } from '../../../src/cli/commands/diff.ts';
import { startChromium } from '../../support/chromium.ts';
import { testTerminal } from '../../support/terminal.ts';
import { openSite, type Site, type Version, type Visit } from './deploys.ts';

const DAY = 86_400_000;
const URLS = [
  'https://www.example.com/',
  'https://www.example.com/app',
  'https://www.example.com/app/x',
  'https://www.example.com/application',
  'https://example.com/',
  'https://api.example.com/app/x',
];
const secure = { secure: true, httpOnly: true, sameSite: 'lax' } as const;

interface Case {
  readonly title: string;
  readonly before: Version;
  readonly after: Version;
  readonly outcome: string;
}

const cases: readonly Case[] = [
  {
    title: 'no change',
    before: { cookie: { ...secure, maxAge: DAY } },
    after: { cookie: { ...secure, maxAge: DAY } },
    outcome: 'unchanged',
  },
  {
    title: 'domain narrowed',
    before: { cookie: { ...secure, domain: '.example.com' } },
    after: { cookie: { ...secure, domain: 'www.example.com' } },
    outcome: 'coexists',
  },
  {
    title: 'path narrowed',
    before: { cookie: secure },
    after: { cookie: { ...secure, path: '/app' }, base: '/app' },
    outcome: 'coexists',
  },
  {
    title: 'domain and path narrowed',
    before: { cookie: { ...secure, domain: '.example.com' } },
    after: { cookie: { ...secure, domain: 'www.example.com', path: '/app' }, base: '/app' },
    outcome: 'coexists',
  },
  {
    title: 'path widened',
    before: { cookie: { ...secure, path: '/app' }, base: '/app' },
    after: { cookie: secure, base: '/app' },
    outcome: 'coexists',
  },
  {
    title: 'renamed',
    before: { cookie: secure },
    after: { cookie: secure, name: 'session' },
    outcome: 'renamed',
  },
  {
    title: '__Host- with a Domain',
    before: { cookie: secure },
    after: { cookie: { ...secure, domain: 'example.com' }, name: '__Host-sid' },
    outcome: 'rejected',
  },
  {
    title: 'SameSite=None without Secure',
    before: { cookie: secure },
    after: { cookie: { httpOnly: true, sameSite: 'none' } },
    outcome: 'rejected',
  },
  {
    title: 'Secure behind a TLS-terminating proxy that the app does not trust',
    before: { cookie: secure },
    after: { cookie: secure, trustProxy: false },
    outcome: 'rejected',
  },
  {
    title: 'thirty days became thirty minutes',
    before: { cookie: { ...secure, maxAge: 30 * DAY } },
    after: { cookie: { ...secure, maxAge: 30 * 60_000 } },
    outcome: 'replaced',
  },
  {
    title: 'over 4096 bytes',
    before: { cookie: secure },
    after: { cookie: secure, idLength: 5000 },
    outcome: 'rejected',
  },
  {
    title: 'Expires and Date of a clock two hours behind',
    before: { cookie: { ...secure, maxAge: DAY } },
    after: { cookie: { ...secure, maxAge: 3_600_000 }, behindMs: 7_200_000 },
    outcome: 'replaced',
  },
  {
    title: 'Expires of a clock two hours behind, a right Date from the proxy',
    before: { cookie: { ...secure, maxAge: DAY } },
    after: { cookie: { ...secure, maxAge: 3_600_000 }, behindMs: 7_200_000, proxyDate: true },
    outcome: 'deleted',
  },
  {
    title: 'moved with the old scope deleted',
    before: { cookie: { ...secure, domain: '.example.com' } },
    after: {
      cookie: { ...secure, domain: 'www.example.com', path: '/app' },
      base: '/app',
      alsoSet: ['sid=; Domain=.example.com; Path=/; Secure; Max-Age=0'],
    },
    outcome: 'replaced',
  },
];

interface Predicted {
  readonly cookies: readonly { readonly outcome: string }[];
  readonly sends: readonly ({ readonly url: string } & Readonly<Record<Phase, readonly string[]>>)[];
}
type Phase = 'arriving' | 'afterSetCookie' | 'afterLogout';
type Row = { readonly url: string; readonly sent: readonly string[]; readonly user: string | null };

let site: Site;
let browser: Browser;
const folder = mkdtempSync(join(tmpdir(), 'e2e-'));

beforeAll(async () => {
  site = await openSite();
  browser = await startChromium(`MAP * 127.0.0.1:${site.port}`);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  rmSync(folder, { recursive: true });
});

/** Cookies are stored before a navigation commits; nothing on these pages is waited for. */
const SOON = { waitUntil: 'commit' } as const;
const login = ({ base = '' }: Version) => `https://www.example.com${base}/login`;
const logout = ({ base = '' }: Version) => `https://www.example.com${base}/logout`;

const recorded = new Map<string, string>();

/** A login in a new profile, recorded as a HAR; the same version in the same role is recorded once. */
async function record(role: 'before' | 'after', version: Version): Promise<string> {
  const key = `${role} ${JSON.stringify(version)}`;
  const known = recorded.get(key);
  if (known !== undefined) return known;
  site.deploy(version);
  const path = join(folder, `${recorded.size}.har`);
  recorded.set(key, path);
  const context = await browser.newContext({ ignoreHTTPSErrors: true, recordHar: { path } });
  await (await context.newPage()).goto(login(version), SOON);
  await context.close();
  return path;
}

/** A profile that meets the old deploy, then the new one, then logs out; what the app received and knew. */
async function observe({ before, after }: Case): Promise<Readonly<Record<Phase, readonly Row[]>>> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  site.deploy(before);
  await page.goto(login(before), SOON);
  const old = new Set((await context.cookies()).map(({ name, value }) => `${name}=${value}`));
  const visit = async (): Promise<readonly Row[]> => {
    const rows: Row[] = [];
    for (const url of URLS) {
      const answer = await page.goto(url, SOON);
      if (!answer) throw new Error(`${url} was not loaded`);
      const { cookie, user } = (await answer.json()) as Visit;
      const pairs = cookie === '' ? [] : cookie.split('; ');
      rows.push({ url, sent: pairs.map((pair) => (old.has(pair) ? 'before' : 'after')), user });
    }
    return rows;
  };
  site.deploy(after);
  const arriving = await visit();
  await page.goto(login(after), SOON);
  const afterSetCookie = await visit();
  await page.goto(logout(after), SOON);
  const afterLogout = await visit();
  await context.close();
  return { arriving, afterSetCookie, afterLogout };
}

async function predict({ before, after }: Case): Promise<Predicted> {
  const files = [await record('before', before), await record('after', after)];
  const terminal = testTerminal({ cwd: folder });
  await diff.run(files, { format: ['json'], url: URLS }, terminal);
  return JSON.parse(terminal.out()) as Predicted;
}

/** Express reads the first cookie of its name, gives no session outside the cookie's path, and kills the old id at login. */
const signedIn = (
  names: readonly string[],
  { cookie: { path = '/' } }: Version,
  url: string,
  wanted: string,
) => names[0] === wanted && new URL(url).pathname.startsWith(path);

describe.each(cases.map((each) => [each.title, each] as const))('%s', (_title, each) => {
  let predicted: Predicted;
  let observed: Readonly<Record<Phase, readonly Row[]>>;
  beforeAll(async () => {
    predicted = await predict(each);
    observed = await observe(each);
  });

  it.each(['arriving', 'afterSetCookie', 'afterLogout'] as const)(
    'Chromium sends what was predicted: %s',
    (phase) => {
      const of = (list: readonly { readonly url: string; readonly sent: readonly string[] }[]) =>
        Object.fromEntries(list.map(({ url, sent }) => [url, sent]));
      const said = predicted.sends.map((send) => ({ url: send.url, sent: send[phase] }));
      expect(of(said.filter(({ url }) => URLS.includes(url)))).toEqual(of(observed[phase]));
    },
  );

  it('tells the outcome', () => {
    expect(predicted.cookies.map(({ outcome }) => outcome)).toEqual([each.outcome]);
  });

  it('the old cookie signs in where that was predicted', () => {
    const same = (each.before.name ?? 'sid') === (each.after.name ?? 'sid');
    for (const { url, user } of observed.arriving) {
      const send = predicted.sends.find((one) => one.url === url);
      const expected = same && signedIn(send?.arriving ?? [], each.after, url, 'before');
      expect([url, user !== null]).toEqual([url, expected]);
    }
  });

  it('a new login signs in where that was predicted', () => {
    const renamed = (each.before.name ?? 'sid') !== (each.after.name ?? 'sid');
    for (const { url, user } of observed.afterSetCookie) {
      const send = predicted.sends.find((one) => one.url === url);
      // After a rename the app does not see the old name at all.
      const read = (send?.afterSetCookie ?? []).filter((one) => !renamed || one === 'after');
      expect([url, user !== null]).toEqual([url, signedIn(read, each.after, url, 'after')]);
    }
  });
});
