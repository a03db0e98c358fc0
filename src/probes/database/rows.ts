/**
 * Counting the rows: one bounded statement for all three dialects, made of each dialect's own pieces.
 * Nothing but counts and ages leaves the server.
 *
 * @module
 */
import type { SqlConnection, SqlFailure, SqlRow } from '../../io/sql.ts';
import type { Column } from './layouts.ts';
import { AGE_EDGES, type AgeBasis, BLANK, type ColumnsSeen, type RowsSeen } from './seen.ts';

/** How a dialect says what all of them can say. */
export interface Pieces {
  quote(name: string): string;
  /** Seconds between now and a column of this type; positive in the past. */
  secondsSince(column: string, type: string): string;
  /** How long a value is, and its first bytes as text. */
  bytesOf(column: string): string;
  startOf(column: string): string;
  /** The seconds a session of this payload was made to last, where its data says so; else NULL. */
  lifetimeIn(column: string, type: string): string | undefined;
  /** Ends a subquery so that its expressions are computed once a row, not once a use. */
  readonly fence: string;
}

export interface RowsRequest {
  readonly connection: SqlConnection;
  readonly pieces: Pieces;
  /** The FROM item, with its sampling clause: already quoted. */
  readonly from: string;
  /** Which part of the table `from` reads, 0…1. */
  readonly sampled: number;
  readonly columns: ColumnsSeen;
  readonly types: readonly Column[];
  readonly lookups: readonly string[];
  /** Told by the operator, seconds. */
  readonly lifetime: number | undefined;
}

/** The rows, and what stood in the way of counting all of it. */
export interface Counted {
  readonly rows: RowsSeen | null;
  readonly trouble: SqlFailure | null;
}

/**
 * One pass over the (sampled) table. When one column cannot be read (a right on some columns only, a value
 * that is no date), it is counted again without it.
 */
export async function countRows(request: RowsRequest): Promise<Counted> {
  const { columns } = request;
  const without: ColumnsSeen = { ...columns, payload: null };
  const attempts: readonly RowsRequest[] = [
    request,
    { ...request, columns: without, lookups: [] },
    { ...request, columns: { ...without, created: null, touched: null }, lookups: [] },
    { ...request, columns: { ...without, expires: null }, lookups: [] },
  ];
  let trouble: SqlFailure | null = null;
  for (const attempt of attempts) {
    const counted = await countOnce(attempt);
    if (!('kind' in counted)) return { rows: counted, trouble };
    trouble ??= counted;
    // What takes too long is mostly the data; a third time would only take longer.
    const late = counted.kind === 'statement-timeout' && attempt === request;
    if (!late && counted.kind !== 'denied' && counted.kind !== 'other') break;
  }
  return { rows: null, trouble };
}

/**
 * The same where a column's times carry no zone: as `pieces` read them, or, when the newest row would then
 * be of the future or hours old, as `other` does if that makes it a row of the last minutes.
 */
export async function countInZone(request: RowsRequest, other: Pieces): Promise<Counted> {
  const first = await countRows(request);
  if (!first.rows || first.rows.newestLive === null || isOfNow(first.rows.newestLive)) return first;
  const second = await countRows({ ...request, pieces: other });
  return second.rows && second.rows.newestLive !== null && isOfNow(second.rows.newestLive) ? second : first;
}

/** One statement sets one time; a minute allows for batches. Seconds. */
const TOGETHER = 60;

/** Clocks may differ by five minutes, and in a quarter of an hour somebody logs in. Seconds. */
function isOfNow(age: number): boolean {
  return age >= -300 && age <= 900;
}

async function countOnce(request: RowsRequest): Promise<RowsSeen | SqlFailure> {
  const { connection, columns, lookups, sampled } = request;
  const bounds = await expiryBounds(request);
  if ('kind' in bounds) return bounds;
  const { left, last } = bounds;
  const age = ageOf(request, left);
  const base = derived(request, age.sql);
  const answer = await connection.query(
    `select ${[
      'count(*) as n',
      `${sum(LIVE)} as live`,
      `max(case when ${LIVE} then age end) as oldest`,
      `min(case when ${LIVE} then age end) as newest`,
      `min(case when ${LIVE} then remaining end) as shortest`,
      'max(case when remaining <= 0 then remaining end) as last_expiry',
      ...(last === null
        ? []
        : [`${sum(`remaining <= 0 and remaining >= ${last - TOGETHER}`)} as last_together`]),
      `${sum(EMPTY)} as blank`,
      `case when min(case when ${EMPTY} then data end) = max(case when ${EMPTY} then data end) then 1 else 0 end as blank_same`,
      `avg(case when not ${EMPTY} then bytes end) as full_bytes`,
      `max(case when ${LIVE} and not ${EMPTY} then age end) as oldest_full`,
      ...AGE_EDGES.map((edge, index) => `${sum(`${LIVE} and age <= ${edge}`)} as a${index}`),
      ...lookups.map((_, index) => `${sum(`${LIVE} and l${index} = 1`)} as l${index}`),
    ].join(', ')} from (${base}) r`,
  );
  if (!answer.ok) return answer;
  const row = answer.rows[0] ?? {};
  const scaled = (name: string) => Math.round(number(row, name) / sampled);
  const known = age.basis !== 'none' && number(row, 'live') > 0;
  const rows = scaled('n');
  const live = scaled('live');
  return {
    sampled,
    rows,
    live,
    expired: columns.expires ? rows - live : 0,
    basis: age.basis,
    oldestLive: known ? optional(row, 'oldest') : null,
    newestLive: known ? optional(row, 'newest') : null,
    liveWithin: known ? AGE_EDGES.map((_, index) => scaled(`a${index}`)) : [],
    longestLeft: left,
    shortestLeft: optional(row, 'shortest'),
    lastExpiry: negated(optional(row, 'last_expiry')),
    lastTogether: last === null ? 0 : scaled('last_together'),
    blank: columns.payload ? scaled('blank') : 0,
    fullBytes: columns.payload ? optional(row, 'full_bytes') : null,
    blankSame: columns.payload !== null && number(row, 'blank_same') === 1,
    oldestFull: columns.payload && known ? optional(row, 'oldest_full') : null,
    topTransaction: null,
    nulls: lookups.map((column, index) => ({ column, rows: scaled(`l${index}`) })),
  };
}

/** A number that is not known; without a type PostgreSQL would take it for text. */
const NOTHING = 'cast(null as decimal)';

const LIVE = '(remaining is null or remaining > 0)';

/** Nothing, `{}`, `[]`, `null`, or PHP's, Rails' and Laravel's way of writing an empty session. */
const EMPTY = `(bytes <= ${BLANK} or (bytes <= 8 and data in ('a:0:{}', 'YTowOnt9', 'BAh7AA==')))`;

const sum = (condition: string) => `sum(case when ${condition} then 1 else 0 end)`;

/** Seconds that the last row has left, and (0 or less) the last of those that have expired; null without one. */
async function expiryBounds(
  request: RowsRequest,
): Promise<{ readonly left: number | null; readonly last: number | null } | SqlFailure> {
  const { connection, columns, from } = request;
  if (!columns.expires) return { left: null, last: null };
  const seconds = remaining(request);
  const answer = await connection.query(
    `select max(${seconds}) as longest, max(case when ${seconds} <= 0 then ${seconds} end) as last from ${from}`,
  );
  if (!answer.ok) return answer;
  const row = answer.rows[0] ?? {};
  return { left: optional(row, 'longest'), last: optional(row, 'last') };
}

function remaining({ columns, pieces, types }: RowsRequest): string {
  if (!columns.expires) return NOTHING;
  return `-(${pieces.secondsSince(pieces.quote(columns.expires), typeOf(types, columns.expires))})`;
}

/** A row's age in seconds, and how it is known. */
function ageOf(
  request: RowsRequest,
  left: number | null,
): { readonly sql: string; readonly basis: AgeBasis } {
  const { columns, pieces, types, lifetime } = request;
  const since = (name: string) => pieces.secondsSince(pieces.quote(name), typeOf(types, name));
  if (columns.created) return { sql: since(columns.created), basis: 'created' };
  if (columns.touched) return { sql: since(columns.touched), basis: 'touched' };
  if (!columns.expires) return { sql: NOTHING, basis: 'none' };
  const inData = columns.payload
    ? pieces.lifetimeIn(pieces.quote(columns.payload), typeOf(types, columns.payload))
    : undefined;
  if (inData) return { sql: `${since(columns.expires)} + ${inData}`, basis: 'lifetime' };
  if (lifetime !== undefined) return { sql: `${since(columns.expires)} + ${lifetime}`, basis: 'lifetime' };
  if (left === null || left <= 0) return { sql: NOTHING, basis: 'none' };
  return { sql: `${since(columns.expires)} + ${left}`, basis: 'guessed' };
}

function derived(request: RowsRequest, age: string): string {
  const { columns, pieces, from, lookups } = request;
  const payload = columns.payload && pieces.quote(columns.payload);
  const bytes = payload ? `coalesce(${pieces.bytesOf(payload)}, 0)` : NOTHING;
  const data = payload ? `coalesce(${pieces.startOf(payload)}, '')` : "cast('' as char(8))";
  const nulls = lookups.map(
    (name, index) => `case when ${pieces.quote(name)} is null then 1 else 0 end as l${index}`,
  );
  return `select ${[`${age} as age`, `${remaining(request)} as remaining`, `${bytes} as bytes`, `${data} as data`, ...nulls].join(', ')} from ${from}${pieces.fence}`;
}

function typeOf(types: readonly Column[], name: string): string {
  return types.find((column) => column.name === name)?.type.toLowerCase() ?? '';
}

/** A cell as a number, 0 when it is none. */
export function number(row: SqlRow, name: string): number {
  return optional(row, name) ?? 0;
}

/** A cell as a number, or null. Drivers give sums as text at times. */
export function optional(row: SqlRow, name: string): number | null {
  const value = row[name];
  if (value === null || value === undefined || value === '') return null;
  const found = Number(value);
  return Number.isFinite(found) ? found : null;
}

/** A cell as text, or null. */
export function text(row: SqlRow, name: string): string | null {
  const value = row[name];
  return value === null || value === undefined ? null : `${value}`;
}

function negated(value: number | null): number | null {
  return value === null ? null : -value;
}
