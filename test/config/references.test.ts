import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readBounded } from '../../src/config/references.ts';
import { binPath } from '../support/bin.ts';

const folder = mkdtempSync(join(tmpdir(), 'references-'));
afterAll(() => rmSync(folder, { recursive: true }));

function pipe(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

describe('a named pipe', () => {
  it('into which nobody writes is waited for in bounds', () => {
    const path = pipe('lonely');
    expect(() => readBounded(path, 100, { writer: 100, silence: 100 })).toThrow(
      'nothing was written into this pipe within 0.1 s',
    );
  });

  it('whose writer says nothing is waited for in bounds', () => {
    const path = pipe('mute');
    const writer = spawn('sh', ['-c', 'exec 3<>"$0"; sleep 20', path], { stdio: 'ignore' });
    try {
      expect(() => readBounded(path, 100, { writer: 5000, silence: 300 })).toThrow('within 0.3 s');
    } finally {
      writer.kill();
    }
  });

  it('is read whole from a writer that comes late and pauses', () => {
    const path = pipe('late');
    spawn('sh', ['-c', 'sleep 0.3; { printf one; sleep 0.3; printf two; } > "$0"', path], {
      stdio: 'ignore',
    });
    expect(readBounded(path, 100).toString()).toBe('onetwo');
    spawn('sh', ['-c', 'head -c 300000 /dev/zero > "$0"', path], { stdio: 'ignore' });
    expect(readBounded(path, 400_000)).toHaveLength(300_000);
  });

  it('of a shell, as in <(vault read …), is read like any other file', () => {
    const run = '"$0" "$1" diagnose --config <(sleep 0.3; echo "nonsense: 1") 2>&1; echo $?';
    const said = execFileSync('bash', ['-c', run, process.execPath, binPath], { encoding: 'utf8' });
    expect(said).toContain('nonsense');
    expect(said.trim().endsWith('2')).toBe(true);
  });
});
