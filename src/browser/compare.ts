/**
 * Two deploys and a browser between them: what becomes of each cookie, what each URL receives, and what
 * that does to people. Pure; the `cookies` probe and the `diff` command both stand on it.
 *
 * @module
 */
import { type Consequence, consequencesOf } from './consequences.ts';
import type { CookieSeen, Deploy } from './deploy.ts';
import { type Change, changesOf, type CookieFacts, factsOf } from './describe.ts';
import { chromium, firefox } from './engines.ts';
import { type Counting, countingCookies, type Pair, pairCookies } from './pairs.ts';
import { type Refusal, refusals } from './refusal.ts';
import { type Generation, type Played, type Sent, simulate } from './simulate.ts';
import { setStage } from './stage.ts';
import type { Receipt, StoredCookie } from './store.ts';
import { urlsToAsk } from './urls.ts';

export type Outcome = 'unchanged' | 'replaced' | 'coexists' | 'renamed' | 'rejected' | 'deleted';

/** What became of one cookie. */
export interface CookieDiff {
  readonly name: string;
  readonly changes: readonly Change[];
  readonly outcome: Outcome;
  /** In words; begins with the browser's own code when it refused. Null when there is nothing to say. */
  readonly reason: string | null;
  readonly before: CookieFacts | null;
  readonly after: CookieFacts | null;
  /** Chromium's reason, when the new cookie is refused. */
  readonly refusal: Refusal | null;
  /** The old deploy's cookie was refused as well: nobody holds it. */
  readonly refusedBefore: Refusal | null;
  readonly consequences: readonly Consequence[];
}

/** One counting cookie of one deploy, judged by itself. */
export interface CookieVerdict {
  readonly facts: CookieFacts;
  readonly refusal: Refusal | null;
  /** Where it was set. */
  readonly url: string;
}

export interface SendsDiff {
  readonly url: string;
  readonly arriving: readonly Generation[];
  readonly afterSetCookie: readonly Generation[];
  readonly afterLogout: readonly Generation[];
  /** The same as headers: `sid=after; sid=before`. */
  readonly headers: { readonly [phase in keyof Omit<SendsDiff, 'url' | 'headers'>]: string };
}

export interface Comparison {
  readonly cookies: readonly CookieDiff[];
  readonly sends: readonly SendsDiff[];
  /** Where Firefox sends something else than Chromium, in sentences. */
  readonly firefox: readonly string[];
  readonly assumptions: readonly string[];
  /** The Set-Cookie that counts of each name and host, with the reason if Chromium refuses it. */
  readonly facts: { readonly [side in Generation]: readonly CookieVerdict[] };
  /** Cookies that the new deploy's Clear-Site-Data takes away. */
  readonly cleared: number;
  /** Cookies that the new deploy pushes out over the quota of one site. */
  readonly evicted: number;
}

export interface CompareOptions {
  /** Only these cookies. */
  readonly names?: readonly string[] | undefined;
  /** Absolute URLs to ask about, besides those that suggest themselves. */
  readonly urls: readonly string[];
  /** For responses that say nothing of when they were made, epoch ms. */
  readonly now: number;
}

/** Compares two deploys. Either may be empty; then there is nothing to tell of its cookies. */
export function compare(before: Deploy, after: Deploy, options: CompareOptions): Comparison {
  const stage = setStage(before, after, options.urls, options.now);
  const old = countingCookies(stage.before, options.names);
  const fresh = countingCookies(stage.after, options.names);
  const pairs = pairCookies(old, fresh, options.names);
  // Of a cookie that the new deploy does not set nothing is known but its old scope: a logout clears that.
  const unset = pairs.flatMap(({ before: held, after: set }) => (held && !set ? [held] : []));
  const urls = urlsToAsk(options.urls, [...stage.before, ...stage.after], [...old, ...fresh].map(factsOf));
  const play = (engine: typeof chromium) =>
    simulate(engine, stage.before, stage.after, [...fresh, ...unset], urls, options.names);
  const played = play(chromium);
  return {
    cookies: pairs.flatMap((pair) => diffOf(pair, played, urls)),
    sends: urls.map((url, index) => sendsOf(url, played, index)),
    firefox: differences(urls, played, play(firefox)),
    assumptions: stage.assumptions,
    facts: { before: old.map(verdictOf(played)), after: fresh.map(verdictOf(played)) },
    cleared: played.cleared,
    evicted: played.evicted,
  };
}

const verdictOf =
  (played: Played) =>
  (counting: Counting): CookieVerdict => ({
    facts: factsOf(counting),
    refusal: refusalOf(counting.cookie, played),
    url: counting.response.url.href,
  });

function sendsOf(url: URL, played: Played, index: number): SendsDiff {
  const phase = played.phases[index] ?? { arriving: [], afterSetCookie: [], afterLogout: [] };
  const generations = (sent: readonly Sent[]) => sent.map(({ generation }) => generation);
  return {
    url: url.href,
    arriving: generations(phase.arriving),
    afterSetCookie: generations(phase.afterSetCookie),
    afterLogout: generations(phase.afterLogout),
    headers: {
      arriving: headerOf(phase.arriving),
      afterSetCookie: headerOf(phase.afterSetCookie),
      afterLogout: headerOf(phase.afterLogout),
    },
  };
}

const headerOf = (sent: readonly Sent[]) =>
  sent.map(({ name, generation }) => (name === '' ? generation : `${name}=${generation}`)).join('; ');

function differences(urls: readonly URL[], ours: Played, theirs: Played): readonly string[] {
  const words = {
    arriving: 'with only the old cookie',
    afterSetCookie: "after the new deploy's Set-Cookie",
    afterLogout: 'after its logout',
  } as const;
  return urls.flatMap((url, index) =>
    (['arriving', 'afterSetCookie', 'afterLogout'] as const).flatMap((phase) => {
      const mine = headerOf(ours.phases[index]?.[phase] ?? []);
      const other = headerOf(theirs.phases[index]?.[phase] ?? []);
      return mine === other
        ? []
        : [`${url.href} ${words[phase]}: Firefox sends ${other || 'nothing'}, Chromium ${mine || 'nothing'}`];
    }),
  );
}

function diffOf(pair: Pair, played: Played, urls: readonly URL[]): readonly CookieDiff[] {
  const before = pair.before ? factsOf(pair.before) : null;
  const after = pair.after ? factsOf(pair.after) : null;
  const refusal = refusalOf(pair.after?.cookie, played);
  // What only the new deploy sets does nothing to those who hold the old cookies, unless browsers refuse it.
  if (!before && !refusal) return [];
  const changes = before && after ? changesOf(before, after) : [];
  const { outcome, reason } = outcomeOf(pair, before, after, refusal, played, changes);
  const scoped = before && after && (outcome === 'coexists' || outcome === 'renamed');
  return [
    {
      name: pair.name,
      changes,
      outcome,
      reason,
      before,
      after,
      refusal,
      refusedBefore: refusalOf(pair.before?.cookie, played),
      consequences: scoped ? consequencesOf(before, after, urls, played.phases) : [],
    },
  ];
}

function refusalOf(cookie: CookieSeen | undefined, played: Played): Refusal | null {
  const receipt = cookie && played.receipts.get(cookie);
  return receipt?.kind === 'refused' ? receipt.reason : null;
}

type Told = Pick<CookieDiff, 'outcome' | 'reason'>;

function outcomeOf(
  pair: Pair,
  before: CookieFacts | null,
  after: CookieFacts | null,
  refusal: Refusal | null,
  played: Played,
  changes: readonly Change[],
): Told {
  if (refusal) return { outcome: 'rejected', reason: `${refusal}: ${refusals[refusal].because}` };
  const oldReceipt = pair.before && played.receipts.get(pair.before.cookie);
  const held = pair.before !== undefined && isHeld(pair.before, oldReceipt, played);
  if (!after) return withoutSuccessor(held, oldReceipt, played);
  const receipt = pair.after && played.receipts.get(pair.after.cookie);
  if (receipt?.kind === 'expired')
    return receipt.hit || !held
      ? { outcome: 'deleted', reason: endedReason(after) }
      : {
          outcome: 'unchanged',
          reason: `the new deploy tries to delete it, but in another scope (Domain, Path): browsers keep the old one`,
        };
  if (played.cleared > 0 && !stillThere(receipt, played))
    return { outcome: 'deleted', reason: 'Clear-Site-Data of the new deploy takes every cookie of the site' };
  if (before && before.name !== after.name)
    return {
      outcome: 'renamed',
      reason: `it is now called ${after.name}: browsers go on sending ${before.name}, which the new deploy does not read`,
    };
  if (!changes.includes('domain') && !changes.includes('path') && !changes.includes('partitioned'))
    return { outcome: changes.length === 0 ? 'unchanged' : 'replaced', reason: null };
  return held
    ? {
        outcome: 'coexists',
        reason: `browsers know a cookie by name, domain and path: the new one is stored beside the old one, which stays until it ends`,
      }
    : oldReceipt?.kind === 'refused'
      ? { outcome: 'replaced', reason: 'browsers refused the old one, so there is none to stay' }
      : { outcome: 'replaced', reason: 'the new deploy also deletes the old one in its own scope' };
}

function withoutSuccessor(held: boolean, old: Receipt | undefined, played: Played): Told {
  if (held) return { outcome: 'unchanged', reason: 'the new deploy does not set it: browsers keep it' };
  if (old?.kind === 'refused')
    return { outcome: 'unchanged', reason: 'browsers refused it before and hold none' };
  if (old?.kind === 'expired') return { outcome: 'unchanged', reason: 'it had already ended' };
  if (played.cleared > 0)
    return { outcome: 'deleted', reason: 'Clear-Site-Data of the new deploy takes every cookie of the site' };
  if (played.evicted > 0)
    return {
      outcome: 'deleted',
      reason: `the new deploy sets so many cookies that the browser's limit of 180 a site pushes it out`,
    };
  return { outcome: 'deleted', reason: 'the new deploy deletes it' };
}

/** Whether the browser still holds the old deploy's cookie, untouched, at the end. */
function isHeld(old: Counting, receipt: Receipt | undefined, played: Played): boolean {
  if (!receipt || !('cookie' in receipt)) return false;
  return played.held.some(
    (cookie) =>
      cookie.generation === 'before' && sameCookie(cookie, receipt.cookie) && old.cookie.name === cookie.name,
  );
}

function stillThere(receipt: Receipt | undefined, played: Played): boolean {
  if (!receipt || !('cookie' in receipt)) return false;
  return played.held.some((cookie) => sameCookie(cookie, receipt.cookie));
}

function sameCookie(a: StoredCookie, b: StoredCookie): boolean {
  return a.created === b.created;
}

function endedReason(after: CookieFacts): string {
  if (after.maxAge !== null) return `Max-Age=${after.maxAge} deletes it on arrival`;
  return `its Expires (${after.expires}) had already passed when it arrived, which deletes it`;
}
