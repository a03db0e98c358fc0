/**
 * What the migrations mean at the time of the incident. A file alone is a risk; only a history that says
 * it was applied near the incident makes it evidence, and only a table that shows the loss settles it.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { Destructive } from '../../parse/migrations/operation.ts';
import type { Scene } from '../probe.ts';
import type { DatabaseSlug } from './findings.ts';
import { lossOf } from './loss.ts';
import { count, moment, readingOf } from './reading.ts';
import type { StepSeen } from './migrations.ts';
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
  for (const step of migrations.steps.slice(-MOST)) {
    const near =
      since !== null &&
      step.appliedAt !== null &&
      step.appliedAt <= since + SLACK &&
      step.appliedAt >= since - BEFORE;
    const young = since !== null && step.versionAt !== null && Math.abs(since - step.versionAt) <= YOUNG;
    const slug = slugOf(step, near, young, loss !== undefined);
    yield {
      slug,
      detail: `${step.file}:${step.line} ${words(step)}${appliedWords(step, migrations.history)}${step.parsed ? '' : ' (not parsed: read it by eye)'}. Safe way: ${SAFE[step.verb]}`,
      subject: `${step.file}:${step.line}`,
      at:
        slug === 'migration-applied' || slug === 'migration-destroyed'
          ? (step.appliedAt ?? undefined)
          : undefined,
      data: { file: step.file, line: step.line, verb: step.verb, table: step.table },
    };
  }
  if (migrations.steps.length === 0)
    yield {
      slug: migrations.files === 0 ? 'migrations-none' : 'migrations-harmless',
      detail: `${count(migrations.files)} migrations (${migrations.tools.join(', ') || 'no known tool'}) in ${migrations.folder}${migrations.truncated ? ', and more that were not read' : ''}`,
    };
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
      return `drops ${step.table}`;
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
