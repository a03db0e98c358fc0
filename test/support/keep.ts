import { type afterAll, afterEach } from 'vitest';

/**
 * Keeps what a test starts, and stops it after that test; with `afterAll` at the end, where tests run beside each other.
 * Call it once, at the top of a test file.
 */
export function keeper(
  after: typeof afterEach | typeof afterAll = afterEach,
): <T extends { stop(): Promise<void> }>(one: T) => T {
  const started: { stop(): Promise<void> }[] = [];
  after(async () => {
    await Promise.all(started.splice(0).map((one) => one.stop()));
  });
  return (one) => {
    started.push(one);
    return one;
  };
}
