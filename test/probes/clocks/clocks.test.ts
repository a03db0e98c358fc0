import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Address } from '../../../src/config/secret.ts';
import { type Chronyd, startChronyds } from '../../support/chronyd.ts';
import { runClock } from '../../support/clock-run.ts';
import { clockDial, faketimeEnv } from '../../support/faketime.ts';
import { startHttpClock, startProviderClock } from '../../support/http-clock.ts';
import { startPostgres } from '../../support/postgres.ts';
import { MEMORY_ONLY, startRedis } from '../../support/redis.ts';

const HOUR = 3_600_000;

let good: readonly Chronyd[] = [];
let folder = '';
beforeAll(async () => {
  good = await startChronyds(undefined, undefined, undefined);
  folder = await mkdtemp(join(tmpdir(), 'sessdoctor-clocks-'));
});
afterAll(async () => {
  await Promise.all(good.map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

interface Row {
  readonly kind: string;
  readonly name: string;
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
}

/** A real Redis whose whole clock is off, as faketime says it. */
async function redisAt(off: string) {
  const dial = clockDial();
  dial.turn(off);
  const server = await startRedis({ settings: MEMORY_ONLY, env: dial.env });
  return {
    address: new Address(server.url),
    async stop() {
      await server.stop();
      dial.remove();
    },
  };
}

/** An unsigned-looking JWT with these times, in seconds from now. */
async function samples(...times: readonly { readonly iat: number; readonly exp: number }[]) {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const tokens = times.map(({ iat, exp }) =>
    [
      part({ alg: 'HS256', typ: 'JWT' }),
      part({ sub: 'u', iat: now + iat, exp: now + exp }),
      'c2lnbmF0dXJl',
    ].join('.'),
  );
  const path = join(folder, `samples-${Math.random().toString(36).slice(2)}.txt`);
  await writeFile(path, `${tokens.join('\n')}\n`);
  return [{ kind: 'file' as const, path, shown: path }];
}

const everything = ['clock', 'credentials', 'redis', 'database', 'provider', 'clocks'];

describe('everybody’s clock', () => {
  it('is one table of who is off by how much, right to its bounds', async () => {
    const [app, redis] = await Promise.all([startHttpClock('-90'), redisAt('-2h')]);
    const run = await runClock({
      servers: good,
      hosts: [app.url],
      more: { redis: { url: redis.address } },
      only: everything,
    });
    await Promise.all([app.stop(), redis.stop()]);
    const rows = run.finding('clocks/some-off').data as unknown as readonly Row[];
    expect(rows.map(({ kind }) => kind)).toEqual(['this host', 'instance', 'redis']);
    for (const [index, truth] of [0, -90_000, -2 * HOUR].entries()) {
      const row = rows[index]!;
      expect(Math.abs(row.offsetMs - truth)).toBeLessThanOrEqual(row.uncertaintyMs);
      expect(row.uncertaintyMs).toBeLessThan(300);
    }
    expect(run.codes('clocks')).toEqual(['clocks/some-off', 'clocks/redis-wrong']);
    expect(run.finding('clocks/redis-wrong').detail).toMatch(/is 2h \(.*\) behind/);
    expect(run.verdict('clock-skew')).toBe('likely');
  });

  it.each<[string, number]>([
    ['+10m', 600_000],
    ['-10m', -600_000],
    ['+400d', 400 * 24 * HOUR],
    ['-400d', -400 * 24 * HOUR],
  ])('convicts a real oidc-provider whose own Date is %s off', async (off, truth) => {
    const provider = await startProviderClock(off);
    const run = await runClock({
      servers: good,
      more: { provider: { issuer: new Address(provider.url) } },
      only: everything,
    });
    await provider.stop();
    const { offsetMs, uncertaintyMs } = run.finding('clocks/provider-wrong').data as unknown as Row;
    expect(Math.abs(offsetMs - truth)).toBeLessThanOrEqual(uncertaintyMs);
    expect(uncertaintyMs).toBeLessThan(1000);
    expect(run.verdict('clock-skew')).toBe('likely');
  });

  it.each([
    ['+2h', 2 * HOUR, 'ahead'],
    ['-2h', -2 * HOUR, 'behind'],
  ])('convicts a PostgreSQL whose clock was set %s after it was made', async (off, truth, side) => {
    const postgres = await startPostgres([], faketimeEnv(off));
    const run = await runClock({
      servers: good,
      more: { database: { url: new Address(postgres.url('postgres')) } },
      only: everything,
    });
    await postgres.remove();
    const { detail, data } = run.finding('clocks/database-wrong');
    const { offsetMs, uncertaintyMs } = data as unknown as Row;
    expect(Math.abs(offsetMs - truth)).toBeLessThanOrEqual(uncertaintyMs);
    expect(uncertaintyMs).toBeLessThan(300);
    expect(detail).toMatch(new RegExp(`^database 127\\.0\\.0\\.1:\\d+ is 2h \\(\\d+\\.\\d{3} s\\) ${side} `));
    // Its counters began, by its own clock, in two hours' time.
    if (truth < 0) expect(run.codes('database')).not.toContain('database/counters-lost');
    expect(run.verdict('clock-skew')).toBe('likely');
  });

  it('does not take the Date of a stored document, from a cache that does not say so, for the provider’s clock', async () => {
    const server = createHttpServer((request, response) => {
      const issuer = `http://${request.headers.host}`;
      const stored = request.url?.startsWith('/keys');
      if (stored) response.setHeader('date', new Date(Date.now() - HOUR).toUTCString());
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(stored ? { keys: [] } : { issuer, jwks_uri: `${issuer}/keys` }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const run = await runClock({
      servers: good,
      more: { provider: { issuer: new Address(`http://127.0.0.1:${port}`) } },
      only: everything,
    });
    server.close();
    expect(run.codes('clocks')).toEqual(['clocks/all-right']);
  });

  it('says that all are right when they are', async () => {
    const [app, redis] = await Promise.all([startHttpClock(), redisAt('+0')]);
    const run = await runClock({
      servers: good,
      hosts: [app.url],
      more: { redis: { url: redis.address } },
      only: everything,
    });
    await Promise.all([app.stop(), redis.stop()]);
    expect(run.codes('clocks')).toEqual(['clocks/all-right']);
  });

  it('counts the sampled tokens that an instance refuses although they are valid, and says from when it would not', async () => {
    const app = await startHttpClock('-10m');
    const run = await runClock({
      servers: good,
      hosts: [app.url],
      more: {
        credentials: {
          samples: await samples(
            { iat: -60, exp: 3600 },
            { iat: -120, exp: 3600 },
            { iat: -3600, exp: 3600 },
            { iat: -7200, exp: -3600 },
          ),
        },
      },
      only: everything,
    });
    await app.stop();
    const { detail, data } = run.finding('clocks/tokens-refused');
    expect(data).toMatchObject({ refused: 2, valid: 3 });
    expect(detail).toContain('2 of 3 sampled tokens that are valid now would be refused there');
    expect(run.verdict('clock-skew')).toBe('confirmed');
  });

  it('says from when an instance that is ahead will refuse sampled tokens that it still takes', async () => {
    const app = await startHttpClock('+10m');
    const run = await runClock({
      servers: good,
      hosts: [app.url],
      more: {
        credentials: { samples: await samples({ iat: -60, exp: 3600 }, { iat: -7200, exp: -3600 }) },
      },
      only: everything,
    });
    await app.stop();
    const { detail, data } = run.finding('clocks/tokens-end-early');
    expect(detail).toMatch(
      /none of 1 sampled tokens that are valid now would be refused there yet; the first would be refused from \d{4}-/,
    );
    const { refusedFrom } = data as unknown as { refusedFrom: number };
    expect(Math.abs(refusedFrom - (Date.now() + 3600_000 - 540_000))).toBeLessThan(20_000);
    expect(run.codes('clocks')).not.toContain('clocks/tokens-refused');
  });

  it('is skipped, with the flags that would help, when nobody else is in sight', async () => {
    const run = await runClock({ servers: good, only: everything });
    const outcome = run.report.probes.find((one) => one.probe === 'clocks');
    expect(outcome).toMatchObject({
      status: 'skipped',
      enable: expect.stringContaining('clock.hosts') as string,
    });
  });

  it('speaks of a difference only, where nobody told the time', async () => {
    const redis = await redisAt('+2h');
    const run = await runClock({ more: { redis: { url: redis.address } }, only: everything });
    await redis.stop();
    expect(run.codes('clocks')).toEqual(['clocks/unchecked', 'clocks/service-differs']);
    expect(run.finding('clocks/unchecked').detail).toContain('which was not checked');
  });
});
