import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    // With OBSERVE=FOLDER, what the probes see is written down as well: see labs/observe.js.
    setupFiles: process.env['OBSERVE'] ? ['test/support/tap.ts'] : [],
    // Tests start real servers; a slow machine must not turn that into a failure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    pool: 'forks',
    // Real servers on a shared machine: a second try tells load from a fault, and says so in the output.
    retry: 1,
  },
});
