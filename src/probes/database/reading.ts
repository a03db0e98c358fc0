/**
 * What the counts mean at the time of the incident: who survived it, and who should have.
 *
 * @module
 */
import type { Scene } from '../probe.ts';
import { AGE_EDGES, type DatabaseSeen, type RowsSeen, type ServerSeen, type TableSeen } from './seen.ts';

/** `since` is typed to the minute, and logouts are noticed later than they begin. Seconds. */
const SLACK = 60;

/** Fewer rows than this prove nothing. */
export const FEW = 20;

/** So many sessions are to be expected before none of them is a sign: by chance, one time in 150. */
const SOME = 5;

/** What is dated may lie this long before the incident was noticed. Seconds. */
export const NOTICED = 600;

/** A copy is at least so much older than its reload. Seconds. */
const AN_HOUR = 3600;

/** Nobody logs in for a night or a weekend, hardly for longer. Seconds. */
export const LONG_QUIET = 3 * 86_400;

/** Clocks of app and database may differ by so much. Seconds. */
const AHEAD = 300;

/** No session store lets idle sessions die sooner than this. Seconds. */
const SHORTEST = 900;

export interface Reading {
  readonly table: TableSeen;
  readonly server: ServerSeen | null;
  readonly rows: RowsSeen | null;
  readonly seen: DatabaseSeen;
  /** Seconds between the incident and the look, or null when nobody said when it began. */
  readonly since: number | null;
  /** Live rows from before the incident, a lower bound; null when that cannot be known. */
  readonly survivors: number | null;
  /** A session made just before the incident would still be alive now. */
  readonly shouldSurvive: boolean;
  /** How long sessions live, seconds: told, or the longest that any live row still has. */
  readonly lifetime: number | null;
  /** Part of the rows that the busiest single transaction wrote. */
  readonly oneWriter: number;
  /** Rows that are there; where they may not be read, the most that there can be. */
  readonly here: number;
  /** Rows that were inserted, but neither deleted one by one nor here any more; 0 when counters are lost. */
  readonly vanished: number;
  /** Counters reach back to when the rows were inserted. */
  readonly counted: boolean;
}

/** Derived numbers of one table. */
export function readingOf(seen: DatabaseSeen, table: TableSeen, scene: Scene): Reading {
  const { counters } = table;
  const rows = table.rows && isAhead(table.rows) ? ageless(table.rows) : table.rows;
  const since = scene.since === null ? null : Math.max(0, (seen.at - scene.since) / 1000);
  const told = scene.settings.sessionTtlMs;
  const left = rows?.longestLeft ?? null;
  const lifetime = told === undefined ? (left !== null && left > 0 ? left : null) : told / 1000;
  const counted = counters !== null && seen.server?.countersLost === false && counters.inserted >= FEW;
  const here = presentIn(table);
  return {
    table,
    here,
    server: seen.server,
    rows,
    seen,
    since,
    survivors: rows && since !== null ? survivorsOf(rows, since + SLACK) : null,
    shouldSurvive: since !== null && (lifetime ?? SHORTEST) > since + 2 * SLACK,
    lifetime,
    oneWriter: rows?.topTransaction && rows.rows > 0 ? rows.topTransaction.rows / rows.rows : 0,
    vanished: counted ? Math.max(0, counters.inserted - counters.deleted - here) : 0,
    counted,
  };
}

/** Rows younger than now were written by another clock or in another zone: no age of them can be believed. */
export function isAhead(rows: RowsSeen): boolean {
  return rows.newestLive !== null && rows.newestLive < -AHEAD;
}

function ageless(rows: RowsSeen): RowsSeen {
  return { ...rows, basis: 'none', oldestLive: null, newestLive: null, liveWithin: [], oldestFull: null };
}

/** n_live_tup can be far too high after a bulk load, but no row takes less than its header and its pointer. */
function presentIn({ rows, counters, bytes }: TableSeen): number {
  if (rows) return rows.rows;
  return Math.min(counters?.live ?? 0, bytes ? bytes.table / 28 : Number.POSITIVE_INFINITY);
}

/** Live rows older than `age` seconds: at least so many. Null when no row tells its age. */
function survivorsOf(rows: RowsSeen, age: number): number | null {
  if (rows.live === 0) return 0;
  if (rows.basis === 'none' || rows.oldestLive === null) return null;
  if (rows.oldestLive <= age) return 0;
  const edge = AGE_EDGES.findIndex((each) => each >= age);
  const younger = edge < 0 ? rows.live : (rows.liveWithin[edge] ?? rows.live);
  return Math.max(1, rows.live - younger);
}

/** True when nothing from before is left although it should be, or when that cannot be known. */
export function nothingLeft(reading: Reading): boolean {
  const { survivors, rows } = reading;
  return survivors === null || survivors < Math.max(1, (rows?.live ?? 0) * 0.1);
}

/** The incident began at this time (epoch ms) or a little later than it. */
export function isNear({ seen, since }: Reading, at: number | null | undefined): boolean {
  return at != null && since !== null && (seen.at - at) / 1000 <= since + NOTICED;
}

/**
 * What no date is known of belongs to the incident: nothing from before is left although it should be, or
 * the table was emptied near it, or has hardly filled again since it lost `lost` rows.
 */
export function isFresh(reading: Reading, lost: number, at?: number | null): boolean {
  if (surelyGone(reading)) return true;
  if (!nothingLeft(reading) || (reading.since === null && reachesBack(reading))) return false;
  if (isNear(reading, at)) return true;
  // Rows that went long ago, and a table that is empty after every quiet night, look the same.
  const { rows, since } = reading;
  const undated = rows === null || since === null || quietExplains(reading);
  if (undated && !wroteFromThenOn(reading)) return false;
  return knownGone(reading) || reading.here < lost * 0.1;
}

/**
 * PostgreSQL: hardly a transaction came between the table's definition and the oldest row that is there, so
 * they are of one time. Transactions pass by the thousand where a table was defined long before; a GRANT
 * defines it anew after them.
 */
function wroteFromThenOn({ rows }: Reading): boolean {
  const { definedAge, oldestWriteAge } = rows ?? {};
  if (definedAge == null || oldestWriteAge == null) return false;
  return definedAge >= oldestWriteAge && definedAge <= oldestWriteAge * 1.5 + 100;
}

/** Sessions of long ago are there: whatever the table went through, it had filled again before. */
function reachesBack({ rows, lifetime }: Reading): boolean {
  return lifetime !== null && (rows?.oldestLive ?? 0) >= lifetime / 2;
}

/**
 * Sessions begin again at the incident. Rows that all stay well younger than it are what something that
 * removes them again and again leaves; too few rows tell nothing. Where a quiet time around the incident, or
 * few logins at all, explains as well why none from before is left, nothing began there.
 */
export function beginsAtIncident(reading: Reading): boolean {
  const { rows, since, lifetime } = reading;
  if (!rows || since === null) return true;
  // The last one had run out before it, as those before had, one after the other.
  if (rows.expired >= FEW && (rows.lastExpiry ?? 0) > since + SLACK && !expiredTogether(rows)) return false;
  if (rows.live === 0 || rows.oldestLive === null) return true;
  const before = (lifetime ?? SHORTEST) - since;
  const quiet = Math.max(0, since - rows.oldestLive) * (lifetime === null ? 1 : 3);
  if (before < quiet || (rows.live / Math.max(60, since)) * before < SOME) return false;
  return rows.live < 5 || since < 2 * SHORTEST || rows.oldestLive >= since / 2;
}

/** A good part of the expired rows expired within one minute, as a statement does it, or that is not known. */
export function expiredTogether({ expired, lastTogether = expired }: RowsSeen): boolean {
  return lastTogether >= Math.max(FEW, expired / 4);
}

/**
 * Seconds before the incident from which no row is left although older ones are, and they were frequent
 * enough that some should be: what a reload from an older copy leaves. 0 when there is no such hole.
 */
export function holeOf({ rows, since }: Reading): number {
  if (!rows || since === null || rows.oldestLive === null) return 0;
  if (rows.basis === 'none' || rows.basis === 'guessed') return 0;
  const first = AGE_EDGES.findIndex((edge) => edge >= since + SLACK);
  const younger = rows.liveWithin[first];
  if (younger === undefined || rows.live - younger < FEW) return 0;
  const last = AGE_EDGES.findLastIndex((_, index) => rows.liveWithin[index] === younger);
  const from = AGE_EDGES[first] ?? 0;
  const to = AGE_EDGES[last] ?? 0;
  const expected = ((rows.live - younger) / Math.max(60, rows.oldestLive - to)) * (to - from);
  return expected >= 2 * FEW && to - from >= AN_HOUR ? to - from : 0;
}

/** True only when it is known that nothing from before is left, although it should be. */
export function knownGone(reading: Reading): boolean {
  return reading.survivors === 0 && reading.shouldSurvive;
}

/**
 * A night or a weekend without a login that ended as the incident began leaves the same ages, in a table that
 * is cleaned of what has expired. Only sessions that outlive it tell the two apart.
 */
export function quietExplains({ since, lifetime }: Reading): boolean {
  return since !== null && (lifetime ?? SHORTEST) - since < LONG_QUIET;
}

/** Nothing from before is left, and no quiet time explains it. */
export function surelyGone(reading: Reading): boolean {
  return knownGone(reading) && !quietExplains(reading);
}

/** Its counters tell of no row but those that are there: whatever was before, was not in this table. */
export function holdsAllItEverHad({ table, rows, counted }: Reading): boolean {
  const { counters } = table;
  if (!rows || !counters || !counted) return false;
  return counters.inserted <= rows.rows * 1.1 + FEW && counters.deleted <= counters.inserted / 10;
}

/**
 * All live rows from before the incident are empty, and all alike. Where only some visitors have an empty
 * session, older ones with data are there as well. An empty row may have lost its age with its data.
 */
export function oldOnesBlank(reading: Reading): boolean {
  const { rows, since, survivors } = reading;
  if (!rows || since === null || survivors === null || rows.blank < FEW || !rows.blankSame) return false;
  if ((rows.oldestFull ?? 0) > since + SLACK) return false;
  if (survivors > 0) return rows.blank >= survivors * 0.9;
  return rows.basis === 'lifetime' && rows.blank >= rows.rows / 2 && knownGone(reading);
}

/** Bytes of table, indexes and what is free in them. */
export function roomOf({ table }: Reading): number {
  const { bytes } = table;
  return (bytes?.table ?? 0) + (bytes?.indexes ?? 0) + (bytes?.free ?? 0);
}

/** Far more room than the rows that are left could ever have taken. */
export function isRoomy(reading: Reading): boolean {
  const room = roomOf(reading);
  return room >= 262_144 && room / Math.max(reading.rows?.rows ?? 0, 1) >= 4096;
}

/** `100,200`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Seconds in words: `45 s`, `12 min`, `3.5 h`, `14 days`. */
export function span(seconds: number): string {
  const abs = Math.abs(seconds);
  if (abs < 120) return `${Math.round(seconds)} s`;
  if (abs < 7200) return `${Math.round(seconds / 60)} min`;
  if (abs < 172_800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** Bytes in words. */
export function size(bytes: number): string {
  if (bytes < 1_048_576) return `${Math.round(bytes / 1024)} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** Epoch ms as `2026-01-31 03:00:07 UTC`. */
export function moment(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime())
    ? 'an unknown time'
    : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A share as `62 %`, rounded down. */
export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
