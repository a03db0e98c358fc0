import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';

const update = process.env['U'] === '1';

/** Compares text with a golden file; with U=1 in the environment the file is rewritten instead. */
export function expectGolden(path: string, actual: string): void {
  if (update) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  const wanted = existsSync(path) ? readFileSync(path, 'utf8') : '(no golden file: run with U=1)';
  expect(actual).toBe(wanted);
}
