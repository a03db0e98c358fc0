import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Address } from '../../../src/config/secret.ts';
import { type Chronyd, startChronyds } from '../../support/chronyd.ts';
import { type ClockRun, runClock } from '../../support/clock-run.ts';
import { type ClockDial, clockDial } from '../../support/faketime.ts';
import { startHttpClock } from '../../support/http-clock.ts';
import { type Mariadb, startMariadb } from '../../support/mariadb.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { MEMORY_ONLY, type RedisServer, startRedis } from '../../support/redis.ts';

const LEEWAY = 60_000;

interface Row {
  readonly kind: string;
  readonly name: string;
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
}

let good: readonly Chronyd[];
let dials: readonly [ClockDial, ClockDial];
let redis: RedisServer;
let postgres: Postgres;
let mariadb: Mariadb;
beforeAll(async () => {
  const [one, other] = [clockDial(), clockDial()];
  dials = [one, other];
  good = await startChronyds(undefined, undefined, undefined);
  redis = await startRedis({ settings: MEMORY_ONLY, env: one.env });
  postgres = await startPostgres([], other.env);
  mariadb = await startMariadb(other.env);
});
afterAll(async () => {
  await Promise.all([redis.stop(), postgres.remove(), mariadb.remove(), ...good.map((one) => one.stop())]);
  dials.forEach((dial) => dial.remove());
});

/** As faketime says it, from ms. */
const faketime = (ms: number) => `${ms < 0 ? '-' : '+'}${Math.abs(ms) / 1000}`;

/** Everybody's clock, with Redis and an instance off by `offMs`, the database and the provider by the other sign's. */
async function look(offMs: number, database: string): Promise<ClockRun> {
  dials[0].turn(faketime(offMs));
  dials[1].turn(faketime(-offMs));
  const [instance, provider] = await Promise.all([offMs, -offMs].map((off) => startHttpClock(faketime(off))));
  const run = await runClock({
    servers: good,
    leeway: LEEWAY,
    hosts: [instance!.url],
    more: {
      redis: { url: new Address(redis.url) },
      database: { url: new Address(database) },
      provider: { issuer: new Address(provider!.url) },
    },
    only: ['clock', 'redis', 'database', 'provider', 'clocks'],
  });
  await Promise.all([instance!.stop(), provider!.stop()]);
  return run;
}

const DAY = 86_400_000;
const offsets = [5, 1400, 90_000, 400 * DAY];

describe('the table, where Redis and an instance are off one way, database and provider the other', () => {
  it.each(
    offsets.flatMap((ms, index) => [
      // Each database ahead and behind, by every other offset.
      { offMs: ms, database: index % 2 === 0 ? 'PostgreSQL' : 'MariaDB' },
      { offMs: -ms, database: index % 2 === 0 ? 'MariaDB' : 'PostgreSQL' },
    ]),
  )('by $offMs ms ($database): holds the truth in bounds that say something', async ({ offMs, database }) => {
    const url = database === 'MariaDB' ? mariadb.url('mysql') : postgres.url('postgres');
    const run = await look(offMs, url);
    const size = Math.abs(offMs);
    const table = run.finding(size < 1000 ? 'clocks/all-right' : 'clocks/some-off');
    const rows = table.data as unknown as readonly Row[];
    const truths = { 'this host': 0, instance: offMs, redis: offMs, database: -offMs, provider: -offMs };
    // One clock read once or twice, in whole seconds, is known to a second; the others much better.
    const widest = { 'this host': 100, instance: 500, redis: 100, database: 150, provider: 900 };
    expect(rows.map(({ kind }) => kind)).toEqual(Object.keys(truths));
    for (const { kind, name, offsetMs, uncertaintyMs } of rows) {
      const truth = truths[kind as keyof typeof truths];
      expect(Math.abs(offsetMs - truth), `${name} ${offsetMs} ± ${uncertaintyMs}`).toBeLessThanOrEqual(
        uncertaintyMs,
      );
      expect(uncertaintyMs, name).toBeLessThan(widest[kind as keyof typeof widest]);
      const words = table.detail.split('; ').find((line) => line.includes(name)) ?? '';
      if (Math.abs(truth) > 1000) expect(words).toContain(truth > 0 ? ' ahead (± ' : ' behind (± ');
    }
    const convicted = run.codes('clocks').filter((code) => code !== 'clocks/some-off');
    if (size > LEEWAY)
      expect(convicted).toEqual(['clocks/redis-wrong', 'clocks/database-wrong', 'clocks/provider-wrong']);
    else expect(convicted).toEqual(size < 1000 ? ['clocks/all-right'] : []);
    expect(run.verdict('clock-skew') === 'likely').toBe(size > LEEWAY);
    // Nothing happened in the future, whatever those clocks say.
    const dated = run.report.probes.flatMap((probe) => (probe.status === 'ran' ? probe.findings : []));
    const latest = Math.max(0, ...dated.flatMap(({ at }) => (at === undefined ? [] : [Date.parse(at)])));
    expect(latest).toBeLessThan(Date.now() + 1000);
    // What the cause shows of this probe is one finding; the others that are off are named in it.
    const shown = run.report.causes[0]?.for.find(({ code }) => code === 'clocks/provider-wrong')?.detail;
    if (size > LEEWAY) expect(shown).toMatch(/; also off: http.*, redis 127.* and database 127/);
  });
});
