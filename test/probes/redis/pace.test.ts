import { afterEach, describe, expect, it } from 'vitest';
import { diagnoseRedis } from '../../support/diagnose-redis.ts';
import { login, MEMORY_ONLY, type RedisServer, startRedis } from '../../support/redis.ts';
import { startPair } from '../../support/redis-topologies.ts';

const running: RedisServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function start(...settings: string[]): Promise<RedisServer> {
  const server = await startRedis({ settings: [...MEMORY_ONLY, ...settings] });
  running.push(server);
  return server;
}

const STALL = "local t=redis.call('TIME')[1]; repeat until redis.call('TIME')[1]-t > 1; return 0";

describe('between two looks', () => {
  it('reads, misses and writes are counted, without what looking adds', async () => {
    const server = await start();
    const keys = await login(server.client, 500);
    const over = new AbortController();
    const traffic = (async () => {
      while (!over.signal.aborted) {
        await server.client.get(keys[7] ?? '');
        await server.client.get('sess:gone');
        await server.client.set('sess:new', 'x', 'EX', 900);
      }
    })();
    const { findings } = await diagnoseRedis({ url: server.url });
    over.abort();
    await traffic;
    const said = findings.get('pace')?.detail ?? '';
    expect(said).toMatch(/^[1-9][\d,]*\/s reads \([1-9][\d,]* of [1-9][\d,]* found nothing\)/);
    expect(said).toMatch(/[1-9][\d,]*\/s writes, 0\/s deletions/);
    const idle = await diagnoseRedis({ url: server.url });
    expect(idle.findings.get('pace')?.detail).toMatch(/^0\/s reads, 0\/s writes.*errors: none/);
  });
});

describe('a server that stood still', () => {
  it.each([
    ['by its slow log', [], /^EVAL took [12]/],
    [
      'by its latency monitor',
      ['--latency-monitor-threshold', '100', '--slowlog-log-slower-than', '-1'],
      /^the event “command” took [12]/,
    ],
  ])('is known and dated %s', async (_, settings, words) => {
    const server = await start(...settings);
    await login(server.client, 200);
    await server.client.eval(STALL, 0);
    const { findings, verdicts } = await diagnoseRedis({ url: server.url });
    const stalled = findings.get('stalled');
    expect(stalled?.detail).toMatch(words);
    expect(Math.abs(Date.parse(stalled?.at ?? '') - Date.now())).toBeLessThan(30_000);
    expect(verdicts).toEqual([]);
    const later = new Date(Date.now() + 2 * 3_600_000).toISOString();
    expect((await diagnoseRedis({ url: server.url }, { since: later })).findings.has('stalled')).toBe(false);
  });
});

describe('weaknesses', () => {
  it('a cache beside the sessions', async () => {
    const server = await start();
    await login(server.client, 300);
    expect((await diagnoseRedis({ url: server.url })).findings.has('shared-database')).toBe(false);
    await login(server.client, 100, { prefix: 'cache:page:' });
    const { findings, verdicts } = await diagnoseRedis({ url: server.url });
    expect(findings.get('shared-database')?.detail).toBe(
      'sess: 75 %, cache:page: 25 % of 400 keys looked at',
    );
    expect(verdicts).toEqual([]);
  });

  it('a primary that writes on without its replicas, and one that does not', async () => {
    const [primary, replica] = await startPair();
    running.push(primary, replica);
    expect((await diagnoseRedis({ url: primary.url })).findings.has('writes-unreplicated')).toBe(true);
    await primary.client.config('SET', 'min-replicas-to-write', '1');
    const { findings } = await diagnoseRedis({ url: primary.url });
    expect(findings.has('writes-unreplicated')).toBe(false);
    expect(findings.has('no-replicas-refusals')).toBe(false);
  });

  it('a default user without a password, beside the app’s own', async () => {
    const server = await start();
    await login(server.client, 100);
    await server.client.acl('SETUSER', 'app', 'on', '>secret-x', '~*', '+@all');
    const url = `redis://app:secret-x@127.0.0.1:${server.port}`;
    expect((await diagnoseRedis({ url })).findings.has('default-user-open')).toBe(true);
    await server.client.acl('SETUSER', 'default', 'resetpass', '>other');
    const { findings } = await diagnoseRedis({ url });
    expect(findings.has('default-user-open')).toBe(false);
    expect(findings.has('auth-failures')).toBe(false);
  });
});
