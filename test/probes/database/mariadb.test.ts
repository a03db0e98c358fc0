import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mariadb, startMariadb } from '../../support/mariadb.ts';
import { createServer } from 'node:net';
import { freePort } from '../../support/port.ts';
import { type Case, judge, type Looked, look } from './support.ts';

let server: Mariadb;
let databases = 0;

/** The table of express-mysql-session: expiry in seconds of Unix time, sessions of 14 days. */
const CREATE =
  'create table session (session_id varchar(128) primary key, expires int unsigned not null, data mediumtext)';
const fill = (rows: number, from: number, to: number) =>
  `insert into session select uuid(), unix_timestamp() + 1209600 - ${from * 60} - floor(rand() * ${(to - from) * 60}), repeat('x', 80) from seq_1_to_${rows}`;
const OLD = fill(20_000, 20, 7000);
const NEW = fill(200, 0, 0.4);
const TTL = 1_209_600_000;

async function healthy(create = CREATE, filled = (sql: string) => sql): Promise<string> {
  const name = `case${databases++}`;
  await server.run('', `create database ${name}`);
  await server.run(name, create, filled(OLD), `grant select on ${name}.session to reader@'127.0.0.1'`);
  return name;
}
/** `since` in minutes ago; what a fault itself dates (CREATE_TIME) must not lie after it. */
const at = (name: string, since = 10) =>
  look({ url: server.url(name, 'reader'), ttl: TTL, since, input: { lifetime: TTL / 1000 } });

/** The same observation of a table that was made long ago: CREATE_TIME is the one thing that cannot be set. */
function madeLongAgo({ seen }: Looked, given: Case): Looked {
  if (!seen.table) throw new Error('no table was seen');
  return judge(
    { ...seen, table: { ...seen.table, madeAt: Date.now() - 30 * 86_400_000 } },
    { ttl: TTL, ...given },
  );
}

beforeAll(async () => {
  server = await startMariadb();
  await server.run('', "create user reader@'127.0.0.1'", "create user stranger@'127.0.0.1'");
});
afterAll(async () => server.remove());

describe('what each fault leaves behind', () => {
  it.each<[string, readonly string[], string]>([
    ['DROP and CREATE', ['drop table session', CREATE], 'recreated'],
    ['DELETE of everything', ['delete from session'], 'emptied-by-delete'],
    ['an UPDATE of the expiry', ['update session set expires = 1000000'], 'expired-at-once'],
    [
      'an UPDATE that sets the expiry back',
      ['update session set expires = expires - 86400 * 30'],
      'expired-at-once',
    ],
    ['an UPDATE that blanks the data', ["update session set data = '{}'"], 'data-blanked'],
  ])('%s', async (_, fault, slug) => {
    const name = await healthy();
    await server.run(name, 'create table session_rescued as select * from session', ...fault, NEW);
    const { slugs, verdict, fix } = await at(name, 0);
    expect(slugs).toContain(slug);
    expect(slugs).not.toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
    const advice = /(?:INSERT|UPDATE) .*/.exec(fix(slug))?.[0] ?? '';
    expect(advice).toContain(`session_rescued`);
    expect(advice).toContain('expires > UNIX_TIMESTAMP() *');
    await server.run(name, advice);
    expect((await at(name)).slugs).toContain('rows-survive');
  });

  it.each<[string, string, string]>([
    ['the expiry', 'update session set expires = expires - 86400 * 30', 'expired-at-once'],
    ['the data', "update session set data = '{}'", 'data-blanked'],
    ['the data, to NULL', 'update session set data = null', 'data-blanked'],
  ])(
    'an UPDATE of %s before anybody came back, on a server that has truncated other tables',
    async (_, fault, slug) => {
      const name = await healthy();
      await server.run(name, 'create table other (id int)', 'truncate other', fault);
      const looked = await at(name, 0);
      for (const each of [looked, madeLongAgo(looked, { since: 0 })]) {
        expect(each.slugs).toContain(slug);
        expect(each.slugs).not.toContain('truncated');
        expect(each.verdict('session-table-destroyed')).toBe('confirmed');
      }
    },
  );

  it('a copy of two days ago, reloaded as mysqldump does it', async () => {
    const name = await healthy();
    await server.run(
      name,
      'create table dump as select * from session where expires < unix_timestamp() + 1209600 - 86400 * 2',
      'drop table session',
      CREATE,
      'insert into session select * from dump',
      NEW,
    );
    const { slugs, verdict, detail } = await at(name, 0);
    expect(slugs).toContain('restored');
    expect(detail('restored')).toContain('rows are older than the table itself');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });

  it('a table that is gone', async () => {
    const name = await healthy();
    await server.run(name, 'drop table session');
    const { slugs, verdict } = await look({ url: server.url(name) });
    expect(slugs).toEqual(['table-missing']);
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });

  it('TRUNCATE of a table that was made long ago', async () => {
    const name = await healthy();
    await server.run(name, 'create table other (id int)', 'truncate session', NEW);
    const { slugs, verdict, detail } = madeLongAgo(await at(name, 0), { since: 0 });
    expect(slugs).toContain('truncated');
    expect(detail('truncated')).not.toContain('InnoDB table number');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
    await server.run(name, "grant process on *.* to reader@'127.0.0.1'");
    const more = madeLongAgo(await at(name, 0), { since: 0 });
    await server.run(name, "revoke process on *.* from reader@'127.0.0.1'");
    expect(more.detail('truncated')).toContain('its InnoDB table number is the highest of all');
  });

  it('ENGINE=MEMORY and a restart, and only the risk without one', async () => {
    const name = await healthy(CREATE.replace('mediumtext', 'varchar(200)').concat(' engine=memory'));
    const before = await at(name);
    expect(before.slugs).toContain('memory-engine');
    expect(before.slugs).toContain('rows-survive');
    expect(before.verdict('store-lost-on-restart')).not.toBe('confirmed');
    const kept = await healthy();
    await server.restart();
    await server.run(name, NEW);
    const after = await at(name);
    expect(after.slugs).toContain('memory-emptied');
    expect(after.verdict('store-lost-on-restart')).toBe('confirmed');
    expect((await at(kept)).verdict('session-table-destroyed')).toBe('ruled-out');
  });
});

describe('what only looks like a loss', () => {
  it.each<[string, readonly string[]]>([
    ['nothing at all', []],
    ['normal pruning', ['delete from session where expires < unix_timestamp() + 1209600 - 86400 * 4']],
    ['a rebuild of the table', ['alter table session engine=InnoDB']],
    ['OPTIMIZE', ['optimize table session']],
  ])('%s', async (_, decoy) => {
    const name = await healthy();
    await server.run(name, ...decoy, NEW);
    const { slugs, verdict } = await at(name);
    expect(slugs).toContain('answers');
    expect(slugs).toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('ruled-out');
  });
});

describe('a clean-up job that does what it should', () => {
  const HOURLY = fill(20_000, 0, 60).replaceAll('1209600', '3600');
  it.each<[string, readonly string[], Case]>([
    [
      'with sessions of an hour',
      ['delete from session', HOURLY, 'delete from session where rand() < 0.995'],
      { since: 180, ttl: 3_600_000 },
    ],
    [
      'when nobody says when it began',
      ['delete from session where rand() < 0.995'],
      { since: null, ttl: TTL },
    ],
    [
      'when nobody says how long sessions live',
      ['delete from session', HOURLY, 'delete from session where rand() < 0.995'],
      { since: 180 },
    ],
  ])('%s is no loss', async (_, statements, given) => {
    const name = await healthy();
    await server.run(name, 'create table other (id int)', 'truncate other', ...statements);
    const lifetime = given.ttl === undefined ? undefined : given.ttl / 1000;
    const looked = await look({ url: server.url(name, 'reader'), ...given, input: { lifetime } });
    for (const { slugs, verdict } of [
      looked,
      judge({ ...looked.seen, table: looked.seen.table && { ...looked.seen.table, madeAt: 0 } }, given),
    ]) {
      expect(slugs).toContain('answers');
      expect(slugs).not.toContain('emptied-by-delete');
      expect(['untested', 'unlikely', 'possible', 'ruled-out']).toContain(verdict('session-table-destroyed'));
    }
  });

  it('but at an idle age far below the lifetime points to the job, not to a DELETE of everything', async () => {
    const name = await healthy();
    await server.run(name, 'delete from session', fill(300, 0, 24));
    const looked = await at(name, 300);
    const { slugs, verdict } = madeLongAgo(looked, { since: 300 });
    expect(slugs).toContain('idle-cliff');
    expect(verdict('session-reaper')).toBe('likely');
    expect(verdict('session-table-destroyed')).not.toBe('confirmed');
  });

  it.each(['-05:00', '+02:00'])('is judged by the zone of the server, which is %s', async (zone) => {
    const table = `${CREATE.slice(0, -1)}, created_at datetime not null default now())`;
    const dated = (sql: string) =>
      sql.replace("repeat('x', 80)", "repeat('x', 80), now() - interval 20 + floor(rand() * 7000) minute");
    await server.run('', `set global time_zone = '${zone}'`);
    try {
      const kept = await healthy(table, dated);
      const now =
        "insert into session select uuid(), unix_timestamp() + 1209600, repeat('x', 80), now() from seq_1_to_50";
      await server.run(kept, now);
      expect((await at(kept)).verdict('session-table-destroyed')).toBe('ruled-out');
      const name = await healthy(table, dated);
      await server.run(name, 'delete from session', now);
      const { slugs, verdict } = madeLongAgo(await at(name), {});
      expect(slugs).toContain('emptied-by-delete');
      expect(verdict('session-table-destroyed')).toBe('confirmed');
    } finally {
      await server.run('', "set global time_zone = '+00:00'");
    }
  });

  it('is not judged by times that another zone wrote', async () => {
    const name = await healthy(
      'create table session (session_id varchar(128) primary key, expires int unsigned not null, data mediumtext, created_at datetime not null default (utc_timestamp()))',
      (sql) =>
        sql.replace(
          "repeat('x', 80)",
          "repeat('x', 80), now() + interval 2 hour - interval floor(rand() * 600) minute",
        ),
    );
    const { slugs, verdict, detail } = madeLongAgo(await at(name), {});
    expect(detail('cannot-tell-age')).toMatch(
      /ahead of the database’s clock: they are written in another time zone/,
    );
    expect(slugs).not.toContain('rows-all-newer');
    expect(['unlikely', 'untested']).toContain(verdict('session-table-destroyed'));
  });

  it('is not sought under a misspelt name', async () => {
    const name = await healthy();
    const { slugs, verdict } = await look({ url: server.url(name), input: { table: 'sessions' } });
    expect(slugs).toEqual(['table-not-found']);
    expect(verdict('session-table-destroyed')).toBe('possible');
  });

  it('leaves the empty sessions of visitors beside those of users', async () => {
    const name = await healthy();
    await server.run(name, "update session set data = '{}' where rand() < 0.7");
    const { slugs, verdict } = madeLongAgo(await at(name), {});
    expect(slugs).toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('ruled-out');
  });
});

describe('a server that does not let us look', () => {
  it('is counted by the columns that the role may read: the server does not tell of others', async () => {
    const name = await healthy();
    await server.run(name, `grant select (session_id, expires) on ${name}.session to stranger@'127.0.0.1'`);
    const { slugs } = await look({
      url: server.url(name, 'stranger'),
      ttl: TTL,
      input: { lifetime: TTL / 1000 },
    });
    expect(slugs).toEqual(expect.arrayContaining(['answers', 'rows-survive']));
    expect(slugs).not.toContain('data-blanked');
  });

  it('is told apart: refused, without TLS, something else', async () => {
    const name = await healthy();
    expect((await look({ url: `mariadb://reader@127.0.0.1:${await freePort()}/${name}` })).slugs).toEqual([
      'refused',
    ]);
    const tls = await look({ url: `${server.url(name, 'reader')}?ssl-mode=required` });
    expect(tls.slugs).toEqual(['tls']);
    expect(tls.verdict('session-table-destroyed')).not.toBe('confirmed');
    const rude = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await sleep(50);
    const other = await look({
      url: `mariadb://reader@127.0.0.1:${(rude.address() as { port: number }).port}/x`,
      signal: AbortSignal.timeout(3000),
    });
    rude.close();
    expect(other.slugs).toHaveLength(1);
    expect(['not-a-database', 'no-answer']).toContain(other.slugs[0]);
  });

  it('names the privilege that is missing', async () => {
    const name = await healthy();
    const denied = await look({ url: server.url(name, 'stranger') });
    expect(denied.slugs).toEqual(['login-denied']);
    expect(denied.detail('login-denied')).toContain('GRANT SELECT ON');
    const wrong = await look({ url: server.url(name, 'nobody') });
    expect(wrong.slugs).toEqual(['login-denied']);
  });

  it('does not take a table that the role may not see for a lost one', async () => {
    const name = await healthy();
    await server.run(
      name,
      'create table other (id int)',
      `grant select on ${name}.other to stranger@'127.0.0.1'`,
    );
    const blind = await look({ url: server.url(name, 'stranger') });
    expect(blind.slugs).toEqual(['denied']);
    expect(blind.detail('denied')).toContain(`GRANT SELECT ON ${name}.session TO 'stranger'@'127.0.0.1'`);
    expect(blind.verdict('session-table-destroyed')).not.toBe('confirmed');
    await server.run(name, 'drop table session');
    expect((await look({ url: server.url(name, 'stranger') })).slugs).toEqual(['denied']);
    // The right on a table outlives the table: this role is told the truth.
    expect((await look({ url: server.url(name, 'reader') })).slugs).toEqual(['table-missing']);
  });

  it('does not wait for a server that hangs', async () => {
    const name = await healthy();
    process.kill(server.pid(), 'SIGSTOP');
    try {
      const { slugs } = await look({ url: server.url(name, 'reader'), signal: AbortSignal.timeout(700) });
      expect(slugs).toEqual(['no-answer']);
    } finally {
      process.kill(server.pid(), 'SIGCONT');
    }
  });

  it('writes nothing: the server’s own log holds reading statements only', async () => {
    const name = await healthy();
    const before = (await server.log()).length;
    await look({ url: server.url(name, 'reader'), replica: server.url(name, 'reader'), ttl: TTL });
    await look({ url: server.url(name, 'reader'), input: { table: undefined } });
    const lines = (await server.log())
      .slice(before)
      .split('\n')
      .filter((line) => /reader@|\t\s*\d+ (?:Query|Execute|Prepare)/.test(line));
    const ids = new Set(
      lines.filter((line) => line.includes('reader@')).map((line) => /(\d+) Connect/.exec(line)?.[1]),
    );
    const said = lines
      .filter((line) => ids.has(/\t\s*(\d+) Query/.exec(line)?.[1]))
      .map((line) => /Query\t(\S+(?: \S+)?)/.exec(line)?.[1] ?? '');
    expect(said.length).toBeGreaterThan(5);
    for (const statement of said) expect(statement).toMatch(/^(?:select|show|SET SESSION|SELECT VERSION)/);
  });
});
