/**
 * The real doors, opened lazily: no client library is loaded before its first use.
 *
 * @module
 */
import type { Readable } from 'node:stream';
import { filesDoor } from './files.ts';
import { httpDoor } from './http.ts';
import type { Io } from './io.ts';
import { ntpDoor } from './ntp.ts';
import { redisDoor } from './redis.ts';
import { sqlDoor } from './sql.ts';

/** Everything a run needs of the world. Reading standard input ends when `interrupted` fires. */
export function openDoors(
  interrupted?: AbortSignal,
  standardInput?: () => Readable,
): Pick<Io, 'files' | 'http' | 'ntp' | 'redis' | 'sql'> {
  return {
    files: filesDoor(standardInput, interrupted),
    http: httpDoor(),
    ntp: ntpDoor(),
    redis: redisDoor(),
    sql: sqlDoor(),
  };
}
