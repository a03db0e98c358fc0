import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { faketimeEnv, forgetFaketime } from './faketime.ts';

/** Says its time as Node does, sets a cookie as Express does, and names its port on stdout. */
const PROGRAM = `
const server = require('node:http').createServer((request, response) => {
  const lifetime = 3600;
  const expires = new Date(Date.now() + lifetime * 1000).toUTCString();
  if (request.url === '/cookie') response.setHeader('Set-Cookie', 'sid=canary-cookie-value; Max-Age=' + lifetime + '; Expires=' + expires + '; Path=/');
  if (request.url === '/expires') response.setHeader('Set-Cookie', 'sid=canary-cookie-value; Expires=' + expires);
  if (request.url === '/cached') response.setHeader('Age', '120');
  if (request.url === '/stored') response.setHeader('X-Cache', 'HIT from edge');
  if (request.url === '/undated') response.sendDate = false;
  response.end();
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** A real express-session app, whose cookie has an Expires of an hour and no Max-Age, on every path but /plain. */
const SESSION = `
import express from 'express';
import session from 'express-session';
const app = express();
app.get('/plain', (request, response) => response.end());
app.use(session({ secret: 'canary-session-secret', resave: false, saveUninitialized: true, cookie: { maxAge: 3600_000 } }));
app.use((request, response) => response.end());
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** The real oidc-provider, with keys of its own making. */
const PROVIDER = `
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
let handle;
const server = createServer((request, response) => handle(request, response));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  handle = new Provider('http://127.0.0.1:' + port).callback();
  console.log(port);
});
`;

export interface HttpClock {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** A real HTTP server in a process of its own whose whole clock is off, as faketime says it (`-90`, `+400d`). */
export function startHttpClock(off?: string): Promise<HttpClock> {
  return start(['-e', PROGRAM], off);
}

/** The same of a real express-session app that signs everybody in for an hour. */
export function startSessionClock(off?: string): Promise<HttpClock> {
  return start(['--input-type=module', '-e', SESSION], off);
}

/** The same of a real identity provider; its address is its issuer. */
export async function startProviderClock(off?: string): Promise<HttpClock> {
  const provider = await start(['--input-type=module', '-e', PROVIDER], off);
  return { ...provider, url: provider.url.replace(/\/$/, '') };
}

async function start(args: readonly string[], off: string | undefined): Promise<HttpClock> {
  const child = spawn(process.execPath, [...args], {
    env: { PATH: process.env['PATH'] ?? '', ...faketimeEnv(off) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = `${log}${chunk.toString()}`.slice(-2000);
  });
  let port = 0;
  // The provider has more to say than its port.
  for await (const line of createInterface({ input: child.stdout })) {
    port = Number(line);
    if (port > 0) break;
  }
  if (!(port > 0)) throw new Error(`it did not start: ${log}`);
  child.stdout.resume();
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
      forgetFaketime(child.pid);
    },
  };
}
