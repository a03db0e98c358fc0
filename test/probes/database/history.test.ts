import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mariadb, startMariadb } from '../../support/mariadb.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { CASES, changeSet, drizzle, log } from './history-cases.ts';
import { look } from './support.ts';

const root = mkdtempSync(join(tmpdir(), 'sessdoctor-history-'));
let cases = 0;
let postgres: Postgres;
let mariadb: Mariadb;

beforeAll(async () => {
  [postgres, mariadb] = await Promise.all([startPostgres([]), startMariadb()]);
  await postgres.run('postgres', 'create role reader login');
  await mariadb.run('', "create user reader@'127.0.0.1'");
});
afterAll(async () => {
  await Promise.all([postgres.remove(), mariadb.remove()]);
  rmSync(root, { recursive: true, force: true });
});

/** A folder of these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(root, `case${cases++}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function sqlite(...statements: readonly string[]): string {
  const file = join(root, `case${cases++}.db`);
  execFileSync('/usr/bin/env', ['sqlite3', file], {
    input: `create table session (sid text primary key, expired integer, sess text);\n${statements.join(';\n')};\n`,
  });
  return file;
}

/** `file:line` → what the history says of it, and how many minutes ago. */
async function said(url: string, migrations: string): Promise<Record<string, string>> {
  const { seen } = await look({ url, input: { migrations } });
  return Object.fromEntries(
    (seen.migrations?.steps ?? []).map(({ file, line, applied, appliedAt }) => [
      `${file}:${line}`,
      appliedAt === null ? applied : `${applied} ${Math.round((Date.now() - appliedAt) / 60_000)}m`,
    ]),
  );
}

describe('the history of each tool', () => {
  it.each(CASES)('$tool', async ({ files, history, expected }) => {
    const folder = folderOf(files);
    expect(await said(`sqlite:${sqlite(...history)}`, folder)).toEqual(expected);
  });
});

describe('a history in PostgreSQL', () => {
  it('is found in its own schema, and dates the migration', async () => {
    const folder = folderOf({
      '0001_a.sql': 'DROP TABLE "session";',
      'meta/_journal.json': drizzle({ '0001_a': 1_770_000_000_000 }),
      'db/migrate.xml': log(changeSet(7, 'refresh_tokens')),
    });
    await postgres.run('postgres', 'create database found');
    await postgres.run(
      'found',
      'create table session (sid text primary key, sess json, expire timestamptz)',
      'create schema drizzle',
      'create table drizzle.__drizzle_migrations (id serial, hash text, created_at bigint)',
      "insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', 1770000000000)",
      'create table databasechangelog (id varchar(255), author varchar(255), filename varchar(255), dateexecuted timestamp, exectype varchar(10))',
      "insert into databasechangelog values ('7', 'a', 'db/migrate.xml', localtimestamp - interval '11 minutes', 'EXECUTED')",
      'grant usage on schema drizzle to reader',
      'grant select on all tables in schema public, drizzle to reader',
    );
    expect(await said(postgres.url('found', 'reader'), folder)).toEqual({
      '0001_a.sql:1': 'yes',
      'db/migrate.xml:2': 'yes 11m',
    });
  });

  it('that this role may not read is a blind spot, with the GRANT that opens it', async () => {
    const folder = folderOf({
      '0001_a.sql': 'DROP TABLE "session";',
      'meta/_journal.json': drizzle({ '0001_a': 1_770_000_000_000 }),
    });
    await postgres.run('postgres', 'create database hidden');
    await postgres.run(
      'hidden',
      'create table session (sid text primary key, sess json, expire timestamptz)',
      'grant select on session to reader',
      'create schema drizzle',
      'create table drizzle.__drizzle_migrations (id serial, hash text, created_at bigint)',
    );
    const found = await look({ url: postgres.url('hidden', 'reader'), input: { migrations: folder } });
    expect(found.slugs).toContain('migration-history-unreadable');
    expect(found.detail('migration-history-unreadable')).toContain(
      'GRANT USAGE ON SCHEMA drizzle TO reader; GRANT SELECT ON drizzle.__drizzle_migrations TO reader;',
    );
    await postgres.run(
      'hidden',
      'grant usage on schema drizzle to reader',
      'grant select on drizzle.__drizzle_migrations to reader',
    );
    const open = await look({ url: postgres.url('hidden', 'reader'), input: { migrations: folder } });
    expect(open.slugs).not.toContain('migration-history-unreadable');
  });
});

it('MariaDB does not tell a role what it may not read, and that is said', async () => {
  const folder = folderOf({ 'V1__a.sql': 'DROP TABLE session;' });
  await mariadb.run('', 'create database hidden');
  await mariadb.run(
    'hidden',
    'create table session (session_id varchar(128) primary key, expires int unsigned not null, data mediumtext)',
    "grant select on hidden.session to reader@'127.0.0.1'",
    'create table flyway_schema_history (script varchar(1000), installed_on timestamp default now(), success bool)',
    "insert into flyway_schema_history values ('V1__a.sql', utc_timestamp() - interval 11 minute, true)",
  );
  const url = mariadb.url('hidden', 'reader');
  const blind = await look({ url, input: { migrations: folder } });
  expect(blind.detail('migration-history-unreadable')).toMatch(
    /flyway_schema_history \(or there is none.*GRANT SELECT ON flyway_schema_history TO 'reader'@/,
  );
  await mariadb.run('hidden', "grant select on hidden.flyway_schema_history to reader@'127.0.0.1'");
  expect(await said(url, folder)).toEqual({ 'V1__a.sql:1': expect.stringMatching(/^yes/) as string });
});
