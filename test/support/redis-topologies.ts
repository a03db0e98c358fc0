import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { freePort } from './port.ts';
import { type RedisServer, startRedis } from './redis.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `true`, or fails after 20 s. */
export async function until(true_: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await true_().catch(() => false)) return;
    await pause(50);
  }
  throw new Error(`did not come about: ${what}`);
}

/** Three masters without replicas, all slots covered. */
export async function startCluster(settings: readonly string[] = []): Promise<RedisServer[]> {
  const nodes: RedisServer[] = [];
  const buses: number[] = [];
  for (let at = 0; at < 3; at++) {
    buses.push(await freePort());
    nodes.push(await startRedis({ settings: [...clusterSettings(at, buses[at] ?? 0), ...settings] }));
  }
  const bounds = [0, 5461, 10_923, 16_384];
  for (const [at, node] of nodes.entries()) {
    const slots = Array.from(
      { length: (bounds[at + 1] ?? 0) - (bounds[at] ?? 0) },
      (_, slot) => slot + (bounds[at] ?? 0),
    );
    await node.client.cluster('ADDSLOTS', ...slots);
    if (at > 0) await node.client.call('CLUSTER', 'MEET', '127.0.0.1', nodes[0]?.port ?? 0, buses[0] ?? 0);
  }
  for (const node of nodes)
    await until(
      async () =>
        (await node.client.cluster('INFO')).includes('cluster_state:ok') &&
        String(await node.client.cluster('NODES'))
          .trim()
          .split('\n').length === 3,
      'a cluster of three',
    );
  return nodes;
}

/** The stock bus port is 10,000 above the server's own: taken, or past the last port there is, by chance. */
const clusterSettings = (at: number, bus: number): string[] => [
  '--cluster-enabled',
  'yes',
  '--cluster-port',
  String(bus),
  '--cluster-config-file',
  `nodes-${at}.conf`,
  '--cluster-node-timeout',
  '2000',
  '--save',
  '',
];

/** A primary with one replica in step. */
export async function startPair(
  settings: readonly string[] = ['--save', ''],
): Promise<[RedisServer, RedisServer]> {
  const primary = await startRedis({ settings: [...settings, '--repl-diskless-sync-delay', '0'] });
  const replica = await startRedis({
    settings: [...settings, '--replicaof', '127.0.0.1', String(primary.port)],
  });
  await inStep(replica, primary);
  return [primary, replica];
}

/** Waits until the replica follows, and the primary has heard so: up to a second later. */
export async function inStep(replica: RedisServer, primary: RedisServer): Promise<void> {
  await until(
    async () => /state=online/.test(await primary.client.info('replication')),
    'a replica that is counted',
  );
  await until(
    async () => /master_link_status:up/.test(await replica.client.info('replication')),
    'a replica in step',
  );
}

export interface SentinelServer {
  readonly port: number;
  readonly server: RedisServer;
}

/** Sentinels that watch `primary` under the name `sessions`. */
export async function startSentinels(
  primary: RedisServer,
  count: number,
  downAfterMs = 5000,
): Promise<SentinelServer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sessdoctor-sentinel-'));
  const started: SentinelServer[] = [];
  for (let at = 0; at < count; at++) {
    const port = await freePort();
    const file = join(folder, `sentinel-${at}.conf`);
    await writeFile(
      file,
      `port ${port}\nsentinel monitor sessions 127.0.0.1 ${primary.port} 2\n` +
        `sentinel down-after-milliseconds sessions ${downAfterMs}\nsentinel failover-timeout sessions 5000\n`,
    );
    started.push({ port, server: await startRedis({ port, file, settings: ['--sentinel'] }) });
  }
  for (const { port } of started) {
    const client = new Redis({
      port,
      host: '127.0.0.1',
      protocol: 2,
      disableClientInfo: true,
      enableReadyCheck: false,
    });
    await until(async () => {
      const [master] = (await client.call('SENTINEL', 'MASTERS')) as string[][];
      const field = (name: string): string => master?.[master.indexOf(name) + 1] ?? '';
      return field('num-other-sentinels') === String(count - 1) && field('num-slaves') === '1';
    }, 'Sentinels that know each other');
    client.disconnect();
  }
  return started;
}
