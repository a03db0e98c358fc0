import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { look } from './support.ts';

let server: Postgres;
let databases = 0;

/** The schema of connect-pg-simple, word for word. */
const SESSION = `CREATE TABLE "session" ("sid" varchar NOT NULL COLLATE "default", "sess" json NOT NULL, "expire" timestamp(6) NOT NULL) WITH (OIDS=FALSE);
ALTER TABLE "session" ADD CONSTRAINT "session_pkey" PRIMARY KEY ("sid") NOT DEFERRABLE INITIALLY IMMEDIATE;
CREATE INDEX "IDX_session_expire" ON "session" ("expire")`;
const CREATE = SESSION.replace(' WITH (OIDS=FALSE)', '');

/** Sessions of 14 days, last used between `from` and `to` minutes ago, in `batches` transactions. */
function fill(rows: number, from: number, to: number, batches = 1): readonly string[] {
  const each = Math.ceil(rows / batches);
  return Array.from(
    { length: batches },
    () => `insert into session select gen_random_uuid()::text, '{"cookie":{"originalMaxAge":1209600000},"user":"somebody"}',
      now() + interval '14 days' - (${from} + random() * ${to - from}) * interval '1 minute' from generate_series(1, ${each})`,
  );
}
const OLD = fill(20_000, 20, 7000, 50);
const NEW = fill(200, 0, 5, 20);

/** A database with a session table, users and orders made before and after it. */
async function healthy(name = `case${databases++}`): Promise<string> {
  await server.run('postgres', `create database ${name}`);
  await server.run(
    name,
    'create table users (id int primary key)',
    CREATE,
    'create table orders (id int primary key)',
    ...OLD,
  );
  await server.run(name, 'analyze session', 'grant select on session to reader');
  return name;
}

async function broken(...statements: readonly string[]): Promise<string> {
  const name = await healthy();
  await server.run(name, ...statements);
  return name;
}

beforeAll(async () => {
  server = await startPostgres(['log_statement = all', "log_line_prefix = '%a|'"]);
  await server.run(
    'postgres',
    'create role reader login',
    'create role stranger login',
    'create role app login',
  );
});
afterAll(async () => server.remove());

describe('what each fault leaves behind', () => {
  it.each<[string, readonly string[], string]>([
    ['TRUNCATE', ['truncate session'], 'truncated'],
    ['DROP and CREATE', ['drop table session', CREATE], 'recreated'],
    [
      'RENAME and CREATE',
      [
        'alter table session rename to session_old',
        CREATE.replace('session_pkey', 'session_pkey1').replace('IDX_session_expire', 'i1'),
      ],
      'renamed-away',
    ],
    ['DELETE of everything', ['delete from session'], 'emptied-by-delete'],
    [
      'DELETE in 20 batches and VACUUM',
      [
        ...Array<string>(20).fill('delete from session where sid in (select sid from session limit 1000)'),
        'vacuum session',
      ],
      'emptied-by-delete',
    ],
    ['an UPDATE of the expiry', ["update session set expire = '2020-01-01'"], 'expired-at-once'],
    [
      'an UPDATE that sets the expiry back',
      ["update session set expire = expire - interval '30 days'"],
      'expired-at-once',
    ],
    ['an UPDATE that blanks the data', ["update session set sess = '{}'"], 'data-blanked'],
    [
      'a restore of an old dump',
      [
        'create temp table dump as select * from session',
        'truncate session',
        'insert into session select * from dump',
      ],
      'restored',
    ],
  ])('%s', async (_, fault, slug) => {
    const name = await broken(...fault, ...NEW, 'grant select on session to reader');
    const { slugs, verdict } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain(slug);
    expect(slugs).not.toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });

  it.each<[string, readonly string[], string]>([
    ['a table that is gone', ['drop table session'], 'table-missing'],
    ['a table that was renamed', ['alter table session rename to session_v1'], 'renamed-away'],
  ])('%s', async (_, fault, slug) => {
    const name = await broken(...fault);
    const { slugs, verdict } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toEqual([slug]);
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });

  it('a table that moved to another schema', async () => {
    const name = await broken(
      'create schema auth',
      'grant usage on schema auth to reader',
      'alter table session set schema auth',
    );
    const { slugs, verdict, detail } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toEqual(['table-outside-search-path']);
    expect(detail('table-outside-search-path')).toContain('auth.session');
    expect(verdict('session-table-destroyed')).toBe('likely');
  });

  it('a schema that the role may not use says nothing about a loss', async () => {
    const name = await broken(
      'create schema shop',
      'alter table session set schema shop',
      `alter database case${databases - 1} set search_path = shop`,
    );
    const { slugs, verdict, detail } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toEqual(['denied']);
    expect(detail('denied')).toContain('GRANT USAGE ON SCHEMA shop TO reader');
    expect(['confirmed', 'likely']).not.toContain(verdict('session-table-destroyed'));
  });

  it('a new look-up column that old rows do not have', async () => {
    const name = await broken(
      'alter table session add column token_hash text',
      ...fill(200, 0, 5).map((sql) =>
        sql.replace('insert into session', 'insert into session (sid, sess, expire)'),
      ),
    );
    await server.run(
      name,
      "update session set token_hash = md5(sid) where expire > now() + interval '14 days' - interval '6 minutes'",
    );
    const { slugs, verdict } = await look({
      url: server.url(name, 'reader'),
      input: { columns: { id: 'token_hash' } },
    });
    expect(slugs).toContain('lookup-null');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });
});

describe('what only looks like a loss', () => {
  it.each<[string, readonly string[]]>([
    ['nothing at all', []],
    ['normal pruning', ["delete from session where expire < now() + interval '9 days 15 hours'"]],
    ['VACUUM FULL', ['vacuum full session']],
    ['an ALTER of a type', ['alter table session alter column expire type timestamptz']],
    ['counters reset by hand', ['select pg_stat_reset()']],
    ['TRUNCATE rolled back', ['begin', 'truncate session', 'rollback']],
    [
      'inserts rolled back, then VACUUM FULL',
      ['begin', ...fill(25_000, 20, 7000), 'rollback', 'vacuum full session'],
    ],
    [
      'one backfill of all rows',
      ['update session set sess = \'{"cookie":{"originalMaxAge":1209600000},"user":"somebody else"}\''],
    ],
  ])('%s', async (_, decoy) => {
    const name = await broken(...decoy, ...NEW);
    const { slugs, verdict } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain('answers');
    expect(slugs).toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('ruled-out');
  });

  it('does not call a healthy table lost when nobody says when it began', async () => {
    const { slugs, verdict } = await look({ url: server.url(await healthy(), 'reader'), since: null });
    expect(slugs).toEqual(['answers', 'counters-whole']);
    expect(verdict('session-table-destroyed')).toBe('unlikely');
  });
});
