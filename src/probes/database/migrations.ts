/**
 * A folder of migrations: what in it takes sessions away, and what the database's own history says of it.
 * Works without a database.
 *
 * @module
 */
import type { Io } from '../../io/io.ts';
import type { SqlConnection } from '../../io/sql.ts';
import { type MigrationFile, readMigration, type Tool } from '../../parse/migrations/file.ts';
import { type FileInFolder, settled } from '../../parse/migrations/folder.ts';
import { type Destruction, type Destructive, nearness } from '../../parse/migrations/operation.ts';
import { sqlReader } from '../../parse/migrations/sql.ts';
import { type BlindHistory, readHistory } from './history.ts';
import type { Wanted } from './history-tables.ts';
import { hashOf, listMigrations, readJournals, readText, type Unread } from './migration-files.ts';

/** Files that are read at the same time. */
const AT_ONCE = 32;
/** More steps than this are not kept; they are counted. */
const MOST_STEPS = 1000;
/** More files than this that could not be read are not named; they are counted. */
const MOST_UNREAD = 20;

export type StepSeen = {
  /** Relative to the folder. */
  readonly file: string;
  readonly line: number;
  readonly tool: Tool;
  readonly verb: Destructive;
  readonly table: string;
  readonly to: string | null;
  readonly column: string | null;
  readonly parsed: boolean;
  /** When the file itself says it was made (a timestamp in its name, Drizzle's journal), epoch ms. */
  readonly versionAt: number | null;
  readonly applied: 'yes' | 'no' | 'unknown';
  /** When the history says so, epoch ms. */
  readonly appliedAt: number | null;
  /** The table that says so. */
  readonly history?: string | null;
};

export type MigrationsSeen = {
  readonly folder: string;
  /** The folder as its repository names it: what a code host finds it by. */
  readonly place?: string;
  readonly files: number;
  readonly truncated: boolean;
  readonly tools: readonly Tool[];
  /** Those on the named table and on sessions first where there are too many, the newest of each; by path. */
  readonly steps: readonly StepSeen[];
  /** The history tables that were read, or null. */
  readonly history: string | null;
  readonly trouble: string | null;
  /** Steps that were found beyond those. */
  readonly dropped?: number;
  /** What could not be read, the first of it, and how much there is. */
  readonly unread?: readonly Unread[];
  readonly unreadCount?: number;
  readonly blind?: readonly BlindHistory[];
};

interface Found {
  readonly step: StepSeen;
  readonly wanted: Wanted;
}

/** Reads every migration of a folder. What cannot be read is told; a folder that cannot is a trouble. */
export async function readMigrations(
  folder: string,
  named: string | undefined,
  io: Io,
  connection: SqlConnection | undefined,
): Promise<MigrationsSeen> {
  const place = await io.files.fromRepository(folder);
  const nothing = {
    folder,
    place,
    files: 0,
    truncated: false,
    tools: [],
    steps: [],
    history: null,
    trouble: null,
  };
  let paths: readonly string[];
  let truncated: boolean;
  const unread: Unread[] = [];
  try {
    const listed = await listMigrations(folder, io);
    ({ paths, truncated } = listed);
    unread.push(...listed.unread);
  } catch (error) {
    return { ...nothing, trouble: error instanceof Error ? error.message : String(error) };
  }
  const sql = await sqlReader();
  const journals = await readJournals(folder, paths, io);
  const read: (FileInFolder & { readonly hash: string | undefined })[] = [];
  for (let at = 0; at < paths.length && !io.signal.aborted; at += AT_ONCE) {
    const batch = paths.slice(at, at + AT_ONCE);
    const texts = await Promise.all(batch.map((path) => readText(folder, path, io)));
    batch.forEach((path, index) => {
      const got = texts[index];
      if (got?.unread) unread.push(got.unread);
      if (got?.text === undefined) return;
      const tool = journals.has(path.replace(/\.sql$/, '')) ? 'drizzle' : undefined;
      const file = { path, text: got.text, tool } as const;
      const migration = readMigration(file, named, sql);
      if (!migration) return;
      const hash = migration.tool === 'drizzle' && migration.operations.length > 0 ? hashOf(file) : undefined;
      read.push({ path, migration, hash });
    });
  }
  const steps = settled(read);
  const after = revisionsAfter(read);
  const found = read.flatMap(({ path, migration, hash }) => {
    const when = journals.get(path.replace(/\.sql$/, ''));
    return (steps.get(path) ?? []).map(
      (operation): Found => ({
        step: stepOf(path, migration, operation, when),
        wanted: {
          tool: migration.tool,
          ids: migration.ids,
          path: `${folder.replaceAll('\\', '/')}/${path}`,
          unit: operation.unit,
          hash,
          when,
          after: migration.tool === 'alembic' ? after(migration.ids[0] ?? '') : undefined,
        },
      }),
    );
  });
  const kept = mostWanted(found, named);
  const history =
    connection && kept.length > 0
      ? await readHistory(
          connection,
          kept.map(({ wanted }) => wanted),
          io.now(),
        )
      : undefined;
  return {
    folder,
    place,
    files: read.length,
    truncated: truncated || io.signal.aborted,
    tools: [...new Set(read.map(({ migration }) => migration.tool))].sort(),
    steps: kept.map(({ step }, index) => ({ ...step, ...history?.applied[index] })),
    history: history && history.tables.length > 0 ? history.tables.join(', ') : null,
    trouble: null,
    dropped: found.length - kept.length,
    unread: unread.slice(0, MOST_UNREAD),
    unreadCount: unread.length,
    blind: history?.blind ?? [],
  };
}

function stepOf(
  path: string,
  { tool }: MigrationFile,
  { line, verb, table, to, column, parsed }: Destruction,
  when: number | undefined,
): StepSeen {
  return {
    file: path,
    line,
    tool,
    verb,
    table: table.slice(0, 80),
    to: to?.slice(0, 80) ?? null,
    column: column?.slice(0, 80) ?? null,
    parsed,
    versionAt: when ?? versionTime(path),
    applied: 'unknown',
    appliedAt: null,
  };
}

/** The nearest tables first, of those the newest (last in every tool's naming); in the order they came. */
function mostWanted(found: readonly Found[], named: string | undefined): readonly Found[] {
  if (found.length <= MOST_STEPS) return found;
  const order = { named: 0, session: 1, token: 2, other: 3 };
  const ranked = found
    .map((each, index) => ({ each, index, near: order[nearness(each.step.table, named)] }))
    .sort((a, b) => a.near - b.near || b.index - a.index)
    .slice(0, MOST_STEPS);
  return ranked.sort((a, b) => a.index - b.index).map(({ each }) => each);
}

/** For an Alembic revision all that come after it. */
function revisionsAfter(read: readonly FileInFolder[]): (revision: string) => ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const { migration } of read)
    for (const before of migration.follows) {
      const known = next.get(before);
      if (known) known.push(migration.ids[0] ?? '');
      else next.set(before, [migration.ids[0] ?? '']);
    }
  return (revision) => {
    const found = new Set<string>();
    const waiting = [revision];
    for (let each = waiting.pop(); each !== undefined && found.size < 20_000; each = waiting.pop())
      for (const child of next.get(each) ?? [])
        if (!found.has(child)) {
          found.add(child);
          waiting.push(child);
        }
    return found;
  };
}

/** `20260131030000_x`, `2026_01_31_030000_x`, or a folder named so. Taken as UTC. */
function versionTime(path: string): number | null {
  const match = /(20\d\d)_?([01]\d)_?([0-3]\d)_?([0-2]\d)([0-5]\d)([0-5]\d)/.exec(path);
  if (!match) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
