/**
 * One row for each clock that any probe of this run read. Pure.
 *
 * @module
 */
import { type ClockSample, clocksBehind, type Interval } from '../../parse/clock-sample.ts';
import { against } from '../clock/host-facts.ts';
import { clock } from '../clock/index.ts';
import { type Correction, correctionOf, judge } from '../clock/judge.ts';
import { SLIGHT_MS } from '../clock/own.ts';
import { type HostSeen, readClockSeen } from '../clock/seen.ts';
import { database } from '../database/index.ts';
import type { Scene } from '../probe.ts';
import { provider } from '../provider/index.ts';
import { redis } from '../redis/index.ts';

export type ClockKind = 'this host' | 'instance' | 'redis' | 'database' | 'provider';

/** One clock, against the agreed time, or against this host's clock where no time was agreed on. */
export interface ClockRow {
  readonly kind: ClockKind;
  readonly name: string;
  /** Itself minus the agreed time, ms. */
  readonly offset: Interval;
}

/** The table's rows, this host first, then in the order of the sequence. */
export interface ClockTable {
  readonly rows: readonly ClockRow[];
  /** False: offsets are from this host's unchecked clock. */
  readonly agreed: boolean;
}

/** Reads every earlier observation that carries a time. */
export function clockTable(scene: Scene): ClockTable {
  const seen = readClockSeen(scene.seen(clock));
  const correction: Correction = correctionOf(seen);
  // What one or two dispute is not agreed on, though it bounds how wrong this clock may be.
  const agreed = correction.uncertaintyMs <= Math.max(scene.settings.leewayMs, SLIGHT_MS);
  const used = agreed ? correction : { offsetMs: 0, uncertaintyMs: 0 };
  const own: ClockRow[] =
    judge(seen).kind === 'agreed'
      ? [{ kind: 'this host', name: 'this host', offset: against({ low: 0, high: 0 }, correction) }]
      : [];
  const rows = [...instances(seen.hosts), ...redisNodes(scene), ...sql(scene), ...issuer(scene)].flatMap(
    ({ kind, name, samples }) =>
      clocksOf(kind, samples).map((behind): ClockRow => ({ kind, name, offset: against(behind, used) })),
  );
  return { rows: [...own, ...rows], agreed };
}

/**
 * A provider's documents may come from a cache that does not say so, with the Date of another hour: of
 * several clocks under its name the last is its own, for a stored answer is never ahead.
 */
function clocksOf(kind: ClockKind, samples: readonly ClockSample[]): readonly Interval[] {
  const clocks = clocksBehind(samples);
  return kind === 'provider' ? clocks.toSorted((a, b) => b.high - a.high).slice(0, 1) : clocks;
}

interface Read {
  readonly kind: ClockKind;
  readonly name: string;
  readonly samples: readonly ClockSample[];
}

function instances(hosts: readonly HostSeen[]): Read[] {
  return hosts.map(({ host, dates }) => ({ kind: 'instance', name: host, samples: dates }));
}

function redisNodes(scene: Scene): Read[] {
  return listOf(scene.seen(redis)?.nodes).flatMap((node) =>
    node.reached && node.clock ? [{ kind: 'redis', name: node.address, samples: [node.clock] }] : [],
  );
}

function sql(scene: Scene): Read[] {
  const seen = scene.seen(database);
  return seen?.clock ? [{ kind: 'database', name: hostOf(seen.target ?? ''), samples: [seen.clock] }] : [];
}

/** Dates of answers that no cache held and no proxy of ours passed on; one clock a host name. */
function issuer(scene: Scene): Read[] {
  const hosts = new Map<string, ClockSample[]>();
  for (const asked of listOf(scene.seen(provider)?.asked)) {
    if (!asked.answered || asked.date === null || asked.sentAt === undefined) continue;
    if (asked.answeredAt === undefined || asked.hit || (asked.age ?? 0) > 0) continue;
    const { sentAt, answeredAt, date } = asked;
    const host = hostOf(asked.url);
    hosts.set(host, [
      ...(hosts.get(host) ?? []),
      { sentAt, answeredAt, serverTime: date, resolutionMs: 1000 },
    ]);
  }
  return [...hosts].map(([name, samples]) => ({ kind: 'provider', name, samples }));
}

function hostOf(url: string): string {
  return /^[a-z]+:\/\/([^/?#]{1,300})/i.exec(url)?.[1] ?? 'host unknown';
}

function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}
