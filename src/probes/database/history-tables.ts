/**
 * The migration tools' own tables: what they call a migration, and how they date it.
 *
 * @module
 */
import type { Tool } from '../../parse/migrations/file.ts';

/** A migration that a history is asked about. */
export interface Wanted {
  readonly tool: Tool;
  /** Names that its tool may know it by: file name, version, revision, class. */
  readonly ids: readonly string[];
  /** Its whole path, with `/`. */
  readonly path: string;
  /** Liquibase: author and id of the changeSet, with a line break between. */
  readonly unit: string | undefined;
  /** Drizzle: SHA-256 of the file, and `when` of the journal. */
  readonly hash: string | undefined;
  readonly when: number | undefined;
  /** Alembic: the revisions that come after it, as far as the folder has them; all that the folder has. */
  readonly after: ReadonlySet<string> | undefined;
}

export interface HistoryRow {
  readonly id: string;
  readonly at: number | null;
  readonly also: readonly string[];
}

export interface Verdict {
  readonly applied: 'yes' | 'no' | 'unknown';
  readonly appliedAt: number | null;
}

export interface History {
  readonly table: string;
  readonly tools: readonly Tool[];
  /** The column that is asked for, the time where there is one, and what else tells migrations apart. */
  readonly id: string;
  readonly at?: string;
  readonly also?: readonly string[];
  /** Rows that count. */
  readonly only?: string;
  /** All rows are read: the table holds only few by its nature. */
  readonly all?: true;
  /** Values of the id column that may mean a migration. */
  keys(wanted: Wanted): readonly string[];
  /** What the rows say, for each in turn. */
  judge(rows: readonly HistoryRow[], asked: readonly Wanted[]): readonly Verdict[];
}

const UNKNOWN: Verdict = { applied: 'unknown', appliedAt: null };
const NO: Verdict = { applied: 'no', appliedAt: null };

type Matches = (row: HistoryRow, wanted: Wanted) => boolean;

/** Each migration has its row, or was not applied. */
function byRow(
  matches: Matches,
  missing: (wanted: Wanted, rows: readonly HistoryRow[]) => Verdict = () => NO,
) {
  return (rows: readonly HistoryRow[], asked: readonly Wanted[]): readonly Verdict[] =>
    asked.map((wanted) => {
      const row = rows.findLast((each) => matches(each, wanted));
      return row ? { applied: 'yes', appliedAt: row.at } : missing(wanted, rows);
    });
}

const sameId: Matches = (row, wanted) => wanted.ids.includes(row.id);
const ids = (wanted: Wanted) => wanted.ids;

/** The version as a number: `000011_x` is 11. */
const numbers = (wanted: Wanted) =>
  wanted.ids.flatMap((id) => {
    const digits = /^0*(\d{1,18})(?!\d)/.exec(id)?.[1];
    return digits === undefined ? [] : [digits];
  });
const sameNumber: Matches = (row, wanted) => numbers(wanted).includes(row.id);

/** Django's name is unique within an app only; the app is the folder that holds `migrations`. */
function judgeDjango(rows: readonly HistoryRow[], asked: readonly Wanted[]): readonly Verdict[] {
  return asked.map((wanted) => {
    const app = /([^/]+)\/migrations\/(?:[^/]+\/){0,3}[^/]+$/.exec(wanted.path)?.[1];
    const named = rows.filter((row) => sameId(row, wanted));
    const row = app === undefined ? undefined : named.find(({ also }) => also[0] === app);
    if (row) return { applied: 'yes', appliedAt: row.at };
    // An app may have another label than its folder: of a name that only other apps have, nothing is known.
    const only = named.length === 1 && app === undefined ? named[0] : undefined;
    if (only) return { applied: 'yes', appliedAt: only.at };
    return named.length === 0 ? NO : UNKNOWN;
  });
}

/** A changeSet is its id, its author and the path of its log, of which either side may know more. */
const sameChangeSet: Matches = (row, wanted) => {
  const [author, id] = (wanted.unit ?? '').split('\n');
  if (row.id !== id || row.also[0] !== author) return false;
  const kept = (row.also[1] ?? '').replace(/^classpath\*?:\/?/, '').replace(/^\.?\//, '');
  return (
    kept !== '' &&
    (`/${wanted.path}`.endsWith(`/${kept}`) || kept.endsWith(`/${wanted.ids[0]}`) || kept === wanted.ids[0])
  );
};

/** Alembic keeps the newest revision of each branch: all before it were applied. */
function judgeAlembic(rows: readonly HistoryRow[], asked: readonly Wanted[]): readonly Verdict[] {
  return asked.map((wanted) => {
    if (rows.some((row) => wanted.ids.includes(row.id) || wanted.after?.has(row.id)))
      return { applied: 'yes', appliedAt: null };
    return UNKNOWN;
  });
}

/** golang-migrate keeps the newest version alone. */
function judgeNewest(rows: readonly HistoryRow[], asked: readonly Wanted[]): readonly Verdict[] {
  const newest = rows[0];
  return asked.map((wanted) => {
    const version = numbers(wanted)[0];
    if (!newest || version === undefined) return UNKNOWN;
    const dirty = /^(?:t|true|1)$/.test(newest.also[0] ?? '');
    if (Number(version) === Number(newest.id) && dirty) return UNKNOWN;
    return Number(version) <= Number(newest.id) ? { applied: 'yes', appliedAt: null } : NO;
  });
}

/** All histories that are known, the surest sign of a tool first. */
export const HISTORIES: readonly History[] = [
  {
    table: '_prisma_migrations',
    tools: ['prisma'],
    id: 'migration_name',
    at: 'finished_at',
    only: 'finished_at is not null and rolled_back_at is null',
    keys: ids,
    judge: byRow(sameId),
  },
  {
    table: 'flyway_schema_history',
    tools: ['flyway'],
    id: 'script',
    at: 'installed_on',
    only: 'success',
    keys: ids,
    judge: byRow(sameId),
  },
  {
    table: 'schema_version',
    tools: ['flyway'],
    id: 'script',
    at: 'installed_on',
    only: 'success',
    keys: ids,
    judge: byRow(sameId),
  },
  {
    table: 'django_migrations',
    tools: ['django'],
    id: 'name',
    at: 'applied',
    also: ['app'],
    keys: ids,
    judge: judgeDjango,
  },
  {
    table: '__drizzle_migrations',
    tools: ['drizzle'],
    id: 'hash',
    keys: (wanted) => (wanted.hash === undefined ? [] : [wanted.hash]),
    judge: byRow(
      (row, wanted) => row.id === wanted.hash,
      (wanted) => (wanted.when === undefined ? NO : UNKNOWN),
    ),
  },
  {
    // The same, for a file that was touched since: `created_at` is when the journal says it was written.
    table: '__drizzle_migrations',
    tools: ['drizzle'],
    id: 'created_at',
    keys: (wanted) => (wanted.when === undefined ? [] : [String(wanted.when)]),
    judge: byRow(
      (row, wanted) => wanted.when !== undefined && row.id === String(wanted.when),
      (wanted) => (wanted.when === undefined ? UNKNOWN : NO),
    ),
  },
  ...['databasechangelog', 'DATABASECHANGELOG'].map(
    (table): History => ({
      table,
      tools: ['liquibase'],
      id: 'id',
      at: 'dateexecuted',
      also: ['author', 'filename'],
      only: `exectype in ('EXECUTED', 'RERAN')`,
      keys: (wanted) => (wanted.unit ?? '').split('\n').slice(1, 2),
      judge: byRow(sameChangeSet),
    }),
  ),
  {
    table: 'knex_migrations',
    tools: ['knex'],
    id: 'name',
    at: 'migration_time',
    keys: ids,
    judge: byRow(sameId),
  },
  { table: 'SequelizeMeta', tools: ['knex'], id: 'name', keys: ids, judge: byRow(sameId) },
  {
    table: 'mikro_orm_migrations',
    tools: ['knex'],
    id: 'name',
    at: 'executed_at',
    keys: ids,
    judge: byRow(sameId),
  },
  {
    table: 'pgmigrations',
    tools: ['knex', 'sql'],
    id: 'name',
    at: 'run_on',
    keys: ids,
    judge: byRow(sameId, () => UNKNOWN),
  },
  { table: 'migrations', tools: ['laravel'], id: 'migration', keys: ids, judge: byRow(sameId) },
  { table: 'migrations', tools: ['knex'], id: 'name', keys: ids, judge: byRow(sameId) },
  {
    table: 'phinxlog',
    tools: ['laravel'],
    id: 'version',
    at: 'end_time',
    keys: numbers,
    judge: byRow(sameNumber, () => UNKNOWN),
  },
  {
    table: 'alembic_version',
    tools: ['alembic'],
    id: 'version_num',
    all: true,
    keys: ids,
    judge: judgeAlembic,
  },
  {
    table: 'goose_db_version',
    tools: ['sql'],
    id: 'version_id',
    at: 'tstamp',
    only: 'is_applied',
    keys: numbers,
    judge: byRow(sameNumber),
  },
  { table: 'gorp_migrations', tools: ['sql'], id: 'id', at: 'applied_at', keys: ids, judge: byRow(sameId) },
  {
    table: '_sqlx_migrations',
    tools: ['sql'],
    id: 'version',
    at: 'installed_on',
    only: 'success',
    keys: numbers,
    judge: byRow(sameNumber),
  },
  {
    table: 'schema_migrations',
    tools: ['sql'],
    id: 'version',
    also: ['dirty'],
    all: true,
    keys: numbers,
    judge: judgeNewest,
  },
  {
    table: 'schema_migrations',
    tools: ['rails', 'ecto', 'sql'],
    id: 'version',
    keys: (wanted) => [...ids(wanted), ...numbers(wanted)],
    judge: byRow((row, wanted) => sameId(row, wanted) || sameNumber(row, wanted)),
  },
];
