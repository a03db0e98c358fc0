import { afterEach } from 'vitest';

/** Keeps what a test starts, and stops it after that test. Call it once, at the top of a test file. */
export function keeper(): <T extends { stop(): Promise<void> }>(one: T) => T {
  const started: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((one) => one.stop()));
  });
  return (one) => {
    started.push(one);
    return one;
  };
}
