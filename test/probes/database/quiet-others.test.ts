import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mariadb, startMariadb } from '../../support/mariadb.ts';
import { type Case, judge, type Looked, look } from './support.ts';

const HOUR = 3_600_000;
const FORTNIGHT = 336 * HOUR;
const NOT_CONVICTED = ['unlikely', 'untested', 'possible', 'ruled-out'];

describe('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-quiet-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let files = 0;
  const CREATE = 'create table session (sid text primary key, expired integer, sess text)';
  /** `rows` logins between `from` and `to` minutes ago, of sessions that live `ttl` ms. */
  const fill = (rows: number, from: number, to: number, ttl: number) =>
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows}) insert into session
     select hex(randomblob(16)), (strftime('%s', 'now') + ${ttl / 1000} - ${from * 60} - abs(random() % ${(to - from) * 60})) * 1000, '{"user":"somebody with a name","cookie":{}}' from n`;
  /** A file that was made long ago, by its times. */
  function file(...statements: readonly string[]): string {
    const made = join(folder, `case${files++}.db`);
    execFileSync('/usr/bin/env', ['sqlite3', made], { input: `${statements.join(';\n')};\n` });
    const copy = `${made}.old`;
    copyFileSync(made, copy);
    const old = new Date(Date.now() - 30 * 86_400_000);
    utimesSync(copy, old, old);
    return copy;
  }
  const at = (path: string, since: number | null, ttl: number) =>
    look({ url: `sqlite://${path}`, since, ttl, input: { lifetime: ttl / 1000 } });

  it.each([12, 25, 80])(
    'a table of two-hour sessions that is cleared of what expired, with %s live rows as the day begins',
    async (rows) => {
      const path = file(
        CREATE,
        fill(5000, 121, 3000, 2 * HOUR),
        "delete from session where expired < strftime('%s', 'now') * 1000",
        fill(rows, 0, 18, 2 * HOUR),
      );
      for (const since of [20, null]) {
        const { verdict, detail, slugs } = await at(path, since, 2 * HOUR);
        expect(slugs).toContain('answers');
        expect(NOT_CONVICTED).toContain(verdict('session-table-destroyed'));
        expect(NOT_CONVICTED).toContain(verdict('store-lost-on-restart'));
        if (since !== null)
          expect(detail(rows < 20 ? 'rows-few-newer' : 'rows-newer-or-quiet')).toMatch(
            /pages of the file are free, as a DELETE leaves them, and a clean-up .* as well: a backup of before would tell, or a second look/,
          );
      }
    },
  );

  it('a DELETE of everything, of sessions of a fortnight, is likely and no more: free pages are the whole file’s', async () => {
    const path = file(
      CREATE,
      fill(5000, 20, 7000, FORTNIGHT),
      'delete from session',
      fill(100, 0, 5, FORTNIGHT),
    );
    expect((await at(path, 10, FORTNIGHT)).verdict('session-table-destroyed')).toBe('likely');
    const undated = await at(path, null, FORTNIGHT);
    expect(undated.detail('rows-only-young')).toMatch(/pages of the file are free/);
    expect(undated.verdict('session-table-destroyed')).toBe('possible');
  });

  it('an UPDATE of the expiry, when nobody says when it began', async () => {
    const path = file(
      CREATE,
      fill(5000, 20, 7000, FORTNIGHT),
      'update session set expired = 1000',
      fill(50, 0, 5, FORTNIGHT),
    );
    const { detail, verdict } = await at(path, null, FORTNIGHT);
    expect(detail('expired-together')).toMatch(
      /5,000 of 5,050 rows are expired, 5,000 of them within the same minute/,
    );
    expect(verdict('session-table-destroyed')).toBe('possible');
  });

  it('expired sessions that nobody clears are no stroke, when nobody says when it began', async () => {
    const path = file(CREATE, fill(5000, 0, 20_000, 24 * HOUR));
    const { slugs, verdict } = await at(path, null, 24 * HOUR);
    expect(slugs).not.toContain('expired-together');
    expect(['unlikely', 'untested']).toContain(verdict('session-table-destroyed'));
  });
});

describe('MariaDB', () => {
  let server: Mariadb;
  let databases = 0;
  const CREATE =
    'create table session (session_id varchar(128) primary key, expires int unsigned not null, data mediumtext)';
  /** `rows` logins between `from` and `to` minutes ago, of sessions that live `ttl` ms. */
  const fill = (rows: number, from: number, to: number, ttl: number) =>
    `insert into session select uuid(), unix_timestamp() + ${ttl / 1000} - ${from * 60} - floor(rand() * ${(to - from) * 60}), repeat('x', 80) from seq_1_to_${rows}`;
  const PURGE = 'delete from session where expires < unix_timestamp()';
  async function database(...statements: readonly string[]): Promise<string> {
    const name = `quiet${databases++}`;
    await server.run('', `create database ${name}`);
    await server.run(name, ...statements);
    return name;
  }
  const at = (name: string, since: number | null, ttl: number) =>
    look({ url: server.url(name), since, ttl, input: { lifetime: ttl / 1000 } });
  beforeAll(async () => {
    server = await startMariadb();
  });
  afterAll(async () => server.remove());

  /** The same of a table that was made long ago: CREATE_TIME is the one thing that cannot be set. */
  const madeLongAgo = ({ seen }: Looked, given: Case) =>
    judge({ ...seen, table: seen.table && { ...seen.table, madeAt: Date.now() - 30 * 24 * HOUR } }, given);

  it('an event that purges hourly, and the first half hour of an office day', async () => {
    const name = await database(
      CREATE,
      `create event clearing on schedule every 1 hour do ${PURGE}`,
      'create table cache (id int)',
      'truncate cache',
      'create table spare (id int)',
      'drop table spare',
      fill(20_000, 121, 6000, 2 * HOUR),
      PURGE,
      fill(60, 0, 18, 2 * HOUR),
    );
    for (const since of [20, null]) {
      const found = madeLongAgo(await at(name, since, 2 * HOUR), { since, ttl: 2 * HOUR });
      expect(found.slugs).toContain('answers');
      expect(NOT_CONVICTED, found.slugs.join()).toContain(found.verdict('session-table-destroyed'));
      expect(NOT_CONVICTED).toContain(found.verdict('session-reaper'));
    }
  });

  it('sessions that all end at four in the morning, and are not cleared', async () => {
    const name = await database(
      CREATE,
      "insert into session select uuid(), unix_timestamp() - 15600, repeat('x', 80) from seq_1_to_400",
      "insert into session select uuid(), unix_timestamp() + 70800, repeat('x', 80) from seq_1_to_60",
    );
    for (const since of [20, null]) {
      const { verdict } = await look({ url: server.url(name), since });
      expect(NOT_CONVICTED).toContain(verdict('session-table-destroyed'));
    }
  });

  it('empty sessions of visitors all night, and users of the morning, whose own end after eight hours', async () => {
    const dated = `${CREATE.slice(0, -1)}, created_at datetime not null)`;
    const row = (minutes: string, data: string, count: number) =>
      `insert into session select uuid(), unix_timestamp() + 28800 - ${minutes} * 60, ${data}, utc_timestamp() - interval (${minutes}) minute from seq_1_to_${count}`;
    const name = await database(
      dated,
      row('470 - seq % 460', "'{}'", 300),
      row('seq % 18', "repeat('x', 80)", 40),
    );
    const { slugs, verdict } = madeLongAgo(await at(name, 20, 8 * HOUR), { since: 20, ttl: 8 * HOUR });
    expect(slugs).toContain('rows-all-blank');
    expect(verdict('session-table-destroyed')).toBe('possible');
  });

  it('an ALTER at the very time of the incident, in the first half hour of an office day', async () => {
    const name = await database(
      CREATE,
      fill(20_000, 121, 6000, 2 * HOUR),
      PURGE,
      'alter table session add column device varchar(20) null, engine=InnoDB',
      fill(60, 0, 0.3, 2 * HOUR).replace("repeat('x', 80)", "repeat('x', 80), null"),
    );
    const { verdict } = await at(name, 0, 2 * HOUR);
    expect(NOT_CONVICTED).toContain(verdict('session-table-destroyed'));
  });

  it.each<[string, string, RegExp]>([
    ['DELETE of everything', 'delete from session', /room of many more rows/],
    ['an UPDATE of the expiry', 'update session set expires = 1000', /20,000 of 20,100 rows are expired/],
  ])('%s, when nobody says when it began', async (_, fault, words) => {
    const name = await database(CREATE, fill(20_000, 20, 7000, FORTNIGHT), fault, fill(100, 0, 5, FORTNIGHT));
    const { facts, verdict } = await at(name, null, FORTNIGHT);
    expect(facts.map(({ detail }) => detail).join()).toMatch(words);
    expect(verdict('session-table-destroyed')).toBe('possible');
  });

  it('a restart of the server above an ENGINE=MEMORY table, when nobody says when it began', async () => {
    const memory = `${CREATE.replace('mediumtext', 'varchar(200)')} engine=memory`;
    const name = await database(memory, fill(2000, 20, 7000, FORTNIGHT));
    expect((await at(name, null, FORTNIGHT)).slugs).not.toContain('memory-restarted');
    await server.restart();
    await server.run(name, fill(30, 0, 0.2, FORTNIGHT));
    const { detail, verdict } = await at(name, null, FORTNIGHT);
    expect(detail('memory-restarted')).toMatch(/ENGINE=MEMORY and holds 30 rows; the server has been up for/);
    expect(verdict('store-lost-on-restart')).toBe('possible');
  });
});
