/** Healthy apps that set cookies where others do not: ids good for one request, and a trace's beside the session's. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replay } from '../../../src/probes/replay/index.ts';
import { startHaproxy } from '../../support/edges.ts';
import { look } from '../../support/look.ts';
import { close, listen, startSessionApp } from '../../support/session-app.ts';

it.each([[1], [4]])('an id that ends after %i uses, for a new one each time, is no lottery', async (uses) => {
  const left = new Map([['0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e', uses]]);
  const server = createServer((request, response) => {
    const id = /sid=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    const times = left.get(id) ?? 0;
    left.set(id, times - 1);
    const next = randomBytes(16).toString('hex');
    if (times > 0) left.set(next, uses);
    response.writeHead(times > 0 ? 200 : 401, { 'set-cookie': `sid=${next}; Path=/; HttpOnly` });
    response.end();
  });
  const port = await listen(server);
  const front = await startHaproxy([port, port]);
  const folder = await mkdtemp(join(tmpdir(), 'sessdoctor-rotation-'));
  try {
    const file = join(folder, 'cookie.txt');
    await writeFile(file, `Cookie: sid=${[...left.keys()].join('')}\n`);
    const { codes, cause } = await look(replay, { replay: { url: `${front.url}/me`, samples: [file] } });
    expect(codes).toContain('replay/used-up');
    expect(codes).not.toContain('replay/mixed-opaque');
    expect(['confirmed', 'likely']).not.toContain(cause('session-pinned-to-instance').verdict);
  } finally {
    await Promise.all([front.stop(), close(server), rm(folder, { recursive: true })]);
  }
});

it('a cookie that some answers carry beside the session’s is no other release', async () => {
  let answers = 0;
  const app = await startSessionApp({
    routes: (express) => {
      express.use((_request, response, next) => {
        if (answers++ % 3 === 0) response.cookie('trace', randomBytes(16).toString('hex'));
        next();
      });
    },
  });
  const front = await startHaproxy([app.port]);
  try {
    const { codes, suspects } = await look(replay, { replay: { url: `${front.url}/me` } });
    expect(codes).toContain('replay/echo-kept');
    expect(codes).not.toContain('replay/fleet-names');
    expect(suspects).toEqual([]);
  } finally {
    await Promise.all([front.stop(), app.stop()]);
  }
});
