/**
 * What a migration does to tables, in one vocabulary for all tools, and which of it destroys sessions.
 *
 * @module
 */

export type Verb =
  | 'create'
  | 'copy'
  | 'drop'
  | 'truncate'
  | 'delete'
  | 'update'
  | 'rename'
  | 'retype'
  | 'drop-column'
  | 'rename-column'
  | 'unlogged'
  | 'memory';

/** One step of a migration. */
export interface Operation {
  /** 1-based line in the file. */
  readonly line: number;
  readonly verb: Verb;
  /** As written, without quotes; with its schema where one was given. */
  readonly table: string;
  /** The new name of a rename, or where a copy comes from. */
  readonly to?: string | undefined;
  readonly column?: string | undefined;
  /** False when no parser understood the statement: found by its keywords, to be read by eye. */
  readonly parsed: boolean;
}

/** Tables that hold sessions, tokens or keys by their name. */
const RELEVANT =
  /session|(?:^|_)tokens?$|(?:access|refresh|auth|login|remember|api|user|personal_access)_?tokens?|signing_?keys?|jwks?$|api_?keys?|credentials?$/i;

/** Columns whose change ends sessions: time of expiry, secrets, and what they are looked up by. */
const VITAL = /expir|revok|invalid|token|hash|digest|secret|(?:^|_)key|sess|data|payload|sid$|^id$|version/i;

/** True when a table is the one that was named, or looks like a table of sessions, tokens or keys. */
export function isRelevant(table: string, named: string | undefined): boolean {
  const name = bare(table);
  if (named !== undefined) {
    const wanted = bare(named);
    if (name === wanted || wanted.endsWith(`_${name}`)) return true;
  }
  return RELEVANT.test(name) && !/(?:reset|verification|confirm|csrf|invite|invitation|device)/i.test(name);
}

/**
 * The steps that take sessions away: those on relevant tables, less what a file first made itself, less
 * tables that are rebuilt under the same name with their rows copied (SQLite's way to ALTER).
 */
export function destructive(
  operations: readonly Operation[],
  named: string | undefined,
): readonly Operation[] {
  return operations.filter((operation, index) => {
    const table = bare(operation.table);
    if (operation.verb === 'create' || operation.verb === 'copy') return false;
    if (!isRelevant(operation.table, named)) return false;
    const before = operations.slice(0, index);
    const after = operations.slice(index + 1);
    if (before.some((each) => each.verb === 'create' && bare(each.table) === table)) return false;
    if (before.some((each) => each.verb === 'rename' && bare(each.to ?? '') === table)) return false;
    const copied = before.some((each) => each.verb === 'copy' && bare(each.to ?? '') === table);
    const back = after.some((each) => each.verb === 'rename' && bare(each.to ?? '') === table);
    if (operation.verb === 'drop' && copied && back) return false;
    if (operation.verb === 'rename' && back) return false;
    return !['update', 'drop-column', 'rename-column', 'retype'].includes(operation.verb) || vital(operation);
  });
}

function vital(operation: Operation): boolean {
  return operation.column === undefined || VITAL.test(operation.column);
}

/** `public."Session"` → `session`. */
export function bare(table: string): string {
  return (table.split('.').at(-1) ?? table).replace(/["'`[\]]/g, '').toLowerCase();
}
