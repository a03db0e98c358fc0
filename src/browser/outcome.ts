/**
 * What becomes of one cookie of the old deploy in a browser that meets the new one.
 *
 * @module
 */
import type { Change, CookieFacts } from './describe.ts';
import type { Counting, Pair } from './pairs.ts';
import { type Refusal, refusals } from './refusal.ts';
import type { Played } from './simulate.ts';
import type { Receipt, StoredCookie } from './store.ts';

export type Outcome = 'unchanged' | 'replaced' | 'coexists' | 'renamed' | 'rejected' | 'deleted';

/**
 * How a browser loses a cookie: `expired` a value that ended on arrival, `cleared` a line that takes it
 * back, `emptied` an empty value in its place, `site-data` Clear-Site-Data, `quota` too many cookies.
 */
export type Loss = 'expired' | 'cleared' | 'emptied' | 'site-data' | 'quota';

/** The outcome in one word and, where there is something to say, in a sentence. */
export interface Told {
  readonly outcome: Outcome;
  /** Begins with the browser's own code when it refused. */
  readonly reason: string | null;
  /** Given when browsers lose the old cookie, or its value. */
  readonly loss?: Loss;
}

/** What the outcome turns on. */
export interface Case {
  readonly pair: Pair;
  readonly before: CookieFacts | null;
  readonly after: CookieFacts | null;
  readonly refusal: Refusal | null;
  readonly changes: readonly Change[];
  readonly setting: Setting;
}

/** What the recording shows of the new deploy: it sets the cookie, it answered alike without it, or neither. */
export type Setting = 'set' | 'withheld' | 'not-seen';

/** Judges one cookie by what a browser holds once both deploys have been met. */
export function outcomeOf({ pair, before, after, refusal, changes, setting }: Case, played: Played): Told {
  if (refusal) return { outcome: 'rejected', reason: `${refusal}: ${refusals[refusal].because}` };
  const oldReceipt = pair.before && played.receipts.get(pair.before.cookie);
  const held = pair.before !== undefined && isHeld(pair.before, oldReceipt, played);
  if (!after) return withoutSuccessor(pair, setting, held, oldReceipt, played);
  const receipt = pair.after && played.receipts.get(pair.after.cookie);
  if (!receipt)
    return {
      outcome: 'rejected',
      reason: 'Chromium stores no cookie of a response that also sends Clear-Site-Data for cookies',
    };
  const emptied = after.bytes === Buffer.byteLength(after.name);
  if (receipt.kind === 'expired' && !receipt.hit && oldReceipt?.kind === 'expired')
    return { outcome: 'unchanged', reason: 'both deploys delete it: browsers hold none' };
  if (receipt.kind === 'expired')
    return receipt.hit || !held
      ? { outcome: 'deleted', reason: endedReason(after), loss: emptied ? 'cleared' : 'expired' }
      : {
          outcome: 'unchanged',
          reason: `the new deploy tries to delete it, but in another scope (Domain, Path): browsers keep the old one`,
        };
  if (played.cleared > 0 && !stillThere(receipt, played.held))
    return { outcome: 'deleted', reason: SITE_DATA, loss: 'site-data' };
  if (played.evicted > 0 && !held && !stillThere(receipt, played.held))
    return { outcome: 'deleted', reason: QUOTA, loss: 'quota' };
  if (before && before.name !== after.name) return renamed(before.name, after.name, held, oldReceipt);
  if (!changes.includes('domain') && !changes.includes('path') && !changes.includes('partitioned'))
    return emptied && before && before.bytes > Buffer.byteLength(before.name)
      ? {
          outcome: 'replaced',
          reason: `the new deploy puts an empty value in its place: browsers send ${after.name} with nothing in it, and whoever receives such a response is signed out`,
          loss: 'emptied',
        }
      : { outcome: changes.length === 0 ? 'unchanged' : 'replaced', reason: null };
  if (held)
    return {
      outcome: 'coexists',
      reason: `browsers know a cookie by name, domain and path${
        changes.includes('partitioned') ? ' (and by partition, which Partitioned changes)' : ''
      }: the new one is stored beside the old one, which stays until it ends`,
    };
  return { outcome: 'replaced', reason: GONE[oldReceipt?.kind ?? 'stored'] };
}

function renamed(was: string, is: string, held: boolean, old: Receipt | undefined): Told {
  // Nobody held it, so nobody misses it.
  if (old?.kind === 'refused' || old?.kind === 'expired')
    return { outcome: 'replaced', reason: `it is now called ${is}; of ${was}, ${GONE[old.kind]}` };
  return {
    outcome: 'renamed',
    reason: held
      ? `it is now called ${is}: browsers go on sending ${was}, which the new deploy does not read`
      : `it is now called ${is}: browsers arrive with ${was} only, and the new deploy takes that away`,
  };
}

/** Why no old cookie stays beside the new one, by what became of the old one when it was set. */
const GONE: Readonly<Record<Receipt['kind'], string>> = {
  refused: 'browsers refused the old one, so there is none to stay',
  expired: 'the old one had already ended when it arrived, so there is none to stay',
  stored: 'the new deploy also deletes the old one in its own scope',
  replaced: 'the new deploy also deletes the old one in its own scope',
  refreshed: 'the new deploy also deletes the old one in its own scope',
};

const QUOTA = "the new deploy sets so many cookies that the browser's limit of 180 a site pushes it out";
const SITE_DATA = 'Clear-Site-Data of the new deploy takes every cookie of the site';

function withoutSuccessor(
  { before }: Pair,
  setting: Setting,
  held: boolean,
  old: Receipt | undefined,
  played: Played,
): Told {
  if (held && setting === 'withheld')
    return {
      outcome: 'rejected',
      reason: `the new deploy answered ${before?.response.url.pathname} in the same way without setting it (an app that takes the request for http keeps a Secure cookie back, a proxy may drop it): no browser receives a new one`,
    };
  if (held)
    return {
      outcome: 'unchanged',
      reason: 'the responses of the new deploy that were given do not set it: browsers keep the old one',
    };
  if (old?.kind === 'refused')
    return { outcome: 'unchanged', reason: 'browsers refused it before and hold none' };
  if (old?.kind === 'expired') return { outcome: 'unchanged', reason: 'it had already ended' };
  if (played.cleared > 0) return { outcome: 'deleted', reason: SITE_DATA, loss: 'site-data' };
  if (played.evicted > 0) return { outcome: 'deleted', reason: QUOTA, loss: 'quota' };
  return { outcome: 'deleted', reason: 'the new deploy deletes it', loss: 'cleared' };
}

/** Whether the browser still holds the old deploy's cookie, untouched, at the end. */
function isHeld(old: Counting, receipt: Receipt | undefined, played: Played): boolean {
  if (!receipt || !('cookie' in receipt)) return false;
  return played.held.some(
    (cookie) =>
      cookie.generation === 'before' && sameCookie(cookie, receipt.cookie) && old.cookie.name === cookie.name,
  );
}

/** Whether the cookie that a receipt tells of is among those. */
export function stillThere(receipt: Receipt | undefined, list: readonly StoredCookie[]): boolean {
  if (!receipt || !('cookie' in receipt)) return false;
  return list.some((cookie) => sameCookie(cookie, receipt.cookie));
}

function sameCookie(a: StoredCookie, b: StoredCookie): boolean {
  return a.created === b.created;
}

function endedReason(after: CookieFacts): string {
  if (after.maxAge !== null) return `Max-Age=${after.maxAge} deletes it on arrival`;
  return `its Expires (${after.expires}) had already passed when it arrived, which deletes it`;
}
