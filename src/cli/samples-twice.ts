/**
 * Samples that come by standard input, for the two probes that read them: their form and keys, and a replay
 * of the first. A stream can be read once only, so it is kept.
 *
 * @module
 */
import { Readable } from 'node:stream';
import type { Config } from '../config/config.ts';
import type { Source } from '../config/schema.ts';
import { openDoors } from '../io/doors.ts';
import { filesDoor, type FilesDoor } from '../io/files.ts';
import type { StandardInput } from './standard-input.ts';

/** What is kept for a replay; more belongs into a file. Bytes. */
const MAX_SAMPLES = 67_108_864;

/** The doors of a run. Waits for standard input where two probes need it; throws as `whole` does. */
export async function doorsFor(config: Config, input: StandardInput): Promise<ReturnType<typeof openDoors>> {
  const doors = openDoors(undefined, input.stream);
  const { credentials, replay, cookies, provider } = config;
  const own = [
    credentials.after,
    credentials.jwks,
    cookies.before,
    cookies.after,
    provider.before,
    provider.saml,
  ];
  const isShared = replay.url !== undefined && replay.samples === undefined && hasStdin(credentials.samples);
  if (!isShared || own.some(hasStdin)) return doors;
  const bytes = await input.whole('samples', MAX_SAMPLES);
  return { ...doors, files: keeping(doors.files, bytes) };
}

function hasStdin(sources: Source | readonly Source[] | undefined): boolean {
  const list: readonly Source[] = [sources ?? []].flat();
  return list.some(({ kind }) => kind === 'stdin');
}

/** The door with a standard input that can be read as often as is asked. */
function keeping(files: FilesDoor, bytes: Buffer): FilesDoor {
  const again = (): FilesDoor => filesDoor(() => Readable.from([bytes]));
  return {
    ...files,
    stream: (path) => (path === '-' ? again() : files).stream(path),
    read: async (path, most) => (path === '-' ? again() : files).read(path, most),
    stdin: async (most) => again().stdin(most),
  };
}
