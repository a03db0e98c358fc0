/**
 * What a migration does to tables, in one vocabulary for all tools, and which tables matter.
 *
 * @module
 */

/** Steps that can take sessions away. */
export type Destructive =
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

/** … and those that make good what others would destroy. */
export type Verb = Destructive | 'create' | 'copy' | 'view' | 'add-column';

/** One step of a migration. */
export interface Operation {
  /** 1-based line in the file. */
  readonly line: number;
  readonly verb: Verb;
  /** As written, without quotes; with its schema where one was given. */
  readonly table: string;
  /** The new name of a rename, or where the rows of a copy or a view come from. */
  readonly to?: string | undefined;
  readonly column?: string | undefined;
  /** How a table is made: only where there is none, or in place of whatever is there. */
  readonly making?: 'if-absent' | 'anew' | undefined;
  /** The unit of the tool's history within the file (a Liquibase changeSet), where a file has several. */
  readonly unit?: string | undefined;
  /** False when no parser understood the statement: found by its keywords, to be read by eye. */
  readonly parsed: boolean;
}

/** A step that takes sessions away. */
export type Destruction = Operation & { readonly verb: Destructive };

/** How close a table is to the question: the one that was named, then sessions, then tokens and keys. */
export type Nearness = 'named' | 'session' | 'token' | 'other';

const SESSION = /session/i;

/** Tables that hold tokens or keys by their name. */
const TOKEN =
  /(?:^|_)tokens?$|(?:access|refresh|auth|login|remember|api|user|personal_access)_?tokens?|signing_?keys?|jwks?$|api_?keys?|credentials?$/i;

/** Tokens that no session hangs on. */
const ASIDE = /(?:reset|verification|confirm|csrf|invite|invitation|device)/i;

/** Tables beside the one that the app reads: what was kept of it, what will follow it, or is said about it. */
const BESIDE =
  /_(?:old|bak|backup|legacy|archived?|history|audit|logs?|events?|stats|metrics|tmp|temp|deprecated|import|new|next|copy|shadow|gh[oc])(?:_?\d{1,14})?$|^_*(?:new|old|tmp|temp|copy)_/i;

/** Columns whose change ends sessions: time of expiry, secrets, and what they are looked up by. */
const VITAL = /expir|revok|invalid|token|hash|digest|secret|(?:^|_)key|sess|data|payload|sid$|^id$|version/i;

/** What a table is to a session; `named` is the operator's own table. Models count by their table's name. */
export function nearness(table: string, named: string | undefined): Nearness {
  const name = bare(table);
  if (named !== undefined && isSame(name, bare(named))) return 'named';
  if (ASIDE.test(name) || BESIDE.test(name)) return 'other';
  if (SESSION.test(name)) return 'session';
  return TOKEN.test(name) ? 'token' : 'other';
}

/** True when a change of the column ends sessions; a change that names no column may be any. */
export function isVital(column: string | undefined): boolean {
  return column === undefined || VITAL.test(column);
}

/** `public."Session"` → `session`. */
export function bare(table: string): string {
  return (table.split('.').at(-1) ?? table).replace(/["'`[\]]/g, '').toLowerCase();
}

/** `UserSession`, `user_sessions` and, for an app's prefix, `accounts_usersession` are one. */
function isSame(name: string, wanted: string): boolean {
  return name === wanted || plain(name) === plain(wanted) || wanted.endsWith(`_${name}`);
}

function plain(name: string): string {
  return name.replaceAll('_', '').replace(/(?:(?<=s)es|s)$/, '');
}
