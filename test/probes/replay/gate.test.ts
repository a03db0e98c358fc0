/** A firewall that begins to refuse everybody in the middle of the look. */
import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replay } from '../../../src/probes/replay/index.ts';
import { keeper } from '../../support/keep.ts';
import { look } from '../../support/look.ts';
import { close, listen } from '../../support/session-app.ts';
import { ALICE, app } from '../../support/whole-look.ts';

const keep = keeper();

async function after(requests: number, refuse: 'everybody' | 'the session') {
  const inner = app({ guarded: /account/ });
  let n = 0;
  const server = createServer((request, response) => {
    const hit = refuse === 'everybody' || request.headers.cookie?.includes(ALICE);
    if (n++ >= requests && hit) response.writeHead(403).end('no');
    else inner(request, response);
  });
  keep({ stop: () => close(server) });
  const folder = await mkdtemp(join(tmpdir(), 'sessdoctor-gate-'));
  keep({ stop: () => rm(folder, { recursive: true }) });
  const file = join(folder, 'sample.txt');
  await writeFile(file, `Cookie: ${ALICE}\n`);
  return look(replay, {
    replay: { url: `http://127.0.0.1:${await listen(server)}/account`, samples: [file] },
  });
}

it.each([5, 12, 20])('says nothing of the session from then on (after %i requests)', async (requests) => {
  const { findings, codes, suspects } = await after(requests, 'everybody');
  expect(findings.find(({ code }) => code === 'replay/turned-away')).toMatchObject({ blind: true });
  expect(codes).toContain('replay/all-accepted');
  expect(codes).not.toContain('replay/passes-then-fails');
  expect(suspects).toEqual([]);
});

it('is not what refuses the session alone', async () => {
  const { codes } = await after(12, 'the session');
  expect(codes).toContain('replay/passes-then-fails');
  expect(codes).not.toContain('replay/turned-away');
});
