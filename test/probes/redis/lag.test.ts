import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../src/model.ts';
import { redis } from '../../../src/probes/redis/index.ts';
import type { RedisSeen } from '../../../src/probes/redis/seen.ts';
import { diagnoseRedis } from '../../support/diagnose-redis.ts';
import { scene } from '../../support/look.ts';
import { login, MEMORY_ONLY, type RedisServer, startRedis } from '../../support/redis.ts';
import { inStep } from '../../support/redis-topologies.ts';

const running: RedisServer[] = [];
const lines: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const line of lines.splice(0)) line.close();
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

/** A line to `port` on which the answers can be held back. */
async function slowLine(port: number): Promise<{ readonly port: number; hold(): void }> {
  const answers: Socket[] = [];
  const line = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) sockets.push(socket.on('error', () => {}));
    near.pipe(far);
    far.pipe(near);
    answers.push(far);
  });
  lines.push(line);
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  const address = line.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    hold() {
      for (const far of answers) far.unpipe().pause();
    },
  };
}

describe('a replica on a slow line', () => {
  it('is behind although its link is up and it acknowledges every second', async () => {
    const primary = await startRedis({ settings: [...MEMORY_ONLY, '--repl-diskless-sync-delay', '0'] });
    running.push(primary);
    const line = await slowLine(primary.port);
    const replica = await startRedis({
      settings: [...MEMORY_ONLY, '--replicaof', '127.0.0.1', String(line.port)],
    });
    running.push(replica);
    await inStep(replica, primary);
    expect((await diagnoseRedis({ url: primary.url })).findings.has('replica-in-step')).toBe(true);
    line.hold();
    await login(primary.client, 200);
    const { findings, verdicts } = await diagnoseRedis({ url: primary.url });
    expect(findings.get('replica-behind')).toMatchObject({
      subject: `127.0.0.1:${replica.port}`,
      detail: expect.stringMatching(/ of what the primary had sent were not there .+ later$/),
    });
    expect(verdicts).toEqual(['replica-lag possible']);
  });
});

interface Told {
  readonly state?: string;
  readonly offset: number;
  readonly lag?: number;
}

/** What two looks at a primary say of a replica that does not answer from here. */
function slugs(master: readonly [number, number], first: Told, second: Told | undefined): string[] {
  const info = (offset: number): Json => ({
    fields: { role: 'master', master_repl_offset: String(offset), uptime_in_seconds: '9000' },
    commands: {},
    errors: {},
    keyspace: { 0: { keys: 10, expires: 10, avgTtlMs: 0 } },
  });
  const told = (one: Told): Json => ({ host: '10.0.0.2', port: 6379, state: 'online', lag: 0, ...one });
  const node = {
    address: '10.0.0.1:6379',
    as: 'given',
    reached: true,
    connectMs: 1,
    at: scene.now,
    info: info(master[0]),
    dbsize: 10,
    replicas: [told(first)],
    ...(second && { later: { gapMs: 1000, info: info(master[1]), replicas: [told(second)] } }),
  };
  const seen = { target: 'redis', nodes: [node] } as unknown as RedisSeen;
  return [...redis.examine(seen, scene)]
    .map(({ slug }) => slug)
    .filter((slug) => slug.startsWith('replica-'));
}

const MB = 1_000_000;

describe('a replica that is only counted by its primary', () => {
  it.each([
    ['a busy store whose replica acknowledged a second ago', [100 * MB, 108 * MB], 92 * MB, 100 * MB],
    ['a busy store, the acknowledgement just missed', [100 * MB, 108 * MB], 92.5 * MB, 92.5 * MB],
    ['a burst that it has worked off', [100 * MB, 100 * MB], 10 * MB, 100 * MB],
    ['a few bytes', [100 * MB, 100 * MB], 100 * MB - 14, 100 * MB - 14],
  ] as const)('keeps up: %s', (_, master, first, second) => {
    expect(slugs(master, { offset: first }, { offset: second })).toEqual(['replica-in-step']);
  });

  it.each([
    ['bytes that it does not make up', { offset: 10 * MB }, { offset: 12 * MB }],
    ['silence', { offset: 100 * MB, lag: 7 }, { offset: 100 * MB, lag: 8 }],
    ['a copy that is still under way', { state: 'send_bulk', offset: 0 }, { state: 'send_bulk', offset: 0 }],
  ])('is behind: %s', (_, first, second) => {
    expect(slugs([100 * MB, 101 * MB], first, second)).toEqual(['replica-behind']);
  });

  it.each([
    ['it was about to be counted', { state: 'send_bulk', offset: 0 }, { offset: 100 * MB }],
    ['it had paused', { offset: 99 * MB, lag: 6 }, { offset: 100 * MB, lag: 0 }],
  ])('is not convicted by one look: %s', (_, first, second) => {
    expect(slugs([100 * MB, 100 * MB], first, second)).toEqual(['replica-in-step']);
  });
  it('is neither, when nobody looked again', () => {
    expect(slugs([100 * MB, 100 * MB], { offset: 10 * MB }, undefined)).toEqual([]);
    expect(slugs([100 * MB, 100 * MB], { offset: 100 * MB }, undefined)).toEqual(['replica-in-step']);
  });
});
