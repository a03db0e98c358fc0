import { createServer, type Socket } from 'node:net';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issue } from '../../support/certificates.ts';
import { freePort } from '../../support/port.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { serverUser } from '../../support/server-user.ts';
import { look } from './support.ts';

let server: Postgres;
const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-database-'));

const CREATE =
  'table session (sid text primary key, sess json, expire timestamptz not null, created_at timestamptz not null default now())';
const fill = (rows: number, minutes: string) =>
  `insert into session select gen_random_uuid(), '{"user":"somebody"}', now() + interval '14 days', now() - ${minutes} * interval '1 minute' from generate_series(1, ${rows})`;
const OLD = fill(20_000, '(20 + random() * 5000)');
const NEW = fill(50, '(random() * 3)');
const reader = (name: string) => server.url(name, 'reader');

async function database(name: string, ...statements: readonly string[]): Promise<string> {
  await server.run('postgres', `create database ${name}`);
  await server.run(name, ...statements);
  return name;
}

beforeAll(async () => {
  server = await startPostgres([
    'log_statement = all',
    "log_line_prefix = '%u|%a|'",
    'track_commit_timestamp = on',
    "shared_preload_libraries = 'pg_stat_statements'",
    'pg_stat_statements.track_utility = on',
  ]);
  await server.run(
    'postgres',
    'create role reader login',
    'create role stranger login',
    'create role app login',
  );
});
afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('a crash', () => {
  it('empties an UNLOGGED table and nothing else; a clean restart keeps it', async () => {
    const grant = 'grant select on session to reader';
    const unlogged = await database('unlogged', `create unlogged ${CREATE}`, OLD, 'analyze session', grant);
    const logged = await database('logged', `create ${CREATE}`, OLD, 'analyze session', grant);
    const before = await look({ url: reader(unlogged) });
    expect(before.slugs).toContain('unlogged');
    expect(before.slugs).toContain('rows-survive');
    expect(before.verdict('store-lost-on-restart')).toBe('unlikely');

    await server.stop('clean');
    await server.start();
    const restarted = await look({ url: reader(unlogged) });
    expect(restarted.slugs).toContain('rows-survive');
    expect(restarted.slugs).not.toContain('unlogged-emptied');

    await server.stop('crash');
    await server.start();
    const crashed = await look({ url: reader(unlogged), since: 0 });
    expect(crashed.slugs).toContain('unlogged-emptied');
    expect(crashed.verdict('store-lost-on-restart')).toBe('confirmed');
    const kept = await look({ url: reader(logged) });
    expect(kept.slugs).toEqual(['counters-lost', 'answers', 'rows-survive']);
    expect(kept.verdict('session-table-destroyed')).toBe('ruled-out');
    expect(kept.verdict('store-lost-on-restart')).toBe('unlikely');
  });

  it('empties a table that was made UNLOGGED later, and was never analysed; TRUNCATE is told from it', async () => {
    const grant = 'grant select on session to reader';
    const altered = await database(
      'altered',
      `create ${CREATE}`,
      OLD,
      'alter table session set unlogged',
      grant,
    );
    const emptied = await database('emptied', `create unlogged ${CREATE}`, OLD, 'vacuum full session', grant);
    const logged = await database('rebuilt', `create ${CREATE}`, OLD, 'vacuum full session', grant);
    await server.run(emptied, 'truncate session', fill(50, '(random() * 0.5)'));
    const truncated = await look({ url: reader(emptied), since: 0 });
    expect(truncated.slugs).toContain('truncated');
    expect(truncated.slugs).not.toContain('unlogged-emptied');
    expect(truncated.verdict('session-table-destroyed')).toBe('confirmed');
    expect(truncated.verdict('store-lost-on-restart')).not.toBe('confirmed');

    await server.stop('crash');
    await server.start();
    for (const since of [0, null]) {
      const crashed = await look({ url: reader(altered), since });
      expect(crashed.slugs).toContain('unlogged-emptied');
      expect(crashed.slugs).not.toContain('truncated');
      expect(crashed.verdict('store-lost-on-restart')).toBe('confirmed');
      expect(crashed.verdict('session-table-destroyed')).not.toBe('confirmed');
    }
    const { facts, detail } = await look({ url: reader(altered), since: 0 });
    const at = facts.find((fact) => fact.slug === 'unlogged-emptied')?.at ?? 0;
    expect(Math.abs(at - Date.now())).toBeLessThan(30_000);
    expect(detail('unlogged-emptied')).toContain('recovered from a crash');
    // Rewritten, and no counter that could tell why: kept rows are kept rows.
    const kept = await look({ url: reader(logged) });
    expect(kept.slugs).toEqual(['counters-lost', 'answers', 'rows-survive']);
    await server.run(altered, fill(200, '(random() * 0)'), 'analyze session');
    expect((await look({ url: reader(altered), since: 0 })).slugs).toContain('unlogged-emptied');
  });

  it('of one backend is enough', async () => {
    const name = await database(
      'backend',
      `create unlogged ${CREATE}`,
      OLD,
      'analyze session',
      'grant select on session to reader',
    );
    const victim = await server.client(name);
    const { rows } = await victim.query<{ pid: number }>('select pg_backend_pid() as pid');
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    await sleep(300);
    for (let tries = 0; tries < 50; tries++) {
      const { slugs, verdict } = await look({ url: reader(name), since: 0 });
      if (tries < 49 && !slugs.includes('unlogged-emptied')) {
        await sleep(100);
        continue;
      }
      expect(slugs).toContain('unlogged-emptied');
      expect(verdict('store-lost-on-restart')).toBe('confirmed');
      return;
    }
  });
});

describe('when it happened', () => {
  it('is known from commit timestamps, and what was run from pg_stat_statements', async () => {
    const name = await database(
      'dated',
      'create extension pg_stat_statements',
      `create ${CREATE}`,
      OLD,
      'grant select on session to reader',
      'grant pg_read_all_stats to reader',
    );
    const from = Date.now();
    await server.run(name, 'truncate session');
    const to = Date.now();
    await server.run(name, fill(50, '(random() * 0.5)'));
    const { facts, detail, slugs } = await look({ url: reader(name), since: 0 });
    expect(slugs).toContain('truncated');
    const at = facts.find((fact) => fact.slug === 'truncated')?.at ?? 0;
    expect(at).toBeGreaterThanOrEqual(from - 200);
    expect(at).toBeLessThanOrEqual(to + 200);
    expect(detail('statements-remembered')).toContain('TRUNCATE ×1');
  });

  it('is told by one DELETE that took more rows than there are, when nobody says when it began', async () => {
    const name = await database(
      'undated',
      'create extension pg_stat_statements',
      `create ${CREATE}`,
      OLD,
      'grant select on session to reader',
      'grant pg_read_all_stats to reader',
    );
    await server.run(name, 'delete from session', fill(50, '(random() * 0.5)'));
    const { detail, verdict } = await look({ url: reader(name), since: null });
    expect(detail('rows-only-young')).toMatch(/one DELETE took [\d,]{3,} rows/);
    expect(verdict('session-table-destroyed')).toBe('possible');
  });

  it('is known from the history of the migration tool', async () => {
    const migrations = join(folder, 'migrations');
    const name = await database(
      'history',
      `create ${CREATE}`,
      OLD,
      'grant select on session to reader',
      'create table knex_migrations (id serial, name text, batch int, migration_time timestamptz)',
      "insert into knex_migrations (name, migration_time) values ('20260101_drop.js', now() - interval '11 minutes')",
      'grant select on knex_migrations to reader',
    );
    mkdirSync(migrations);
    writeFileSync(
      join(migrations, '20260101_drop.js'),
      "exports.up = (knex) => knex('session').truncate();\n",
    );
    writeFileSync(
      join(migrations, '20990101_later.js'),
      "exports.up = (knex) => knex.schema.dropTable('session');\n",
    );
    const whole = await look({ url: reader(name), input: { migrations } });
    expect(whole.slugs).toEqual(
      expect.arrayContaining(['rows-survive', 'migration-applied', 'migration-destructive']),
    );
    expect(whole.verdict('session-table-destroyed')).not.toBe('confirmed');
    await server.run(name, 'truncate session', NEW);
    const lost = await look({ url: reader(name), input: { migrations } });
    expect(lost.slugs).toContain('migration-destroyed');
    expect(lost.detail('migration-destroyed')).toContain('20260101_drop.js:1 truncates session; applied at');
    expect(lost.verdict('session-table-destroyed')).toBe('confirmed');
  });
});

describe('revocations', () => {
  const TOKENS = `create table refresh_tokens (id serial primary key, token_hash text, parent_id int, created_at timestamptz default now() - interval '3 hours',
    expires_at timestamptz default now() + interval '20 days', revoked_at timestamptz, revoked_reason text)`;
  const grant = 'grant select on refresh_tokens to reader';
  const tokens = (name: string) => look({ url: reader(name), input: { table: 'refresh_tokens' } });

  it('for reuse in bursts are a race', async () => {
    const name = await database(
      'race',
      TOKENS,
      'insert into refresh_tokens (token_hash) select md5(i::text) from generate_series(1, 500) i',
      `insert into refresh_tokens (token_hash, parent_id, revoked_at, revoked_reason)
         select md5(i::text), i / 4, date_trunc('minute', now()) - (i / 8) * interval '15 minutes' - interval '1 second', 'reuse detected for somebody' from generate_series(1, 80) i`,
      grant,
    );
    const { slugs, verdict, seen } = await tokens(name);
    expect(slugs).toEqual(expect.arrayContaining(['reuse-bursts', 'tokens-forked']));
    expect(verdict('refresh-rotation-race')).toBe('confirmed');
    expect(JSON.stringify(seen)).not.toContain('somebody');
  });

  it('at one moment with a reason of security are deliberate', async () => {
    const name = await database(
      'deliberate',
      TOKENS,
      `insert into refresh_tokens (token_hash, revoked_at, revoked_reason)
      select md5(i::text), now() - interval '11 minutes', 'security: leaked key' from generate_series(1, 300) i`,
      grant,
    );
    const { slugs, verdict } = await tokens(name);
    expect(slugs).toEqual(expect.arrayContaining(['revoked-for-security', 'no-reuse']));
    expect(verdict('deliberate-revocation')).toBe('confirmed');
  });

  it('of everyday log-outs are neither', async () => {
    const name = await database(
      'everyday',
      TOKENS,
      `insert into refresh_tokens (token_hash, revoked_at, revoked_reason)
      select md5(i::text), now() - i * interval '7 minutes', 'logout' from generate_series(1, 300) i`,
      grant,
    );
    const { slugs, verdict } = await tokens(name);
    expect(slugs).toEqual(expect.arrayContaining(['no-reuse', 'no-revocations']));
    expect(verdict('deliberate-revocation')).toBe('unlikely');
    expect(verdict('refresh-rotation-race')).toBe('unlikely');
  });
});

describe('a clean-up job', () => {
  const LARAVEL = 'create table sessions (id text primary key, user_id int, payload text, last_activity int)';
  const idle = (seconds: number) =>
    `insert into sessions select gen_random_uuid(), 1, 'xxxxxxxx', extract(epoch from now())::int - (random() * ${seconds})::int from generate_series(1, 2000)`;
  const sessions = (name: string) =>
    look({ url: reader(name), since: 300, ttl: 14 * 86_400_000, input: { table: 'sessions' } });

  it('that deletes too early leaves a cliff', async () => {
    const found = await sessions(
      await database('cliff', LARAVEL, idle(1440), 'grant select on sessions to reader'),
    );
    expect(found.slugs).toContain('idle-cliff');
    expect(found.verdict('session-reaper')).toBe('likely');
    expect(found.verdict('session-table-destroyed')).not.toBe('confirmed');
  });

  it('that waits for the lifetime does not', async () => {
    const found = await sessions(
      await database('kept', LARAVEL, idle(14 * 86_400), 'grant select on sessions to reader'),
    );
    expect(found.slugs).toEqual(expect.arrayContaining(['idle-kept', 'rows-survive']));
    expect(found.verdict('session-reaper')).toBe('unlikely');
  });
});

describe('a replica', () => {
  it('that lacks the newest rows is told from one that has them', async () => {
    const name = await database('primary_db', `create ${CREATE}`, OLD, 'grant select on session to reader');
    await server.run('postgres', 'create database replica_db template primary_db');
    const same = await look({ url: reader(name), replica: reader('replica_db') });
    expect(same.slugs).toContain('replica-close');
    await server.run(name, NEW);
    const behind = await look({ url: reader(name), replica: reader('replica_db') });
    expect(behind.slugs).toContain('replica-misses-rows');
    expect(behind.verdict('replica-lag')).toBe('confirmed');
    const gone = await look({ url: reader(name), replica: 'postgres://127.0.0.1:1/x' });
    expect(gone.slugs).toContain('replica-blind');
  });
});

describe('a server that does not let us look', () => {
  it('is named with what is missing: the table, the app’s role, the lock, the login', async () => {
    const name = await database(
      'guarded',
      `create ${CREATE}`,
      OLD,
      'grant select on session to reader',
      'grant select, insert on session to app',
    );
    const denied = await look({ url: server.url(name, 'stranger') });
    expect(denied.slugs.filter((slug) => slug !== 'counters-lost')).toEqual(['denied']);
    expect(denied.detail('denied')).toMatch(
      /permission denied for table session.*GRANT SELECT ON public\.session TO stranger.*GRANT CONNECT ON DATABASE guarded TO stranger/,
    );
    expect(denied.verdict('session-table-destroyed')).not.toBe('confirmed');

    const app = await look({ url: reader(name), input: { appUser: 'app' } });
    expect(app.detail('app-denied')).toContain('UPDATE, DELETE');
    expect(app.verdict('store-unavailable')).toBe('confirmed');

    const migration = await server.client(name);
    await migration.query('begin');
    await migration.query('lock table session in access exclusive mode');
    const locked = await look({ url: reader(name) });
    await migration.query('rollback');
    await migration.end();
    expect(locked.slugs.filter((slug) => slug !== 'counters-lost')).toEqual(['table-locked']);
    expect(locked.verdict('store-unavailable')).toBe('likely');

    expect((await look({ url: server.url(name, 'nobody') })).slugs).toEqual(['login-denied']);
    expect((await look({ url: server.url('nowhere', 'reader') })).slugs).toEqual(['login-denied']);
    expect((await look({ url: `${reader(name)}?sslmode=require` })).slugs).toEqual(['tls']);
  });

  it('is told apart: a certificate that does not hold, and one that does', async () => {
    const ca = issue({ name: 'database ca', ca: true });
    const other = issue({ name: 'another ca', ca: true });
    const past = issue({
      name: '127.0.0.1',
      names: ['IP:127.0.0.1'],
      by: ca,
      from: new Date('2020-01-01'),
      to: new Date('2020-02-01'),
    });
    const valid = issue({ name: '127.0.0.1', names: ['IP:127.0.0.1'], by: ca });
    const user = await serverUser('postgres');
    const file = (name: string, pem: string) => {
      const path = join(folder, name);
      writeFileSync(path, pem);
      return path;
    };
    const serve = async ({ cert, key }: { readonly cert: string; readonly key: string }) => {
      for (const [name, pem] of [
        ['server.crt', cert],
        ['server.key', key],
      ] as const) {
        const path = join(server.folder, name);
        writeFileSync(path, pem, { mode: 0o600 });
        if (user) chownSync(path, user.uid, user.gid);
      }
      await server.run('postgres', 'alter system set ssl = on', 'select pg_reload_conf()');
      await sleep(500);
    };
    const name = await database('encrypted', `create ${CREATE}`, OLD, 'grant select on session to reader');
    const verified = (ca: string) => `${reader(name)}?sslmode=verify-full&sslrootcert=${file('ca.pem', ca)}`;
    await serve(past);
    const late = await look({ url: verified(ca.cert) });
    expect(late.slugs).toEqual(['tls']);
    expect(late.detail('tls')).toMatch(/expired/);
    await serve(valid);
    expect((await look({ url: verified(other.cert) })).slugs).toEqual(['tls']);
    await serve(issue({ name: 'db.test', names: ['DNS:db.test'], by: ca }));
    expect((await look({ url: verified(ca.cert) })).slugs).toEqual(['tls']);
    await serve(valid);
    expect((await look({ url: verified(ca.cert) })).slugs).toContain('rows-survive');
    expect((await look({ url: `${reader(name)}?sslmode=require` })).slugs).toContain('rows-survive');
  });

  it('is told apart: full, refused, silent, something else', async () => {
    const name = await database('crowded', `create ${CREATE}`);
    const crowd: Awaited<ReturnType<Postgres['client']>>[] = [];
    await server.run('postgres', 'alter role app connection limit -1');
    try {
      for (let each = 0; each < 40; each++) crowd.push(await server.client(name));
    } catch {
      // Full.
    }
    const full = await look({ url: reader(name) });
    for (const each of crowd) await each.end();
    expect(full.slugs).toEqual(['no-connections']);
    expect(full.verdict('store-unavailable')).toBe('confirmed');

    expect((await look({ url: `postgres://127.0.0.1:${await freePort()}/x` })).slugs).toEqual(['refused']);
    expect((await look({ url: 'postgres://database.invalid/x' })).slugs).toEqual(['unreachable']);

    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    const rude = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await sleep(50);
    const portOf = (each: typeof silent) => (each.address() as { port: number }).port;
    const late = await look({
      url: `postgres://127.0.0.1:${portOf(silent)}/x`,
      signal: AbortSignal.timeout(500),
    });
    const other = await look({
      url: `postgres://127.0.0.1:${portOf(rude)}/x`,
      signal: AbortSignal.timeout(3000),
    });
    for (const socket of sockets) socket.destroy();
    silent.close();
    rude.close();
    expect(late.slugs).toEqual(['no-answer']);
    expect(other.slugs).toHaveLength(1);
    expect(['not-a-database', 'tls', 'no-answer']).toContain(other.slugs[0]);
  });
});

it('writes nothing: the server’s own log of a run holds reading statements in read-only transactions', async () => {
  const name = await database(
    'watched',
    `create ${CREATE}`,
    'alter table session add revoked_at timestamptz, add revoked_reason text, add parent_id text',
    OLD.replace('insert into session', 'insert into session (sid, sess, expire, created_at)'),
    'grant select on session to reader',
  );
  const state = () =>
    server.one(name, "select count(*), max(xmin::text::int), pg_relation_filenode('session') from session");
  const written = await state();
  const before = (await server.log()).length;
  await look({
    url: reader(name),
    replica: reader(name),
    input: { appUser: 'app', migrations: folder, lifetime: 1_209_600 },
  });
  await look({ url: reader(name), input: { table: undefined } });
  expect(await state()).toEqual(written);
  const said = (await server.log())
    .slice(before)
    .split('\n')
    .filter((line) => line.startsWith('reader|sessdoctor|'))
    .filter((line) => /(?:statement|execute [^:]*): /.test(line))
    .map((line) => line.replace(/^.*?(?:statement|execute [^:]*): /, ''));
  expect(said.length).toBeGreaterThan(10);
  for (const statement of said)
    expect(statement).toMatch(
      /^(?:show server_version|rollback|rollback; begin transaction read only; set local|select )/,
    );
  await expect(server.run(name, 'begin transaction read only', NEW)).rejects.toThrow(/read-only/);
});
