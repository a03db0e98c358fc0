import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mariadb, startMariadb } from '../../support/mariadb.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
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

const AGO = "datetime('now', '-11 minutes')";
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const changeSet = (id: number, table: string) =>
  `<changeSet id="${id}" author="a"><dropTable tableName="${table}"/></changeSet>\n`;
const log = (...sets: readonly string[]) => `<databaseChangeLog>\n${sets.join('')}</databaseChangeLog>\n`;
const alembic = (revision: string, before: string | null, table: string) =>
  `from alembic import op\nrevision = "${revision}"\ndown_revision = ${before === null ? 'None' : `"${before}"`}\ndef upgrade():\n    op.drop_table("${table}")\n`;
const django = (model: string) =>
  `from django.db import migrations\nclass Migration(migrations.Migration):\n    operations = [migrations.DeleteModel("${model}")]\n`;
const drizzle = (tags: Readonly<Record<string, number>>) =>
  JSON.stringify({ entries: Object.entries(tags).map(([tag, when]) => ({ tag, when })) });

interface Case {
  readonly tool: string;
  readonly files: Readonly<Record<string, string>>;
  readonly history: readonly string[];
  readonly expected: Readonly<Record<string, string>>;
}

const CASES: readonly Case[] = [
  {
    tool: 'Liquibase: id, author and path of the changeSet',
    files: {
      'db/changelog.xml': log(changeSet(1, 'sessions'), changeSet(2, 'refresh_tokens')),
      'db/other.xml': log(changeSet(1, 'web_sessions')),
      'db/third.sql': '--liquibase formatted sql\n--changeset b:1\nTRUNCATE user_sessions;\n',
    },
    history: [
      'create table DATABASECHANGELOG (id text, author text, filename text, dateexecuted text, exectype text)',
      `insert into DATABASECHANGELOG values ('1', 'a', 'classpath:db/changelog.xml', ${AGO}, 'EXECUTED'),
        ('2', 'a', 'db/changelog.xml', ${AGO}, 'MARK_RAN'), ('1', 'a', 'db/third.sql', ${AGO}, 'EXECUTED')`,
    ],
    expected: {
      'db/changelog.xml:2': 'yes 11m',
      'db/changelog.xml:3': 'no',
      'db/other.xml:2': 'no',
      'db/third.sql:3': 'no',
    },
  },
  {
    tool: 'Django: the app as well as the name',
    files: {
      'accounts/migrations/0002_initial.py': django('UserSession'),
      'shop/migrations/0002_initial.py': django('AuthToken'),
      'shop/migrations/0003_more.py': django('CartSession'),
    },
    history: [
      'create table django_migrations (id integer primary key, app text, name text, applied text)',
      `insert into django_migrations (app, name, applied) values ('accounts', '0002_initial', ${AGO})`,
    ],
    expected: {
      'accounts/migrations/0002_initial.py:3': 'yes 11m',
      'shop/migrations/0002_initial.py:3': 'unknown',
      'shop/migrations/0003_more.py:3': 'no',
    },
  },
  {
    tool: 'Rails: a version among thousands',
    files: {
      'db/migrate/20150101000000_drop.rb':
        'class Drop < ActiveRecord::Migration[7.1]\n  def up\n    drop_table :sessions\n  end\nend\n',
      'db/migrate/20300101000000_drop.rb':
        'class Later < ActiveRecord::Migration[7.1]\n  def up\n    drop_table :web_sessions\n  end\nend\n',
    },
    history: [
      'create table schema_migrations (version text primary key)',
      "insert into schema_migrations values ('20150101000000')",
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
       insert into schema_migrations select cast(20160101000000 + i as text) from n`,
    ],
    expected: {
      'db/migrate/20150101000000_drop.rb:3': 'yes',
      'db/migrate/20300101000000_drop.rb:3': 'no',
    },
  },
  {
    tool: 'Drizzle: hash of the file, or the journal’s time',
    files: {
      '0003_a.sql': 'DROP TABLE "session";',
      '0004_b.sql': 'DROP TABLE "refresh_tokens";',
      '0005_c.sql': 'TRUNCATE TABLE "user_session";',
      'meta/_journal.json': drizzle({
        '0003_a': 1_770_000_000_000,
        '0004_b': 1_770_000_100_000,
        '0005_c': 1_770_000_200_000,
      }),
    },
    history: [
      'create table __drizzle_migrations (id integer primary key, hash text, created_at numeric)',
      `insert into __drizzle_migrations (hash, created_at) values ('${sha256('DROP TABLE "session";')}', 1), ('other', 1770000100000)`,
    ],
    expected: { '0003_a.sql:1': 'yes', '0004_b.sql:1': 'yes', '0005_c.sql:1': 'no' },
  },
  {
    tool: 'Prisma: finished and not rolled back',
    files: {
      '20260101000000_a/migration.sql': 'DROP TABLE "Session";',
      '20260102000000_b/migration.sql': 'DROP TABLE "RefreshToken";',
      '20260103000000_c/migration.sql': 'DELETE FROM "UserSession";',
    },
    history: [
      'create table _prisma_migrations (migration_name text, finished_at text, rolled_back_at text)',
      `insert into _prisma_migrations values ('20260101000000_a', ${AGO}, null), ('20260102000000_b', ${AGO}, ${AGO}), ('20260103000000_c', null, null)`,
    ],
    expected: {
      '20260101000000_a/migration.sql:1': 'yes 11m',
      '20260102000000_b/migration.sql:1': 'no',
      '20260103000000_c/migration.sql:1': 'no',
    },
  },
  {
    tool: 'Alembic: what comes before the newest revision',
    files: {
      'a.py': alembic('a1', null, 'sessions'),
      'b.py': alembic('b2', 'a1', 'refresh_tokens'),
      'c.py': alembic('c3', 'b2', 'user_sessions'),
    },
    history: ['create table alembic_version (version_num text)', "insert into alembic_version values ('b2')"],
    expected: { 'a.py:5': 'yes', 'b.py:5': 'yes', 'c.py:5': 'unknown' },
  },
  {
    tool: 'Flyway: the script that succeeded',
    files: {
      'sql/V1__a.sql': 'DROP TABLE sessions;',
      'sql/V2__b.sql': 'DROP TABLE refresh_tokens;',
    },
    history: [
      'create table flyway_schema_history (script text, installed_on text, success integer)',
      `insert into flyway_schema_history values ('V1__a.sql', ${AGO}, 1), ('V2__b.sql', ${AGO}, 0)`,
    ],
    expected: { 'sql/V1__a.sql:1': 'yes 11m', 'sql/V2__b.sql:1': 'no' },
  },
  {
    tool: 'TypeORM by class, and golang-migrate by its newest version',
    files: {
      'orm/1709-x.ts':
        "export class Wipe1709290000000 {\n  async up(queryRunner) { await queryRunner.query('TRUNCATE sessions'); }\n}\n",
      'go/000011_x.up.sql': 'DROP TABLE refresh_tokens;',
      'go/000012_y.up.sql': 'DROP TABLE user_sessions;',
    },
    history: [
      'create table migrations (id integer primary key, timestamp integer, name text)',
      "insert into migrations (name) values ('Wipe1709290000000')",
      'create table schema_migrations (version integer, dirty integer)',
      'insert into schema_migrations values (11, 0)',
    ],
    expected: { 'orm/1709-x.ts:2': 'yes', 'go/000011_x.up.sql:1': 'yes', 'go/000012_y.up.sql:1': 'no' },
  },
];

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
