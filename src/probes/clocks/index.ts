/**
 * Everybody's clock in one table: this host, the instances, Redis, the database and the provider, each
 * against the agreed time, the leeway and the sampled tokens. No I/O: earlier probes read the clocks.
 *
 * @module
 */
import type { Config } from '../../config/config.ts';
import { formatDuration } from '../../config/time.ts';
import type { Fact } from '../../model.ts';
import { clockHosts } from '../clock/index.ts';
import { distance, middle } from '../clock/judge.ts';
import { SLIGHT_MS, standing } from '../clock/own.ts';
import { aheadOrBehind, besides, roughly } from '../clock/words.ts';
import { IMPOSSIBLE } from '../credentials/examine-times.ts';
import { credentials } from '../credentials/index.ts';
import type { Times } from '../credentials/population.ts';
import { defineProbe, type Scene, Skip } from '../probe.ts';
import { findings, type Slug } from './findings.ts';
import { consequence, refusals } from './margins.ts';
import { type ClockRow, type ClockTable, clockTable } from './rows.ts';

/** Services that tell the time besides; without any there is no table to make. */
function services(config: Config): boolean {
  const { redis, database, provider } = config;
  return clockHosts(config).length > 0 || Boolean(redis.url ?? database.url ?? provider.issuer);
}

/** The last look at time: a table, made of what the others saw. */
export const clocks = defineProbe({
  id: 'clocks',
  asks: 'Whose clock is off, and who is refused for it?',
  network: false,
  findings,
  input: (config) =>
    services(config)
      ? null
      : new Skip(
          'nobody else’s clock was in sight',
          '--instance URL (or clock.hosts in sessdoctor.yaml), --redis URL, --database URL or --issuer URL',
        ),
  async observe(): Promise<null> {
    return null;
  },
  *examine(_seen, scene) {
    const table = clockTable(scene);
    if (table.rows.length === 0) return;
    yield tableFact(table, scene);
    for (const row of table.rows) yield* rowFacts(row, table, scene);
  },
});

/** Everybody's clock in one line, under the name of what it comes to. */
function tableFact(table: ClockTable, scene: Scene): Fact<Slug> {
  const { rows, agreed } = table;
  const lines = rows.map((row) => `${nameOf(row)} ${aheadOrBehind(row.offset)}`);
  return {
    slug: sumOf(table, limitOf(scene)),
    detail: `against ${agreed ? 'the agreed time' : 'this host’s clock, which was not checked'}, leeway ${formatDuration(scene.settings.leewayMs)}: ${lines.join('; ')}`,
    data: rows.map(({ kind, name, offset }) => ({ kind, name, ...middle(offset), ...offset })),
  };
}

function sumOf({ rows, agreed }: ClockTable, limit: number): Slug {
  if (!agreed) return 'unchecked';
  const standings = rows.map((row) => standing(row.offset, limit));
  if (standings.some((one) => one === 'wrong' || one === 'slightly-off')) return 'some-off';
  return rows.length > 1 && standings.every((one) => one === 'right') ? 'all-right' : 'none-off';
}

function* rowFacts(row: ClockRow, table: ClockTable, scene: Scene): Iterable<Fact<Slug>> {
  if (standing(row.offset, limitOf(scene)) !== 'wrong') return;
  const { leewayMs } = scene.settings;
  const subject = nameOf(row);
  const others = table.rows.filter((one) => one !== row && distance(one.offset) > SLIGHT_MS);
  const also = besides(others.map((one) => `${nameOf(one)} ${roughly(one.offset)}`));
  const detail = `${subject} is ${aheadOrBehind(row.offset)}; the leeway is ${formatDuration(leewayMs)}${also}`;
  const data = middle(row.offset);
  const service = row.kind === 'redis' || row.kind === 'database' || row.kind === 'provider';
  if (service && !table.agreed) yield { slug: 'service-differs', subject, detail, data };
  else if (service) yield { slug: `${row.kind}-wrong`, subject, detail, data };
  if (!table.agreed || (row.kind !== 'this host' && row.kind !== 'instance')) return;
  const slack = Number.isFinite(scene.uncertaintyMs) ? scene.uncertaintyMs : 0;
  const counted = refusals(sampledTimes(scene), row.offset, leewayMs, scene.now, slack);
  const { refused, valid, passesAt, refusedFrom } = counted;
  const when = [
    ...(passesAt === undefined ? [] : [`; the first would pass at ${new Date(passesAt).toISOString()}`]),
    ...(refusedFrom === undefined
      ? []
      : [
          `; the ${refused === 0 ? 'first' : 'next'} would be refused from ${new Date(refusedFrom).toISOString()}`,
        ]),
  ].join('');
  const about = { subject, data: { ...counted } };
  const then = consequence(row.offset, leewayMs);
  if (refused > 0)
    yield {
      slug: 'tokens-refused',
      ...about,
      detail: `${detail}; ${refused} of ${valid} sampled tokens that are valid now would be refused there${when}; ${then}`,
    };
  else if (refusedFrom !== undefined)
    yield {
      slug: 'tokens-end-early',
      ...about,
      detail: `${detail}; none of ${valid} sampled tokens that are valid now would be refused there yet${when}; ${then}`,
    };
}

/** Every sampled token's times; impossible ones (milliseconds for seconds, say) are somebody else's business. */
function sampledTimes(scene: Scene): readonly Times[] {
  const seen = scene.seen(credentials);
  const groups = [...(seen?.before?.groups ?? []), ...(seen?.after?.groups ?? [])];
  return groups
    .filter((group) => !group.problems.some((problem) => IMPOSSIBLE.includes(problem)))
    .flatMap((group) => group.times);
}

function limitOf(scene: Scene): number {
  return Math.max(scene.settings.leewayMs, SLIGHT_MS);
}

function nameOf(row: ClockRow): string {
  return row.kind === 'this host' || row.kind === 'instance' ? row.name : `${row.kind} ${row.name}`;
}
