/**
 * A shorter time limit inside a longer one.
 *
 * @module
 */

import { setMaxListeners } from 'node:events';

/** True when the run was stopped from outside (Ctrl-C): what ended with it says nothing about a target. */
export function isStopped(signal: AbortSignal): boolean {
  return signal.aborted && (signal.reason as { name?: unknown } | undefined)?.name !== 'TimeoutError';
}

/** Runs `work` with a signal that aborts with `parent`, or after `ms` at the latest. */
export async function within<T>(
  ms: number,
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // Not AbortSignal.any of AbortSignal.timeout: Node 20 may collect such a signal before it fires.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException('time limit', 'TimeoutError')), ms);
  const abort = () => limit.abort(parent.reason);
  // As many listeners as there are limits inside it; Node warns at eleven.
  setMaxListeners(0, parent);
  parent.addEventListener('abort', abort, { once: true });
  if (parent.aborted) abort();
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    parent.removeEventListener('abort', abort);
  }
}
