import { connect, type Socket } from 'node:net';
import { Cluster } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { diagnoseRedis } from '../../support/diagnose-redis.ts';
import { login, type RedisServer, startRedis } from '../../support/redis.ts';
import { startTls } from '../../support/redis-tls.ts';
import { startCluster, startPair, startSentinels } from '../../support/redis-topologies.ts';

const PASSWORD = 'correct-horse-battery';
const running: RedisServer[] = [];
const sockets: Socket[] = [];
const clients: Cluster[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const client of clients.splice(0)) client.disconnect();
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

/** MONITOR's own words, and the command counters, which also count what MONITOR leaves out (admin commands). */
interface Watch {
  lines(): string[];
  counted(): Promise<string[]>;
  /** Whole commands, as MONITOR tells them, in lower case. */
  commands(): string[];
}

async function watch(server: RedisServer): Promise<Watch> {
  await server.client.config('RESETSTAT');
  const socket = connect(server.port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.startsWith('+OK')) resolve();
    });
    socket.write('MONITOR\r\n');
  });
  return {
    lines: () =>
      text
        .split('\r\n')
        .filter((line) => /^\+\d/.test(line))
        .map((line) => /"([^"]*)"/.exec(line)?.[1]?.toLowerCase() ?? line),
    commands: () =>
      text
        .split('\r\n')
        .filter((line) => /^\+\d/.test(line))
        .map((line) => [...line.matchAll(/"([^"]*)"/g)].map((word) => word[1]?.toLowerCase()).join(' ')),
    async counted() {
      const stats = await server.client.info('commandstats');
      return [...stats.matchAll(/^cmdstat_([^:]+):/gm)].map((match) => match[1] ?? '');
    },
  };
}

/** What the redis probe may send, by the names that the counters use. */
const ALLOWED = new Set([
  'ping',
  'info',
  'dbsize',
  'lastsave',
  'time',
  'role',
  'select',
  'scan',
  'randomkey',
  'pttl',
  'ttl',
  'type',
  'command',
  'command|info',
  'command|list',
  'slowlog|get',
  'latency|latest',
  'config|get',
  'acl|whoami',
  'acl|dryrun',
  'acl|log',
  'memory|stats',
  'cluster|info',
  'cluster|nodes',
  // Single words, as MONITOR has them.
  'slowlog',
  'latency',
  'config',
  'acl',
  'memory',
  'cluster',
]);
/** What the test itself and the servers among themselves do. */
const NOT_OURS = new Set([
  'monitor',
  'config|resetstat',
  'ping',
  'replconf',
  'psync',
  'publish',
  'subscribe',
  'hello',
  'client|setname',
  'client|setinfo',
  'auth',
  'acl|setuser',
]);

async function expectReadOnly(watches: readonly Watch[]): Promise<void> {
  for (const one of watches) {
    const seen = [...one.lines(), ...(await one.counted())].filter((name) => !NOT_OURS.has(name));
    expect(seen.filter((name) => !ALLOWED.has(name))).toEqual([]);
    expect(seen).toContain('info');
  }
}

/** No value of a key, no password by CONFIG, no walk without a bound. */
function expectNoSecretAsked(log: Watch): void {
  const commands = log.commands();
  expect(commands.filter((one) => /requirepass|masterauth|\*/.test(one))).toEqual([]);
  expect(commands.filter((one) => one.startsWith('scan') && !/ count \d{1,4}$/.test(one))).toEqual([]);
}

describe('the server’s own log of a full run holds reading commands only', () => {
  it('standalone, with another database and a lookup elsewhere', async () => {
    const server = await startRedis();
    running.push(server);
    await login(server.client, 2000);
    const log = await watch(server);
    await diagnoseRedis({ url: server.url, keyPrefix: 'other:', appUser: 'default' });
    await diagnoseRedis({ url: `${server.url}/3` });
    await expectReadOnly([log]);
    expect(log.lines()).toContain('scan');
    expect(log.lines()).toContain('pttl');
  });

  it('a primary with a replica, by Sentinel', async () => {
    const pair = await startPair();
    running.push(...pair);
    await login(pair[0].client, 500);
    const sentinels = await startSentinels(pair[0], 2, 60_000);
    running.push(...sentinels.map((one) => one.server));
    const logs = await Promise.all(pair.map(watch));
    const { findings } = await diagnoseRedis({
      sentinels: sentinels.map((one) => `127.0.0.1:${one.port}`),
      sentinelName: 'sessions',
    });
    expect(findings.get('serving')?.subject).toBe(`127.0.0.1:${pair[0].port}`);
    await expectReadOnly(logs);
  });

  it('with TLS', async () => {
    const { server, port, ca } = await startTls();
    running.push(server);
    const log = await watch(server);
    const { findings } = await diagnoseRedis({
      url: `rediss://localhost:${port}/2`,
      keyPrefix: 'sess:',
      appUser: 'default',
      tls: { ca },
    });
    expect(findings.has('serving')).toBe(true);
    await expectReadOnly([log]);
    expect(log.lines()).toContain('scan');
    expectNoSecretAsked(log);
  });

  it.each<[string, readonly string[]]>([
    ['an app’s user without the dangerous commands', ['~*', '+@all', '-@dangerous']],
    ['an app’s user of one prefix', ['~sess:*', '+@read', '+@write', '+ping', '+select']],
    [
      'a user who may read counters and settings only',
      ['-@all', '+info', '+ping', '+config|get', '+slowlog|get', '+dbsize'],
    ],
  ])('as %s', async (_, rules) => {
    const server = await startRedis();
    running.push(server);
    await login(server.client, 1500);
    await server.client.call('ACL', 'SETUSER', 'app', 'on', `>${PASSWORD}`, ...rules);
    const log = await watch(server);
    await diagnoseRedis({
      url: `redis://app:${PASSWORD}@127.0.0.1:${server.port}`,
      keyPrefix: 'sess:',
      appUser: 'app',
    });
    // What was refused is counted as well: nothing was even tried that is not on the list.
    const told = [...log.lines(), ...(await log.counted())].filter((name) => !NOT_OURS.has(name));
    expect(told.filter((name) => !ALLOWED.has(name))).toEqual([]);
    expect(told.length).toBeGreaterThan(3);
    expect(await server.client.dbsize()).toBe(1500);
    expectNoSecretAsked(log);
  });

  it('a cluster, every master', async () => {
    const nodes = await startCluster();
    running.push(...nodes);
    const client = new Cluster([{ host: '127.0.0.1', port: nodes[0]?.port ?? 0 }], {
      redisOptions: { protocol: 2 },
    });
    clients.push(client);
    await Promise.all(Array.from({ length: 600 }, (_, at) => client.set(`sess:${at}kQ`, 'x', 'EX', 900)));
    client.disconnect();
    const logs = await Promise.all(nodes.map(watch));
    const { findings } = await diagnoseRedis({ url: nodes[0]?.url });
    expect(findings.has('shards-even')).toBe(true);
    await expectReadOnly(logs);
  });

  it('a server at its memory limit is asked for little, and not for the lives of keys', async () => {
    const server = await startRedis({
      settings: ['--maxmemory', '3mb', '--maxmemory-policy', 'volatile-lru'],
    });
    running.push(server);
    await login(server.client, 8000);
    const log = await watch(server);
    await diagnoseRedis({ url: server.url });
    await expectReadOnly([log]);
    // Short answers only: long ones, and walks over keys, are paid with sessions.
    const short = ['info', 'ping', 'time', 'dbsize', 'lastsave', 'config', 'randomkey'];
    expect([...new Set(log.lines())].filter((name) => !short.includes(name))).toEqual([]);
    expect(log.lines().filter((name) => name === 'randomkey')).toHaveLength(50);
  });
});
