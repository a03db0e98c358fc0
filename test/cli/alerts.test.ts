import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { alerts } from '../../src/causes/alerts.ts';
import { causes } from '../../src/causes/index.ts';
import type { Terminal } from '../../src/cli/command.ts';
import { command } from '../../src/cli/commands/alerts.ts';
import { told } from '../../src/cli/commands/triage.ts';
import { writeEvidence } from '../../src/diagnose/evidence.ts';
import { alertRules, alertTests } from '../../src/render/alerts.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-alerts-'));
let out = '';
const terminal: Terminal = {
  write: async (text) => void (out += text),
  note: () => {},
  width: 80,
  colorLevel: 0,
  noteColorLevel: 0,
  interactive: false,
  env: {},
  cwd: folder,
  interrupted: new AbortController().signal,
};
const promtool = (...args: string[]): string =>
  execFileSync('promtool', args, { cwd: folder, encoding: 'utf8' });

describe('the alerts', () => {
  it('warn of causes that exist, under names that are used once', () => {
    const ids = causes.map(({ id }) => id);
    for (const alert of alerts) for (const id of alert.causes) expect(ids).toContain(id);
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
  });

  it('never take the rate of a gauge', () => {
    const gauges =
      /(?:rate|increase)\((?:redis_db_keys|redis_memory\w*|redis_uptime\w*|node_timex\w*|probe_ssl\w*|jwks_kid_info)/;
    for (const alert of alerts) expect(alert.expr).not.toMatch(gauges);
  });
});

describe('on the real promtool', () => {
  beforeAll(async () => {
    await command.run([], { output: 'general' }, terminal);
  });

  it('the rules are valid', () => {
    expect(promtool('check', 'rules', 'general/sessdoctor-general.rules.yml')).toContain(
      `SUCCESS: ${alerts.length} rules found`,
    );
  });

  it('each fires on its fault and is silent without it', () => {
    expect(promtool('test', 'rules', 'general/sessdoctor-general.test.yml')).toContain('SUCCESS');
  });

  it.each(alerts.map((alert) => [alert.name, alert] as const))(
    'the test of %s fails when fault and health are swapped',
    (name, alert) => {
      const { sick, healthy } = alert.test;
      writeFileSync(join(folder, `${name}.rules.yml`), alertRules('swapped', 'swapped', [alert]));
      writeFileSync(
        join(folder, `${name}.test.yml`),
        alertTests(`${name}.rules.yml`, [
          { ...alert, test: { ...alert.test, sick: healthy, healthy: sick } },
        ]),
      );
      const { status, stderr, stdout } = spawnSync('promtool', ['test', 'rules', `${name}.test.yml`], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(status).toBe(1);
      expect(stdout + stderr).toMatch(/fires[\s\S]*stays silent/);
    },
  );

  it('what fits the evidence comes in a file of its own, and on stdout as one valid file', async () => {
    const evidence = told(
      { login: 'works', newLogin: 'dies' },
      undefined,
      Date.parse('2026-11-21T03:00:00Z'),
    );
    writeFileSync(join(folder, 'evidence.json'), writeEvidence(evidence));
    await command.run([], { from: 'evidence.json', output: 'found' }, terminal);
    expect(readdirSync(join(folder, 'found')).sort()).toEqual([
      'sessdoctor-found.rules.yml',
      'sessdoctor-found.test.yml',
      'sessdoctor-general.rules.yml',
      'sessdoctor-general.test.yml',
    ]);
    const found = readFileSync(join(folder, 'found/sessdoctor-found.rules.yml'), 'utf8');
    expect(found).toContain('alert: SessionsEvicted');
    expect(found).not.toContain('alert: JwksKeyWithdrawn');
    expect(
      promtool('test', 'rules', 'found/sessdoctor-found.test.yml', 'found/sessdoctor-general.test.yml'),
    ).toContain('SUCCESS');
    out = '';
    await command.run([], { from: 'evidence.json' }, terminal);
    writeFileSync(join(folder, 'one.rules.yml'), out);
    expect(promtool('check', 'rules', 'one.rules.yml')).toContain(`SUCCESS: ${alerts.length} rules found`);
  });
});
