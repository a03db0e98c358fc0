/**
 * What a thread of `CheckerThreads` runs: it checks each batch, says so, and does nothing else.
 *
 * @module
 */
import { parentPort } from 'node:worker_threads';
import { type Checks, checkAll } from './checks.ts';

parentPort?.on('message', (checks: Checks) => {
  checkAll(checks);
  parentPort?.postMessage(null, []);
});
