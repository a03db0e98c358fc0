import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The environment that shifts a process's wall clock by `off` (`+1h`, `-90`, `+400d`), its monotonic clock
 * left alone. Used instead of the `faketime` command around a server: that one stays in between as a
 * parent and does not hand a signal on.
 */
export function faketimeEnv(off: string | undefined): Record<string, string> {
  if (off === undefined) return {};
  return { LD_PRELOAD: library(), FAKETIME: off, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

/** Where Debian has put libfaketime. */
function library(): string {
  return execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim();
}

/** A wall clock that can be turned while the server that lives by it runs. */
export interface ClockDial {
  /** For the server. */
  readonly env: Record<string, string>;
  /** As faketime says it: `+1h`, `-0.005`. It holds for the next look at the clock. */
  turn(off: string): void;
  remove(): void;
}

/** A dial that stands at no offset. */
export function clockDial(): ClockDial {
  const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-dial-'));
  // Servers that give up root read it too.
  chmodSync(folder, 0o755);
  const file = join(folder, 'offset');
  const turn = (off: string) => writeFileSync(file, `${off}\n`);
  turn('+0');
  return {
    env: {
      // libfaketime and jemalloc (redis-server) each wait for the other at the start: glibc's malloc comes first.
      LD_PRELOAD: `${library()} libc_malloc_debug.so.0`,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    turn,
    remove() {
      rmSync(folder, { recursive: true, force: true });
      // Servers that fork leave one behind for each of their processes.
      for (const name of readdirSync('/dev/shm')) {
        const [, pid] = /^faketime_shm_(\d+)$/.exec(name) ?? [];
        if (pid !== undefined && !existsSync(`/proc/${pid}`)) forgetFaketime(Number(pid));
      }
    },
  };
}

/** Takes away the shared memory that libfaketime leaves behind when its process is ended by a signal. */
export function forgetFaketime(pid: number | undefined): void {
  for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`])
    rmSync(`/dev/shm/${name}`, { force: true });
}
