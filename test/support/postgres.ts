import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { once } from 'node:events';
import { appendFile, chmod, chown, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './port.ts';
import { asUser, type ServerUser, serverUser } from './server-user.ts';

/** Programs of the newest version that Debian or Ubuntu has installed. */
const VERSIONS = '/usr/lib/postgresql';
const newest = Math.max(...readdirSync(VERSIONS).map(Number));
const BIN = `${VERSIONS}/${newest}/bin`;

export interface Postgres {
  readonly port: number;
  readonly folder: string;
  /** As the superuser, one statement after the other, each in its own transaction. */
  run(database: string, ...statements: readonly string[]): Promise<void>;
  /** The first row of one statement, as the superuser. */
  one(database: string, statement: string): Promise<Readonly<Record<string, unknown>>>;
  url(database: string, role?: string): string;
  /** A client that stays open; the caller ends it. */
  client(database: string): Promise<pg.Client>;
  stop(how: 'clean' | 'crash'): Promise<void>;
  start(): Promise<void>;
  log(): Promise<string>;
  remove(): Promise<void>;
}

/**
 * A real PostgreSQL with a data folder of its own on a free loopback port; `settings` are lines of its
 * conf, `env` is added to its environment (a wrong clock, say).
 */
export async function startPostgres(
  settings: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Postgres> {
  const user = await serverUser('postgres');
  const folder = await mkdtemp(join(tmpdir(), 'sessdoctor-postgres-'));
  await chmod(folder, 0o700);
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  await finished(
    asUser(user, `${BIN}/initdb`, [
      '-D',
      data,
      '-U',
      'postgres',
      '--auth=trust',
      '--no-sync',
      '-E',
      'UTF8',
      '--locale=C',
    ]),
  );
  const lines = [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    `unix_socket_directories = '${folder}'`,
    'fsync = off',
    'max_connections = 30',
    'shared_buffers = 32MB',
    'autovacuum = off',
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    ...settings,
  ];
  await appendFile(join(data, 'postgresql.conf'), `${lines.join('\n')}\n`);
  let server = await launch(user, data, folder, env);
  await ready(port);
  const client = async (database: string) => {
    const connected = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database });
    connected.on('error', () => {});
    await connected.connect();
    return connected;
  };
  const using = async <T>(database: string, work: (connected: pg.Client) => Promise<T>) => {
    const connected = await client(database);
    try {
      return await work(connected);
    } finally {
      await connected.end();
    }
  };
  const stop = async (how: 'clean' | 'crash') => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill(how === 'clean' ? 'SIGINT' : 'SIGQUIT');
    await once(server, 'exit');
  };
  return {
    port,
    folder: data,
    client,
    run: (database, ...statements) =>
      using(database, async (connected) => {
        for (const statement of statements) await connected.query(statement);
      }),
    one: (database, statement) =>
      using(database, async (connected) => {
        const { rows } = await connected.query<Readonly<Record<string, unknown>>>(statement);
        return rows[0] ?? {};
      }),
    url: (database, role = 'postgres') => `postgres://${role}@127.0.0.1:${port}/${database}`,
    stop,
    async start() {
      server = await launch(user, data, folder, env);
      await ready(port);
    },
    log: () => readFile(join(folder, 'log'), 'utf8'),
    async remove() {
      await stop('crash');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(
  user: ServerUser | undefined,
  data: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const log = await open(join(folder, 'log'), 'a');
  const server = asUser(user, `${BIN}/postgres`, ['-D', data], log.fd, env);
  await log.close();
  return server;
}

async function ready(port: number): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error('PostgreSQL did not start');
}

async function finished(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${child.spawnfile} ended with ${code}`);
}
