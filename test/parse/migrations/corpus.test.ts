import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMigration } from '../../../src/parse/migrations/file.ts';
import { settled } from '../../../src/parse/migrations/folder.ts';
import type { Destruction } from '../../../src/parse/migrations/operation.ts';
import { sqlReader } from '../../../src/parse/migrations/sql.ts';

const corpus = fileURLToPath(new URL('../../../fixtures/migrations', import.meta.url));

/** file → `line verb table`, in order. Files that are not here hold nothing destructive. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'alembic/3f2a1b_sessions.py': [
    '13 retype sessions.token',
    '20 update sessions.expires_at',
    '23 rename refresh_tokens',
    '24 drop-column sessions.token_hash',
  ],
  'alembic/5d_rows.py': [
    '14 update refresh_tokens.revoked',
    '15 delete sessions',
    '18 retype user_sessions.token_hash',
    '19 drop-column user_sessions.expires_at',
    '21 delete login_sessions',
  ],
  'django/0007_delete_session.py': [
    '6 delete Session',
    '19 drop UserSession',
    '23 truncate django_session',
    '26 retype apitoken.token_hash (by eye)',
  ],
  'django/0009_clear.py': [
    '8 delete Session',
    '9 delete WebSession',
    '11 update RefreshToken.revoked',
    '12 delete LoginSession',
    '23 truncate user_session',
  ],
  'django/accounts/0003_binary.py': ['8 retype loginsession.token_hash', '9 retype loginsession.session_key'],
  'drizzle/0003_loud_hulk.sql': ['2 drop session', '4 retype jwks.private_key'],
  'drizzle/0006_short.sql': ['1 delete session'],
  'flyway/V12__sessions.sql': [
    '3 delete spring_session_attributes',
    '5 truncate spring_session',
    '5 truncate spring_session_attributes',
    '6 update oauth_tokens.revoked',
  ],
  'knex/1709290000000-Typeorm.ts': ['5 rename session', '6 truncate refresh_token'],
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
  'knex/20260304-builder.js': [
    '4 drop user_sessions',
    '5 delete sessions',
    '6 update refresh_tokens.revoked',
    '7 update access_tokens.revoked_at',
    '9 drop-column login_sessions.token_hash',
    '10 rename-column login_sessions.sid',
    '13 truncate api_tokens',
  ],
  'knex/20260305-orm.ts': [
    '4 delete sessions',
    '6 drop-column api_tokens.token_hash',
    '7 update refresh_tokens.revoked_at',
    '8 drop web_sessions',
    '9 delete userSession',
    '10 delete access_tokens',
    '11 truncate Session',
    '12 delete oauth_tokens',
  ],
  'laravel/20260214000000_phinx.php': ['7 drop web_sessions', '8 delete login_sessions'],
  'laravel/2026_02_10_000000_reset_sessions.php': [
    '11 drop sessions',
    '12 truncate personal_access_tokens',
    '13 delete oauth_access_tokens',
    '14 update oauth_refresh_tokens.revoked',
    '16 retype user_sessions.id',
    '17 drop-column user_sessions.payload',
  ],
  'laravel/2026_02_12_000000_rows.php': [
    '9 drop web_sessions',
    '10 truncate Session',
    '11 delete PersonalAccessToken',
    '12 delete login_sessions',
    '13 update RefreshToken.revoked_at',
    '14 delete sessions_v2',
    '16 drop-column user_sessions.payload',
    '17 rename-column user_sessions.sid',
    '20 truncate oauth_access_tokens',
  ],
  'liquibase/changelog.json': ['8 drop login_sessions', '9 delete api_tokens', '10 truncate refresh_tokens'],
  'liquibase/changelog.xml': [
    '4 drop user_sessions',
    '8 delete oauth_access_token',
    '10 update sessions.expires_at',
    '12 retype sessions.token',
  ],
  'liquibase/changelog.yaml': ['6 rename sessions', '18 delete refresh_tokens'],
  'liquibase/formatted.sql': ['4 drop web_sessions'],
  'liquibase/several.sql': ['3 truncate sessions', '5 drop refresh_tokens'],
  'prisma/20260221080000_drop/migration.sql': ['11 drop Session'],
  'prisma/20260223080000_raw/migration.sql': ['2 delete Session'],
  'rails/20260114093000_drop_sessions_table.rb': ['4 drop sessions'],
  'rails/20260201101500_log_everybody_out.rb': [
    '3 delete Session',
    '6 truncate refresh_tokens',
    '8 rename user_sessions',
    '9 retype sessions.session_id',
  ],
  'rails/20260205100000_drop_several.rb': [
    '3 drop-column sessions.session_id',
    '4 drop user_sessions',
    '6 drop-column refresh_tokens.token_digest',
    '9 retype refresh_tokens.expires_at',
    '11 drop web_sessions',
    '15 drop api_tokens',
  ],
  'rails/20260206100000_delete_rows.rb': [
    '7 delete Session',
    '8 update user_sessions.revoked_at',
    '9 delete WebSession',
    '10 delete RefreshToken',
    '11 delete ApiToken',
    '12 delete login_sessions',
  ],
  'sql/000011_mysql.up.sql': ['7 memory sessions (by eye)', '8 drop user_tokens', '9 retype sessions.id'],
  'sql/00010_goose.sql': ['5 delete sessions (by eye)'],
  'sql/20260101_dbmate.sql': ['2 rename sessions'],
  'sql/delete_all.sql': [
    '1 delete sessions',
    '2 delete user_sessions',
    '3 delete login_sessions',
    '4 delete web_sessions',
    '5 delete refresh_tokens',
    '6 delete api_tokens',
  ],
  'sql/hidden.sql': [
    '1 truncate sessions (by eye)',
    '4 delete refresh_tokens (by eye)',
    '7 drop user_sessions',
    '8 rename web_sessions (by eye)',
    '9 drop login_sessions',
    '10 drop auth.*',
  ],
  'sql/if_not_exists.sql': ['2 drop sessions'],
  'sql/mssql.sql': ['3 drop dbo.Sessions', '5 truncate dbo.RefreshTokens'],
  'sql/mssql_rename.sql': ['3 rename dbo.Sessions (by eye)'],
  'sql/psql.sql': ['4 unlogged public.session (by eye)', '5 rename session'],
  'sql/revoke_all.sql': [
    '1 update sessions.expires_at',
    '2 update refresh_tokens.revoked_at',
    '3 update user_sessions.token_hash',
    '4 update api_tokens.revoked',
    '5 update web_sessions.data',
    '6 update login_sessions.expires_at',
    '7 update access_tokens.revoked',
  ],
  'sql/swap.sql': ['3 rename sessions'],
  'sql/swap_mysql.sql': ['2 rename user_sessions'],
  'sql/swap_without_rows.sql': ['2 drop sessions'],
  'knex/20260308-swap.js': ['3 rename session'],
  'django/0010_copied.py': ['13 rename UserSession'],
  'sql/swap_staged.sql': ['1 rename session'],
  'sql/columns.sql': [
    '3 drop-column sessions.token',
    '4 rename-column web_sessions.token',
    '5 rename-column api_tokens.token',
    '6 retype user_sessions.expires_at',
    '7 retype login_sessions.token',
    '13 update sessions.expires_at',
    '17 update jwks.private_key',
    '24 update sessions.version',
  ],
  'rails/20260209100000_sequel.rb': ['3 drop user_sessions', '4 truncate refresh_tokens'],
  'rails/20260210100000_loops.rb': [
    '4 delete Session',
    '6 delete Session',
    '7 delete Session',
    '10 update UserSession.expires_at',
    '11 update RefreshToken.token_digest',
    '12 drop api_tokens',
    '13 drop web_sessions',
  ],
  'laravel/Version20260215.php': [
    '4 drop sessions',
    '5 drop user_sessions',
    '6 delete Session',
    '7 delete WebSession',
    '8 delete LoginSession',
    '9 update RefreshToken.revoked',
  ],
  'django/0011_loops.py': [
    '5 delete Session',
    '6 delete Session',
    '8 delete UserSession',
    '9 update AuthToken.key',
    '10 truncate refresh_token',
  ],
  'knex/20260309-orms.ts': [
    '4 delete sessions',
    '7 delete Session',
    '8 drop user_sessions',
    '9 update refresh_token.revokedAt',
    '10 drop-column api_tokens.tokenHash',
    '11 delete authSession',
    '12 delete Session',
    '13 delete loginSessions',
  ],
};

const files = readdirSync(corpus, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.slice(corpus.length + 1))
  .sort();

let steps: ReadonlyMap<string, readonly Destruction[]>;
beforeAll(async () => {
  const sql = await sqlReader();
  const read = files.flatMap((path) => {
    const text = readFileSync(`${corpus}/${path}`, 'utf8');
    const migration = readMigration({ path, text }, 'session', sql);
    return migration ? [{ path, migration }] : [];
  });
  steps = settled(read);
});

const TOOLS = [
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
];

describe('the corpus', () => {
  it.each(TOOLS)('has files of %s that take sessions away, and harmless ones', (tool) => {
    const own = files.filter((file) => file.startsWith(`${tool}/`));
    expect(own.some((file) => EXPECTED[file] !== undefined)).toBe(true);
    expect(own.some((file) => EXPECTED[file] === undefined && !file.endsWith('.json'))).toBe(true);
  });

  it('holds every file that something is expected of', () => {
    for (const file of Object.keys(EXPECTED)) expect(files).toContain(file);
  });

  it.each(files)('%s', (file) => {
    expect(
      (steps.get(file) ?? []).map(
        ({ line, verb, table, column, parsed }) =>
          `${line} ${verb} ${table}${column ? `.${column}` : ''}${parsed ? '' : ' (by eye)'}`,
      ),
    ).toEqual(EXPECTED[file] ?? []);
  });
});
