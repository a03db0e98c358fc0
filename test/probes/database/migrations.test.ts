import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { judge, look } from './support.ts';

const corpus = fileURLToPath(new URL('../../../fixtures/migrations', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-migrations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder of migrations, without any database', () => {
  it('names each destructive step by file and line, as a risk and no more', async () => {
    const found = await look({ input: { migrations: corpus }, since: null });
    expect(found.seen.migrations?.tools).toEqual([
      'alembic',
      'django',
      'drizzle',
      'flyway',
      'knex',
      'laravel',
      'liquibase',
      'prisma',
      'rails',
      'sql',
    ]);
    expect(new Set(found.slugs)).toEqual(new Set(['migration-destructive', 'migrations-left-out']));
    expect(found.facts.map((fact) => fact.subject)).toContain(
      'rails/20260114093000_drop_sessions_table.rb:4',
    );
    expect(found.detail('migration-destructive')).toMatch(/^\w+\/[\w.]+:\d+ .*Safe way: /);
    expect(found.verdict('session-table-destroyed')).toBe('untested');
  });

  it('says that nothing is wrong, or that nothing is there', async () => {
    const harmless = join(folder, 'harmless');
    mkdirSync(harmless);
    writeFileSync(join(harmless, '1.sql'), 'create table session (sid text); drop table session;');
    expect((await look({ input: { migrations: harmless } })).slugs).toEqual(['migrations-harmless']);
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    expect((await look({ input: { migrations: empty } })).slugs).toEqual(['migrations-none']);
    expect((await look({ input: { migrations: join(folder, 'nowhere') } })).slugs).toEqual([
      'migrations-unreadable',
    ]);
  });

  it('gives a migration whose name dates it to the incident a weak voice', async () => {
    const young = join(folder, 'young');
    mkdirSync(young);
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
    writeFileSync(join(young, `${stamp}_drop.sql`), 'drop table session;');
    const found = await look({ input: { migrations: young } });
    expect(found.slugs).toEqual(['migration-young']);
    expect(found.verdict('session-table-destroyed')).toBe('unlikely');
  });

  it('says what it could not read, and reads the beginning of what is long', async () => {
    const hostile = join(folder, 'hostile');
    mkdirSync(join(hostile, Array.from({ length: 14 }, () => 'd').join('/')), { recursive: true });
    writeFileSync(join(hostile, 'long.sql'), `DROP TABLE session;\n${'-- filler\n'.repeat(150_000)}`);
    writeFileSync(join(hostile, 'utf16.sql'), Buffer.from('\uFEFFTRUNCATE TABLE session;', 'utf16le'));
    writeFileSync(join(hostile, 'binary.sql'), Buffer.alloc(5000));
    writeFileSync(join(hostile, 'vast.sql'), '');
    truncateSync(join(hostile, 'vast.sql'), 2 ** 32);
    symlinkSync('.', join(hostile, 'loop'));
    const found = await look({ input: { migrations: hostile }, since: null });
    expect(found.facts.map((fact) => fact.subject ?? fact.slug)).toEqual([
      'long.sql:1',
      'utf16.sql:1',
      'migrations-partly-read',
    ]);
    const said = found.detail('migrations-partly-read');
    for (const part of [
      'loop is a link',
      'lies too deep',
      'binary.sql is no text',
      'vast.sql is no text',
      'only its beginning',
    ])
      expect(said).toContain(part);
    expect(found.slugs).not.toContain('migrations-harmless');
  });

  it('keeps the steps on the named table and on sessions where there are too many', async () => {
    const many = join(folder, 'tokens');
    mkdirSync(many);
    writeFileSync(join(many, '001.sql'), 'DROP TABLE session;\nDROP TABLE web_sessions;\n');
    for (let each = 0; each < 1100; each++)
      writeFileSync(join(many, `9${each}.sql`), 'TRUNCATE refresh_tokens;\n');
    const found = await look({ input: { migrations: many }, since: null });
    expect(found.seen.migrations).toMatchObject({ dropped: 102 });
    expect(found.facts.slice(0, 2).map((fact) => fact.subject)).toEqual(['001.sql:1', '001.sql:2']);
    expect(found.detail('migrations-left-out')).toMatch(/^1,002 more steps .* Among them 9\d+\.sql:1, /);
  });

  it('tells a code host where each step stands, from the root of the repository', async () => {
    const repository = join(folder, 'repository');
    mkdirSync(join(repository, '.git'), { recursive: true });
    mkdirSync(join(repository, 'app/db'), { recursive: true });
    writeFileSync(join(repository, 'app/db/V1__x.sql'), '-- no more\nDROP TABLE session;\n');
    const found = await look({ input: { migrations: join(repository, 'app/db') } });
    expect(found.facts[0]).toMatchObject({
      subject: 'V1__x.sql:2',
      data: { file: 'app/db/V1__x.sql', line: 2, verb: 'drop', table: 'session' },
    });
  });

  it('reads 5,000 files and bounds what it keeps', async () => {
    const many = join(folder, 'many');
    for (let each = 0; each < 5000; each++) {
      const below = join(many, `${each % 50}`);
      mkdirSync(below, { recursive: true });
      const body = each % 10 === 0 ? 'DROP TABLE "session";' : `ALTER TABLE orders ADD COLUMN c${each} int;`;
      writeFileSync(join(below, `V${each}__x.sql`), `${'-- a comment of some length\n'.repeat(20)}${body}\n`);
    }
    const started = performance.now();
    const found = await look({ input: { migrations: many }, since: null });
    const took = performance.now() - started;
    process.stdout.write(`5,000 migrations: ${Math.round(took)} ms\n`);
    expect(found.seen.migrations).toMatchObject({ files: 5000, truncated: false, trouble: null, dropped: 0 });
    expect(found.seen.migrations?.steps.length).toBe(500);
    expect(found.slugs.filter((slug) => slug === 'migration-destructive')).toHaveLength(100);
    expect(found.detail('migrations-left-out')).toMatch(/^400 more steps /);
  });
});

it('survives an observation from elsewhere', () => {
  const nothing = {
    at: 0,
    target: null,
    dialect: null,
    trouble: null,
    server: null,
    file: null,
    table: null,
    replica: null,
  };
  expect(judge({ ...nothing, migrations: null }).facts).toEqual([]);
});
