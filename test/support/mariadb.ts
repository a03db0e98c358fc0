import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { freePort } from './port.ts';
import { asUser, serverUser } from './server-user.ts';

export interface Mariadb {
  readonly port: number;
  readonly pid: () => number;
  /** As root, one statement after the other. */
  run(database: string, ...statements: readonly string[]): Promise<void>;
  url(database: string, user?: string): string;
  restart(): Promise<void>;
  /** The general log: every statement of every client. */
  log(): Promise<string>;
  remove(): Promise<void>;
}

/** A real MariaDB with a data folder of its own on a free loopback port; `env` as for PostgreSQL. */
export async function startMariadb(env: Readonly<Record<string, string>> = {}): Promise<Mariadb> {
  const user = await serverUser('mysql');
  const folder = await mkdtemp(join(tmpdir(), 'sessdoctor-mariadb-'));
  await chmod(folder, 0o700);
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  const installed = asUser(user, '/usr/bin/mariadb-install-db', [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--innodb-log-file-size=8M',
  ]);
  const [code] = (await once(installed, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`mariadb-install-db ended with ${code}`);
  const launch = () =>
    asUser(
      user,
      '/usr/sbin/mariadbd',
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--socket=${join(folder, 'socket')}`,
        `--pid-file=${join(folder, 'pid')}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--innodb-log-file-size=8M',
        '--innodb-buffer-pool-size=32M',
        '--innodb-flush-log-at-trx-commit=0',
        '--skip-name-resolve',
        '--general-log=1',
        `--general-log-file=${join(folder, 'general.log')}`,
      ],
      undefined,
      env,
    );
  const using = async (database: string, statements: readonly string[]) => {
    const connected = await mysql.createConnection({
      host: '127.0.0.1',
      port,
      user: 'root',
      ...(database && { database }),
    });
    try {
      for (const statement of statements) await connected.query(statement);
    } finally {
      await connected.end();
    }
  };
  const ready = async () => {
    for (let tries = 0; tries < 400; tries++) {
      try {
        return await using('', []);
      } catch {
        await sleep(50);
      }
    }
    throw new Error('MariaDB did not start');
  };
  let server: ChildProcess = launch();
  await ready();
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGTERM');
    await once(server, 'exit');
  };
  return {
    port,
    pid: () => server.pid ?? 0,
    run: (database, ...statements) => using(database, statements),
    url: (database, name = 'root') => `mariadb://${name}@127.0.0.1:${port}/${database}`,
    async restart() {
      await stop();
      server = launch();
      await ready();
    },
    log: () => readFile(join(folder, 'general.log'), 'utf8'),
    async remove() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
