import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
