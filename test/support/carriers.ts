import { readFileSync } from 'node:fs';

/** A recorded file that people paste credentials in, from `fixtures/samples/carriers`. */
export function carrier(name: string): string {
  return readFileSync(new URL(`../../fixtures/samples/carriers/${name}`, import.meta.url), 'utf8');
}
