import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './port.ts';

/** A real redis-server on a free loopback port, in a folder of its own. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  /** A client with every right, for making the situation. */
  readonly client: Redis;
  /** Ends the process at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder; `settings` replace those of the first start. */
  restart(settings?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** Command-line settings; the stock ones (snapshots on) unless told. */
  readonly settings?: readonly string[];
  readonly port?: number;
  /** Set as requirepass. */
  readonly password?: string;
  /** Extra start-up mode, e.g. `--sentinel` needs its config file first. */
  readonly file?: string;
  /** Added to its environment: a wrong clock, say. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Settings of a server that keeps nothing on disk. */
export const MEMORY_ONLY: readonly string[] = ['--save', '', '--appendonly', 'no'];

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), 'sessdoctor-redis-'));
  let settings = options.settings ?? [];
  let child: ChildProcess | undefined;
  const client = new Redis({
    port,
    host: '127.0.0.1',
    lazyConnect: true,
    protocol: 2,
    disableClientInfo: true,
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
    ...(options.password !== undefined && { password: options.password }),
  });
  client.on('error', () => {});

  const start = async (): Promise<void> => {
    const started = spawn(
      'redis-server',
      [
        ...(options.file ? [options.file] : []),
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--loglevel',
        'warning',
        '--daemonize',
        'no',
        ...(options.password === undefined ? [] : ['--requirepass', options.password]),
        ...settings,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } },
    );
    child = started;
    const log: Buffer[] = [];
    started.stdout.on('data', (chunk: Buffer) => log.push(chunk));
    started.stderr.on('data', (chunk: Buffer) => log.push(chunk));
    for (let tries = 0; tries < 200; tries++) {
      if (started.exitCode !== null) throw new Error(`redis-server ended: ${Buffer.concat(log).toString()}`);
      if (await listens(port)) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`redis-server does not listen on ${port}`);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await gone;
  };
  await start();
  if (!options.file) await client.connect();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    client,
    kill: () => end('SIGKILL'),
    async restart(replaced) {
      await end('SIGTERM');
      settings = replaced ?? settings;
      await start();
      if (!options.file) await client.ping();
    },
    async stop() {
      client.disconnect();
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Sessions as connect-redis keeps them. Returns their keys. */
export async function login(
  client: Redis,
  count: number,
  options: { readonly prefix?: string; readonly ttlSeconds?: number; readonly from?: number } = {},
): Promise<string[]> {
  const { prefix = 'sess:', ttlSeconds = 86_400, from = 0 } = options;
  const keys = Array.from(
    { length: count },
    (_, at) => `${prefix}${((at + from) * 7919 + 104_729).toString(36).padStart(8, '0')}Zq3vT9xKcW7bLm2n`,
  );
  for (let at = 0; at < keys.length; at += 1000) {
    const pipe = client.pipeline();
    for (const key of keys.slice(at, at + 1000))
      pipe.set(key, `{"cookie":{"originalMaxAge":86400000},"user":"${'u'.repeat(80)}"}`, 'EX', ttlSeconds);
    await pipe.exec();
  }
  return keys;
}

/** Sessions of one lifetime whose last writes spread evenly from `from` to `to` ms ago. */
export async function written(
  client: Redis,
  count: number,
  options: {
    readonly from: number;
    readonly to: number;
    readonly prefix?: string;
    readonly lifetimeMs?: number;
  },
): Promise<void> {
  const { from, to, prefix = 'sess:', lifetimeMs = 86_400_000 } = options;
  const pipe = client.pipeline();
  for (let at = 0; at < count; at++) {
    const ago = from + ((to - from) * at) / Math.max(1, count - 1);
    const left = Math.round(lifetimeMs - ago);
    pipe.set(`${prefix}${at.toString(36).padStart(6, '0')}Zq3vT9xKcW7bLm2n`, 'x'.repeat(100), 'PX', left);
  }
  await pipe.exec();
}
