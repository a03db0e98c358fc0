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

export interface HttpClock {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** A real HTTP server in a process of its own whose whole clock is off, as faketime says it (`-90`, `+400d`). */
export async function startHttpClock(off?: string): Promise<HttpClock> {
  const child = spawn(process.execPath, ['-e', PROGRAM], {
    env: { PATH: process.env['PATH'] ?? '', ...faketimeEnv(off) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  const port = Number(line);
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
