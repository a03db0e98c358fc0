import { afterEach, describe, expect, it } from 'vitest';
import { diagnoseRedis } from '../../support/diagnose-redis.ts';
import { login, MEMORY_ONLY, type RedisServer, startRedis, written } from '../../support/redis.ts';
import { startPair, until } from '../../support/redis-topologies.ts';
import { startPane, upFor } from '../../support/resp-replay.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function start(...settings: string[]): Promise<RedisServer> {
  const server = await startRedis({ settings: settings.length > 0 ? settings : MEMORY_ONLY });
  running.push(server);
  return server;
}

/** Its address as if it had been up for `seconds`. */
async function aged(server: RedisServer, seconds: number): Promise<string> {
  const pane = await startPane(server.client, upFor(seconds));
  running.push(pane);
  return `redis://127.0.0.1:${pane.port}`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MONTH = 30 * 86_400;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const HALF_AN_HOUR = { from: 29 * MINUTE, to: 0, lifetimeMs: 30 * MINUTE };
/** Raised by nothing but the count of a flush whose time is not known. */
const COUNTED_ONLY = ['store-flushed possible'];

describe('a flush that is counted, and healthy sessions', () => {
  it('weeks ago, on a morning on which everybody is new', async () => {
    const server = await start();
    await server.client.flushall();
    await written(server.client, 200, { from: 20 * MINUTE, to: 0, lifetimeMs: 12 * HOUR });
    const url = await aged(server, MONTH);
    expect((await diagnoseRedis({ url })).verdicts).toEqual(COUNTED_ONLY);
    expect((await diagnoseRedis({ url }, { since: ago(10 * MINUTE) })).verdicts).toEqual([]);
  });

  it('weeks ago, and an incident longer ago than sessions live', async () => {
    const server = await start();
    await server.client.flushall();
    await written(server.client, 300, HALF_AN_HOUR);
    const url = await aged(server, MONTH);
    expect((await diagnoseRedis({ url }, { since: ago(2 * HOUR) })).verdicts).toEqual(COUNTED_ONLY);
    expect((await diagnoseRedis({ url })).verdicts).toEqual([]);
  });

  it('weeks ago, in an idle store whose sessions have all expired', async () => {
    const server = await start();
    await server.client.flushall();
    await written(server.client, 50, { from: 0, to: 0, lifetimeMs: 20 });
    await until(async () => (await server.client.dbsize()) === 0, 'expired sessions');
    expect((await diagnoseRedis({ url: await aged(server, MONTH) })).verdicts).toEqual(COUNTED_ONLY);
  });

  it.each([60, 1700])('at its deployment %i s ago, with sessions that every request writes', async (up) => {
    const server = await start();
    await server.client.flushall();
    for (let round = 0; round < 30; round++) await login(server.client, 200);
    expect((await diagnoseRedis({ url: await aged(server, up) })).verdicts).toEqual(COUNTED_ONLY);
  });

  it('and a wrong prefix given for keys that are not named like sessions', async () => {
    const server = await start();
    await server.client.flushall();
    await login(server.client, 2000, { prefix: 'auth:' });
    const { verdicts, findings } = await diagnoseRedis({
      url: await aged(server, MONTH),
      keyPrefix: 'sess:',
    });
    expect(verdicts).toEqual(COUNTED_ONLY);
    expect(findings.has('prefix-absent')).toBe(true);
  });
});

describe('a restart that lost nothing', () => {
  it('from the AOF, longer ago than sessions live, at the very time of the incident', async () => {
    const server = await start('--save', '', '--appendonly', 'yes');
    await written(server.client, 500, HALF_AN_HOUR);
    await server.restart();
    for (let round = 0; round < 3; round++) await written(server.client, 500, HALF_AN_HOUR);
    const url = await aged(server, 3600);
    expect((await diagnoseRedis({ url }, { since: ago(HOUR) })).verdicts).toEqual([]);
    expect((await diagnoseRedis({ url })).verdicts).toEqual([]);
  });

  it('from the AOF, in a quiet night', async () => {
    const server = await start('--save', '', '--appendonly', 'yes');
    await written(server.client, 800, { from: 18 * HOUR, to: 6.5 * HOUR });
    await written(server.client, 6, { prefix: 'sess:n', from: 80 * MINUTE, to: 5 * MINUTE });
    await server.restart();
    const url = await aged(server, 2 * 3600);
    expect((await diagnoseRedis({ url })).verdicts).toEqual([]);
    expect((await diagnoseRedis({ url }, { since: ago(2 * HOUR) })).verdicts).toEqual([]);
  });

  it('from the snapshot of its own shutdown, as every day', async () => {
    const server = await start('--save', '3600 1');
    await written(server.client, 500, HALF_AN_HOUR);
    await server.restart();
    for (let round = 0; round < 3; round++) await written(server.client, 500, HALF_AN_HOUR);
    const { verdicts, findings } = await diagnoseRedis({ url: await aged(server, 3600) });
    expect(verdicts).toEqual([]);
    expect(findings.get('restarted-with-data')?.detail).toContain('0 keys had expired: it was at most');
  });

  it('from a snapshot whose cache keys had expired meanwhile', async () => {
    const server = await start('--save', '3600 1');
    await written(server.client, 500, { from: 9 * HOUR, to: MINUTE });
    await written(server.client, 5000, { prefix: 'cache:page:', from: 0, to: 0, lifetimeMs: 1200 });
    await server.client.save();
    await server.kill();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await server.restart();
    const { url } = server;
    expect((await diagnoseRedis({ url })).verdicts).toEqual([]);
    expect((await diagnoseRedis({ url }, { since: ago(1000) })).verdicts).toEqual([]);
  });
});

describe('two families that belong there', () => {
  it('the two keys that Spring keeps for each session', async () => {
    const server = await start();
    const prefix = 'spring:session:sessions:';
    const lately = { from: 4 * MINUTE, to: 0 };
    await written(server.client, 200, { ...lately, prefix, lifetimeMs: 2_100_000 });
    await written(server.client, 200, { ...lately, prefix: `${prefix}expires:`, lifetimeMs: 1_800_000 });
    const { url } = server;
    expect((await diagnoseRedis({ url })).verdicts).toEqual([]);
    expect((await diagnoseRedis({ url }, { since: ago(4 * MINUTE) })).verdicts).toEqual([]);
  });

  it('sessions of half an hour, and remembered ones of thirty days', async () => {
    const server = await start();
    await written(server.client, 400, HALF_AN_HOUR);
    const month = MONTH * 1000;
    const prefix = 'remember-session:';
    await written(server.client, 400, { prefix, from: month - HOUR, to: 0, lifetimeMs: month });
    expect((await diagnoseRedis({ url: await aged(server, 3 * MONTH) })).verdicts).toEqual([]);
  });
});

describe('counters of long ago', () => {
  it('a primary that refused writes when it was a replica', async () => {
    const [primary, replica] = await startPair();
    running.push(primary, replica);
    await login(primary.client, 500);
    await until(async () => (await replica.client.dbsize()) === 500, 'a filled replica');
    for (let at = 0; at < 12; at++) await replica.client.set('sess:a', 'b').catch(() => {});
    expect((await diagnoseRedis({ url: replica.url })).findings.has('read-only-refusals')).toBe(true);
    await replica.client.replicaof('NO', 'ONE');
    const { verdicts, findings } = await diagnoseRedis({ url: await aged(replica, MONTH) });
    expect(verdicts).toEqual([]);
    expect(findings.get('writes-refused-before')?.detail).toContain('12 writes were answered READONLY');
  });

  it('min-replicas-to-write that was not met, and is met again', async () => {
    const server = await start();
    await login(server.client, 500);
    await server.client.config('SET', 'min-replicas-to-write', '1');
    for (let at = 0; at < 12; at++) await server.client.set('sess:a', 'b').catch(() => {});
    const unmet = await diagnoseRedis({ url: server.url });
    expect(unmet.findings.has('no-replicas-refusals')).toBe(true);
    await server.client.config('SET', 'min-replicas-to-write', '0');
    expect((await diagnoseRedis({ url: await aged(server, MONTH) })).verdicts).toEqual([]);
  });
});

describe('a store that evicts', () => {
  it('is a cache: no session is among what it holds', async () => {
    const server = await start('--save', '', '--maxmemory', '4mb', '--maxmemory-policy', 'allkeys-lru');
    await written(server.client, 20_000, { prefix: 'cache:page:', from: HOUR, to: 0 });
    for (const limit of ['4mb', '4400000']) {
      await server.client.config('SET', 'maxmemory', limit);
      const { verdicts, findings } = await diagnoseRedis({ url: server.url });
      expect(verdicts).toEqual([]);
      expect(findings.has('evicting-others')).toBe(true);
    }
  });

  it('is a cache with lives, and sessions beside it that may not be evicted first: they are seen', async () => {
    const server = await start('--save', '', '--maxmemory', '4mb', '--maxmemory-policy', 'allkeys-lru');
    await written(server.client, 20_000, { prefix: 'cache:page:', from: HOUR, to: 0 });
    await login(server.client, 4000);
    const { verdicts, findings } = await diagnoseRedis({ url: server.url });
    expect(verdicts).toEqual(['store-evicting confirmed']);
    expect(findings.get('not-sampled')?.detail).toMatch(/of 50 random ones \d+ are sessions$/);
  });

  it('has evicted every session, and only keys without a life are left', async () => {
    const server = await start('--save', '', '--maxmemory', '4mb', '--maxmemory-policy', 'volatile-lru');
    await login(server.client, 5000);
    for (let at = 0; at < 4000; at++)
      await server.client.set(`cache:page:${at}`, 'x'.repeat(1000)).catch(() => {});
    const { cause } = await diagnoseRedis({ url: server.url });
    expect(cause('store-evicting').verdict).toBe('confirmed');
  });
});

describe('few sessions', () => {
  it('in a quiet night, for a user who sees no counters', async () => {
    const server = await start();
    await written(server.client, 5000, { from: 0, to: 0, lifetimeMs: 1000 });
    await until(async () => (await server.client.dbsize()) === 0, 'expired sessions');
    await written(server.client, 12, { from: 10 * HOUR, to: HOUR });
    await server.client.acl('SETUSER', 'app', 'on', '>secret-x', '~*', '+@all', '-@dangerous');
    const url = `redis://app:secret-x@127.0.0.1:${server.port}`;
    expect((await diagnoseRedis({ url })).verdicts).toEqual([]);
    expect((await diagnoseRedis({ url: server.url })).verdicts).toEqual([]);
    expect((await diagnoseRedis({ url: server.url }, { since: ago(30 * MINUTE) })).verdicts).toEqual([]);
  });

  it('at night, the youngest six hours old, are not short-lived', async () => {
    const server = await start();
    await written(server.client, 300, { from: 23 * HOUR, to: 6 * HOUR });
    const { verdicts } = await diagnoseRedis({ url: await aged(server, MONTH), ttl: '1d' });
    expect(verdicts).toEqual([]);
  });

  it.each([3000, MONTH])('logouts and a rate limiter in Lua, up for %i s', async (up) => {
    const server = await start();
    for (let round = 0; round < 20; round++) await login(server.client, 60);
    for (let at = 0; at < 10; at++) await server.client.eval('return 1', 0);
    const [first = ''] = await login(server.client, 1, { from: 70 });
    await server.client.del(first);
    expect((await diagnoseRedis({ url: await aged(server, up) })).verdicts).toEqual([]);
  });
});

describe('a Monday morning, and a flush of weeks ago whose time nobody knows', () => {
  /** INFO as it is on a server that is up for a month, whose sessions have all expired time and again. */
  const worn = (info: string): string =>
    upFor(MONTH)(info)
      .replace(/^expired_keys:.*$/m, 'expired_keys:90000')
      .replace(/^used_memory_peak:.*$/m, 'used_memory_peak:20000000');

  async function monday(server: RedisServer): Promise<string> {
    const pane = await startPane(server.client, worn);
    running.push(pane);
    return `redis://127.0.0.1:${pane.port}`;
  }

  it.each([8, 24, 60])('with sessions of %i hours', async (hours) => {
    const server = await start();
    await login(server.client, 300);
    await server.client.flushdb();
    await written(server.client, 250, { from: 29 * MINUTE, to: 0, lifetimeMs: hours * HOUR });
    const url = await monday(server);
    for (const incident of [{ since: ago(30 * MINUTE) }, {}]) {
      const { verdicts, findings } = await diagnoseRedis({ url }, incident);
      expect(findings.get('flush-fits')?.detail).toMatch(/FLUSHDB 1×/);
      expect(verdicts).toEqual(COUNTED_ONLY);
    }
  });

  it('before the first login', async () => {
    const server = await start();
    await login(server.client, 3000);
    await server.client.flushdb();
    const { verdicts } = await diagnoseRedis({ url: await monday(server) }, { since: ago(5 * MINUTE) });
    expect(verdicts).toEqual(COUNTED_ONLY);
  });

  it('but sessions of thirty days outlast every weekend, and a dated flush is no old one', async () => {
    const server = await start();
    await login(server.client, 300);
    await server.client.flushdb();
    await written(server.client, 250, { from: 29 * MINUTE, to: 0, lifetimeMs: 720 * HOUR });
    const incident = { since: ago(30 * MINUTE) };
    expect((await diagnoseRedis({ url: await monday(server) }, incident)).verdicts).toEqual([
      'store-flushed confirmed',
    ]);
    await server.client.flushall();
    await server.client.config('SET', 'slowlog-log-slower-than', '0');
    await server.client.flushdb();
    await server.client.config('SET', 'slowlog-log-slower-than', '10000');
    await written(server.client, 250, { from: MINUTE / 2, to: 0, lifetimeMs: 24 * HOUR });
    const { verdicts } = await diagnoseRedis({ url: await monday(server) }, { since: ago(0) });
    expect(verdicts).toEqual(['store-flushed confirmed']);
  });
});
