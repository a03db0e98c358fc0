import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A network of its own, with nothing in it but a loopback: what is done to it harms nobody. */
export interface Namespace {
  /** Put before a command, this runs it inside. */
  readonly under: readonly [command: string, ...args: string[]];
  /** Runs a Node program inside until the namespace stops; resolves with its first line on stdout. */
  start(program: string): Promise<string>;
  stop(): Promise<void>;
}

export interface NamespaceOptions {
  /** Lines of `ip`, e.g. `route add unreachable 192.0.2.1`. */
  readonly ip?: readonly string[];
  /** Lines of /etc/hosts. */
  readonly hosts?: readonly string[];
  /** Lines of /etc/resolv.conf beside the server's. */
  readonly resolver?: readonly string[];
}

/** Its resolver is 127.0.0.1:53, where nobody listens unless `dnsServer` is started. */
const SETUP = `
set -e
ip link set lo up
while read -r line; do [ -z "$line" ] || ip $line; done < "$1/ip"
for name in resolv.conf hosts nsswitch.conf; do mount --bind "$1/$name" "/etc/$name"; done
echo ready
exec cat
`;

/** Needs to be root, or to be allowed user namespaces. */
export async function startNamespace({
  ip = [],
  hosts = [],
  resolver = [],
}: NamespaceOptions = {}): Promise<Namespace> {
  const folder = mkdtempSync(join(tmpdir(), 'namespace-'));
  const write = (name: string, lines: readonly string[]) =>
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  write('ip', ip);
  write('resolv.conf', ['nameserver 127.0.0.1', ...resolver]);
  write('hosts', ['127.0.0.1 localhost', ...hosts]);
  write('nsswitch.conf', ['hosts: files dns']);
  const holder = spawn('unshare', ['--map-root-user', '--net', '--mount', 'sh', '-c', SETUP, 'sh', folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  const line = await firstLine(holder);
  if (line !== 'ready') throw new Error('no network namespace could be made: run the tests as root');
  const under = [
    'nsenter',
    '--preserve-credentials',
    '-U',
    '-n',
    '-m',
    '-t',
    String(holder.pid),
    '--',
  ] as const;
  const started: ChildProcess[] = [holder];
  return {
    under,
    async start(program) {
      const [command, ...args] = under;
      const child = spawn(command, [...args, process.execPath, '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      started.push(child);
      return (await firstLine(child)) ?? '';
    },
    async stop() {
      await Promise.all(started.map(ended));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  if (!child.stdout) return undefined;
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string?];
  return line;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/**
 * A DNS server for a namespace, as a Node program. By the first label of the name: `idp` is 127.0.0.1, and so
 * is all in the zone `cluster`; `silent` is never answered, `sick` gives SERVFAIL; any other name there is not
 * (NXDOMAIN).
 */
export const dnsServer = `
const socket = require('node:dgram').createSocket('udp4');
socket.on('message', (query, from) => {
  const size = query[12];
  const label = query.toString('latin1', 13, 13 + size).toLowerCase();
  const inZone = query.includes(Buffer.from('\\x07cluster\\0'));
  if (label === 'silent' && !inZone) return;
  let end = 12;
  while (query[end] !== 0) end += query[end] + 1;
  const question = query.subarray(12, end + 5);
  const isA = query.readUInt16BE(end + 1) === 1;
  const code = inZone ? 0 : ({ idp: 0, sick: 2 }[label] ?? 3);
  const answers = code === 0 && isA ? [Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1])] : [];
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(answers.length, 6);
  socket.send(Buffer.concat([head, question, ...answers]), from.port, from.address);
});
socket.bind(53, '127.0.0.1', () => console.log('ready'));
`;

/** A small healthy provider for a namespace, on the port that is told, as a Node program. */
export const smallProvider = (port: number) => `
require('node:http').createServer((request, response) => {
  const issuer = 'http://' + request.headers.host;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(request.url === '/jwks'
    ? { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'BB', kid: 'a' }] }
    : { issuer, jwks_uri: issuer + '/jwks', token_endpoint: issuer + '/token' }));
}).listen(${port}, '127.0.0.1', () => console.log('ready'));
`;
