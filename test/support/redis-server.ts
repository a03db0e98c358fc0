import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './port.ts';

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  /** A plain client for making the fault; not the tool's own door. */
  readonly client: Redis;
  /** Kills the process at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts again on the same port and folder, with other arguments if given. */
  restart(args?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** A real redis-server on a free loopback port, in a folder of its own. No persistence unless asked for. */
export async function startRedis(args: readonly string[] = ['--save', '']): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-redis-'));
  const password = args[args.indexOf('--requirepass') + 1];
  const connect = (): Redis =>
    new Redis({
      port,
      host: '127.0.0.1',
      lazyConnect: true,
      retryStrategy: () => null,
      ...(args.includes('--requirepass') && password !== undefined && { password }),
    }).on('error', () => {});
  let child = await launch(port, folder, args);
  let client = connect();
  const kill = async (): Promise<void> => {
    client.disconnect();
    await ended(child, 'SIGKILL');
  };
  return {
    port,
    folder,
    url: `redis://127.0.0.1:${port}`,
    get client() {
      return client;
    },
    kill,
    async restart(again = args) {
      if (child.exitCode === null && child.signalCode === null) await kill();
      child = await launch(port, folder, again);
      client = connect();
    },
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Fills a store with sessions as connect-redis writes them. */
export async function fillSessions(
  client: Redis,
  count: number,
  prefix = 'sess:',
  ttl = 86_400,
): Promise<void> {
  const batch = client.pipeline();
  for (let index = 0; index < count; index++) {
    const id = Buffer.from(`${index}-session-id-of-a-user`).toString('base64url').padEnd(32, 'x');
    const value = JSON.stringify({ cookie: { originalMaxAge: ttl * 1000 }, user: index });
    batch.set(`${prefix}${id}`, value, 'EX', ttl);
  }
  await batch.exec();
}

async function launch(port: number, folder: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...args],
    {
      stdio: 'ignore',
    },
  );
  for (let tries = 0; tries < 200; tries++) {
    if (await answers(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  child.kill('SIGKILL');
  throw new Error(`redis-server did not start on port ${port}`);
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}
