import { login, MEMORY_ONLY, type RedisServer, startRedis } from '../support/redis.ts';
import type { Lab, LabRun } from './lab.ts';

const run = (server: RedisServer, ...more: string[]): LabRun => ({
  args: ['--redis', server.url, '--key-prefix', 'sess:', '--ntp', 'none', ...more],
  stop: () => server.stop(),
});

const DURABLE = ['--save', '3600 1', '--appendonly', 'yes'];

export const redisLabs: readonly Lab[] = [
  {
    name: 'redis-flushed',
    title: 'A cache clear ran FLUSHALL on the server that also held the sessions',
    demo: true,
    causes: ['store-flushed'],
    verdict: 'confirmed',
    exitCode: 1,
    async make() {
      const server = await startRedis({ settings: ['--save', '', '--appendonly', 'yes'] });
      await login(server.client, 5000);
      await server.client.flushall();
      await login(server.client, 12, { from: 9000 });
      return run(
        server,
        '--since',
        '1m',
        '--symptom',
        'affected=everyone',
        'oldSessions=rejected',
        'login=works',
        'newLogin=sticks',
        'onset=step',
      );
    },
  },
  {
    name: 'redis-flushed-alone',
    title: 'The same with nothing told but the address of Redis',
    demo: false,
    causes: ['store-flushed'],
    verdict: 'confirmed',
    exitCode: 1,
    async make() {
      const server = await startRedis({ settings: MEMORY_ONLY });
      await login(server.client, 1000);
      await server.client.flushall();
      return run(server);
    },
  },
  {
    name: 'redis-restarted-empty',
    title: 'Redis without persistence was restarted',
    demo: true,
    causes: ['store-lost-on-restart'],
    verdict: 'confirmed',
    exitCode: 1,
    async make() {
      const server = await startRedis({ settings: MEMORY_ONLY });
      await login(server.client, 1000);
      await server.restart();
      return run(server, '--since', '1m', '--symptom', 'oldSessions=rejected', 'login=works');
    },
  },
  {
    name: 'redis-evicting',
    title: 'A cache in the same Redis pushes sessions out of memory',
    demo: true,
    causes: ['store-evicting'],
    verdict: 'confirmed',
    exitCode: 1,
    async make() {
      const server = await startRedis({
        settings: [...MEMORY_ONLY, '--maxmemory', '6mb', '--maxmemory-policy', 'volatile-lru'],
      });
      await login(server.client, 5000);
      const batch = server.client.pipeline();
      for (let index = 0; index < 5200; index++) batch.set(`cache:${index}`, 'x'.repeat(1000));
      await batch.exec();
      return run(server, '--symptom', 'newLogin=dies', 'onset=recurring');
    },
  },
  {
    name: 'redis-healthy',
    title: 'A healthy Redis with persistence and a password',
    demo: false,
    causes: [],
    exitCode: 0,
    async make() {
      const server = await startRedis({ settings: DURABLE, password: 'only-the-app-knows' });
      await login(server.client, 1000);
      return {
        ...run(server),
        args: [
          '--redis',
          server.url.replace('//', '//:${REDIS_PASSWORD}@'),
          '--key-prefix',
          'sess:',
          '--ntp',
          'none',
        ],
        env: { REDIS_PASSWORD: 'only-the-app-knows' },
      };
    },
  },
  {
    name: 'redis-risky',
    title: 'A risky Redis (no persistence, no password, FLUSHALL open) to which nothing happened',
    demo: false,
    causes: [],
    exitCode: 0,
    async make() {
      const server = await startRedis({ settings: MEMORY_ONLY });
      await login(server.client, 1000);
      return run(server);
    },
  },
];
