/**
 * The files of a migrations folder, each read only so far; what could not be read is told.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Io } from '../../io/io.ts';
import { MIGRATION_FILE, type MigrationText } from '../../parse/migrations/file.ts';
import { isLiquibase } from '../../parse/migrations/liquibase.ts';

/** More files are not looked at. */
const MOST_FILES = 20_000;
/** A longer file is no migration that somebody wrote. Bytes. */
const LONGEST_FILE = 1_048_576;

/** Why a file or a folder was not looked into, or not to its end. */
export type Unread = {
  /** Relative to the folder. */
  readonly path: string;
  readonly why: 'refused' | 'deep' | 'link' | 'long' | 'binary';
};

export interface Listed {
  readonly paths: readonly string[];
  readonly truncated: boolean;
  readonly unread: readonly Unread[];
}

/** Names of the files that could be migrations. Throws a UsageError when the folder cannot be read. */
export async function listMigrations(folder: string, io: Io): Promise<Listed> {
  const { paths, truncated, leftOut } = await io.files.list(folder, MOST_FILES);
  return {
    paths: paths.filter((path) => MIGRATION_FILE.test(path)),
    truncated,
    unread: leftOut.filter(
      ({ path, why }) => why !== 'link' || MIGRATION_FILE.test(path) || !/\.\w{1,8}$/.test(path),
    ),
  };
}

/** One file's text, of a long one the beginning; or why it is none. */
export async function readText(
  folder: string,
  path: string,
  io: Io,
): Promise<{ readonly text: string | undefined; readonly unread: Unread | undefined }> {
  const read = await io.files.head(`${folder}/${path}`, LONGEST_FILE).catch(() => undefined);
  if (!read) return { text: undefined, unread: { path, why: 'refused' } };
  const text = decoded(read.bytes);
  if (text === undefined) return { text, unread: isData(path) ? undefined : { path, why: 'binary' } };
  const long = !read.whole && (!isData(path) || isLiquibase(text));
  return { text, unread: long ? { path, why: 'long' } : undefined };
}

/** Files that are migrations only when their content says so. */
function isData(path: string): boolean {
  return /\.(?:xml|ya?ml|json)$/i.test(path);
}

/** UTF-8, or UTF-16 by its mark, as SQL Server's tools write it; undefined for what is no text. */
function decoded(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le');
  if (bytes.subarray(0, 8000).includes(0)) return undefined;
  const text = bytes.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** Drizzle's journals of a folder: `when` of each file, by the file's path without its extension. */
export async function readJournals(
  folder: string,
  paths: readonly string[],
  io: Io,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const path of paths.filter((each) => /(?:^|\/)meta\/_journal\.json$/.test(each)).slice(0, 50)) {
    const { text } = await readText(folder, path, io);
    let journal: unknown;
    try {
      journal = JSON.parse(text ?? '');
    } catch {
      continue;
    }
    const entries = (journal as { entries?: unknown } | null)?.entries;
    const base = path.slice(0, -'meta/_journal.json'.length);
    for (const entry of Array.isArray(entries) ? (entries as readonly unknown[]) : []) {
      const { tag, when } = (entry ?? {}) as { tag?: unknown; when?: unknown };
      if (typeof tag === 'string' && typeof when === 'number') found.set(`${base}${tag}`, when);
    }
  }
  return found;
}

/** SHA-256 of a file's text, as Drizzle's history keeps it. */
export function hashOf({ text }: MigrationText): string {
  return createHash('sha256').update(text).digest('hex');
}
