/**
 * The real doors, opened lazily: no client library is loaded before its first use.
 *
 * @module
 */
import { filesDoor } from './files.ts';
import { httpDoor } from './http.ts';
import type { Io } from './io.ts';
import { sqlDoor } from './sql.ts';
import { ntpDoor } from './ntp.ts';

const closed = (name: string) => async (): Promise<never> => {
  throw new Error(`the ${name} door is not built in`);
};

/** Everything a run needs of the world. */
export function openDoors(): Pick<Io, 'files' | 'http' | 'ntp' | 'redis' | 'sql'> {
  return {
    files: filesDoor(),
    http: httpDoor(),
    ntp: ntpDoor(),
    redis: { connect: closed('redis') },
    sql: sqlDoor(),
  };
}
