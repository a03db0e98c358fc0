import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMigration } from '../../../src/parse/migrations/file.ts';
import { type SqlReader, sqlReader } from '../../../src/parse/migrations/sql.ts';

const corpus = fileURLToPath(new URL('../../../fixtures/migrations', import.meta.url));

/** file → `line verb table`, in order. Files that are not here hold nothing destructive. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'rails/20260114093000_drop_sessions_table.rb': ['4 drop sessions'],
  'rails/20260201101500_log_everybody_out.rb': [
    '3 delete Session',
    '6 truncate refresh_tokens',
    '8 rename user_sessions',
    '9 retype sessions.session_id',
  ],
  'django/0007_delete_session.py': [
    '6 delete Session',
    '19 drop UserSession',
    '23 truncate django_session',
    '26 retype usersession.token_hash',
  ],
  'alembic/3f2a1b_sessions.py': [
    '13 retype sessions.token',
    '20 update sessions.expires_at',
    '23 rename refresh_tokens',
    '24 drop-column sessions.token_hash',
  ],
  'knex/20260301120000_sessions.js': [
    '2 drop sessions',
    '3 truncate refresh_tokens',
    '4 delete session',
    '6 drop-column user_sessions.token_hash',
    '7 retype user_sessions.sid',
  ],
  'knex/20260303-sequelize.js': [
    '5 delete Sessions',
    '7 unlogged Sessions (by eye)',
    '9 retype Sessions.sid',
  ],
  'knex/1709290000000-Typeorm.ts': ['5 rename session', '6 truncate refresh_token'],
  'laravel/2026_02_10_000000_reset_sessions.php': [
    '11 drop sessions',
    '12 truncate personal_access_tokens',
    '13 delete oauth_access_tokens',
    '14 update oauth_refresh_tokens.revoked',
    '16 retype user_sessions.id',
    '17 drop-column user_sessions.payload',
  ],
  'prisma/20260221080000_drop/migration.sql': ['11 drop Session'],
  'drizzle/0003_loud_hulk.sql': ['2 drop session', '4 retype jwks.private_key'],
  'flyway/V12__sessions.sql': [
    '3 delete spring_session_attributes',
    '5 truncate spring_session',
    '5 truncate spring_session_attributes',
    '6 update oauth_tokens.revoked',
  ],
  'liquibase/changelog.xml': [
    '4 drop user_sessions',
    '8 delete oauth_access_token',
    '10 update sessions.expires_at',
    '12 retype sessions.token',
  ],
  'liquibase/changelog.yaml': ['6 rename sessions', '18 delete refresh_tokens'],
  'liquibase/formatted.sql': ['4 drop web_sessions'],
  'sql/00010_goose.sql': ['5 delete sessions (by eye)'],
  'sql/20260101_dbmate.sql': ['2 rename sessions'],
  'sql/000011_mysql.up.sql': ['7 memory sessions (by eye)', '8 drop user_tokens', '9 retype sessions.id'],
  'sql/mssql.sql': ['3 drop dbo.Sessions', '5 truncate dbo.RefreshTokens'],
  'sql/psql.sql': ['4 unlogged public.session (by eye)', '5 rename session'],
};

const files = readdirSync(corpus, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.slice(corpus.length + 1))
  .sort();

let sql: SqlReader;
beforeAll(async () => {
  sql = await sqlReader();
});

describe('the corpus', () => {
  it('holds every file that something is expected of', () => {
    for (const file of Object.keys(EXPECTED)) expect(files).toContain(file);
  });

  it.each(files)('%s', (file) => {
    const text = readFileSync(`${corpus}/${file}`, 'utf8');
    const found = readMigration(file, text, 'session', sql)?.operations ?? [];
    expect(
      found.map(
        ({ line, verb, table, column, parsed }) =>
          `${line} ${verb} ${table}${column ? `.${column}` : ''}${parsed ? '' : ' (by eye)'}`,
      ),
    ).toEqual(EXPECTED[file] ?? []);
  });
});
