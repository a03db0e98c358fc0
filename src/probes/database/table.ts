/**
 * A table about which nothing is known yet.
 *
 * @module
 */
import type { TableSeen } from './seen.ts';

/** Every fact unknown; each dialect fills in what it can say. */
export function noTable(asked: string | null): TableSeen {
  return {
    asked,
    name: null,
    layout: null,
    elsewhere: [],
    lookalikes: [],
    renamedTo: null,
    storage: null,
    rewritten: null,
    neighbours: null,
    counters: null,
    bytes: null,
    remembered: null,
    madeAt: null,
    changedAt: null,
    columns: {
      id: null,
      created: null,
      touched: null,
      expires: null,
      payload: null,
      revoked: null,
      reason: null,
      parent: null,
    },
    rows: null,
    revocations: null,
    statements: [],
    appDenied: null,
    lockedFor: null,
    troubles: [],
  };
}
