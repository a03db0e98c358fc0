import { createHash } from 'node:crypto';

/** Histories as each tool keeps them, in SQLite, beside the files they are about. */
const AGO = "datetime('now', '-11 minutes')";
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
export const changeSet = (id: number, table: string) =>
  `<changeSet id="${id}" author="a"><dropTable tableName="${table}"/></changeSet>\n`;
export const log = (...sets: readonly string[]) =>
  `<databaseChangeLog>\n${sets.join('')}</databaseChangeLog>\n`;
const alembic = (revision: string, before: string | null, table: string) =>
  `from alembic import op\nrevision = "${revision}"\ndown_revision = ${before === null ? 'None' : `"${before}"`}\ndef upgrade():\n    op.drop_table("${table}")\n`;
const django = (model: string) =>
  `from django.db import migrations\nclass Migration(migrations.Migration):\n    operations = [migrations.DeleteModel("${model}")]\n`;
export const drizzle = (tags: Readonly<Record<string, number>>) =>
  JSON.stringify({ entries: Object.entries(tags).map(([tag, when]) => ({ tag, when })) });

interface Case {
  readonly tool: string;
  readonly files: Readonly<Record<string, string>>;
  readonly history: readonly string[];
  readonly expected: Readonly<Record<string, string>>;
}

const up = (table: string) => `exports.up = (knex) => knex.schema.dropTable('${table}');\n`;
const dropped = (table: string) =>
  `<?php\nreturn new class extends Migration {\n  public function up(): void { Schema::dropIfExists('${table}'); }\n};\n`;

export const CASES: readonly Case[] = [
  {
    tool: 'Knex: the file’s name',
    files: { '20260101_a.js': up('sessions'), '20260102_b.js': up('user_sessions') },
    history: [
      'create table knex_migrations (id integer primary key, name text, batch integer, migration_time text)',
      `insert into knex_migrations (name, batch, migration_time) values ('20260101_a.js', 1, ${AGO})`,
    ],
    expected: { '20260101_a.js:1': 'yes 11m', '20260102_b.js:1': 'no' },
  },
  {
    tool: 'Sequelize: the file’s name',
    files: {
      '20260101-a.js': "module.exports = { up: (q) => q.dropTable('Sessions'), down: () => {} };\n",
      '20260102-b.js': "module.exports = { up: (q) => q.dropTable('RefreshTokens'), down: () => {} };\n",
    },
    history: [
      'create table SequelizeMeta (name text primary key)',
      "insert into SequelizeMeta values ('20260101-a.js')",
    ],
    expected: { '20260101-a.js:1': 'yes', '20260102-b.js:1': 'no' },
  },
  {
    tool: 'MikroORM: the class',
    files: {
      'Migration20260101.ts':
        "export class Migration20260101 extends Migration {\n  async up() { this.addSql('truncate table sessions;'); }\n}\n",
      'Migration20260102.ts':
        "export class Migration20260102 extends Migration {\n  async up() { this.addSql('drop table user_sessions;'); }\n}\n",
    },
    history: [
      'create table mikro_orm_migrations (id integer primary key, name text, executed_at text)',
      `insert into mikro_orm_migrations (name, executed_at) values ('Migration20260101', ${AGO})`,
    ],
    expected: { 'Migration20260101.ts:2': 'yes 11m', 'Migration20260102.ts:2': 'no' },
  },
  {
    tool: 'node-pg-migrate: the file’s stem; of what it does not name nothing is said',
    files: {
      '1700000000000_a.js': "exports.up = (pgm) => { pgm.dropTable('sessions'); };\n",
      '1700000000001_b.js': "exports.up = (pgm) => { pgm.dropTable('user_sessions'); };\n",
    },
    history: [
      'create table pgmigrations (id integer primary key, name text, run_on text)',
      `insert into pgmigrations (name, run_on) values ('1700000000000_a', ${AGO})`,
    ],
    expected: { '1700000000000_a.js:1': 'yes 11m', '1700000000001_b.js:1': 'unknown' },
  },
  {
    tool: 'Laravel: the file’s stem',
    files: {
      '2026_01_01_000000_a.php': dropped('sessions'),
      '2026_01_02_000000_b.php': dropped('user_sessions'),
    },
    history: [
      'create table migrations (id integer primary key, migration text, batch integer)',
      "insert into migrations (migration, batch) values ('2026_01_01_000000_a', 3)",
    ],
    expected: { '2026_01_01_000000_a.php:3': 'yes', '2026_01_02_000000_b.php:3': 'no' },
  },
  {
    tool: 'Phinx: the version; of what it does not name nothing is said',
    files: {
      '20260101000000_a.php':
        "<?php\nclass A extends AbstractMigration {\n  public function up() { $this->execute('TRUNCATE sessions'); }\n}\n",
      '20260102000000_b.php':
        "<?php\nclass B extends AbstractMigration {\n  public function up() { $this->execute('TRUNCATE user_sessions'); }\n}\n",
    },
    history: [
      'create table phinxlog (version integer, migration_name text, start_time text, end_time text)',
      `insert into phinxlog values (20260101000000, 'A', ${AGO}, ${AGO})`,
    ],
    expected: { '20260101000000_a.php:3': 'yes 11m', '20260102000000_b.php:3': 'unknown' },
  },
  {
    tool: 'goose: the number, where it counts as applied',
    files: {
      '00010_a.sql': '-- +goose Up\nDROP TABLE sessions;\n-- +goose Down\nSELECT 1;\n',
      '00011_b.sql': '-- +goose Up\nDROP TABLE user_sessions;\n-- +goose Down\nSELECT 1;\n',
    },
    history: [
      'create table goose_db_version (id integer primary key, version_id integer, is_applied integer, tstamp text)',
      `insert into goose_db_version (version_id, is_applied, tstamp) values (10, 1, ${AGO}), (11, 0, ${AGO})`,
    ],
    expected: { '00010_a.sql:2': 'yes 11m', '00011_b.sql:2': 'no' },
  },
  {
    tool: 'sql-migrate: the file’s name',
    files: {
      '1_a.sql': '-- +migrate Up\nTRUNCATE sessions;\n-- +migrate Down\nSELECT 1;\n',
      '2_b.sql': '-- +migrate Up\nTRUNCATE user_sessions;\n-- +migrate Down\nSELECT 1;\n',
    },
    history: [
      'create table gorp_migrations (id text primary key, applied_at text)',
      `insert into gorp_migrations values ('1_a.sql', ${AGO})`,
    ],
    expected: { '1_a.sql:2': 'yes 11m', '2_b.sql:2': 'no' },
  },
  {
    tool: 'sqlx: the number, where it succeeded',
    files: {
      '20260101000000_a.sql': 'TRUNCATE sessions;\n',
      '20260102000000_b.sql': 'TRUNCATE user_sessions;\n',
    },
    history: [
      'create table _sqlx_migrations (version integer primary key, installed_on text, success integer)',
      `insert into _sqlx_migrations values (20260101000000, ${AGO}, 1), (20260102000000, ${AGO}, 0)`,
    ],
    expected: { '20260101000000_a.sql:1': 'yes 11m', '20260102000000_b.sql:1': 'no' },
  },
  {
    tool: 'Flyway before 5: the script that succeeded',
    files: { 'V1__a.sql': 'DROP TABLE sessions;', 'V2__b.sql': 'DROP TABLE refresh_tokens;' },
    history: [
      'create table schema_version (script text, installed_on text, success integer)',
      `insert into schema_version values ('V1__a.sql', ${AGO}, 1)`,
    ],
    expected: { 'V1__a.sql:1': 'yes 11m', 'V2__b.sql:1': 'no' },
  },
  {
    tool: 'Ecto: the version',
    files: Object.fromEntries(
      (
        [
          ['20260101000000_a.exs', 'sessions'],
          ['20260102000000_b.exs', 'user_sessions'],
        ] as const
      ).map(([file, table]) => [
        file,
        `defmodule App.Drop do\n  use Ecto.Migration\n  def up do\n    drop table(:${table})\n  end\nend\n`,
      ]),
    ),
    history: [
      'create table schema_migrations (version integer primary key, inserted_at text)',
      `insert into schema_migrations values (20260101000000, ${AGO})`,
    ],
    expected: { '20260101000000_a.exs:4': 'yes', '20260102000000_b.exs:4': 'no' },
  },
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
