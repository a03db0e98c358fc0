import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore } from 'express-session';
import { expect, it } from 'vitest';
import { loadConfig, prepareYaml } from '../../../src/config/load.ts';
import { reportOf } from '../../../src/diagnose/report.ts';
import { run } from '../../../src/diagnose/run.ts';
import { openDoors } from '../../../src/io/doors.ts';
import { createVault } from '../../../src/io/vault.ts';
import { startHaproxy } from '../../support/edges.ts';
import { signIn, startSessionApp } from '../../support/session-app.ts';

const records = (store: MemoryStore): Promise<number> =>
  new Promise((resolve) => {
    store.all?.((_error, all) => resolve(Object.keys(all ?? {}).length));
  });

it('a whole run makes no more anonymous records than it says, the clock’s requests among them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sessdoctor-records-'));
  const store = new MemoryStore();
  const apps = [await startSessionApp({ store }), await startSessionApp({ store, secret: 'another secret' })];
  const edge = await startHaproxy(apps.map(({ port }) => port));
  await writeFile(join(folder, 'sample.txt'), `Cookie: ${await signIn(apps[0]?.url ?? '')}\n`);
  const before = await records(store);
  await prepareYaml();
  const { config } = loadConfig({
    flags: {
      replay: `${edge.url}/me`,
      samples: ['sample.txt'],
      instance: apps.map(({ url }) => url),
      ntp: ['none'],
    },
    env: {},
    cwd: folder,
    learn: () => {},
  });
  const evidence = await run({
    config,
    doors: openDoors(),
    vault: createVault(),
    tool: { name: 'sessdoctor', version: '0.0.0' },
    interrupted: new AbortController().signal,
  });
  const findings = reportOf(evidence).probes.flatMap((one) => (one.status === 'ran' ? one.findings : []));
  const asked = findings.find(({ code }) => code === 'replay/asked');
  const most = Number(/at most (\d+) anonymous/.exec(asked?.detail ?? '')?.[1]);
  const made = (await records(store)) - before;
  expect(made).toBeGreaterThan(40);
  expect(made).toBeLessThanOrEqual(most);
  expect(most - made).toBeLessThan(10);
  expect(asked?.detail).toContain('besides 20 HEAD requests at most');
  await Promise.all([edge.stop(), ...apps.map((app) => app.stop())]);
  await rm(folder, { recursive: true, force: true });
});
