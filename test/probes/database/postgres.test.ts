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
      'an UPDATE of the expiry of the live ones, where nobody clears the expired',
      [...fill(19_000, 20_200, 40_000, 20), 'update session set expire = now() where expire > now()'],
      'expired-at-once',
    ],
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
    const name = await broken(
      'create table backup as select * from session',
      ...fault,
      ...NEW,
      'grant select on session to reader',
    );
    const { slugs, verdict, fix } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain(slug);
    expect(slugs).not.toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
    const side = slug === 'renamed-away' ? 'public.session_old' : 'session_rescued';
    expect(fix(slug)).toContain(
      /blank|expired/.test(slug)
        ? `UPDATE public.session AS s SET ${slug === 'data-blanked' ? 'sess = r.sess' : 'expire = r.expire'} FROM session_rescued AS r WHERE r.sid = s.sid AND r.expire > now()`
        : `INSERT INTO public.session SELECT * FROM ${side} WHERE expire > now() ON CONFLICT DO NOTHING`,
    );
    // What is advised is done, with the table of before as the backup: people are back.
    if (slug !== 'renamed-away') await server.run(name, 'alter table backup rename to session_rescued');
    await server.run(name, /(?:INSERT|UPDATE) .*/.exec(fix(slug))?.[0] ?? '');
    expect(
      (
        await server.one(
          name,
          `select count(*) as n from session where expire > now() and sess::text <> '{}'`,
        )
      )['n'],
    ).toBe('20200');
  });

  it.each<[string, readonly string[]]>([
    [
      'with tables that the same deploy made after it',
      ['drop table session', CREATE, 'create table flags (id int primary key)', 'create index on users (id)'],
    ],
    [
      'with a neighbour that is analysed, granted and indexed anew',
      [
        'drop table session',
        CREATE,
        'grant select on session to app',
        'reindex table users',
        'create table audit (id int)',
      ],
    ],
    ['alone in its database', ['drop table users', 'drop table orders', 'drop table session', CREATE]],
  ])('DROP and CREATE %s', async (_, fault) => {
    const name = await broken(...fault, ...NEW, 'grant select on session to reader');
    const { slugs, verdict, detail } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain('recreated');
    expect(detail('recreated')).toContain(
      'rows were inserted into tables of this database that no longer exist',
    );
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });

  it('DROP and CREATE whose counters were reset, told by the last checkpoint', async () => {
    const name = await healthy();
    await server.run(
      name,
      'checkpoint',
      'drop table session',
      CREATE,
      'create table flags (id int)',
      'select pg_stat_reset()',
    );
    await server.run(name, ...fill(200, 0, 0.4, 20), 'grant select on session to reader');
    const { detail, verdict } = await look({ url: server.url(name, 'reader'), since: 0 });
    expect(detail('recreated')).toContain('it was created after the checkpoint of');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });

  it.each<[string, string]>([
    ['into a table that was dropped', 'drop table session'],
    ['into the same table', 'delete from session'],
  ])('a copy of two days ago, reloaded %s', async (_, clear) => {
    const name = await broken(
      "create table dump as select * from session where expire < now() + interval '12 days'",
      clear,
      ...(clear.startsWith('drop') ? [CREATE] : []),
      'insert into session select * from dump',
      'drop table dump',
      ...NEW,
      'grant select on session to reader',
    );
    const { slugs, verdict, detail } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain('restored');
    expect(detail('restored')).toMatch(
      /older rows are there, but none of the last .* before the incident; one transaction/,
    );
    expect(slugs).not.toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });

  it('an UPDATE that blanks the data, before anybody came back', async () => {
    const name = await broken("update session set sess = '{}'");
    const { slugs, verdict } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain('data-blanked');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });

  it('TRUNCATE is told to a role that may not read a row', async () => {
    const name = await broken('truncate session', ...NEW);
    const { slugs, verdict } = await look({ url: server.url(name, 'stranger') });
    expect(slugs).toEqual(['denied', 'truncated']);
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

  it('an app whose own search path holds the table', async () => {
    const name = await broken(
      'create schema auth',
      'grant usage on schema auth to reader',
      'alter table session set schema auth',
      'alter role app in database template1 set search_path = public, auth',
    );
    const { slugs, verdict } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('ruled-out');
    await server.run(name, 'alter role app in database template1 reset search_path');
    expect((await look({ url: server.url(name, 'reader') })).slugs).toEqual(['table-outside-search-path']);
    // Logins since the incident: the app names the schema itself.
    await server.run(name, ...NEW.map((sql) => sql.replace('into session', 'into auth.session')));
    expect((await look({ url: server.url(name, 'reader') })).slugs).toContain('rows-survive');
  });

  /** Sessions of an hour; a job has deleted what expired, time and again: 40,000 rows went, few are there. */
  const HOURLY = Array.from(
    { length: 8 },
    () =>
      `insert into session select gen_random_uuid()::text, '{"cookie":{"originalMaxAge":3600000}}', now() + random() * interval '1 hour' from generate_series(1, 5000)`,
  );
  const REAPER = [
    'truncate session',
    'select pg_stat_reset()',
    ...HOURLY,
    "delete from session where sid > '01'",
  ];
  it.each<[string, readonly string[]]>([
    ['a job that deletes what has expired', REAPER],
    ['a TRUNCATE of long ago', [...HOURLY, 'truncate session', ...HOURLY.slice(0, 6)]],
    [
      'an old table of that name, kept after a rename',
      [
        'alter table session rename to session_2019',
        CREATE.replace('session_pkey', 'session_pkey1').replace('IDX_session_expire', 'i1'),
        ...HOURLY,
        'grant select on session to reader',
      ],
    ],
    [
      'expired rows that nobody clears, and a backfill of all',
      [
        'truncate session',
        ...HOURLY.map((sql) =>
          sql.replace(
            "now() + random() * interval '1 hour'",
            "now() + interval '1 hour' - random() * interval '200 hours'",
          ),
        ),
        'update session set sess = sess',
      ],
    ],
  ])('%s, with sessions that live shorter than the incident is old', async (_, decoy) => {
    const name = await broken(...decoy, 'checkpoint');
    for (const since of [180, null]) {
      const { slugs, verdict } = await look({ url: server.url(name, 'reader'), since });
      expect(slugs).toContain('answers');
      expect(['unlikely', 'untested', 'ruled-out', 'possible']).toContain(verdict('session-table-destroyed'));
      expect(['unlikely', 'untested', 'possible']).toContain(verdict('session-reaper'));
    }
  });

  /** `rows` logins spread from `from` to `to` hours ago, of sessions that live `hours`, in 20 transactions. */
  const logins = (rows: number, from: number, to: number, hours: number) =>
    Array.from(
      { length: 20 },
      () =>
        `insert into session select gen_random_uuid()::text, '{"cookie":{"originalMaxAge":${hours * 3_600_000}},"user":"somebody"}', now() + (${hours - from} - random() * ${to - from}) * interval '1 hour' from generate_series(1, ${Math.ceil(rows / 20)})`,
    );
  const EMPTY = ['truncate session', 'select pg_stat_reset()'];
  it.each<[string, readonly string[], readonly (number | null)[]]>([
    [
      'a new site of three sessions',
      [...EMPTY, ...logins(3, 0, 0.8, 336).slice(0, 3)],
      [null, 60, 420, 1440],
    ],
    [
      'short sessions and a backfill, a night after',
      [...EMPTY, ...logins(800, 2, 6, 1), 'update session set sess = sess'],
      [null, 10, 60, 420],
    ],
    [
      'short sessions and a backfill, the morning after',
      [...EMPTY, ...logins(2000, 8, 40, 1), 'update session set sess = sess', ...logins(40, 0, 0.2, 1)],
      [null, 20, 30],
    ],
    [
      'office hours: what expired is deleted, and the first of the day came after the incident',
      [
        ...EMPTY,
        ...logins(8000, 15, 40, 8),
        'delete from session where expire < now()',
        ...logins(600, 0, 4.2, 8),
      ],
      [null, 330, 420, 450],
    ],
    [
      'a quiet night of two-hour sessions',
      [
        ...EMPTY,
        ...logins(3000, 2.1, 11, 2),
        'delete from session where expire < now()',
        ...logins(20, 0, 0.1, 2),
      ],
      [null, 110],
    ],
  ])('%s', async (_, decoy, sinces) => {
    const name = await broken(...decoy, 'checkpoint');
    for (const since of sinces) {
      const { slugs, verdict } = await look({ url: server.url(name, 'reader'), since });
      expect(slugs).toContain('answers');
      expect(['unlikely', 'untested', 'possible']).toContain(verdict('session-table-destroyed'));
      expect(['unlikely', 'untested', 'possible']).toContain(verdict('session-reaper'));
    }
  });

  it('does not count no survivor at all as survivors', async () => {
    const name = await broken(
      "update session set expire = expire - interval '15 days' - random() * interval '9 days'",
    );
    const { slugs } = await look({ url: server.url(name, 'reader') });
    expect(slugs).not.toContain('rows-survive');
  });

  it('rolled-back inserts and VACUUM FULL, when nobody says when it began', async () => {
    const name = await broken('begin', ...fill(25_000, 20, 7000), 'rollback', 'vacuum full session', ...NEW);
    expect((await look({ url: server.url(name, 'reader'), since: null })).slugs).not.toContain('truncated');
  });

  it('live rows counted twice after a bulk load and ANALYZE, to a role that may not read', async () => {
    const name = await broken(...fill(20_000, 20, 7000), 'analyze session', 'vacuum full session');
    expect((await look({ url: server.url(name, 'stranger') })).slugs).toEqual(['denied']);
  });

  it('sessions that are removed again and again, told by when they began', async () => {
    const name = await broken(
      'alter table session add created_at timestamptz default now()',
      'delete from session',
      "insert into session select gen_random_uuid()::text, '{}', now() + interval '14 days', now() - random() * interval '20 minutes' from generate_series(1, 400)",
    );
    const { slugs, verdict } = await look({ url: server.url(name, 'reader'), since: 300 });
    expect(slugs).toContain('rows-all-young');
    expect(verdict('session-reaper')).toBe('possible');
    expect(verdict('session-table-destroyed')).toBe('possible');
  });

  it('times that an app writes in UTC into a database of another zone', async () => {
    const name = await broken(
      'alter table session add created_at timestamp',
      "update session set created_at = timezone('UTC', now()) - (interval '20 minutes' + random() * interval '4 days')",
      "insert into session select gen_random_uuid()::text, '{}', now() + interval '14 days', timezone('UTC', now()) from generate_series(1, 50)",
    );
    for (const zone of ['America/New_York', 'Asia/Tokyo']) {
      await server.run(name, `alter role reader in database ${name} set timezone = '${zone}'`);
      const { slugs, seen } = await look({ url: server.url(name, 'reader') });
      expect(seen.table?.rows?.newestLive).toBeLessThan(300);
      expect(slugs).toContain('rows-survive');
    }
  });

  it('a name that the operator misspelt', async () => {
    const name = await healthy();
    const { slugs, verdict } = await look({ url: server.url(name, 'reader'), input: { table: 'sessions' } });
    expect(slugs).toEqual(['table-not-found']);
    expect(verdict('session-table-destroyed')).toBe('possible');
    await server.run(name, 'create table session_settings (id int)', 'drop table session');
    const gone = await look({ url: server.url(name, 'reader') });
    expect(gone.slugs).toEqual(['table-missing']);
    expect(gone.verdict('session-table-destroyed')).toBe('confirmed');
  });

  it('nobody for a weekend before the incident', async () => {
    const name = await broken("delete from session where expire > now() + interval '12 days'", ...NEW);
    const { slugs, verdict } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain('rows-hole');
    expect(['unlikely', 'untested', 'possible']).toContain(verdict('session-table-destroyed'));
  });

  it('empty sessions of visitors beside those of users', async () => {
    const name = await broken("update session set sess = '{}' where sid > '4'");
    const { slugs, verdict } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('ruled-out');
  });

  it.each<[string, string]>([
    [
      'a NUL in one session’s JSON',
      String.raw`insert into session values ('odd', '{"flash":"\u0000","cookie":{"originalMaxAge":1209600000}}', now() + interval '14 days')`,
    ],
    [
      'a row that is no session at all',
      `insert into session values ('odder', '[1, "originalMaxAge"]', now())`,
    ],
  ])('%s', async (_, row) => {
    const name = await broken(row);
    const { slugs, verdict, seen } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain('rows-survive');
    expect(seen.table?.rows?.rows).toBe(20_001);
    expect(verdict('session-table-destroyed')).toBe('ruled-out');
  });

  it('rights on some columns only: the rest is counted, what is missing is named', async () => {
    const name = await broken(
      'revoke select on session from reader',
      'grant select (sid, expire) on session to reader',
    );
    const { slugs, detail } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain('answers');
    expect(slugs).toContain('rows-survive-guessed');
    expect(detail('partly-denied')).toContain('GRANT SELECT ON public.session TO reader');
  });

  it('rows that row-level security hides are not gone', async () => {
    const name = await broken('alter table session enable row level security');
    const { slugs, detail, verdict } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toEqual(['denied']);
    expect(detail('denied')).toMatch(
      /row-level security hides rows .* CREATE POLICY sessdoctor ON public.session FOR SELECT .* BYPASSRLS/,
    );
    expect(['unlikely', 'untested']).toContain(verdict('session-table-destroyed'));
    await server.run(
      name,
      'create policy look on session for select using (true)',
      'alter table session no force row level security',
    );
    expect((await look({ url: server.url(name, 'postgres') })).slugs).toContain('rows-survive');
  });

  it('data too large to be measured in time: the rows are counted without it', async () => {
    const name = await broken(
      'truncate session',
      'select pg_stat_reset()',
      `insert into session select 'big', ('{"x":"' || repeat('x', 20000000) || '","cookie":{"originalMaxAge":1209600000}}')::json, now() + interval '13 days'`,
      'insert into session select i::text, sess, expire from session, generate_series(1, 150) i',
      ...NEW,
    );
    const { slugs, seen } = await look({ url: server.url(name, 'reader') });
    expect(seen.table?.rows?.rows).toBe(351);
    expect(slugs).toEqual(expect.arrayContaining(['not-told', 'answers', 'rows-survive-guessed']));
    expect(slugs).not.toContain('no-answer');
  });

  it('rows that cannot be counted are a blind spot, not health', async () => {
    const name = await broken(
      'drop table session',
      'create view session as select id as sid, now() as expire from users where 1 / (id - id) > 0',
      'insert into users values (1)',
      'grant select on session to reader',
    );
    const { slugs } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toEqual(['rows-unread']);
  });

  it('a server that is too slow to count is no server that does not answer', async () => {
    const name = await broken(
      'alter table session rename to real',
      'create view session as select r.* from real r, pg_sleep(4)',
      'grant select on session to reader',
    );
    const { slugs, verdict } = await look({ url: server.url(name, 'reader') });
    expect(slugs).toContain('rows-unread');
    expect(verdict('store-unavailable')).not.toBe('possible');
  });

  it('does not call a healthy table lost when nobody says when it began', async () => {
    const { slugs, verdict } = await look({ url: server.url(await healthy(), 'reader'), since: null });
    expect(slugs).toEqual(['answers', 'counters-whole']);
    expect(verdict('session-table-destroyed')).toBe('unlikely');
  });
});
