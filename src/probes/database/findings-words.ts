/**
 * How findings of one kind are worded alike.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';

const LOSS_FIX =
  'If it is worth it: restore this one table by point-in-time recovery into a side table and insert from it only rows that are unexpired and not revoked.';

/** Something that could not be looked at. */
export const blind = (title: string, why: string, fix?: string) =>
  ({ level: 'warning', title, why, blind: true, ...(fix && { fix }) }) as const satisfies FindingDoc;
/** A healthy fact. */
export const fine = (title: string, why: string) =>
  ({ level: 'ok', title, why }) as const satisfies FindingDoc;
/** A fact that is neither good nor bad. */
export const note = (title: string, why: string) =>
  ({ level: 'info', title, why }) as const satisfies FindingDoc;

/** Words of a loss: critical, with the way back. */
export const lost = (title: string, why: string) =>
  ({ level: 'critical', title, why, fix: LOSS_FIX }) as const satisfies FindingDoc;
