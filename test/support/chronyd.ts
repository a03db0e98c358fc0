import { afterAll, beforeAll } from 'vitest';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { faketimeEnv, forgetFaketime } from './faketime.ts';
import { freePort } from './port.ts';

export interface Chronyd {
  readonly host: string;
  readonly port: number;
  /** For `chronyc -h`. */
  readonly socket: string;
  /** To hold it up (SIGSTOP) and let it go on (SIGCONT). */
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export interface ChronydOptions {
  /** How wrong its clock is, as faketime says it: `+1h`, `-0.005`, `+400d`. */
  readonly off?: string;
  /** A loopback address; a daemon takes several servers on one address for one source. Default 127.0.0.1. */
  readonly host?: string;
  /** More lines for its configuration. Without `local` among them and without a source it has no time. */
  readonly lines?: readonly string[];
}

/** A real chronyd that serves its own (wrong, if wished) time on a loopback port and sets no clock. */
export async function startChronyd({
  off,
  host = '127.0.0.1',
  lines = ['local stratum 8'],
}: ChronydOptions = {}): Promise<Chronyd> {
  const folder = await mkdtemp(join(tmpdir(), 'sessdoctor-chronyd-'));
  await chmod(folder, 0o700);
  const port = await freePort();
  const socket = join(folder, 'chronyd.sock');
  const config = join(folder, 'chrony.conf');
  await writeFile(
    config,
    [
      `port ${port}`,
      `bindaddress ${host}`,
      'allow 127.0.0.0/8',
      'cmdport 0',
      `bindcmdaddress ${socket}`,
      `pidfile ${join(folder, 'pid')}`,
      ...lines,
      '',
    ].join('\n'),
  );
  const child = spawn('chronyd', ['-x', '-U', '-u', 'root', '-d', '-f', config], {
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, ...faketimeEnv(off) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = `${log}${chunk.toString()}`.slice(-2000);
  });
  await answering(host, port, child, () => log);
  return {
    host,
    port,
    socket,
    signal: (name) => void child.kill(name),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      forgetFaketime(child.pid);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Several at once: `startChronyds('+1h', undefined, undefined)` is one wrong and two right ones. */
export async function startChronyds(
  ...offsets: readonly (string | undefined)[]
): Promise<readonly Chronyd[]> {
  return Promise.all(offsets.map((off) => startChronyd(off === undefined ? {} : { off })));
}

async function answering(host: string, port: number, child: ChildProcess, log: () => string): Promise<void> {
  const socket = createSocket('udp4');
  const replies: Buffer[] = [];
  socket.on('message', (reply) => replies.push(reply));
  socket.on('error', () => {});
  const request = Buffer.alloc(48);
  request[0] = 0x23;
  try {
    for (let tries = 0; tries < 200 && replies.length === 0; tries++) {
      if (child.exitCode !== null) throw new Error(`chronyd ended: ${log()}`);
      socket.send(request, port, host);
      await sleep(50);
    }
    if (replies.length === 0) throw new Error(`chronyd does not answer: ${log()}`);
  } finally {
    socket.close();
  }
}

/** Three servers that are right, before the first test of a file until after its last. Call it at the top of the file. */
export function threeGood(): readonly Chronyd[] {
  const good: Chronyd[] = [];
  beforeAll(async () => {
    good.push(...(await startChronyds(undefined, undefined, undefined)));
  });
  afterAll(async () => {
    await Promise.all(good.map((server) => server.stop()));
  });
  return good;
}
