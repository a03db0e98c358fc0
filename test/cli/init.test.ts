import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STARTER } from '../../src/cli/commands/init.ts';
import { loadConfig, prepareYaml } from '../../src/config/load.ts';
import { configJsonSchema } from '../../src/config/schema.ts';
import { runBin } from '../support/bin.ts';

let folder: string;
beforeAll(async () => {
  await prepareYaml();
  folder = mkdtempSync(join(tmpdir(), 'sessdoctor-init-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The starter with every key taken out of its comment; prose comments stay. */
const uncommented = (): string => STARTER.replace(/^# (?=\s*(?:[a-z][a-zA-Z]*:|- \{))/gm, '');

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

describe('init', () => {
  it('writes a starter that only its owner reads, and overwrites nothing unasked', async () => {
    const run = await runBin(['init'], { cwd: folder });
    expect(run).toMatchObject({ exitCode: 0, stdout: '' });
    const path = join(folder, 'sessdoctor.yaml');
    expect(readFileSync(path, 'utf8')).toBe(STARTER);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(path, '# mine\n');
    expect(await runBin(['init'], { cwd: folder })).toMatchObject({ exitCode: 2, stdout: '' });
    expect(readFileSync(path, 'utf8')).toBe('# mine\n');
    expect(await runBin(['init', '--force'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(readFileSync(path, 'utf8')).toBe(STARTER);
  });

  it('a starter in which nothing is uncommented is named, with what to do', async () => {
    const untouched = mkdtempSync(join(tmpdir(), 'sessdoctor-untouched-'));
    await runBin(['init'], { cwd: untouched });
    const run = await runBin(['diagnose'], { cwd: untouched });
    rmSync(untouched, { recursive: true });
    expect([run.exitCode, run.stdout]).toEqual([2, '']);
    expect(run.stderr).toContain('"sessdoctor.yaml" was read and names none: uncomment what you have');
    expect(run.stderr).toMatch(/--redis.*--samples.*--config[\s\S]*sessdoctor init[\s\S]*demo/);
  });

  it('the starter holds every key of the schema, and each example is valid', () => {
    const text = uncommented();
    for (const [section, { properties = {} }] of Object.entries(
      (configJsonSchema() as Schema).properties ?? {},
    )) {
      const from = text.indexOf(`\n${section}:`);
      expect(from, section).toBeGreaterThan(-1);
      const body = text.slice(from + 1).split(/\n\n/)[0] ?? '';
      for (const key of Object.keys(properties))
        expect(body, `${section}.${key}`).toMatch(new RegExp(`\\b${key}:`));
    }
    for (const name of [
      'old-cookies.txt',
      'new-cookies.txt',
      'old-secret.txt',
      'production.har',
      'ca.pem',
      'client.pem',
      'client-key.pem',
      'jwks-last-week.json',
      'metadata.xml',
    ])
      writeFileSync(join(folder, name), 'content\n');
    mkdirSync(join(folder, 'migrations'), { recursive: true });
    writeFileSync(join(folder, 'full.yaml'), text);
    const env = Object.fromEntries(
      [...text.matchAll(/env:([A-Z_]+)|\$\{([A-Z]+)\}/g)].map((match) => [
        match[1] ?? match[2] ?? '',
        'value-of-it',
      ]),
    );
    const { config, given } = loadConfig({
      flags: { config: join(folder, 'full.yaml') },
      env,
      cwd: folder,
      learn: () => {},
    });
    expect(config.incident.symptoms).toEqual({
      intended: 'no',
      affected: 'everyone',
      oldSessions: 'rejected',
      login: 'works',
      newLogin: 'sticks',
      onset: 'step',
    });
    expect(config.redis.url?.shown).toBe('rediss://redis.example.com:6379/0');
    expect(config.limits).toEqual({ timeout: 10_000, deadline: 60_000 });
    expect(given.has('replay.instances')).toBe(true);
  });

  it('prints the JSON Schema for editors', async () => {
    const run = await runBin(['init', '--schema']);
    const schema = JSON.parse(run.stdout) as { $schema: string; additionalProperties: boolean };
    expect(schema.$schema).toContain('2020-12');
    expect(schema.additionalProperties).toBe(false);
  });
});
