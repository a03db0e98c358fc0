import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Unpacked by setup/servers.js. */
const NTPD = fileURLToPath(
  new URL('../../node_modules/.cache/sessdoctor-servers/ntpsec/usr/sbin/ntpd', import.meta.url),
);

/**
 * Sends some requests from where ntpd is, and prints one line a reply: leap, stratum, and the reference id
 * of stratum 0. Ends early once the line that it is told to wait for has come so many times.
 */
const CLIENT = `
const [count, spacing, times] = process.argv.slice(1, 4).map(Number);
const until = process.argv[4];
const socket = require('node:dgram').createSocket('udp4');
let sent = 0;
let come = 0;
let timer;
const end = () => { clearInterval(timer); socket.close(); };
socket.on('error', () => {});
socket.on('message', (reply) => {
  const line = [reply[0] >> 6, reply[1], reply[1] === 0 ? reply.toString('latin1', 12, 16) : '-'].join(' ');
  console.log(line);
  if (line === until && ++come === times) end();
});
socket.connect(123, '127.0.0.1', () => {
  timer = setInterval(() => {
    if (sent++ === count) return end();
    const request = Buffer.alloc(48);
    request[0] = 0x23;
    request.writeUInt32BE(sent, 40);
    socket.send(request);
  }, spacing);
});
`;

export interface Ntpd {
  /** Command and arguments that run a program where this ntpd is 127.0.0.1 port 123, and nobody else is. */
  readonly under: readonly string[];
  /**
   * Sends `count` requests, `spacing` ms apart, or fewer once `until` has come `times` times. What came
   * back, a line a reply: leap, stratum, and the reference id of stratum 0.
   */
  ask(
    count: number,
    spacing: number,
    stop?: { readonly until: string; readonly times: number },
  ): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/**
 * A real ntpd (ntpsec) in a network namespace of its own: it insists on port 123 of every address. It may
 * not set the clock: neither is it told to, nor has it the right.
 */
export async function startNtpd(...lines: readonly string[]): Promise<Ntpd> {
  await access(NTPD).catch(() => {
    throw new Error(`no ${NTPD}: run node test/setup/servers.js first`);
  });
  const folder = await mkdtemp(join(tmpdir(), 'sessdoctor-ntpsec-'));
  const config = join(folder, 'ntp.conf');
  await writeFile(config, ['disable ntp', `driftfile ${join(folder, 'drift')}`, ...lines, ''].join('\n'));
  const root = process.getuid?.() === 0;
  const powerless = root ? 'setpriv --bounding-set=-sys_time --inh-caps=-sys_time' : '';
  const child = spawn(
    'unshare',
    [
      root ? '-n' : '-rn',
      'sh',
      '-c',
      `ip link set lo up && exec ${powerless} "$0" "$@"`,
      NTPD,
      '-n',
      '-c',
      config,
    ],
    {
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      log = `${log}${chunk.toString()}`.slice(-4000);
    });
  const under = ['nsenter', '-t', `${child.pid}`, '-n', ...(root ? [] : ['-U', '--preserve-credentials'])];
  await listening(child, () => log);
  return {
    under,
    async ask(count, spacing, { until, times } = { until: '', times: 0 }) {
      const [command = '', ...rest] = under;
      const args = [...rest, process.execPath, '-e', CLIENT, `${count}`, `${spacing}`, `${times}`, until];
      const client = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      let heard = '';
      client.stdout.on('data', (chunk: Buffer) => {
        heard += chunk.toString();
      });
      await once(client, 'close');
      return heard.split('\n').filter((one) => one !== '');
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listening(child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (child.exitCode !== null) throw new Error(`ntpd ended: ${log()}`);
    if (log().includes('Listening on routing socket')) return;
    await sleep(25);
  }
  throw new Error(`ntpd does not listen: ${log()}`);
}
