import { afterEach, describe, expect, it } from 'vitest';
import { diagnoseRedis } from '../../support/diagnose-redis.ts';
import { login, type RedisServer, startRedis, written } from '../../support/redis.ts';
import { startPane, upFor } from '../../support/resp-replay.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function start(): Promise<RedisServer> {
  const server = await startRedis();
  running.push(server);
  return server;
}

const MINUTE = 60_000;

describe('sessions under another name', () => {
  it('under an old prefix that is no longer written', async () => {
    const server = await start();
    await written(server.client, 900, { prefix: 'sess:', from: 600 * MINUTE, to: 40 * MINUTE });
    await written(server.client, 200, { prefix: 'shop-session:', from: 39 * MINUTE, to: 0 });
    const { cause, findings } = await diagnoseRedis({ url: server.url });
    expect(cause('store-lookup-moved').verdict).toBe('confirmed');
    expect(findings.get('two-families')?.detail).toContain('sess: was last written');
    const since = new Date(Date.now() - 38 * MINUTE).toISOString();
    const told = await diagnoseRedis({ url: server.url }, { since });
    expect(told.verdicts[0]).toBe('store-lookup-moved confirmed');
    expect(told.cause('store-flushed').verdict).not.toBe('confirmed');
  });

  it('in another database than the one named, where they are no longer written', async () => {
    const server = await start();
    await server.client.select(5);
    await written(server.client, 300, { from: 300 * MINUTE, to: 20 * MINUTE });
    const { cause, findings } = await diagnoseRedis({ url: `${server.url}/2` });
    expect(cause('store-lookup-moved').verdict).toBe('likely');
    expect(findings.get('sessions-elsewhere')?.detail).toMatch(/db5 holds 300 keys, .* 20m ago/);
    const since = new Date(Date.now() - 20 * MINUTE).toISOString();
    expect((await diagnoseRedis({ url: `${server.url}/2` }, { since })).verdicts[0]).toBe(
      'store-lookup-moved likely',
    );
    expect((await diagnoseRedis({ url: server.url })).cause('store-lookup-moved').verdict).toBe('possible');
    expect((await diagnoseRedis({ url: `${server.url}/5` })).verdicts).toEqual([]);
  });

  it('in another database, where another app writes its own to this day', async () => {
    const server = await start();
    await server.client.select(5);
    await written(server.client, 300, { from: 300 * MINUTE, to: 0 });
    for (const url of [`${server.url}/2`, server.url]) {
      const { verdicts, findings } = await diagnoseRedis({ url });
      expect(findings.has('sessions-perhaps-elsewhere')).toBe(true);
      expect(verdicts).toEqual(['store-lookup-moved possible']);
    }
  });

  it('under another prefix than the configured one, no longer written, whatever was flushed before', async () => {
    const server = await start();
    await server.client.flushall();
    await written(server.client, 2000, { prefix: 'oldsess:', from: 300 * MINUTE, to: 20 * MINUTE });
    const { verdicts, findings } = await diagnoseRedis({ url: server.url, keyPrefix: 'sess:' });
    expect(findings.has('sessions-other-prefix')).toBe(true);
    expect(verdicts[0]).toBe('store-lookup-moved likely');
  });

  it.each<[string, string]>([
    ['the prefix was mistyped, or is another app’s', 'shop-session:'],
    ['the prefix is one that nobody has', 'nosuch:'],
  ])('%s: a family that lives accuses nobody', async (_, keyPrefix) => {
    const server = await start();
    await written(server.client, 2000, { prefix: 'sess:', from: 300 * MINUTE, to: 0 });
    const since = new Date(Date.now() - 20 * MINUTE).toISOString();
    for (const incident of [{}, { since }]) {
      const { verdicts, findings } = await diagnoseRedis({ url: server.url, keyPrefix }, incident);
      expect(findings.has('sessions-perhaps-other-prefix')).toBe(true);
      expect(verdicts).toEqual(['store-lookup-moved possible']);
    }
  });

  it('under another prefix, whose writes faded out in the evening', async () => {
    const server = await start();
    await written(server.client, 60, { prefix: 'sess:', from: 900 * MINUTE, to: 25 * MINUTE });
    const { verdicts } = await diagnoseRedis({ url: server.url, keyPrefix: 'shop:' });
    expect(verdicts).toEqual(['store-lookup-moved possible']);
  });

  it('two living families are two apps, not a move', async () => {
    const server = await start();
    await written(server.client, 500, { prefix: 'sess:', from: 700 * MINUTE, to: 0 });
    await written(server.client, 300, { prefix: 'admin-session:', from: 700 * MINUTE, to: 0 });
    expect((await diagnoseRedis({ url: server.url })).verdicts).toEqual([]);
  });
});

describe('lifetimes', () => {
  it('are shorter than the cookie’s', async () => {
    const server = await start();
    await login(server.client, 400, { ttlSeconds: 3600 });
    const { cause, findings } = await diagnoseRedis({ url: server.url, ttl: '1d' });
    expect(findings.get('ttl-short')?.detail).toContain('the configured lifetime is 24h');
    expect(cause('lifetime-wrong').verdict).toBe('possible');
  });

  it('fit', async () => {
    const server = await start();
    await login(server.client, 400);
    const { findings } = await diagnoseRedis({ url: server.url, ttl: '1d' });
    expect(findings.has('ttl-as-expected')).toBe(true);
  });

  it('of sessions that survive from before the incident rule out a loss', async () => {
    const server = await start();
    await server.client.flushall();
    await written(server.client, 500, { prefix: 'sess:', from: 700 * MINUTE, to: 0 });
    const since = new Date(Date.now() - 5000).toISOString();
    const pane = await startPane(server.client, upFor(86_400));
    running.push(pane);
    const { cause } = await diagnoseRedis({ url: `redis://127.0.0.1:${pane.port}` }, { since });
    expect(cause('store-flushed').verdict).toBe('ruled-out');
  });
});

describe('key families', () => {
  it('are named by prefix, and no id is shown anywhere', async () => {
    const server = await start();
    const ids = await login(server.client, 200);
    const more = await login(server.client, 60, { prefix: 'cache:page:' });
    await server.client.set('user:alice.liddell:profile', 'x');
    await server.client.set('7f3a9c1e5b7d4f60a1b2c3d4e5f60718', 'x');
    await server.client.config('SET', 'slowlog-log-slower-than', '0');
    await server.client.get(ids[3] ?? '');
    await server.client.del(more[3] ?? '');
    const { findings, saved, report } = await diagnoseRedis({ url: server.url });
    expect(findings.get('families')?.detail).toContain('sess: (connect-redis and kin)');
    expect(findings.get('families')?.detail).toContain('cache:page:');
    const everything = saved + JSON.stringify(report);
    for (const key of [...ids, ...more]) expect(everything).not.toContain(key.slice(-24));
    expect(everything).not.toContain('alice');
    expect(everything).not.toContain('7f3a9c1e');
  });
});
