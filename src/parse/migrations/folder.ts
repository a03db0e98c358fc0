/**
 * What one migration means beside the others of its folder.
 *
 * @module
 */
import { judgeFields } from './django-fields.ts';
import type { MigrationFile } from './file.ts';
import type { Destruction } from './operation.ts';

/** A file of the folder, and what was read in it. */
export interface FileInFolder {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly migration: MigrationFile;
}

/**
 * The destructive steps of each file, by path: less Django's AlterFields that change no type; those of
 * which the type before is not known are to be read by eye. Files are given sorted by path.
 */
export function settled(files: readonly FileInFolder[]): ReadonlyMap<string, readonly Destruction[]> {
  const { harmless, unsure } = judgeFields(
    files
      .filter(({ migration }) => migration.fields.length > 0)
      .map(({ path, migration }) => ({
        file: path,
        app: path.slice(0, Math.max(0, path.lastIndexOf('/'))),
        fields: migration.fields,
      })),
  );
  return new Map(
    files.map(({ path, migration }) => [
      path,
      migration.operations.flatMap((operation): readonly Destruction[] => {
        const key = `${path}:${operation.line}`;
        if (operation.verb !== 'retype' || migration.tool !== 'django') return [operation];
        if (harmless.has(key)) return [];
        return [unsure.has(key) ? { ...operation, parsed: false } : operation];
      }),
    ]),
  );
}
