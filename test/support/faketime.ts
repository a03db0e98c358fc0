import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';

/**
 * The environment that shifts a process's wall clock by `off` (`+1h`, `-90`, `+400d`), its monotonic clock
 * left alone. Used instead of the `faketime` command around a server: that one stays in between as a
 * parent and does not hand a signal on.
 */
export function faketimeEnv(off: string | undefined): Record<string, string> {
  if (off === undefined) return {};
  const library = execFileSync('faketime', ['-f', off, 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' });
  return { LD_PRELOAD: library.trim(), FAKETIME: off, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

/** Takes away the shared memory that libfaketime leaves behind when its process is ended by a signal. */
export function forgetFaketime(pid: number | undefined): void {
  for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`])
    rmSync(`/dev/shm/${name}`, { force: true });
}
