import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model.ts';
import { type BinRun, runBin } from '../support/bin.ts';
import { freePort } from '../support/port.ts';
import {
  login,
  MEMORY_ONLY,
  type RedisServer,
  type RedisServerOptions,
  startRedis,
} from '../support/redis.ts';

const env = { NEW: 'new-secret-new-secret', OLD: 'old-secret-old-secret' };
let folder: string;
const started: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sessdoctor-real-'));
  const now = Math.floor(Date.now() / 1000);
  const token = (secret: string, index: number): Promise<string> =>
    new SignJWT({ sub: `user-${index}`, name: 'Personal Claim' })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuedAt(now - 900 - index)
      .setExpirationTime(now + 7200)
      .sign(Buffer.from(secret));
  const many = (secret: string): Promise<string[]> =>
    Promise.all(Array.from({ length: 5 }, (_, index) => token(secret, index)));
  writeFileSync(join(folder, 'signed-old.txt'), `${(await many(env.OLD)).join('\n')}\n`);
  writeFileSync(join(folder, 'signed-new.txt'), `${(await many(env.NEW)).join('\n')}\n`);
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function redis(options: RedisServerOptions = { settings: MEMORY_ONLY }): Promise<RedisServer> {
  const server = await startRedis(options);
  started.push(server);
  return server;
}

async function diagnose(...args: string[]): Promise<BinRun & { readonly report: Report }> {
  const run = await runBin(['diagnose', '--ntp', 'none', '--format', 'json', ...args], { cwd: folder, env });
  expect(run.stderr).not.toMatch(/\n\s+at /);
  return { ...run, report: JSON.parse(run.stdout) as Report };
}

const alarms = (report: Report): string[] =>
  report.causes
    .filter(({ verdict }) => ['confirmed', 'likely', 'possible'].includes(verdict))
    .map(({ id, verdict }) => `${id} ${verdict}`);

describe('diagnose on real systems', () => {
  it('FLUSHALL → store-flushed, first and confirmed', async () => {
    const server = await redis();
    await login(server.client, 1000);
    await server.client.flushall();
    const { report, exitCode } = await diagnose('--redis', server.url, '--key-prefix', 'sess:');
    expect(report.causes[0]).toMatchObject({ id: 'store-flushed', verdict: 'confirmed', rank: 1 });
    expect(report.status).toBe('diagnosed');
    expect(exitCode).toBe(1);
  });

  it('a restart without persistence → store-lost-on-restart', async () => {
    const server = await redis();
    await login(server.client, 1000);
    await server.restart();
    const { report, exitCode } = await diagnose('--redis', server.url, '--key-prefix', 'sess:');
    expect(report.causes[0]?.id).toBe('store-lost-on-restart');
    expect(exitCode).toBe(1);
  });

  it('a restart without persistence that falls on the onset is confirmed', async () => {
    const server = await redis();
    await login(server.client, 1000);
    await server.restart();
    const { report } = await diagnose('--redis', server.url, '--key-prefix', 'sess:', '--since', '1m');
    expect(report.causes[0]).toMatchObject({ id: 'store-lost-on-restart', verdict: 'confirmed' });
  });

  it('a rotated HS256 secret → secret-rotated-no-grace, with a risky but innocent Redis under weaknesses', async () => {
    const server = await redis();
    await login(server.client, 1000);
    const { report, exitCode } = await diagnose(
      '--samples',
      'signed-old.txt',
      '--secret',
      'v2=env:NEW',
      '--previous-secret',
      'v1=env:OLD',
      '--redis',
      server.url,
      '--key-prefix',
      'sess:',
    );
    expect(report.causes[0]).toMatchObject({ id: 'secret-rotated-no-grace', verdict: 'confirmed' });
    expect(alarms(report)).toEqual(['secret-rotated-no-grace confirmed']);
    expect(report.weaknesses.map(({ code }) => code)).toContain('redis/no-persistence');
    expect(exitCode).toBe(1);
  });

  it('everything healthy → clear, exit 0', async () => {
    const server = await redis({
      settings: ['--save', '3600 1', '--appendonly', 'yes'],
      password: 'only-the-app-knows',
    });
    await login(server.client, 1000);
    const { report, exitCode } = await diagnose(
      '--redis',
      server.url.replace('//', '//:only-the-app-knows@'),
      '--key-prefix',
      'sess:',
      '--samples',
      'signed-new.txt',
      '--secret',
      'v2=env:NEW',
    );
    expect(alarms(report)).toEqual([]);
    expect(report.status).toBe('clear');
    expect(exitCode).toBe(0);
  });

  it.each([
    ['plain text alone', 'theme=dark\nlang=en\n', 'credentials/no-credential', 'give the session cookie'],
    ['ids alone', 'sid=0123456789abcdef0123456789abcdef\n', 'credentials/nothing-to-check', '--redis'],
  ])('samples of %s say what was in them and what to give, exit 3', async (_, text, code, advice) => {
    writeFileSync(join(folder, 'odd.txt'), text);
    const { report, exitCode } = await diagnose('--samples', 'odd.txt');
    expect(exitCode).toBe(3);
    expect(report.status).toBe('incomplete');
    const told = report.probes.flatMap((probe) => (probe.status === 'ran' ? probe.findings : []));
    expect(told.map((finding) => finding.code)).toContain(code);
    expect(told.find((finding) => finding.code === code)?.fix).toContain(advice);
    expect(JSON.stringify(report)).not.toContain('--only credentials from a host');
  });

  it.each([
    ['replay', 'credential-unsent', (url: string) => `replay: { url: '${url}', samples: [bare.txt] }\n`],
    ['database', 'file-not-sqlite', () => 'database: { url: "sqlite:bare.txt" }\n'],
  ])(
    'a %s given what it cannot use asks for other input, not for another host',
    async (probe, slug, yaml) => {
      const server = createHttpServer((_, response) => void response.writeHead(401).end());
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
      writeFileSync(join(folder, 'bare.txt'), 'plainvalue\n');
      writeFileSync(
        join(folder, 'bare.yaml'),
        yaml(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
      );
      const { report, exitCode } = await diagnose('--config', 'bare.yaml');
      await new Promise((resolve) => void server.close(resolve));
      expect([exitCode, report.status, alarms(report)]).toEqual([3, 'incomplete', []]);
      const told = report.probes.flatMap((one) => (one.status === 'ran' ? one.findings : []));
      expect(told.map(({ code }) => code)).toContain(`${probe}/${slug}`);
      expect(JSON.stringify(report)).not.toContain(`--only ${probe} from a host`);
    },
  );

  it('a Redis that refuses is an observation from this host, never a stack trace', async () => {
    const { report, stdout } = await diagnose('--redis', `redis://127.0.0.1:${await freePort()}`);
    expect(report.probes.find(({ probe }) => probe === 'redis')).toMatchObject({ status: 'ran' });
    expect(stdout).toContain('from this host');
  });

  it('a Redis that accepts and never speaks costs the deadline and is an observation', async () => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    started.push({
      stop: () =>
        new Promise((resolve) => {
          for (const socket of sockets) socket.destroy();
          mute.close(() => resolve());
        }),
    });
    const { port } = mute.address() as AddressInfo;
    const { report, exitCode } = await diagnose('--redis', `redis://127.0.0.1:${port}`, '--timeout', '1s');
    const outcome = report.probes.find(({ probe }) => probe === 'redis');
    expect(outcome).toMatchObject({ status: 'ran', findings: [{ code: 'redis/timeout', blind: true }] });
    expect(exitCode).toBe(3);
  });

  it('prints all of a long report through a pipe, and survives a reader that goes away', async () => {
    const server = await redis();
    await login(server.client, 10);
    const whole = await diagnose('--redis', server.url);
    expect(whole.stdout.length).toBeGreaterThan(66_000);
    const bin = new URL('../../bin/sessdoctor.js', import.meta.url).pathname;
    const head = await runBin([], {
      under: [
        'sh',
        '-c',
        `"$1" "${bin}" diagnose --ntp none --redis ${server.url} --format json | head -c 100`,
        'sh',
      ],
    });
    expect(head.stdout.length).toBe(100);
    expect(head.stderr).not.toMatch(/EPIPE|Error/);
  });

  it('--save and --from give the identical report, offline', async () => {
    const server = await redis();
    await login(server.client, 100);
    await server.client.flushall();
    const live = await diagnose('--redis', server.url, '--save', 'evidence.json');
    await server.kill();
    const again = await runBin(['diagnose', '--from', 'evidence.json', '--format', 'json'], { cwd: folder });
    expect(again.stdout).toBe(live.stdout);
    expect(again.exitCode).toBe(live.exitCode);
    expect(readFileSync(join(folder, 'evidence.json'), 'utf8')).not.toContain('session-id-of-a-user');
  });
});
