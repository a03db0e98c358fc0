import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isStopped, within } from '../../src/io/limit.ts';

const aborted = (signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve((signal.reason as Error).name), { once: true });
    if (signal.aborted) resolve((signal.reason as Error).name);
  });

describe('isStopped', () => {
  it('tells an operator who stopped the run from a deadline', () => {
    const stop = new AbortController();
    const both = AbortSignal.any([stop.signal, new AbortController().signal]);
    expect(isStopped(both)).toBe(false);
    stop.abort();
    expect(isStopped(both)).toBe(true);
    expect(isStopped(AbortSignal.abort(new DOMException('deadline', 'TimeoutError')))).toBe(false);
  });
});

describe('within', () => {
  it('aborts at its own limit', async () => {
    expect(await within(20, new AbortController().signal, aborted)).toBe('TimeoutError');
  });

  it('aborts with its parent, also with one that is gone already', async () => {
    const parent = new AbortController();
    const waiting = within(60_000, parent.signal, aborted);
    parent.abort(new DOMException('stop', 'AbortError'));
    expect(await waiting).toBe('AbortError');
    expect(await within(60_000, parent.signal, aborted)).toBe('AbortError');
  });

  it('leaves nothing behind when the work is done, or fails', async () => {
    const parent = new AbortController();
    let kept: AbortSignal | undefined;
    const work = async (signal: AbortSignal) => {
      kept = signal;
      await sleep(1);
      return 'done';
    };
    expect(await within(5, parent.signal, work)).toBe('done');
    await expect(within(5, parent.signal, () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
    parent.abort();
    await sleep(20);
    expect(kept?.aborted).toBe(false);
  });
});
