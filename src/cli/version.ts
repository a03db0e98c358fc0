/**
 * The tool's name and version, as package.json has them.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/** Reads package.json beside `dist` (or `src`). */
export function toolVersion(): Manifest {
  const path = new URL('../../package.json', import.meta.url);
  const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  return { name, version };
}
