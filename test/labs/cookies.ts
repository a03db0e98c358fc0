import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import express from 'express';
import session from 'express-session';
import type { Lab, LabRun } from './lab.ts';

/** A real express-session app that issues a session at /login. */
function app(options: Partial<session.SessionOptions>): RequestListener {
  const web = express();
  web.set('trust proxy', true);
  web.use(
    session({
      secret: 'the same secret in both versions',
      resave: false,
      saveUninitialized: true,
      ...options,
    }),
  );
  web.get('/login', (_request, response) => void response.send('ok'));
  return web;
}

async function transcript(
  folder: string,
  name: string,
  options: Partial<session.SessionOptions>,
): Promise<string> {
  const server = createServer(app(options));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const answer = await fetch(`http://127.0.0.1:${port}/login`, { headers: { 'x-forwarded-proto': 'https' } });
  const lines = ['HTTP/1.1 200 OK', ...[...answer.headers].map(([key, value]) => `${key}: ${value}`), '', ''];
  writeFileSync(join(folder, name), lines.join('\r\n'));
  await new Promise((resolve) => server.close(resolve));
  return name;
}

const month = 30 * 86_400_000;
const secure = { secure: true, httpOnly: true, sameSite: 'lax', maxAge: month } as const;

async function twoDeploys(
  folder: string,
  name: string,
  before: Partial<session.SessionOptions>,
  after: Partial<session.SessionOptions>,
): Promise<LabRun> {
  const old = await transcript(folder, `${name}-before.txt`, before);
  const young = await transcript(folder, `${name}-after.txt`, after);
  return { args: ['--before', old, '--after', young, '--ntp', 'none'], stop: async () => {} };
}

export const cookieLabs: readonly Lab[] = [
  {
    name: 'cookie-renamed',
    title: 'A deploy renamed the session cookie',
    demo: true,
    causes: ['cookie-identity-changed'],
    verdict: 'likely',
    exitCode: 1,
    make: (folder) =>
      twoDeploys(
        folder,
        'renamed',
        { name: 'connect.sid', cookie: secure },
        { name: 'app.sid', cookie: secure },
      ),
  },
  {
    name: 'cookie-refused',
    title: 'A deploy sends SameSite=None without Secure, which browsers refuse',
    demo: true,
    causes: ['cookie-refused'],
    verdict: 'likely',
    exitCode: 1,
    make: (folder) =>
      twoDeploys(
        folder,
        'refused',
        { cookie: secure },
        { cookie: { httpOnly: true, secure: false, sameSite: 'none', maxAge: month } },
      ),
  },
  {
    name: 'cookies-healthy',
    title: 'Two deploys that set the same cookie',
    demo: false,
    causes: [],
    exitCode: 0,
    make: (folder) => twoDeploys(folder, 'healthy', { cookie: secure }, { cookie: secure }),
  },
];
