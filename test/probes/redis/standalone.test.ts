import { afterEach, describe, expect, it } from 'vitest';
import { diagnoseRedis } from '../../support/diagnose-redis.ts';
import { login, MEMORY_ONLY, type RedisServer, startRedis } from '../../support/redis.ts';

const running: RedisServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function start(settings?: readonly string[], more = {}): Promise<RedisServer> {
  const server = await startRedis({ ...(settings && { settings }), ...more });
  running.push(server);
  return server;
}

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a healthy store', () => {
  it('raises no cause, with stock settings', async () => {
    const server = await start();
    await login(server.client, 1000);
    const { verdicts, report, findings } = await diagnoseRedis({ url: server.url });
    expect(verdicts).toEqual([]);
    expect(report.status).toBe('clear');
    expect(findings.get('keys-present')?.detail).toContain('1,000 session keys (sess:) in db0');
  });

  it('raises no cause without persistence and with FLUSHALL open: these are weaknesses', async () => {
    const server = await start(MEMORY_ONLY);
    await login(server.client, 500);
    const { verdicts, report } = await diagnoseRedis({ url: server.url });
    expect(verdicts).toEqual([]);
    const weaknesses = report.weaknesses.map((finding) => finding.code);
    expect(weaknesses).toContain('redis/no-persistence');
    expect(weaknesses).toContain('redis/flush-open');
  });

  it('raises no cause when it restarted with its AOF', async () => {
    const server = await start(['--save', '', '--appendonly', 'yes']);
    await login(server.client, 1000);
    await wait(1100);
    const began = ago(0);
    await server.kill();
    await server.restart();
    const { verdicts, findings } = await diagnoseRedis({ url: server.url }, { since: began });
    expect(verdicts).toEqual([]);
    expect(findings.has('restarted-with-data')).toBe(true);
  });
});

describe('a store that was emptied', () => {
  it('takes the memory of a long reply for no lost keys', async () => {
    const server = await start(MEMORY_ONLY);
    await server.client.call('COMMAND', 'DOCS');
    await server.client.flushall();
    const { verdicts, findings } = await diagnoseRedis({ url: server.url });
    expect(verdicts).toEqual([]);
    expect(findings.has('flush-spared')).toBe(true);
  });

  it('confirms FLUSHALL', async () => {
    const server = await start();
    await login(server.client, 1000);
    await server.client.flushall();
    const { verdicts } = await diagnoseRedis({ url: server.url });
    expect(verdicts).toEqual(['store-flushed confirmed']);
  });

  it('confirms FLUSHALL after people have logged in again, with and without the time', async () => {
    const server = await start(MEMORY_ONLY);
    await login(server.client, 3000);
    await wait(1100);
    const began = ago(0);
    await server.client.flushall();
    await login(server.client, 200, { from: 9000 });
    expect((await diagnoseRedis({ url: server.url })).verdicts).toEqual(['store-flushed confirmed']);
    expect((await diagnoseRedis({ url: server.url }, { since: began })).verdicts).toEqual([
      'store-flushed confirmed',
    ]);
  });

  it.each([5, 20, 100, 300])('confirms FLUSHALL of a small store after %i new logins', async (again) => {
    // Unlogged, a slow machine cannot date it: the times told below are before the flush.
    const server = await start([...MEMORY_ONLY, '--slowlog-log-slower-than', '-1']);
    await login(server.client, 1000);
    await server.client.flushall();
    await login(server.client, again, { from: 9000 });
    for (const incident of [{}, { since: ago(60_000) }, { since: ago(5 * 60_000) }]) {
      const { verdicts, findings } = await diagnoseRedis({ url: server.url, keyPrefix: 'sess:' }, incident);
      expect(verdicts).toEqual(['store-flushed confirmed']);
      expect(findings.get('flushed')?.detail).toMatch(/^FLUSHALL 1× since the server started .* are left/);
    }
  });

  it('keeps a flush possible when as many sessions are back as may have been lost', async () => {
    const server = await start(MEMORY_ONLY);
    await login(server.client, 400);
    await server.client.flushall();
    await login(server.client, 500, { from: 9000 });
    expect((await diagnoseRedis({ url: server.url })).verdicts).toEqual(['store-flushed possible']);
  });

  it('does not confirm a flush of a server that started after it began', async () => {
    const server = await start(MEMORY_ONLY);
    await login(server.client, 1000);
    await server.client.flushall();
    await login(server.client, 5, { from: 9000 });
    const { verdicts, findings } = await diagnoseRedis({ url: server.url }, { since: ago(2 * 86_400_000) });
    expect(findings.has('flushed')).toBe(true);
    expect(verdicts).toEqual([]);
  });

  it('does not blame FLUSHDB of a large other database', async () => {
    const server = await start(MEMORY_ONLY);
    await login(server.client, 500);
    await server.client.select(3);
    await login(server.client, 4000, { prefix: 'cache:' });
    await server.client.flushdb();
    const { verdicts } = await diagnoseRedis({ url: server.url });
    expect(verdicts).toEqual(['store-flushed possible']);
  });

  it('knows that sessions older than the flush were spared', async () => {
    const server = await start([...MEMORY_ONLY, '--slowlog-log-slower-than', '0']);
    await login(server.client, 500);
    await wait(4000);
    await server.client.select(3);
    await login(server.client, 2000, { prefix: 'cache:' });
    await server.client.flushdb();
    await server.client.select(0);
    await login(server.client, 100, { from: 9000 });
    const { verdicts, findings } = await diagnoseRedis({ url: server.url });
    expect(findings.get('flush-spared')?.detail).toContain('were written before that');
    expect(verdicts).toEqual([]);
  });

  it('confirms FLUSHDB of a small store', async () => {
    const server = await start();
    await login(server.client, 20);
    await server.client.flushdb();
    expect((await diagnoseRedis({ url: server.url })).verdicts).toEqual(['store-flushed confirmed']);
  });

  it('says that the AOF still holds what was flushed', async () => {
    const server = await start(['--save', '', '--appendonly', 'yes']);
    await login(server.client, 1000);
    await server.client.flushall();
    const { findings, verdicts } = await diagnoseRedis({ url: server.url });
    expect(verdicts).toEqual(['store-flushed confirmed']);
    expect(findings.get('recoverable')?.detail).toContain('appendonly is on');
  });

  it('dates a slow flush and names the client that ran it', async () => {
    const server = await start(['--slowlog-log-slower-than', '0']);
    await login(server.client, 200);
    await server.client.client('SETNAME', 'deploy-step-7');
    await server.client.flushall();
    const { findings } = await diagnoseRedis({ url: server.url });
    const flushed = findings.get('flushed');
    expect(flushed?.detail).toContain('deploy-step-7');
    expect(Math.abs(Date.parse(flushed?.at ?? '') - Date.now())).toBeLessThan(15_000);
  });

  it('does not blame a flush of another database', async () => {
    const server = await start();
    await login(server.client, 1000);
    await server.client.select(3);
    await server.client.set('cache:page', 'x');
    await server.client.flushdb();
    const { verdicts, findings } = await diagnoseRedis({ url: server.url });
    expect(verdicts).toEqual([]);
    expect(findings.has('flush-spared')).toBe(true);
  });

  it('does not blame a flush of a store that held nothing, and then filled', async () => {
    const server = await start();
    await server.client.flushall();
    await login(server.client, 1000);
    expect((await diagnoseRedis({ url: server.url })).verdicts).toEqual([]);
  });

  it('does not blame a flush that was long over when it began', async () => {
    const server = await start(['--slowlog-log-slower-than', '0']);
    await server.client.flushall();
    await login(server.client, 1000);
    const { verdicts } = await diagnoseRedis({ url: server.url }, { since: ago(0) });
    expect(verdicts).toEqual([]);
  });

  it('calls a wiped counter unknown, not zero', async () => {
    const server = await start();
    await login(server.client, 1000);
    await server.client.config('RESETSTAT');
    const { findings, verdicts } = await diagnoseRedis({ url: server.url });
    expect(verdicts).toEqual([]);
    expect(findings.has('counters-reset')).toBe(true);
    expect(findings.has('no-flush')).toBe(false);
    expect(findings.has('no-flush-counted')).toBe(false);
    expect(findings.has('no-eviction')).toBe(false);
  });

  it('still sees a loss when the counters were wiped after it', async () => {
    const server = await start();
    await login(server.client, 2000);
    await server.client.flushall();
    await server.client.config('RESETSTAT');
    expect((await diagnoseRedis({ url: server.url })).verdicts).toEqual(['store-flushed likely']);
  });

  it('finds sessions that SWAPDB took to another number', async () => {
    const server = await start();
    await login(server.client, 500);
    await server.client.swapdb(0, 4);
    expect((await diagnoseRedis({ url: server.url })).verdicts).toEqual(['store-lookup-moved confirmed']);
  });
});

describe('a store that restarted', () => {
  it('confirms the loss after a crash without persistence', async () => {
    const server = await start(MEMORY_ONLY);
    await login(server.client, 1000);
    const began = ago(60_000);
    await server.kill();
    await server.restart();
    // Without a time it looks like a server that is new.
    expect((await diagnoseRedis({ url: server.url })).verdicts).toEqual(['store-lost-on-restart likely']);
    const told = await diagnoseRedis({ url: server.url }, { since: began });
    expect(told.verdicts).toEqual(['store-lost-on-restart confirmed']);
    const justAfter = await diagnoseRedis({ url: server.url }, { since: ago(-1000) });
    expect(justAfter.verdicts).toEqual(['store-lost-on-restart confirmed']);
  });

  it('is not confirmed by a server that never held a key, and says so', async () => {
    const server = await start(MEMORY_ONLY);
    const { cause, findings } = await diagnoseRedis({ url: server.url });
    expect(cause('store-lost-on-restart').verdict).toBe('likely');
    expect(findings.has('started-bare')).toBe(true);
    expect(findings.has('restarted-empty')).toBe(false);
  });

  it('confirms the loss after people have logged in again, when the time is given', async () => {
    const server = await start(MEMORY_ONLY);
    await login(server.client, 1000);
    const began = ago(0);
    await server.kill();
    await server.restart();
    await login(server.client, 100, { from: 5000 });
    const { verdicts } = await diagnoseRedis({ url: server.url }, { since: began });
    expect(verdicts).toEqual(['store-lost-on-restart confirmed']);
  });

  it('is not misled by lifetimes that are not round', async () => {
    const server = await start(MEMORY_ONLY);
    await login(server.client, 1000, { ttlSeconds: 86_000 });
    const began = ago(60_000);
    await server.kill();
    await server.restart();
    await login(server.client, 100, { from: 5000, ttlSeconds: 86_000 });
    const { verdicts, findings } = await diagnoseRedis({ url: server.url }, { since: began });
    expect(findings.has('restarted-with-data')).toBe(false);
    expect(verdicts).toEqual(['store-lost-on-restart confirmed']);
  });

  it('does not confirm a restart that came long after it began', async () => {
    const server = await start(MEMORY_ONLY);
    const { cause, findings, report } = await diagnoseRedis(
      { url: server.url },
      { since: ago(3 * 3_600_000) },
    );
    expect(['unlikely', 'ruled-out']).toContain(cause('store-lost-on-restart').verdict);
    expect(findings.has('restarted-after')).toBe(true);
    // What it held is gone all the same: that is no clear report.
    expect(report.status).toBe('inconclusive');
    expect(report.summary).toContain('after the reported beginning: that is not the cause');
  });

  it('sees the hole that an old snapshot leaves', async () => {
    const server = await start(['--save', '3600 1']);
    for (let at = 0; at < 40; at++) {
      await login(server.client, 5, { from: at * 5 });
      await wait(25);
    }
    await server.client.save();
    await wait(3000);
    await login(server.client, 200, { from: 5000 });
    const began = ago(0);
    await server.kill();
    await server.restart();
    await login(server.client, 50, { from: 8000 });
    const { verdicts, findings } = await diagnoseRedis({ url: server.url }, { since: began });
    expect(verdicts).toEqual(['store-lost-on-restart confirmed']);
    expect(findings.has('write-hole')).toBe(true);
  });
});

describe('a store that is full', () => {
  it('is not to blame when it started after it began', async () => {
    const server = await start(['--maxmemory', '3mb', '--maxmemory-policy', 'allkeys-lru']);
    await login(server.client, 8000);
    const { cause } = await diagnoseRedis({ url: server.url }, { since: ago(2 * 86_400_000) });
    expect(cause('store-evicting').for).toEqual([]);
  });

  it('confirms eviction', async () => {
    const server = await start(['--maxmemory', '3mb', '--maxmemory-policy', 'allkeys-lru']);
    await login(server.client, 8000);
    const { verdicts, findings } = await diagnoseRedis({ url: server.url });
    expect(verdicts).toEqual(['store-evicting confirmed']);
    expect(findings.get('not-sampled')?.detail).toContain('would push sessions out');
  });

  it('confirms that writes are refused with noeviction', async () => {
    const server = await start(['--maxmemory-policy', 'noeviction']);
    await login(server.client, 2000);
    await server.client.config('SET', 'maxmemory', '1mb');
    await login(server.client, 50, { from: 9000 }).catch(() => {});
    const { verdicts, findings } = await diagnoseRedis({ url: server.url });
    expect(verdicts).toEqual(['store-unavailable confirmed']);
    expect(findings.get('out-of-memory')?.detail).toContain('50 writes were answered OOM');
  });
});
