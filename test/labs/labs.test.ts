import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reaches } from '../../src/diagnose/rank.ts';
import type { Report } from '../../src/model.ts';
import { runBin } from '../support/bin.ts';
import { labs } from './index.ts';

const incidents = fileURLToPath(new URL('../../fixtures/incidents/', import.meta.url));
const record = process.env['RECORD'] === '1';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessdoctor-labs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('labs: real systems, broken for real, diagnosed by the built bin', () => {
  it.each(labs)('$name: $title', async (lab) => {
    const made = await lab.make(folder);
    try {
      const save = join(record ? incidents : folder, `${lab.name}.json`);
      const run = await runBin(['diagnose', ...made.args, '--format', 'json', '--save', save], {
        cwd: folder,
        ...(made.env && { env: made.env }),
        ...(made.under && { under: made.under }),
      });
      expect(run.stderr).not.toMatch(/\n\s+at /);
      const report = JSON.parse(run.stdout) as Report;
      const first = report.causes[0];
      if (lab.causes.length === 0)
        expect(first && reaches(first.verdict, 'possible') ? first.id : null).toBeNull();
      else expect(first).toMatchObject({ id: lab.causes[0] });
      if (lab.verdict && first) expect(reaches(first.verdict, lab.verdict), first.verdict).toBe(true);
      expect(run.exitCode).toBe(lab.exitCode);
      const again = await runBin(['diagnose', '--from', save, '--format', 'json'], { cwd: folder });
      expect(again.stdout).toBe(run.stdout);
    } finally {
      await made.stop();
    }
  });

  it('the index of recorded incidents names every lab and what is true of it', () => {
    const path = join(incidents, 'index.json');
    const recorded = JSON.parse(readFileSync(path, 'utf8')) as { name: string; source?: string }[];
    const written = recorded.filter((incident) => incident.source !== undefined);
    const wanted = [
      ...labs.map(({ name, title, demo, causes }) => ({ name, title, demo, causes })),
      ...written,
    ];
    if (record) writeFileSync(path, `${JSON.stringify(wanted, null, 2)}\n`);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(wanted);
  });
});
