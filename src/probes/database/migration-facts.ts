/**
 * What the migrations mean at the time of the incident. A file alone is a risk; only a history that says
 * it was applied near the incident makes it evidence, and only a table that shows the loss settles it.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import { type Destructive, nearness } from '../../parse/migrations/operation.ts';
import type { Unread } from './migration-files.ts';
import type { Scene } from '../probe.ts';
import type { DatabaseSlug } from './findings.ts';
import { lossOf } from './loss.ts';
import { count, moment, readingOf } from './reading.ts';
import type { MigrationsSeen, StepSeen } from './migrations.ts';
import type { DatabaseSeen } from './seen.ts';

/** A migration belongs to the incident when it was applied so long before it was noticed. ms */
const BEFORE = 24 * 3_600_000;
/** … or is so young by its own name. ms */
const YOUNG = 7 * BEFORE;
const SLACK = 60_000;
/** So many files are reported one by one. */
const MOST = 100;

const SAFE: Readonly<Record<Destructive, string>> = {
  drop: 'expand, migrate, contract: create the new table beside it, let the app write to both, drop the old one when its last session has run out',
  truncate: 'let sessions expire by themselves; to revoke them on purpose set revoked_at and announce it',
  delete: 'delete only what is expired, in batches; to revoke on purpose set revoked_at and announce it',
  update: 'change only rows written from now on; let the app read both forms until the old ones have run out',
  rename: 'create a view under the old name in the same transaction, or let the app read both tables first',
  retype:
    'add a new column, fill it in batches, read both, then drop the old one (expand, migrate, contract)',
  'drop-column': 'stop reading it in one release, drop it in the next',
  'rename-column':
    'add the new column, fill it in, read both, then drop the old one (expand, migrate, contract)',
  unlogged: 'keep it logged; to write less, use synchronous_commit = off for the session writes',
  memory: 'keep it in InnoDB',
};

/** All facts about the migrations. */
export function* examineMigrations(seen: DatabaseSeen, scene: Scene): Generator<Fact<DatabaseSlug>> {
  const { migrations } = seen;
  if (!migrations) return;
  if (migrations.trouble !== null) {
    yield { slug: 'migrations-unreadable', detail: migrations.trouble };
    return;
  }
  const { since } = scene;
  const loss = seen.table ? lossOf(readingOf(seen, seen.table, scene)) : undefined;
  const told = migrations.steps.map((step) => {
    const near =
      since !== null &&
      step.appliedAt !== null &&
      step.appliedAt <= since + SLACK &&
      step.appliedAt >= since - BEFORE;
    const young = since !== null && step.versionAt !== null && Math.abs(since - step.versionAt) <= YOUNG;
    return { step, slug: slugOf(step, near, young, loss !== undefined) };
  });
  const { shown, rest } = divided(told, seen);
  for (const { step, slug } of shown)
    yield {
      slug,
      detail: `${step.file}:${step.line} ${words(step)}${appliedWords(step, step.history ?? migrations.history)}${step.parsed ? '' : ' (not parsed: read it by eye)'}. Safe way: ${SAFE[step.verb]}`,
      subject: `${step.file}:${step.line}`,
      at:
        slug === 'migration-applied' || slug === 'migration-destroyed'
          ? (step.appliedAt ?? undefined)
          : undefined,
      data: {
        file: migrations.place ? `${migrations.place}/${step.file}` : step.file,
        line: step.line,
        verb: step.verb,
        table: step.table,
      },
    };
  const dropped = rest.length + (migrations.dropped ?? 0);
  if (dropped > 0)
    yield {
      slug: 'migrations-left-out',
      detail: `${count(dropped)} more steps that take sessions away are not listed one by one; those near the incident and on session tables come first. ${rest.length > 0 ? `Among them ${places(rest.map(({ step }) => step))}` : 'None of them was kept'}`,
    };
  yield* examineUnread(migrations);
  yield* examineHistories(migrations, seen);
  if (migrations.steps.length === 0 && (migrations.unreadCount ?? 0) === 0 && !migrations.truncated)
    yield {
      slug: migrations.files === 0 ? 'migrations-none' : 'migrations-harmless',
      detail: `${count(migrations.files)} migrations (${migrations.tools.join(', ') || 'no known tool'}) in ${migrations.folder}`,
    };
}

interface Told {
  readonly step: StepSeen;
  readonly slug: DatabaseSlug;
}

/** Which steps are told one by one: what may be evidence, then the nearest tables, then the newest. */
function divided(
  told: readonly Told[],
  seen: DatabaseSeen,
): { readonly shown: readonly Told[]; readonly rest: readonly Told[] } {
  if (told.length <= MOST) return { shown: told, rest: [] };
  const named = seen.table?.asked ?? seen.table?.name ?? undefined;
  const weight = ({ step, slug }: Told) =>
    (SLUG_ORDER.indexOf(slug) + 1 || SLUG_ORDER.length + 1) * 10 +
    NEAR_ORDER.indexOf(nearness(step.table, named));
  const chosen = new Set(
    told
      .map((each, index) => ({ each, index, weight: weight(each) }))
      .sort((a, b) => a.weight - b.weight || b.index - a.index)
      .slice(0, MOST)
      .map(({ each }) => each),
  );
  return { shown: told.filter((each) => chosen.has(each)), rest: told.filter((each) => !chosen.has(each)) };
}

const SLUG_ORDER: readonly DatabaseSlug[] = ['migration-destroyed', 'migration-applied', 'migration-young'];
const NEAR_ORDER = ['named', 'session', 'token', 'other'];

function places(steps: readonly StepSeen[]): string {
  const named = steps.slice(0, 10).map((step) => `${step.file}:${step.line}`);
  return `${named.join(', ')}${steps.length > named.length ? ' …' : ''}`;
}

const WHY: Readonly<Record<Unread['why'], string>> = {
  refused: 'could not be read',
  deep: 'lies too deep in the folder',
  link: 'is a link, and links are not followed',
  long: 'is longer than 1 MiB: only its beginning was read',
  binary: 'is no text',
};

function* examineUnread(migrations: MigrationsSeen): Generator<Fact<DatabaseSlug>> {
  const { unread = [], unreadCount = 0, truncated } = migrations;
  if (unreadCount === 0 && !truncated) return;
  const named = unread.slice(0, 5).map(({ path, why }) => `${path} ${WHY[why] ?? WHY.refused}`);
  const more = unreadCount > named.length ? [`${count(unreadCount - named.length)} more`] : [];
  const cut = truncated ? ['there are more files than could be read in time'] : [];
  yield {
    slug: 'migrations-partly-read',
    detail: `${count(migrations.files)} migrations in ${migrations.folder} were read, but ${[...named, ...more, ...cut].join('; ')}`,
  };
}

function* examineHistories(migrations: MigrationsSeen, seen: DatabaseSeen): Generator<Fact<DatabaseSlug>> {
  for (const { table, kind } of (migrations.blind ?? []).slice(0, 5)) {
    const grant = seen.dialect === 'sqlite' ? '' : `. To let it be read: ${grantOn(table, seen)}`;
    yield {
      slug: 'migration-history-unreadable',
      detail:
        kind === 'no-answer'
          ? `${table} gave no answer in time: whether and when these migrations were applied is not known`
          : `this role may not read ${table}${kind === 'perhaps-denied' ? ' (or there is none: the server does not tell which)' : ''}, so whether and when these migrations were applied is not known${grant}`,
      subject: table,
    };
  }
}

/** The statement that lets the role read one history. */
function grantOn(table: string, { dialect, server }: DatabaseSeen): string {
  const role = server?.role ?? 'sessdoctor';
  if (dialect === 'mysql') {
    const [user = role, host = '%'] = role.split('@');
    return `GRANT SELECT ON ${table} TO '${user}'@'${host}';`;
  }
  const [schema] = table.includes('.') ? table.split('.') : [undefined];
  return `${schema === undefined ? '' : `GRANT USAGE ON SCHEMA ${schema} TO ${role}; `}GRANT SELECT ON ${table} TO ${role};`;
}

function slugOf(step: StepSeen, near: boolean, young: boolean, lost: boolean): DatabaseSlug {
  if (step.applied === 'yes') {
    if (near && lost) return 'migration-destroyed';
    if (near) return 'migration-applied';
    return step.appliedAt === null && young ? 'migration-young' : 'migration-applied-before';
  }
  return step.applied === 'unknown' && young ? 'migration-young' : 'migration-destructive';
}

function words(step: StepSeen): string {
  const column = step.column ? ` (${step.column})` : '';
  switch (step.verb) {
    case 'drop':
      return step.table.endsWith('.*')
        ? `drops the schema ${step.table.slice(0, -2)} with all its tables`
        : `drops ${step.table}`;
    case 'truncate':
      return `truncates ${step.table}`;
    case 'delete':
      return `deletes all rows of ${step.table}`;
    case 'update':
      return `updates all rows of ${step.table}${column}`;
    case 'rename':
      return `renames ${step.table}${step.to ? ` to ${step.to}` : ''}`;
    case 'retype':
      return `changes the type of a column of ${step.table}${column}`;
    case 'drop-column':
      return `drops a column of ${step.table}${column}`;
    case 'rename-column':
      return `renames a column of ${step.table}${column}`;
    case 'unlogged':
      return `makes ${step.table} UNLOGGED`;
    case 'memory':
      return `keeps ${step.table} in memory only`;
    default:
      return `touches ${step.table}`;
  }
}

function appliedWords(step: StepSeen, history: string | null): string {
  if (history === null) return '';
  if (step.applied === 'yes')
    return step.appliedAt === null
      ? `; ${history} says it was applied, not when`
      : `; applied at ${moment(step.appliedAt)}, says ${history}`;
  return step.applied === 'no' ? `; not applied yet, says ${history}` : '';
}
