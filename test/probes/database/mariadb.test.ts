import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mariadb, startMariadb } from '../../support/mariadb.ts';
import { look } from './support.ts';

let server: Mariadb;
let databases = 0;

/** The table of express-mysql-session: expiry in seconds of Unix time, sessions of 14 days. */
const CREATE =
  'create table session (session_id varchar(128) primary key, expires int unsigned not null, data mediumtext)';
const fill = (rows: number, from: number, to: number) =>
  `insert into session select uuid(), unix_timestamp() + 1209600 - ${from * 60} - floor(rand() * ${(to - from) * 60}), repeat('x', 80) from seq_1_to_${rows}`;
const OLD = fill(20_000, 20, 7000);
const NEW = fill(200, 0, 1);
const TTL = 1_209_600_000;

async function healthy(create = CREATE): Promise<string> {
  const name = `case${databases++}`;
  await server.run('', `create database ${name}`);
  await server.run(name, create, OLD, `grant select on ${name}.session to reader@'127.0.0.1'`);
  return name;
}
/** `since` in minutes ago; what a fault itself dates (CREATE_TIME) must not lie after it. */
const at = (name: string, since = 10) =>
  look({ url: server.url(name, 'reader'), ttl: TTL, since, input: { lifetime: TTL / 1000 } });

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
    await server.run(name, ...fault, NEW);
    const { slugs, verdict } = await at(name, 0);
    expect(slugs).toContain(slug);
    expect(slugs).not.toContain('rows-survive');
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
    // The table was made a moment ago; an incident that is younger than it makes it an old one.
    await sleep(1500);
    await server.run(name, 'truncate session', NEW);
    const { slugs, verdict } = await at(name, 0);
    expect(slugs.some((slug) => slug === 'truncated' || slug === 'recreated')).toBe(true);
    expect(verdict('session-table-destroyed')).toBe('confirmed');
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

describe('a server that does not let us look', () => {
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
    expect(blind.detail('denied')).toContain('GRANT SELECT ON session');
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
    await at(name);
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
