/**
 * Limiters count requests a second, and this probe asks several endpoints at once: a refusal that it brought
 * about by itself is no fault of the provider's.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Asked } from './seen.ts';

/** The usual limits are a request or two a second. ms */
const MOMENT = 1100;

/** Refused for being one too many, as it may be, and not told to stay away for longer than a moment. */
export function wantsOthersFirst(asked: Asked): boolean {
  return (
    asked.answered &&
    (asked.status === 429 || asked.status === 503) &&
    (asked.retryAfter === null || Number(asked.retryAfter) * 1000 <= MOMENT)
  );
}

/** Waits for that moment, or until the run is over. */
export async function aMomentLater(signal: AbortSignal): Promise<void> {
  await sleep(MOMENT, undefined, { signal }).catch(() => {});
}
