/**
 * A folder of migrations: what in it takes sessions away, and what the database's own history says of it.
 * Works without a database.
 *
 * @module
 */
import type { Io } from '../../io/io.ts';
import type { SqlConnection } from '../../io/sql.ts';
import { MIGRATION_FILE, readMigration, type Tool } from '../../parse/migrations/file.ts';
import { type FileInFolder, settled } from '../../parse/migrations/folder.ts';
import type { Destructive } from '../../parse/migrations/operation.ts';
import { sqlReader } from '../../parse/migrations/sql.ts';
import { readHistory } from './history.ts';

/** More files are not looked at. */
const MOST_FILES = 20_000;
/** A longer file is no migration that somebody wrote. Bytes. */
const LONGEST_FILE = 1_048_576;
/** Files that are read at the same time. */
const AT_ONCE = 32;
/** More steps than this are not kept. */
const MOST_STEPS = 200;

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
  /** When the file itself says it was made (a timestamp in its name), epoch ms. */
  readonly versionAt: number | null;
  readonly applied: 'yes' | 'no' | 'unknown';
  /** When the history says so, epoch ms. */
  readonly appliedAt: number | null;
};

export type MigrationsSeen = {
  readonly folder: string;
  readonly files: number;
  readonly truncated: boolean;
  readonly tools: readonly Tool[];
  readonly steps: readonly StepSeen[];
  /** The history table that was read, or null. */
  readonly history: string | null;
  readonly trouble: string | null;
};

interface Found {
  readonly step: StepSeen;
  readonly tool: Tool;
  /** How the tool's own history names the file. */
  readonly id: string;
}

/** Reads every migration of a folder. What cannot be read is left out; a folder that cannot is a trouble. */
export async function readMigrations(
  folder: string,
  named: string | undefined,
  io: Io,
  connection: SqlConnection | undefined,
): Promise<MigrationsSeen> {
  const nothing = { folder, files: 0, truncated: false, tools: [], steps: [], history: null, trouble: null };
  let paths: readonly string[];
  let truncated: boolean;
  try {
    const listed = await io.files.list(folder, MOST_FILES);
    paths = listed.paths.filter((path) => MIGRATION_FILE.test(path));
    truncated = listed.truncated;
  } catch (error) {
    return { ...nothing, trouble: error instanceof Error ? error.message : String(error) };
  }
  const sql = await sqlReader();
  const read: FileInFolder[] = [];
  for (let at = 0; at < paths.length && !io.signal.aborted; at += AT_ONCE) {
    const batch = paths.slice(at, at + AT_ONCE);
    const texts = await Promise.all(batch.map((path) => textOf(`${folder}/${path}`, io)));
    batch.forEach((path, index) => {
      const text = texts[index];
      const migration = text === undefined ? undefined : readMigration(path, text, named, sql);
      if (migration) read.push({ path, migration });
    });
  }
  const tools = new Set(read.map(({ migration }) => migration.tool));
  const files = read.length;
  const steps = settled(read);
  const found = read.flatMap(({ path, migration }) =>
    (steps.get(path) ?? []).map(
      ({ line, verb, table, to, column, parsed }): Found => ({
        tool: migration.tool,
        id: migration.id,
        step: {
          file: path,
          line,
          tool: migration.tool,
          verb,
          table: table.slice(0, 80),
          to: to?.slice(0, 80) ?? null,
          column: column?.slice(0, 80) ?? null,
          parsed,
          versionAt: versionTime(path),
          applied: 'unknown',
          appliedAt: null,
        },
      }),
    ),
  );
  // Newest last in every tool's naming: those are the ones that an incident is about.
  const kept = found.slice(-MOST_STEPS);
  const history = connection && kept.length > 0 ? await readHistory(connection, kept) : null;
  return {
    folder,
    files,
    truncated: truncated || io.signal.aborted || found.length > MOST_STEPS,
    tools: [...tools].sort(),
    steps: kept.map(({ step }, index) => ({ ...step, ...history?.applied[index] })),
    history: history?.table ?? null,
    trouble: null,
  };
}

async function textOf(path: string, io: Io): Promise<string | undefined> {
  try {
    return (await io.files.read(path, LONGEST_FILE)).toString('utf8');
  } catch {
    return undefined;
  }
}

/** `20260131030000_x`, `2026_01_31_030000_x`, or a folder named so. Taken as UTC. */
function versionTime(path: string): number | null {
  const match = /(20\d\d)_?([01]\d)_?([0-3]\d)_?([0-2]\d)([0-5]\d)([0-5]\d)/.exec(path);
  if (!match) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
