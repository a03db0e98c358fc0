// The redis probe on a real redis-server with a million keys: sampling against redis-cli's own walks on the
// same server in the same run, what others feel meanwhile, and the probe's round trips with sampling off.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisDoor } from '../../dist/io/redis.js';
import { lookAtNode } from '../../dist/probes/redis/node.js';
import { sample } from '../../dist/probes/redis/sample.js';

const KEYS = 1_000_000;
const never = new AbortController().signal;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const thousands = (value) => Math.round(value).toLocaleString('en-US');

async function startServer() {
  const port = await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
  const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-bench-'));
  const child = spawn(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    {
      stdio: 'ignore',
    },
  );
  const stop = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 100; tries++) {
    if (
      spawnSync('redis-cli', ['-p', `${port}`, 'PING'])
        .stdout?.toString()
        .startsWith('PONG')
    )
      return { port, stop };
    await pause(50);
  }
  stop();
  throw new Error('redis-server did not start');
}

/** 70 % sessions, 20 % cache, 10 % counters; by redis-cli --pipe, as RESP. */
function fill(port) {
  const rows = [];
  for (let at = 0; at < KEYS; at++) {
    const prefix = at % 10 < 7 ? 'sess:' : at % 10 < 9 ? 'cache:page:' : 'limit:';
    const key = `${prefix}${at.toString(36).padStart(24, 'k3')}`;
    rows.push(`SET ${key} ${'x'.repeat(120)} EX ${60 + ((at * 7919) % 86_400)}\r\n`);
  }
  const { status } = spawnSync('redis-cli', ['-p', `${port}`, '--pipe'], {
    input: rows.join(''),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  if (status !== 0) throw new Error('redis-cli --pipe failed');
}

/** Whole-process ms of redis-cli. */
function cli(port, ...args) {
  const began = performance.now();
  spawnSync('redis-cli', ['-p', `${port}`, ...args], { stdio: 'ignore' });
  return performance.now() - began;
}

/** PINGs from a process of its own, one after the other, for `ms`; its p99 and worst, ms. */
function others(port, ms) {
  const script = `const s=require('net').connect(${port},'127.0.0.1');s.setNoDelay();const t=[];let b;const end=Date.now()+${ms};
    const ask=()=>{b=performance.now();s.write('PING\\r\\n')};s.on('connect',ask);
    s.on('data',()=>{t.push(performance.now()-b);if(Date.now()<end)setTimeout(ask,1);else{t.sort((x,y)=>x-y);
    console.log(JSON.stringify([t[Math.floor(t.length*.99)],t.at(-1),t.length]));s.destroy()}})`;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.on('close', () => resolve(JSON.parse(text)));
  });
}

async function open(port) {
  const opened = await redisDoor().connect({ host: '127.0.0.1', port, db: 0 }, never);
  if (!opened.ok) throw new Error(opened.message);
  return opened.connection;
}

/** Requests that waited for an answer before the next was sent, counted on the wire. */
async function roundTrips(port) {
  spawnSync('redis-cli', [
    '-p',
    `${port}`,
    'CONFIG',
    'SET',
    'maxmemory-policy',
    'volatile-lru',
    'maxmemory',
    '1mb',
  ]);
  let trips = 0;
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    let answered = true;
    client.on('data', (chunk) => {
      if (answered) trips++;
      answered = false;
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      answered = true;
      client.write(chunk);
    });
    client.on('error', () => {}).on('close', () => server.destroy());
    server.on('error', () => {}).on('close', () => client.destroy());
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const began = performance.now();
  await lookAtNode(
    {
      target: { host: '127.0.0.1', port: proxy.address().port, db: 0 },
      as: 'given',
      keyPrefix: undefined,
      appUser: undefined,
    },
    { redis: redisDoor(), now: () => Date.now(), signal: never, uncertaintyMs: 0 },
  );
  const ms = performance.now() - began;
  proxy.close();
  return { trips, ms };
}

/** Lines: keys per second and their ratios, latency of others, round trips. */
export async function bench() {
  const { port, stop } = await startServer();
  try {
    fill(port);
    const connection = await open(port);
    const options = { keyPrefix: undefined, method: 'scan', signal: never };
    const rates = { sample: [], scan: [], bigkeys: [] };
    const walks = { scan: ['--scan'], bigkeys: ['--bigkeys'] };
    let last;
    for (let run = 0; run < 2; run++) {
      const began = performance.now();
      let keys = 0;
      for (let times = 0; times < 10; times++) {
        last = await sample(connection, options);
        keys += last.keys;
      }
      rates.sample.push((keys / (performance.now() - began)) * 1000);
      for (const [name, args] of Object.entries(walks)) {
        const ms = cli(port, ...args);
        rates[name].push((KEYS / ms) * 1000);
      }
    }
    const ours = median(rates.sample);
    const idle = await others(port, 3000);
    const watching = others(port, 3000);
    const until = performance.now() + 3000;
    while (performance.now() < until) await sample(connection, options);
    const busy = await watching;
    connection.close();
    const { trips, ms } = await roundTrips(port);
    const shares = last.families.map(
      (family) => `${family.name} ${((family.keys / last.keys) * 100).toFixed(1)} %`,
    );
    const row = (name, rate) =>
      `${name.padEnd(22)} ${thousands(rate).padStart(9)} keys/s   sampling is ${(ours / rate).toFixed(2)} × as fast`;
    return [
      `sampling               ${thousands(ours).padStart(9)} keys/s   ${thousands(last.keys)} keys in ${last.tookMs} ms, pauses included: ${shares.join(', ')} (true: 70, 20, 10)`,
      row('redis-cli --scan', median(rates.scan)),
      row('redis-cli --bigkeys', median(rates.bigkeys)),
      `others’ PING, p99      ${idle[0].toFixed(2)} ms idle, ${busy[0].toFixed(2)} ms while sampling without end (worst ${idle[1].toFixed(1)} and ${busy[1].toFixed(1)} ms)`,
      `sampling off           ${trips} round trips, ${ms.toFixed(0)} ms, of which 1,000 are the wait between the two looks`,
    ];
  } finally {
    stop();
  }
}
