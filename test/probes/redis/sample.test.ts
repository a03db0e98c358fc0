import { Cluster } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { redisDoor, type RedisConnection } from '../../../src/io/redis.ts';
import { sample } from '../../../src/probes/redis/sample.ts';
import { diagnoseRedis } from '../../support/diagnose-redis.ts';
import { login, MEMORY_ONLY, type RedisServer, startRedis } from '../../support/redis.ts';
import { startCluster } from '../../support/redis-topologies.ts';
import { startPane } from '../../support/resp-replay.ts';

const running: { stop(): Promise<void> }[] = [];
const open: RedisConnection[] = [];
afterEach(async () => {
  for (const connection of open.splice(0)) connection.close();
  await Promise.all(running.splice(0).map((server) => server.stop()));
});
const { signal } = new AbortController();

async function connectTo(server: RedisServer): Promise<RedisConnection> {
  const opened = await redisDoor().connect({ host: '127.0.0.1', port: server.port, db: 0 }, signal);
  if (!opened.ok) throw new Error(opened.message);
  open.push(opened.connection);
  return opened.connection;
}

describe.each(['scan', 'randomkey'] as const)('a sample by %s', (method) => {
  it('has the shares and lives of the whole', async () => {
    const server = await startRedis({ settings: MEMORY_ONLY });
    running.push(server);
    await login(server.client, 14_000);
    await login(server.client, 6000, { prefix: 'cache:page:', ttlSeconds: 60 });
    const connection = await connectTo(server);
    const seen = await sample(connection, { keyPrefix: undefined, method, signal, maxKeys: 4000 });
    if (seen.method === 'none') throw new Error(seen.reason);
    expect(seen).toMatchObject({ method, complete: false });
    // A server that grows slower, as on a busy machine, is left alone earlier.
    expect(seen.keys).toBeGreaterThanOrEqual(seen.stopped === undefined ? 4000 : 1);
    expect(seen.keys).toBeLessThan(6000);
    const share = Object.fromEntries(seen.families.map(({ name, keys }) => [name, keys / seen.keys]));
    const sixSigma = 6 * Math.sqrt((0.7 * 0.3) / seen.keys);
    expect(Math.abs((share['sess:'] ?? 0) - 0.7)).toBeLessThan(sixSigma);
    const [sessions, cache] = ['sess:', 'cache:page:'].map((name) =>
      seen.families.find((family) => family.name === name),
    );
    expect(sessions?.ttl[0]).toBeGreaterThan(86_000_000);
    expect(cache?.ttl.at(-1)).toBeLessThanOrEqual(60_500);
  });

  it('of a small store ends by itself, and only a walk is called complete', async () => {
    const server = await startRedis({ settings: MEMORY_ONLY });
    running.push(server);
    await login(server.client, 120);
    const seen = await sample(await connectTo(server), { keyPrefix: undefined, method, signal });
    if (seen.method === 'none') throw new Error(seen.reason);
    expect(seen.complete).toBe(method === 'scan');
    expect(seen.keys).toBeLessThanOrEqual(120);
    expect(seen.keys).toBeGreaterThan(100);
  });
});

it('of a cluster that keeps a table for each slot is taken by RANDOMKEY', async () => {
  const nodes = await startCluster();
  running.push(...nodes);
  const [first] = nodes;
  if (!first) throw new Error('no node');
  const client = new Cluster([{ host: '127.0.0.1', port: first.port }], { redisOptions: { protocol: 2 } });
  await Promise.all(Array.from({ length: 900 }, (_, at) => client.set(`sess:${at}kQ`, 'x', 'EX', 900)));
  client.disconnect();
  const pane = await startPane(first.client, (info) =>
    info.replace(/^redis_version:.*/m, 'redis_version:7.4.1'),
  );
  running.push(pane);
  const { verdicts, findings, saved } = await diagnoseRedis({ url: `redis://127.0.0.1:${pane.port}` });
  expect(verdicts).toEqual([]);
  expect(findings.has('shards-even')).toBe(true);
  expect(pane.asked).toContain('RANDOMKEY');
  expect(pane.asked.some((command) => command.startsWith('SCAN'))).toBe(false);
  expect(saved).toContain('"method":"randomkey"');
});
