import { Cluster, type Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { diagnoseRedis } from '../../support/diagnose-redis.ts';
import { login, MEMORY_ONLY, type RedisServer, startRedis, written } from '../../support/redis.ts';
import { startCluster } from '../../support/redis-topologies.ts';
import { startPane, upFor } from '../../support/resp-replay.ts';

const running: { stop(): Promise<void> }[] = [];
const clients: Cluster[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

async function start(...settings: string[]): Promise<RedisServer> {
  const server = await startRedis({ settings: settings.length > 0 ? settings : MEMORY_ONLY });
  running.push(server);
  return server;
}

async function aged(server: RedisServer, days: number): Promise<string> {
  const pane = await startPane(server.client, upFor(days * 86_400));
  running.push(pane);
  return `redis://127.0.0.1:${pane.port}`;
}

/** Likely or above. */
const convicted = (verdicts: readonly string[]): readonly string[] =>
  verdicts.filter((verdict) => !verdict.endsWith(' possible'));

/** Sessions as Spring's indexed repository keeps them: a hash, an empty string that expires first, and sets. */
async function spring(client: Redis, count: number): Promise<void> {
  const pipe = client.pipeline();
  const now = Date.now();
  for (let at = 0; at < count; at++) {
    const id = `${at.toString(16).padStart(8, '0')}-1111-4222-8333-944445555666`;
    const idle = Math.round((at / count) * 29 * MINUTE);
    const key = `spring:session:sessions:${id}`;
    pipe.hset(key, 'creationTime', now - idle, 'lastAccessedTime', now - idle, 'maxInactiveInterval', 1800);
    pipe.pexpire(key, 35 * MINUTE - idle);
    pipe.append(`spring:session:sessions:expires:${id}`, '');
    pipe.pexpire(`spring:session:sessions:expires:${id}`, 30 * MINUTE - idle);
    const minute = Math.ceil((now + 30 * MINUTE - idle) / MINUTE) * MINUTE;
    pipe.sadd(`spring:session:expirations:${minute}`, `expires:${id}`);
    pipe.pexpire(`spring:session:expirations:${minute}`, 35 * MINUTE - idle);
    const user = `spring:session:index:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME:user${at}`;
    pipe.sadd(user, id);
  }
  await pipe.exec();
}

describe('unusual stores that are healthy', () => {
  it.each([0, 1])('Spring’s hashes with their indexes, %i s after old ones were cleared', async (cleared) => {
    const server = await start();
    if (cleared > 0) {
      await spring(server.client, 50);
      await server.client.del(...(await server.client.keys('spring:session:sessions:*')));
    }
    await spring(server.client, 800);
    const url = await aged(server, 20);
    for (const incident of [{}, { since: ago(10 * MINUTE) }, { since: ago(3 * HOUR) }]) {
      const { verdicts } = await diagnoseRedis({ url }, incident);
      expect(convicted(verdicts)).toEqual([]);
    }
    const { verdicts } = await diagnoseRedis({ url, keyPrefix: 'spring:session:sessions:' });
    expect(convicted(verdicts)).toEqual([]);
  });

  it('a big cache of keys without and with lives, and a few sessions beside it', async () => {
    const server = await start();
    await login(server.client, 20_000, { prefix: 'cache:page:', ttlSeconds: 300 });
    const pipe = server.client.pipeline();
    for (let at = 0; at < 5000; at++) pipe.set(`product:${at}x9fQ`, 'x'.repeat(200));
    await pipe.exec();
    await written(server.client, 40, { from: 20 * HOUR, to: 0 });
    const url = await aged(server, 20);
    for (const incident of [{}, { since: ago(20 * MINUTE) }, { since: ago(10 * HOUR) }]) {
      expect(convicted((await diagnoseRedis({ url }, incident)).verdicts)).toEqual([]);
      expect(convicted((await diagnoseRedis({ url, keyPrefix: 'sess:' }, incident)).verdicts)).toEqual([]);
    }
  });

  it('a cache that clears itself by walks and deletions, beside sessions of a morning', async () => {
    const server = await start();
    await login(server.client, 8000, { prefix: 'cache:page:' });
    const keys = (await server.client.scan('0', 'COUNT', 20_000))[1];
    await server.client.unlink(...keys.filter((key) => key.startsWith('cache:')));
    await written(server.client, 120, { from: 25 * MINUTE, to: 0 });
    const url = await aged(server, 20);
    for (const incident of [{}, { since: ago(25 * MINUTE) }])
      expect(convicted((await diagnoseRedis({ url }, incident)).verdicts)).toEqual([]);
  });

  it('a cluster whose keys share two tags, so that a shard is empty', async () => {
    const nodes = await startCluster(MEMORY_ONLY);
    running.push(...nodes);
    const client = new Cluster([{ host: '127.0.0.1', port: nodes[0]?.port ?? 0 }], {
      redisOptions: { protocol: 2 },
    });
    clients.push(client);
    // Slots 15495 (a) and 3300 (b): the middle third of the slots stays empty.
    for (const tag of ['{a}', '{b}'])
      await Promise.all(
        Array.from({ length: 700 }, (_, at) =>
          client.set(`sess:${tag}${at}kQz9`, 'x'.repeat(90), 'EX', 86_000),
        ),
      );
    for (const incident of [{}, { since: ago(3 * HOUR) }]) {
      const { verdicts, findings } = await diagnoseRedis({ url: nodes[0]?.url }, incident);
      expect(findings.get('shard-empty')?.detail).toContain('100 % of the sampled keys carry a hash tag');
      expect(convicted(verdicts)).toEqual([]);
    }
  });

  it('a cache that is built in another database and swapped in, after a night in which all sessions ended', async () => {
    const server = await start();
    await login(server.client, 3000, { prefix: 'cache:page:', ttlSeconds: 86_400 });
    await server.client.swapdb(0, 1);
    const url = await aged(server, 20);
    for (const incident of [{}, { since: ago(20 * MINUTE) }])
      expect(convicted((await diagnoseRedis({ url }, incident)).verdicts)).toEqual([]);
  });

  it('a restart from its snapshot in a quiet morning, an hour before the first login', async () => {
    const server = await start('--save', '3600 1');
    const lifetimeMs = 48 * HOUR;
    await written(server.client, 800, { from: 38 * HOUR, to: 14 * HOUR, lifetimeMs });
    await server.restart();
    await written(server.client, 100, { prefix: 'sess:n', from: 25 * MINUTE, to: 0, lifetimeMs });
    const url = await aged(server, 85 / 1440);
    for (const incident of [{}, { since: ago(60 * MINUTE) }, { since: ago(25 * MINUTE) }])
      expect(convicted((await diagnoseRedis({ url, ttl: '48h' }, incident)).verdicts)).toEqual([]);
  });

  it('a new store that is up for minutes, has no persistence, and serves its first sessions', async () => {
    const server = await start();
    await written(server.client, 60, { from: 1000, to: 0 });
    expect(convicted((await diagnoseRedis({ url: server.url })).verdicts)).toEqual([]);
  });
});
