import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { look } from './support.ts';

let server: Postgres;
let databases = 0;

const CREATE =
  'create table session (sid varchar not null primary key, sess json not null, expire timestamp(6) not null)';
const INDEX = 'create index idx_session_expire on session (expire)';
const NOT_CONVICTED = ['unlikely', 'untested', 'possible', 'ruled-out'];

/** `rows` logins between `from` and `to` hours ago, of sessions that live `hours`, in transactions of their own. */
function logins(rows: number, from: number, to: number, hours: number, table = 'session'): readonly string[] {
  return Array.from(
    { length: 20 },
    () =>
      `insert into ${table} select gen_random_uuid()::text, '{"cookie":{"originalMaxAge":${hours * 3_600_000}},"user":"somebody"}', now() + (${hours - from} - random() * ${to - from}) * interval '1 hour' from generate_series(1, ${Math.ceil(rows / 20)})`,
  );
}
const PRUNE = 'delete from session where expire < now()';
/** Transactions pass: 400 of them, none of the session table's. */
const TRAFFIC = Array.from({ length: 400 }, (_, id) => `insert into users values (${id})`);

async function database(...statements: readonly string[]): Promise<string> {
  const name = `quiet${databases++}`;
  await server.run('postgres', `create database ${name}`);
  await server.run(
    name,
    'alter default privileges grant select on tables to reader',
    'create table users (id int primary key)',
  );
  // A connection each: what one session does within a second is counted as one.
  const last = statements.findLastIndex((each) => /^(?:truncate|delete|drop)/.test(each));
  await server.run(name, ...statements.slice(0, Math.max(0, last)));
  await server.run(name, ...statements.slice(Math.max(0, last)));
  await server.run(name, 'checkpoint');
  return name;
}
const at = (name: string, since: number | null, role = 'reader') =>
  look({ url: server.url(name, role), since });

beforeAll(async () => {
  server = await startPostgres(['autovacuum = off']);
  await server.run('postgres', 'create role reader login', 'create role stranger login');
});
afterAll(async () => server.remove());

describe('healthy tables accuse nobody', () => {
  it.each<[string, readonly string[], readonly (number | null)[]]>([
    [
      'the first half hour of an office day, with tables that came and went',
      [
        CREATE,
        INDEX,
        ...logins(6000, 17, 60, 2),
        PRUNE,
        'create table report as select i from generate_series(1, 5000) i',
        'drop table report',
        ...logins(60, 0, 0.3, 2),
      ],
      [20, null],
    ],
    [
      'a Monday morning of one-day sessions in a table that was truncated long ago',
      [CREATE, ...logins(8000, 1, 20, 24), 'truncate session', ...TRAFFIC, ...logins(60, 0, 0.3, 24)],
      [20, null],
    ],
    [
      'the same after a GRANT, which defines the table anew',
      [
        CREATE,
        ...logins(8000, 1, 20, 24),
        'truncate session',
        ...TRAFFIC,
        ...logins(60, 0, 0.3, 24),
        'grant select on session to stranger',
      ],
      [20, null],
    ],
    [
      'sessions of 14 days in a table that was truncated long ago and has filled again',
      [CREATE, ...logins(40_000, 1, 300, 336), 'truncate session', ...logins(2000, 0, 330, 336)],
      [20, 600, null],
    ],
    [
      'fifteen sessions of a small site, whose table was renamed years ago',
      [
        CREATE,
        ...logins(200, 300, 330, 336),
        'alter table session rename to session_2019',
        CREATE.replace('primary key', 'constraint s2 primary key'),
        ...logins(15, 0, 200, 336).slice(0, 15),
      ],
      [20, 600, null],
    ],
    [
      'a table that was truncated long ago, and a backfill of all rows',
      [
        CREATE,
        ...logins(9000, 1, 300, 336),
        'truncate session',
        ...TRAFFIC,
        ...logins(2000, 0.1, 330, 336),
        'update session set sess = sess',
      ],
      [20, 600, null],
    ],
    [
      'connect-pg-simple with its prune',
      [CREATE, INDEX, ...logins(10_000, 0, 48, 24), PRUNE, ...logins(200, 0, 1, 24)],
      [20, 600, null],
    ],
    [
      'partitions by day that are dropped on schedule',
      [
        `${CREATE.replace(' primary key', '')} partition by range (expire)`,
        "create table s0 partition of session for values from (minvalue) to (now()::timestamp + interval '2 days')",
        "create table s1 partition of session for values from (now()::timestamp + interval '2 days') to (now()::timestamp + interval '6 days')",
        "create table s2 partition of session for values from (now()::timestamp + interval '6 days') to (maxvalue)",
        ...logins(9000, 0, 300, 168),
        'drop table s0',
        ...logins(300, 0, 40, 168),
      ],
      [20, 600, null],
    ],
  ])('%s', async (_, statements, sinces) => {
    const name = await database(...statements);
    for (const since of sinces) {
      const { slugs, verdict } = await at(name, since);
      expect(slugs).toContain('answers');
      expect(NOT_CONVICTED, `${since} ${slugs.join()}`).toContain(verdict('session-table-destroyed'));
      expect(NOT_CONVICTED, `${since} ${slugs.join()}`).toContain(verdict('session-reaper'));
    }
  });

  it('a TRUNCATE of long ago, to a role that may not read a row', async () => {
    const name = await database(
      CREATE,
      ...logins(40_000, 1, 300, 336),
      'truncate session',
      ...logins(600, 0, 330, 336),
    );
    const { slugs, verdict } = await at(name, 20, 'stranger');
    // The last checkpoint came after it: nothing dates it.
    expect(slugs).toEqual(['denied', 'truncated-once']);
    expect(verdict('session-table-destroyed')).toBe('possible');
  });

  it('Django sessions that nobody has cleared for months', async () => {
    const name = await database(
      'create table django_session (session_key varchar(40) primary key, session_data text not null, expire_date timestamptz not null)',
      ...Array.from(
        { length: 10 },
        () =>
          `insert into django_session select md5(random()::text), 'eyJfYXV0aF91c2VyX2lkIjoiMSJ9:1abc', now() + interval '14 days' - random() * interval '200 days' from generate_series(1, 2000)`,
      ),
    );
    for (const since of [20, 600, null]) {
      const found = await look({ url: server.url(name, 'reader'), since, input: { table: undefined } });
      expect(found.slugs).toContain('answers');
      expect(NOT_CONVICTED).toContain(found.verdict('session-table-destroyed'));
      expect(NOT_CONVICTED).toContain(found.verdict('session-reaper'));
    }
  });

  it('Rails sessions that have a time of change only', async () => {
    const name = await database(
      'create table sessions (id bigserial primary key, session_id varchar not null, data text, created_at timestamp not null, updated_at timestamp not null)',
      'alter table sessions drop column created_at',
      ...Array.from(
        { length: 10 },
        () =>
          `insert into sessions (session_id, data, updated_at) select md5(random()::text), repeat('x', 90), timezone('UTC', now()) - random() * interval '30 hours' from generate_series(1, 300)`,
      ),
      `delete from sessions where updated_at < timezone('UTC', now()) - interval '20 hours'`,
    );
    for (const since of [20, 600, 1500, null]) {
      const found = await look({ url: server.url(name, 'reader'), since, input: { table: undefined } });
      expect(found.slugs).toContain('answers');
      expect(NOT_CONVICTED).toContain(found.verdict('session-table-destroyed'));
      expect(NOT_CONVICTED).toContain(found.verdict('session-reaper'));
    }
  });

  it('an old column of tokens that is empty since sessions are looked up by their id', async () => {
    const name = await database(
      'create table user_sessions (token text, id uuid primary key, expires_at timestamptz not null)',
      ...Array.from(
        { length: 10 },
        () =>
          `insert into user_sessions select null, gen_random_uuid(), now() + random() * interval '14 days' from generate_series(1, 50)`,
      ),
    );
    const found = await look({ url: server.url(name, 'reader'), input: { table: 'user_sessions' } });
    expect(found.slugs).not.toContain('lookup-null');
    expect(NOT_CONVICTED).toContain(found.verdict('session-table-destroyed'));
  });

  it('a cliff of idle sessions that a quiet night explains is no job', async () => {
    const name = await database(
      'create table sessions (session_id varchar primary key, data text, updated_at timestamptz, expires_at timestamptz)',
      ...Array.from(
        { length: 10 },
        () =>
          `insert into sessions select md5(random()::text), 'somebody', now() - i, now() - i + interval '14 hours' from (select random() * interval '6 hours' as i from generate_series(1, 40)) x`,
      ),
    );
    const found = await look({ url: server.url(name, 'reader'), since: 600, input: { table: 'sessions' } });
    expect(found.slugs).toContain('idle-cliff-or-quiet');
    expect(found.verdict('session-reaper')).toBe('possible');
  });

  it('the wrong database, and a misspelt name beside a session table where other tables came and went', async () => {
    const wrong = await database();
    const never = await at(wrong, 0);
    expect(never.slugs).toEqual(['table-never-seen']);
    expect(never.verdict('session-table-destroyed')).toBe('possible');
    const name = await database(
      CREATE,
      ...logins(200, 0, 20, 24),
      'create table report as select i from generate_series(1, 5000) i',
      'drop table report',
    );
    const found = await look({ url: server.url(name, 'reader'), input: { table: 'sessions' } });
    expect(found.slugs).toEqual(['table-not-found']);
    expect(found.verdict('session-table-destroyed')).toBe('possible');
  });
});

describe('sick ones are named', () => {
  const OLD = logins(20_000, 0.5, 300, 336);
  const NEW = logins(200, 0, 0.08, 336);

  it('TRUNCATE of one-day sessions: hardly a transaction lies between it and the oldest row', async () => {
    const name = await database(
      CREATE,
      ...logins(8000, 1, 20, 24),
      'truncate session',
      ...logins(60, 0, 0.3, 24),
    );
    const { slugs, verdict } = await at(name, 20);
    expect(slugs).toContain('truncated');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });

  it('DELETE of everything, of sessions that a quiet night would have ended as well, is possible', async () => {
    const name = await database(
      CREATE,
      INDEX,
      ...logins(9000, 1, 20, 24),
      'delete from session',
      ...logins(400, 0, 0.3, 24),
    );
    const { detail, verdict } = await at(name, 20);
    expect(detail('rows-newer-or-quiet')).toMatch(
      /9,000 of 9,400 inserted rows were deleted, which clean-up does/,
    );
    expect(verdict('session-table-destroyed')).toBe('possible');
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      'DELETE of everything',
      [CREATE, INDEX, ...OLD, 'delete from session', ...NEW],
      /20,000 of 20,200 inserted rows were deleted, and their room/,
    ],
    [
      'DROP and CREATE',
      [CREATE, ...OLD, 'drop table session', CREATE, ...NEW],
      /newer than all 1 others, and 20,000 rows were inserted into tables that no longer exist/,
    ],
  ])('%s, when nobody says when it began', async (_, statements, words) => {
    const { detail, fix, verdict } = await at(await database(...statements), null);
    expect(detail('rows-only-young')).toMatch(words);
    expect(fix('rows-only-young')).toBe('');
    expect(verdict('session-table-destroyed')).toBe('possible');
  });

  it.each([20, null])('TRUNCATE of a partitioned table, since %s', async (since) => {
    const name = await database(
      `${CREATE.replace(' primary key', '')} partition by hash (sid)`,
      ...[0, 1, 2].map(
        (part) => `create table p${part} partition of session for values with (modulus 3, remainder ${part})`,
      ),
      ...OLD,
      'truncate session',
      ...NEW,
    );
    const { slugs, verdict } = await at(name, since);
    expect(slugs).toContain('truncated');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });
});
