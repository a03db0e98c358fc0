import { Cluster } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { diagnoseRedis } from '../../support/diagnose-redis.ts';
import { login, type RedisServer } from '../../support/redis.ts';
import { inStep, startCluster, startPair, startSentinels, until } from '../../support/redis-topologies.ts';

const running: RedisServer[] = [];
const clients: Cluster[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

function keep<T extends readonly RedisServer[]>(servers: T): T {
  running.push(...servers);
  return servers;
}

describe('a cluster of three masters', () => {
  async function filled(): Promise<RedisServer[]> {
    const nodes = keep(await startCluster());
    const client = new Cluster([{ host: '127.0.0.1', port: nodes[0]?.port ?? 0 }], {
      redisOptions: { protocol: 2 },
    });
    clients.push(client);
    const writes: Promise<unknown>[] = [];
    for (let at = 0; at < 3000; at++)
      writes.push(client.set(`sess:${at.toString(36).padStart(24, 'q7')}`, 'x'.repeat(200), 'EX', 86_400));
    await Promise.all(writes);
    return nodes;
  }

  it('is healthy when every shard is', async () => {
    const [node] = await filled();
    const { verdicts, findings } = await diagnoseRedis({ url: node?.url });
    expect(verdicts).toEqual([]);
    expect(findings.has('shards-even')).toBe(true);
    expect(findings.has('no-flush-counted')).toBe(true);
  });

  it('finds the one flushed shard, whichever node is named', async () => {
    const nodes = await filled();
    await nodes[1]?.client.flushall();
    for (const node of [nodes[0], nodes[1]]) {
      const { verdicts, findings } = await diagnoseRedis({ url: node?.url, cluster: true });
      expect(verdicts).toEqual(['store-flushed confirmed']);
      expect(findings.get('flushed')?.subject).toBe(`127.0.0.1:${nodes[1]?.port}`);
      expect(findings.get('shard-empty')?.subject).toBe(`127.0.0.1:${nodes[1]?.port}`);
    }
  });

  it('finds the shard that came back empty from a restart', async () => {
    const nodes = await filled();
    await nodes[2]?.kill();
    await nodes[2]?.restart();
    await until(
      async () => ((await nodes[0]?.client.cluster('INFO')) ?? '').includes('cluster_state:ok'),
      'a whole cluster',
    );
    const { verdicts, findings } = await diagnoseRedis({ url: nodes[0]?.url });
    expect(verdicts[0]).toBe('store-lost-on-restart confirmed');
    expect(findings.get('restarted-empty')?.subject).toBe(`127.0.0.1:${nodes[2]?.port}`);
  });

  it('says that slots are not served when a master is gone', async () => {
    const nodes = await filled();
    await nodes[2]?.kill();
    await until(
      async () => ((await nodes[0]?.client.cluster('INFO')) ?? '').includes('cluster_state:fail'),
      'a failed cluster',
    );
    const { cause, findings } = await diagnoseRedis({ url: nodes[0]?.url });
    expect(cause('store-unavailable').verdict).toBe('confirmed');
    expect(findings.has('cluster-not-ok')).toBe(true);
    expect(findings.get('shard-down')?.subject).toBe(`127.0.0.1:${nodes[2]?.port}`);
  });
});

describe('a primary with a replica', () => {
  it('is healthy when both are', async () => {
    const [primary, replica] = keep(await startPair());
    await login(primary.client, 1000);
    const { verdicts, findings } = await diagnoseRedis({ url: primary.url });
    expect(verdicts).toEqual([]);
    expect(findings.has('replica-in-step')).toBe(true);
    expect(findings.has('replica-unreached')).toBe(false);
    expect((await diagnoseRedis({ url: replica.url })).findings.has('is-replica')).toBe(true);
  });

  it('sees by the replica that the primary restarted empty', async () => {
    const [primary, replica] = keep(await startPair());
    await login(primary.client, 2000);
    await until(async () => (await replica.client.dbsize()) === 2000, 'a filled replica');
    await primary.kill();
    await primary.restart();
    await inStep(replica, primary);
    const { verdicts, findings } = await diagnoseRedis({ url: primary.url });
    expect(verdicts).toEqual(['store-lost-on-restart confirmed']);
    expect(findings.get('resynced-empty')?.subject).toBe(`127.0.0.1:${replica.port}`);
  });

  it('sees the flush by the replica when the primary restarted after it', async () => {
    const [primary, replica] = keep(await startPair());
    await login(primary.client, 2000);
    await until(async () => (await replica.client.dbsize()) === 2000, 'a filled replica');
    await primary.client.flushall();
    await until(async () => (await replica.client.dbsize()) === 0, 'a flushed replica');
    await primary.kill();
    await primary.restart();
    await inStep(replica, primary);
    const { cause, findings } = await diagnoseRedis({ url: primary.url });
    expect(cause('store-flushed').for.map((vote) => vote.code)).toContain('redis/flushed');
    expect(findings.get('flushed')?.subject).toBe(`127.0.0.1:${replica.port}`);
  });
});

describe('Sentinels', () => {
  it('name the primary, and a healthy store stays healthy', async () => {
    const [primary, replica] = keep(await startPair());
    await login(primary.client, 1000);
    const sentinels = await startSentinels(primary, 3);
    running.push(...sentinels.map((one) => one.server));
    const addresses = sentinels.map((one) => `127.0.0.1:${one.port}`);
    const { verdicts, findings } = await diagnoseRedis({ sentinels: addresses, sentinelName: 'sessions' });
    expect(verdicts).toEqual([]);
    expect(findings.get('serving')?.subject).toBe(`127.0.0.1:${primary.port}`);

    const wrong = await diagnoseRedis({ sentinels: addresses, sentinelName: 'other' });
    expect(wrong.findings.get('sentinel-unknown-master')?.detail).toContain('sessions');
    const stale = await diagnoseRedis({ sentinels: addresses, sentinelName: 'sessions', url: replica.url });
    expect(stale.findings.has('given-not-primary')).toBe(true);

    // Back before they called it down: no failover, and the replica copies the emptiness.
    await primary.kill();
    await primary.restart();
    await inStep(replica, primary);
    const after = await diagnoseRedis({ sentinels: addresses, sentinelName: 'sessions' });
    expect(after.verdicts).toEqual(['store-lost-on-restart confirmed']);
  });

  it('are all down', async () => {
    const { findings, cause } = await diagnoseRedis({ sentinels: ['127.0.0.1:1', '127.0.0.1:2'] });
    expect(findings.has('sentinels-unreached')).toBe(true);
    expect(cause('store-unavailable').verdict).toBe('possible');
  });
});
