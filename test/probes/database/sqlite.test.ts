import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { look } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const TTL = 1_209_600_000;

const CREATE = 'create table session (sid text primary key, expired integer, sess text)';
const fill = (rows: number, from: number, to: number) =>
  `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows}) insert into session
   select hex(randomblob(16)), (strftime('%s', 'now') + 1209600 - ${from * 60} - abs(random() % ${(to - from) * 60})) * 1000, '{"user":"somebody with a name","cookie":{}}' from n`;
const OLD = fill(5000, 20, 7000);
const NEW = fill(100, 0, 5);
/** Logins of the last minute: a file or table that was just made holds none that are older. */
const JUST = fill(100, 0, 0.4);

function run(file: string, ...statements: readonly string[]): string {
  return execFileSync('/usr/bin/env', ['sqlite3', file], {
    input: `${statements.join(';\n')};\n`,
    encoding: 'utf8',
  });
}
function healthy(...pragmas: readonly string[]): string {
  const file = join(folder, `case${files++}.db`);
  run(
    file,
    ...pragmas,
    'create table users (id integer primary key)',
    CREATE,
    'create table orders (id integer primary key)',
    OLD,
  );
  return file;
}
const at = (file: string, since?: number) =>
  look({
    url: `sqlite://${file}`,
    ttl: TTL,
    input: { lifetime: TTL / 1000 },
    ...(since !== undefined && { since }),
  });

describe('what each fault leaves behind', () => {
  // The files were made a moment ago: an incident of a moment ago would be taken for their making.
  it.each<[string, readonly string[], string]>([
    ['DELETE of everything', ['delete from session'], 'rows-all-newer'],
    ['DROP and CREATE', ['drop table session', CREATE], 'recreated'],
    ['DELETE and VACUUM', ['delete from session', 'vacuum'], 'rows-all-newer'],
    ['an UPDATE of the expiry', ['update session set expired = 1000'], 'expired-at-once'],
    ['an UPDATE that blanks the data', ["update session set sess = '{}'"], 'data-blanked'],
  ])('%s', async (_, fault, slug) => {
    const file = healthy();
    run(file, 'create table session_rescued as select * from session', ...fault, NEW);
    const { slugs, verdict, fix } = await at(aged(file));
    expect(slugs).toContain(slug);
    run(file, /(?:INSERT|UPDATE) .*/.exec(fix(slug))?.[0] ?? '');
    expect((await at(file)).slugs).toContain('rows-survive');
    expect(['confirmed', 'likely']).toContain(verdict('session-table-destroyed'));
  });

  it.each<[string, string, string]>([
    ['expired', 'update session set expired = 1000', 'expired-at-once'],
    ['blanked', "update session set sess = '{}'", 'data-blanked'],
    ['blanked to NULL', 'update session set sess = null', 'data-blanked'],
  ])('all rows %s before anybody came back', async (_, fault, slug) => {
    const file = healthy();
    run(file, fault);
    const { slugs, verdict } = await at(aged(file));
    expect(slugs).toContain(slug);
    expect(slugs).not.toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });

  it('a backup of two days ago, copied into place', async () => {
    const file = healthy();
    run(
      file,
      "delete from session where expired > (strftime('%s', 'now') + 1209600 - 86400 * 2) * 1000",
      JUST,
    );
    const copy = `${file}.copy`;
    copyFileSync(file, copy);
    const { slugs, verdict, detail } = await at(copy, 0);
    expect(detail('restored')).toContain('rows are older than the file itself');
    expect(slugs).not.toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('confirmed');
  });

  it('a new file, as a redeploy leaves it', async () => {
    const file = join(folder, 'new.db');
    run(file, CREATE, JUST);
    const { slugs, verdict } = await at(file, 0);
    expect(slugs).toContain('file-new');
    expect(verdict('store-lost-on-restart')).toBe('confirmed');
  });

  it('a table that is gone', async () => {
    const file = healthy();
    run(file, 'drop table session');
    expect((await at(file)).slugs).toEqual(['table-missing']);
  });
});

describe('what only looks like a loss', () => {
  it.each<[string, readonly string[]]>([
    ['nothing at all', []],
    ['VACUUM', ['vacuum']],
    [
      'normal pruning',
      ["delete from session where expired < (strftime('%s', 'now') + 1209600 - 86400 * 4) * 1000", 'vacuum'],
    ],
  ])('%s', async (_, decoy) => {
    const file = healthy();
    run(file, ...decoy, NEW);
    const { slugs, verdict } = await at(file);
    expect(slugs).toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('ruled-out');
  });
});

describe('a clean-up job that does what it should', () => {
  it.each<[string, number | null, number | undefined]>([
    ['with sessions of an hour', 180, 3_600_000],
    ['when nobody says when it began', null, 3_600_000],
    ['when nobody says how long sessions live', 180, undefined],
  ])('%s is no loss', async (_, since, ttl) => {
    const file = healthy();
    run(file, 'delete from session', fill(40, 0, 60).replaceAll('1209600', '3600'));
    const { slugs, verdict } = await look({
      url: `sqlite://${aged(file)}`,
      since,
      ...(ttl !== undefined && { ttl, input: { lifetime: ttl / 1000 } }),
    });
    expect(slugs).toContain('answers');
    expect(['untested', 'unlikely', 'possible', 'ruled-out']).toContain(verdict('session-table-destroyed'));
  });

  it('leaves the empty sessions of visitors beside those of users', async () => {
    const file = healthy();
    run(file, "update session set sess = '{}' where sid > '4'");
    const { slugs, verdict } = await at(file);
    expect(slugs).toContain('rows-survive');
    expect(verdict('session-table-destroyed')).toBe('ruled-out');
  });
});

describe('the file itself', () => {
  it('is read with its write-ahead log, without a lock or a write, while a writer holds it', async () => {
    const file = healthy('pragma journal_mode = wal');
    const writer = spawn('/usr/bin/env', ['sqlite3', file], { stdio: ['pipe', 'pipe', 'inherit'] });
    writer.stdin.write(
      "begin immediate; delete from session where rowid > 4000; commit; begin immediate; delete from session; select 'held';\n",
    );
    await once(writer.stdout, 'data');
    const before = state(file);
    const { seen } = await at(file);
    expect(seen.table?.rows?.rows).toBe(4000);
    expect(seen.file?.walFrames).toBeGreaterThan(0);
    expect(state(file)).toEqual(before);
    writer.stdin.end('rollback;\n');
    await once(writer, 'exit');
  });

  it('is an observation when it is missing, damaged or no database', async () => {
    expect((await at(join(folder, 'nowhere.db'))).slugs).toEqual(['file-missing']);
    const noise = join(folder, 'noise.db');
    writeFileSync(noise, Buffer.alloc(5000, 7));
    const text = join(folder, 'notes.txt');
    writeFileSync(text, 'DATABASE_URL=sqlite:///var/lib/app.db\n'.repeat(40));
    const empty = join(folder, 'empty.db');
    writeFileSync(empty, '');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [noise, text, empty, pipe, folder]) {
      const { slugs, verdict } = await at(path);
      expect(slugs, path).toEqual(['file-not-sqlite']);
      expect(verdict('store-unavailable'), path).toBe('untested');
    }
  });

  it('is told as damaged when it begins as a database, and the rest does not hold', async () => {
    const torn = healthy();
    writeFileSync(torn, readFileSync(torn).fill(0xff, 4096, 12_288));
    const cut = healthy();
    writeFileSync(cut, readFileSync(cut).subarray(0, 60));
    for (const path of [torn, cut]) {
      const { slugs, verdict } = await at(path);
      expect(slugs, path).toEqual(['damaged']);
      expect(verdict('store-unavailable'), path).toBe('confirmed');
    }
  });

  it('is not blamed when the run is stopped while it is being read', async () => {
    const { slugs, verdict } = await look({ url: `sqlite://${healthy()}`, signal: AbortSignal.abort() });
    expect(slugs).toEqual(['unfinished']);
    expect(verdict('store-unavailable')).toBe('untested');
  });
});

/** A copy with its times of long ago where the file system lets them be set: birth goes back to the oldest time. */
function aged(file: string): string {
  const copy = `${file}.old`;
  copyFileSync(file, copy);
  const old = new Date(Date.now() - 30 * 86_400_000);
  utimesSync(copy, old, old);
  return copy;
}

function state(file: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(file.slice(folder.length + 1)))
    .map((name) => `${name} ${readFileSync(join(folder, name)).toString('base64').length}`);
}
