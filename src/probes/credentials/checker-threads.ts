/**
 * Threads that check signatures: one of RSA takes some 20 µs of a processor, so ten million take minutes
 * on one of them and a part of that on all.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Checks, checkAll } from './checks.ts';

/** Each takes some 14 MB, and all of it should stay below 200 MB. */
const MAX_THREADS = 3;
/** What a thread may use: it holds a batch or two. MB. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 32 };
/** A thread runs compiled code, whether this module is compiled or not: the folder is as deep in `src` as in `dist`. */
const CHECKER = new URL('../../../dist/probes/credentials/checker.js', import.meta.url);

interface Thread {
  readonly worker: Worker;
  /** Batches that it was given and has not answered, oldest first. */
  readonly open: { readonly checks: Checks; done(): void }[];
}

/** A pool of such threads, one a processor. They keep the process alive until `close`. */
export class CheckerThreads {
  #threads: readonly Thread[];

  constructor() {
    const count = Math.min(availableParallelism(), MAX_THREADS);
    this.#threads = Array.from({ length: count }, () => this.#start());
  }

  /** How many batches keep all threads busy. */
  get room(): number {
    return this.#threads.length * 2;
  }

  /** `checkAll`, on the thread that has least to do; on this one where no thread can be had. Never rejects. */
  async check(checks: Checks): Promise<void> {
    const [least] = [...this.#threads].sort((a, b) => a.open.length - b.open.length);
    if (!least) return checkAll(checks);
    return new Promise((done) => {
      least.open.push({ checks, done });
      least.worker.postMessage(checks, []);
    });
  }

  /** Ends all threads; what they have not answered yet is done here. */
  async close(): Promise<void> {
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map(async ({ worker }) => worker.terminate()));
  }

  #start(): Thread {
    const worker = new Worker(CHECKER, { resourceLimits: LIMITS });
    const thread: Thread = { worker, open: [] };
    worker.on('message', () => thread.open.shift()?.done());
    // A thread that could not start or ran out of memory: an `exit` follows, which does its work here.
    worker.on('error', () => {});
    worker.on('exit', () => {
      this.#threads = this.#threads.filter((one) => one !== thread);
      for (const { checks, done } of thread.open.splice(0)) {
        checkAll(checks);
        done();
      }
    });
    return thread;
  }
}
