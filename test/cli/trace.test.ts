import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Flags } from '../../src/cli/command.ts';
import { command } from '../../src/cli/commands/trace.ts';
import { UsageError } from '../../src/config/errors.ts';
import { traceRenderers } from '../../src/render/trace.ts';
import { startNginx, startVarnish } from '../support/edges.ts';
import { MEMORY_ONLY, type RedisServer, startRedis } from '../support/redis.ts';
import { signIn, startSessionApp } from '../support/session-app.ts';
import { testTerminal } from '../support/terminal.ts';

const SECRET = 'a secret that all instances share';
const started: { stop(): Promise<void> }[] = [];
let folder = '';
let redis: RedisServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessdoctor-trace-'));
  redis = await startRedis({ settings: MEMORY_ONLY });
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Traced {
  readonly code: number;
  readonly text: string;
  readonly rungs: Readonly<Record<string, string>>;
  readonly diedAt: string | null;
  readonly remaining: readonly string[];
}

async function traced(credential: string, flags: Flags, env: Record<string, string> = {}): Promise<Traced> {
  const terminal = testTerminal({
    cwd: folder,
    env: { SESSION: credential, KEY: SECRET, WRONG: 'x'.repeat(20), ...env },
  });
  const code = await command.run(['env:SESSION'], { format: ['json'], timeout: '5s', ...flags }, terminal);
  const text = terminal.out();
  const report = JSON.parse(text) as {
    schema: string;
    rungs: { id: string; answer: string }[];
    diedAt: string | null;
    remaining: { id: string }[];
  };
  expect(report.schema).toBe('sessdoctor.trace/1');
  return {
    code,
    text,
    rungs: Object.fromEntries(report.rungs.map(({ id, answer }) => [id, answer])),
    diedAt: report.diedAt,
    remaining: report.remaining.map(({ id }) => id),
  };
}

async function liveSession(): Promise<{ url: string; cookie: string; id: string }> {
  const app = await startSessionApp();
  started.push(app);
  const cookie = await signIn(app.url);
  const id = decodeURIComponent(cookie.slice('sid='.length)).slice(2).split('.')[0] ?? '';
  await redis.client.set(`sess:${id}`, '{}', 'EX', 3600);
  return { url: app.url, cookie, id };
}

it('stands what would show a rung under it', () => {
  const rung = {
    id: 'sent',
    question: 'Is it sent?',
    answer: 'unseen',
    detail: 'no URL',
    enable: '--url URL',
  } as const;
  const text = traceRenderers.terminal(
    {
      credential: { name: 'sid', format: 'opaque' },
      startedAt: '2026-11-21T03:00:00.000Z',
      ladder: { rungs: [rung], diedAt: null, remaining: [] },
    },
    { width: 80, colorLevel: 0 },
  );
  expect(text).toContain('   ?  Is it sent? no URL\n      to see it: --url URL\n');
});

describe('trace', () => {
  it('follows a living session to the end', async () => {
    const { url, cookie, id } = await liveSession();
    const seen = await traced(cookie, {
      secret: ['v1=env:KEY'],
      redis: redis.url,
      'key-prefix': 'sess:',
      edge: [`${url}/me`],
      origin: url,
      replay: `${url}/me`,
    });
    expect(seen.rungs).toMatchObject({ read: 'yes', edge: 'yes', verify: 'yes', record: 'yes', app: 'yes' });
    expect(seen.diedAt).toBeNull();
    expect(seen.code).toBe(0);
    expect(seen.text).not.toContain(id);
    expect(seen.text).not.toContain(cookie.slice(10, 40));
  });

  it('stops at a signature that no current key fits', async () => {
    const { cookie } = await liveSession();
    const seen = await traced(cookie, { secret: ['v2=env:WRONG'], 'previous-secret': ['v1=env:KEY'] });
    expect(seen).toMatchObject({ diedAt: 'verify', code: 1 });
    expect(seen.remaining[0]).toBe('secret-rotated-no-grace');
    expect(seen.rungs['app']).toBeUndefined();
  });

  it('stops at a record that is gone', async () => {
    const { url, cookie, id } = await liveSession();
    await redis.client.del(`sess:${id}`);
    const seen = await traced(cookie, { secret: ['v1=env:KEY'], redis: redis.url, replay: `${url}/me` });
    expect(seen).toMatchObject({ diedAt: 'record', code: 1 });
    expect(seen.text).toContain('has none of sess:ID');
  });

  it('tells a record under another prefix from a lost one', async () => {
    const { cookie } = await liveSession();
    const seen = await traced(cookie, { redis: redis.url, 'key-prefix': 'app2:sess:' });
    expect(seen.diedAt).toBe('record');
    expect(seen.text).toContain('not under the configured prefix');
  });

  it('stops at the edge that keeps the cookie back', async () => {
    const { url, cookie } = await liveSession();
    const edge = await startNginx([Number(new URL(url).port)], { server: 'proxy_set_header Cookie "";' });
    started.push(edge);
    const seen = await traced(cookie, { edge: [`${edge.url}/me`], origin: url });
    expect(seen).toMatchObject({ diedAt: 'edge', code: 1 });
    expect(seen.remaining[0]).toBe('edge-strips-cookie');
  });

  it('does not let a session die of what befalls strangers and files', async () => {
    const { url, cookie } = await liveSession();
    const port = Number(new URL(url).port);
    const stored = await startVarnish(
      port,
      `sub vcl_recv { if (req.url !~ "^/me") { return (hash); } return (pass); }
       sub vcl_backend_response { if (bereq.url !~ "^/me") { set beresp.ttl = 60s; return (deliver); } }`,
    );
    started.push(stored);
    const ways = { edge: [`${stored.url}/me`], replay: `${stored.url}/me` };
    const alive = await traced(cookie, { ...ways, origin: url });
    expect(alive.diedAt).toBeNull();
    expect(alive.rungs).toMatchObject({ edge: 'yes', app: 'yes' });
    expect((await traced(cookie, ways)).diedAt).toBeNull();
    const forged = `${cookie.slice(0, -6)}AAAAAA`;
    expect((await traced(forged, { ...ways, origin: url })).diedAt).toBe('app');
    expect((await traced(forged, ways)).diedAt).toBe('app');
  });

  it('stops at the browser when Path does not cover the URL', async () => {
    const mac = createHmac('sha256', SECRET).update('an-id').digest('base64').replace(/=+$/, '');
    const line = `Set-Cookie: sid=${encodeURIComponent(`s:an-id.${mac}`)}; Path=/app; Secure; HttpOnly`;
    await writeFile(join(folder, 'headers.txt'), `${line}\n`);
    const terminal = testTerminal({ cwd: folder, env: {} });
    const code = await command.run(
      ['headers.txt'],
      { url: ['https://www.example.com/other'], cookie: ['sid'] },
      terminal,
    );
    expect(code).toBe(1);
    expect(terminal.out()).toMatch(/NO +does a browser send it\?.*does not\s+cover/s);
  });

  it('stops at a token that has ended', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'HS256' })}.${part({ iat: 1_600_000_000, exp: 1_600_003_600 })}.${'a'.repeat(43)}`;
    const seen = await traced(token, {});
    expect(seen.diedAt).toBe('claims');
  });

  it('says when it could not see anything', async () => {
    const seen = await traced('sid=0123456789abcdef0123456789abcdef', { replay: 'http://127.0.0.1:1/me' });
    expect(seen).toMatchObject({ diedAt: null, code: 3 });
    expect(seen.text).toContain('from this host');
  });

  it('takes a credential by reference only, and does not repeat it', async () => {
    const typed = 'sid=s%3Athis-was-typed-on-the-command-line.0123456789';
    const failed = command.run([typed], {}, testTerminal({ cwd: folder, env: {} }));
    await expect(failed).rejects.toBeInstanceOf(UsageError);
    await expect(failed).rejects.not.toThrow(/typed-on-the/);
  });

  it('is readable in a terminal and in a ticket', async () => {
    const { url, cookie } = await liveSession();
    for (const format of ['terminal', 'markdown']) {
      const terminal = testTerminal({ cwd: folder, env: { SESSION: cookie } });
      await command.run(['env:SESSION'], { format: [format], replay: `${url}/me` }, terminal);
      expect(terminal.out()).toContain('It is alive: the app accepts it');
      expect(terminal.out()).toContain('does the app accept it?');
    }
  });
});
