import { type afterAll, afterEach } from 'vitest';

type Started = { stop(): unknown } | { close(): unknown };

/**
 * Keeps what a test starts, and stops it after that test; with `afterAll` at the end, where tests run beside each other.
 * Call it once, at the top of a test file.
 */
export function keeper(
  after: typeof afterEach | typeof afterAll = afterEach,
): <T extends Started>(one: T) => T {
  const started: Started[] = [];
  after(async () => {
    await Promise.all(started.splice(0).map((one) => ('stop' in one ? one.stop() : one.close())));
  });
  return (one) => {
    started.push(one);
    return one;
  };
}
