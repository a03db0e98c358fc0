import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { faketimeEnv, forgetFaketime } from './faketime.ts';
import { freePort } from './port.ts';

/** A real proxy that runs in a temp folder, in the foreground, as our child. */
export interface Edge {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

interface Recipe {
  readonly program: string;
  readonly file: string;
  readonly config: (port: number, folder: string) => string;
  readonly args: (port: number, folder: string, file: string) => readonly string[];
  /** How far its clock is off, e.g. `+2h`. */
  readonly off?: string | undefined;
}

async function start(recipe: Recipe): Promise<Edge> {
  const folder = await mkdtemp(join(tmpdir(), `sessdoctor-${recipe.program}-`));
  // Varnish and Squid give up root; they must still get in.
  await chmod(folder, 0o777);
  for (const name of ['cache', 'own']) {
    await mkdir(join(folder, name));
    await chmod(join(folder, name), 0o777);
  }
  const port = await freePort();
  const file = join(folder, recipe.file);
  await writeFile(file, recipe.config(port, folder));
  const command = [recipe.program, ...recipe.args(port, folder, file)];
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  const child = spawn('/usr/bin/env', command, {
    env: { PATH: path, HOME: folder, ...faketimeEnv(recipe.off) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      log = `${log}${chunk.toString()}`.slice(-4000);
    });
  await open(port, child, () => `${recipe.program}: ${log}`);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(recipe.program === 'squid' ? 'SIGINT' : 'SIGTERM');
        const ended = once(child, 'exit');
        const late = sleep(3000).then(() => child.kill('SIGKILL'));
        await Promise.race([ended, late]);
      }
      if (recipe.off !== undefined) forgetFaketime(child.pid);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function open(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (child.exitCode !== null) throw new Error(`it ended: ${log()}`);
    const there = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (there) return;
    await sleep(50);
  }
  throw new Error(`it does not listen: ${log()}`);
}

export interface NginxOptions {
  /** Lines of the http block. */
  readonly http?: string;
  /** Lines of the server block, besides proxy_pass. */
  readonly server?: string;
  /** Lines of the upstream block, before the servers. */
  readonly upstream?: string;
  readonly off?: string;
}

/** nginx in front of the apps, round robin. */
export function startNginx(backends: readonly number[], options: NginxOptions = {}): Promise<Edge> {
  return start({
    program: 'nginx',
    file: 'nginx.conf',
    off: options.off,
    config: (port, folder) => `
      daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
      events { worker_connections 256; }
      http {
        access_log off;
        client_body_temp_path ${folder}/own; proxy_temp_path ${folder}/own;
        fastcgi_temp_path ${folder}/own; uwsgi_temp_path ${folder}/own; scgi_temp_path ${folder}/own;
        proxy_cache_path ${folder}/cache keys_zone=c:1m;
        ${options.http ?? ''}
        upstream apps { ${options.upstream ?? ''} ${backends.map((at) => `server 127.0.0.1:${at} max_fails=0;`).join(' ')} }
        server {
          listen 127.0.0.1:${port};
          location / { proxy_pass http://apps; proxy_set_header Host $http_host; ${options.server ?? ''} }
        }
      }`,
    args: (_port, folder, file) => ['-p', folder, '-c', file, '-e', 'stderr'],
  });
}

export interface HaproxyOptions {
  /** Lines of the frontend. */
  readonly frontend?: string;
  /** Lines of the backend. */
  readonly backend?: string;
  /** Top-level sections, e.g. a cache. */
  readonly sections?: string;
  readonly weights?: readonly number[];
}

/** HAProxy in front of the apps, round robin. */
export function startHaproxy(backends: readonly number[], options: HaproxyOptions = {}): Promise<Edge> {
  const servers = backends.map(
    (at, index) =>
      `  server app${index} 127.0.0.1:${at} weight ${options.weights?.[index] ?? 1} cookie app${index}`,
  );
  return start({
    program: 'haproxy',
    file: 'haproxy.cfg',
    config: (port) =>
      [
        'global',
        '  maxconn 256',
        'defaults',
        '  mode http',
        '  timeout connect 5s',
        '  timeout client 30s',
        '  timeout server 30s',
        options.sections ?? '',
        'frontend in',
        `  bind 127.0.0.1:${port}`,
        options.frontend ?? '',
        '  default_backend apps',
        'backend apps',
        '  balance roundrobin',
        options.backend ?? '',
        ...servers,
        '',
      ].join('\n'),
    args: (_port, _folder, file) => ['-db', '-f', file],
  });
}

/** Varnish in front of one app, with subroutines added to the built-in VCL. */
export function startVarnish(backend: number, vcl = ''): Promise<Edge> {
  return start({
    program: 'varnishd',
    file: 'default.vcl',
    config: () => `vcl 4.1; backend default { .host = "127.0.0.1"; .port = "${backend}"; }\n${vcl}\n`,
    args: (port, folder, file) =>
      `-F -n ${folder}/own -a 127.0.0.1:${port} -f ${file} -s malloc,16m -T none -p vsl_space=1m -p thread_pool_min=10`.split(
        ' ',
      ),
  });
}

/** Squid as an accelerator in front of one app. */
export function startSquid(backend: number, lines = ''): Promise<Edge> {
  return start({
    program: 'squid',
    file: 'squid.conf',
    config: (port, folder) =>
      `
http_port 127.0.0.1:${port} accel defaultsite=127.0.0.1 no-vhost
cache_peer 127.0.0.1 parent ${backend} 0 no-query originserver name=app
http_access allow all
cache_mem 8 MB
pid_filename ${folder}/own/pid
access_log none
cache_log ${folder}/own/cache.log
cache_store_log none
coredump_dir ${folder}/own
visible_hostname edge.test
shutdown_lifetime 0 seconds
pinger_enable off
netdb_filename none
${lines}
`.replace(/^\s+/gm, ''),
    args: (_port, _folder, file) => ['-N', '-f', file],
  });
}
