/**
 * The database's own clock, read between two looks at the local one.
 *
 * @module
 */
import type { ClockSample } from '../../parse/clock-sample.ts';
import type { Asker } from './ask.ts';
import { optional } from './rows.ts';

/** Not now(): that is the start of the transaction, however long ago. */
const CLOCKS = {
  postgresql: 'select extract(epoch from pg_catalog.clock_timestamp())::float8 * 1000 as at',
  mysql: 'select unix_timestamp(sysdate(6)) * 1000 as at',
} as const;

/** One reading, or null where the server did not tell. */
export async function readClock(ask: Asker, kind: keyof typeof CLOCKS): Promise<ClockSample | null> {
  const sentAt = Date.now();
  const [row = {}] = await ask.tried(CLOCKS[kind]);
  const answeredAt = Date.now();
  const serverTime = optional(row, 'at');
  return serverTime === null ? null : { sentAt, answeredAt, serverTime, resolutionMs: 1 };
}
