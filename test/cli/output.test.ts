import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkWritable } from '../../src/cli/output.ts';
import { binPath } from '../support/bin.ts';

const folder = mkdtempSync(join(tmpdir(), 'output-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('standard output that cannot be written', () => {
  it.runIf(existsSync('/dev/full')).each([['demo'], ['--help']])(
    'is said in words, and is no diagnosis: %s',
    async (command) => {
      const child = spawn(process.execPath, [binPath, command], {
        stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      });
      const err: Buffer[] = [];
      child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
      const code = await new Promise((resolve) => void child.on('close', resolve));
      expect(Buffer.concat(err).toString()).toBe(
        'sessdoctor: cannot write to standard output: no space is left on the device\n',
      );
      expect(code).toBe(2);
    },
  );
});

describe('whether a file can be written', () => {
  it.each([
    ['a new file in a folder', 'new.json', undefined],
    ['a file in no folder', 'no/such/folder/new.json', /no such folder/],
    ['a folder', '.', /it is a folder/],
    ['-', '-', /--save takes a file/],
    ['a device in a folder that others own', '/dev/null', undefined],
  ] as const)('is known before the run: %s', (_, file, message) => {
    const check = () => checkWritable(file, '--save', folder);
    if (message) expect(check).toThrow(message);
    else expect(check).not.toThrow();
  });
});
