import { beforeAll, describe, expect, it } from 'vitest';
import { readMigration } from '../../../src/parse/migrations/file.ts';
import { settled } from '../../../src/parse/migrations/folder.ts';
import { type SqlReader, sqlReader } from '../../../src/parse/migrations/sql.ts';

let sql: SqlReader;
beforeAll(async () => {
  sql = await sqlReader();
});

/** `verb table` of all steps that take sessions away. */
function stepsOf(path: string, text: string): readonly string[] {
  const migration = readMigration({ path, text }, 'sessions', sql);
  if (!migration) return ['no migration'];
  return (settled([{ path, migration }]).get(path) ?? []).map(
    ({ verb, table, column }) => `${verb} ${table}${column ? `.${column}` : ''}`,
  );
}

const php = (body: string) =>
  `<?php\nreturn new class extends Migration {\n  public function up(): void {\n    ${body}\n  }\n};`;
const rails = (body: string) =>
  `class LogOut < ActiveRecord::Migration[7.1]\n  def up\n    ${body}\n  end\nend`;
const django = (body: string) =>
  `from django.db import migrations\nfrom django.core.management import call_command\nfrom django.contrib.sessions.models import Session\n\ndef forwards(apps, schema_editor):\n    ${body}\n\nclass Migration(migrations.Migration):\n    operations = [migrations.RunPython(forwards)]\n`;
const knex = (body: string) =>
  `exports.up = async function (knex) {\n  ${body}\n};\nexports.down = async () => {};`;
const orm = (body: string) =>
  `export class LogOut1700000000000 implements MigrationInterface {\n  public async up(queryRunner: QueryRunner): Promise<void> {\n    ${body}\n  }\n  public async down(): Promise<void> {}\n}`;
const sequelize = (body: string) =>
  `module.exports = {\n  up: async (queryInterface, Sequelize) => {\n    ${body}\n  },\n  down: async () => {},\n};`;
const alembic = (body: string) =>
  `"""log out"""\nfrom alembic import op\nimport sqlalchemy as sa\n\nrevision = "ab12"\ndown_revision = None\n\ndef upgrade():\n    ${body}\n\ndef downgrade():\n    pass\n`;
const liquibase = (body: string) =>
  `<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">\n<changeSet id="1" author="a">\n${body}\n</changeSet>\n</databaseChangeLog>`;
const ecto = (body: string) =>
  `defmodule App.Repo.Migrations.LogOut do\n  use Ecto.Migration\n\n  def up do\n    ${body}\n  end\n\n  def down do\n  end\nend`;

const IDIOMS: readonly (readonly [path: string, text: string, steps: readonly string[]])[] = [
  // Laravel
  ['2026_a.php', php("DB::table(config('session.table'))->truncate();"), ['truncate sessions']],
  ['2026_a.php', php("DB::table(config('session.table', 'sessions'))->delete();"), ['delete sessions']],
  [
    '2026_a.php',
    php("DB::connection(config('session.connection'))->table(config('session.table'))->truncate();"),
    ['truncate sessions'],
  ],
  ['2026_a.php', php("Schema::dropIfExists(config('session.table'));"), ['drop sessions']],
  ['2026_a.php', php("DB::table(Config::get('session.table'))->truncate();"), ['truncate sessions']],
  ['2026_a.php', php("DB::table(env('SESSION_TABLE', 'sessions'))->truncate();"), ['truncate sessions']],
  ['2026_a.php', php('DB::table((new Session)->getTable())->truncate();'), ['truncate Session']],
  ['2026_a.php', php("DB::statement('TRUNCATE TABLE ' . config('session.table'));"), ['truncate sessions']],
  ['2026_a.php', php("DB::table(config('cache.stores.database.table'))->truncate();"), []],
  [
    '2026_a.php',
    php(
      "DB::table(config('session.table'))->where('last_activity', '<', now()->subDays(30)->timestamp)->delete();",
    ),
    [],
  ],
  ['20260101000000_a.rb', rails('ActiveRecord::SessionStore::Session.delete_all'), ['delete Session']],
  ['20260101000000_a.rb', rails('ActiveRecord::SessionStore::Session.destroy_all'), ['delete Session']],
  [
    '20260101000000_a.rb',
    rails('ActionDispatch::Session::ActiveRecordStore.session_class.delete_all'),
    ['delete Session'],
  ],
  ['20260101000000_a.rb', rails('system("rails db:sessions:clear")'), ['delete sessions']],
  ['20260101000000_a.rb', rails('Rake::Task["db:sessions:clear"].invoke'), ['delete sessions']],
  [
    '20260101000000_a.rb',
    rails('ActiveRecord::SessionStore::Session.where("updated_at < ?", 30.days.ago).delete_all'),
    [],
  ],
  ['20260101000000_a.rb', rails('Rake::Task["db:sessions:trim"].invoke'), []],
  ['20260101000000_a.rb', rails('ActiveRecord::Base.connection.truncate(:sessions)'), ['truncate sessions']],
  [
    '20260101000000_a.rb',
    rails('connection.execute("DELETE FROM #{ActiveRecord::SessionStore::Session.table_name}")'),
    ['delete Session'],
  ],
  // Django
  ['app/migrations/0009_a.py', django('Session.objects.all().delete()'), ['delete Session']],
  ['app/migrations/0009_a.py', django('call_command("clearsessions")'), []],
  ['app/migrations/0009_a.py', django('Session.objects.filter(expire_date__lt=timezone.now()).delete()'), []],
  [
    'app/migrations/0009_a.py',
    django('apps.get_model("sessions", "Session").objects.all().delete()'),
    ['delete Session'],
  ],
  [
    'app/migrations/0009_a.py',
    django('Session.objects.all()._raw_delete(schema_editor.connection.alias)'),
    ['delete Session'],
  ],
  // Knex
  ['20260101_a.js', knex("await knex('sessions').del();"), ['delete sessions']],
  ['20260101_a.js', knex("await knex('sessions').truncate();"), ['truncate sessions']],
  ['20260101_a.js', knex("await knex.table('sessions').delete();"), ['delete sessions']],
  ['20260101_a.js', knex("await knex('sessions').where('expires', '<', new Date()).del();"), []],
  ['20260101_a.js', knex("await knex.withSchema('auth').from('sessions').del();"), ['delete sessions']],
  ['20260101_a.js', knex("await knex(process.env.SESSION_TABLE || 'sessions').del();"), ['delete sessions']],
  // Prisma
  ['20260101_a.ts', orm('await prisma.session.deleteMany();'), ['delete session']],
  ['20260101_a.ts', orm('await prisma.session.deleteMany({});'), ['delete session']],
  ['20260101_a.ts', orm('await prisma.session.deleteMany({ where: {} });'), ['delete session']],
  ['20260101_a.ts', orm('await prisma.session.deleteMany({ where: { expires: { lt: new Date() } } });'), []],
  [
    '20260101_a.ts',
    orm('await prisma.$transaction([prisma.session.deleteMany(), prisma.account.count()]);'),
    ['delete session'],
  ],
  // TypeORM
  ['1700-a.ts', orm("await queryRunner.manager.getRepository('Session').clear();"), ['truncate Session']],
  [
    '1700-a.ts',
    orm('await queryRunner.manager.getRepository(SessionEntity).clear();'),
    ['truncate SessionEntity'],
  ],
  ['1700-a.ts', orm('await queryRunner.manager.clear(Session);'), ['truncate Session']],
  ['1700-a.ts', orm("await queryRunner.clearTable('sessions');"), ['truncate sessions']],
  [
    '1700-a.ts',
    orm("await queryRunner.manager.createQueryBuilder().delete().from('sessions').execute();"),
    ['delete sessions'],
  ],
  [
    '1700-a.ts',
    orm('await queryRunner.manager.createQueryBuilder().delete().from(Session).execute();'),
    ['delete Session'],
  ],
  ['1700-a.ts', orm('await queryRunner.manager.delete(Session, {});'), ['delete Session']],
  // Sequelize
  ['20260101-a.js', sequelize('await Session.destroy({ truncate: true });'), ['truncate Session']],
  [
    '20260101-a.js',
    sequelize('await Session.destroy({ where: {}, truncate: true, cascade: true });'),
    ['truncate Session'],
  ],
  ['20260101-a.js', sequelize("await queryInterface.bulkDelete('Sessions', null, {});"), ['delete Sessions']],
  [
    '20260101-a.js',
    sequelize('await queryInterface.sequelize.models.Session.destroy({ where: {} });'),
    ['delete Session'],
  ],
  ['20260101-a.js', sequelize('await Session.destroy({ where: { expires: { [Op.lt]: new Date() } } });'), []],
  // Flyway, Liquibase
  ['V3__log_out.sql', 'TRUNCATE TABLE spring_session CASCADE;', ['truncate spring_session']],
  ['R__log_out.sql', 'delete from ${schema}.sessions;', ['delete schema.sessions']],
  ['changelog.xml', liquibase('<delete tableName="SPRING_SESSION"/>'), ['delete SPRING_SESSION']],
  [
    'changelog.xml',
    liquibase('<delete schemaName="auth" tableName="sessions"></delete>'),
    ['delete sessions'],
  ],
  [
    'changelog.xml',
    liquibase('<delete tableName="sessions"><where>expires_at &lt; now()</where></delete>'),
    [],
  ],
  ['changelog.xml', liquibase('<sql>TRUNCATE TABLE sessions</sql>'), ['truncate sessions']],
  ['changelog.xml', liquibase('<dropAllForeignKeyConstraints baseTableName="sessions"/>'), []],
  // Alembic
  ['ab12_a.py', alembic('op.execute("TRUNCATE sessions")'), ['truncate sessions']],
  ['ab12_a.py', alembic('op.execute(sa.text("TRUNCATE TABLE sessions CASCADE"))'), ['truncate sessions']],
  ['ab12_a.py', alembic('op.execute(sessions.delete())'), ['delete sessions']],
  ['ab12_a.py', alembic('op.get_bind().execute(sa.text("DELETE FROM sessions"))'), ['delete sessions']],
  ['ab12_a.py', alembic('op.execute("TRUNCATE " + "sessions")'), ['truncate sessions']],
  [
    'ab12_a.py',
    alembic('op.execute(f"TRUNCATE {TABLE}")').replace('revision =', 'TABLE = "sessions"\nrevision ='),
    ['truncate sessions'],
  ],
  ['ab12_a.py', alembic('op.execute("DELETE FROM sessions WHERE expires_at < now()")'), []],
  // Ecto
  ['20260101000000_a.exs', ecto('repo().delete_all("sessions")'), ['delete sessions']],
  ['20260101000000_a.exs', ecto('App.Repo.delete_all(App.Accounts.UserToken)'), ['delete UserToken']],
  ['20260101000000_a.exs', ecto('repo().delete_all(App.Session)'), ['delete Session']],
  [
    '20260101000000_a.exs',
    ecto('repo().delete_all(from s in "sessions", where: s.expires_at < ago(30, "day"))'),
    [],
  ],
  ['20260101000000_a.exs', ecto('repo().delete_all(from(s in "sessions"))'), ['delete sessions']],
  ['20260101000000_a.exs', ecto('execute "TRUNCATE sessions"'), ['truncate sessions']],
  ['20260101000000_a.exs', ecto('drop table(:sessions)'), ['drop sessions']],
  ['20260101000000_a.exs', ecto('drop_if_exists table("sessions", prefix: "auth")'), ['drop sessions']],
  ['20260101000000_a.exs', ecto('rename table(:sessions), to: table(:user_sessions)'), ['rename sessions']],
  [
    '20260101000000_a.exs',
    ecto('alter table(:sessions) do\n      remove :token\n    end'),
    ['drop-column sessions.token'],
  ],
  ['20260101000000_a.exs', ecto('create table(:sessions) do\n      add :token, :string\n    end'), []],
];

describe('idioms of the frameworks', () => {
  it.each(IDIOMS.map(([path, text, steps], at) => [at, path, text, steps] as const))(
    '%i: %s',
    (_, path, text, steps) => {
      expect(stepsOf(path, text)).toEqual(steps);
    },
  );
});
