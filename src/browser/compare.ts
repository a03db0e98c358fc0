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
import { carriesLogin, type Counting, countingCookies, type Pair, pairCookies } from './pairs.ts';
import { type Refusal, refusals } from './refusal.ts';
import { type Generation, type Played, type Sent, simulate } from './simulate.ts';
import { isLogout, type Placed, setStage } from './stage.ts';
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
  /** By what browsers lose the old one, when the outcome is `deleted`. */
  readonly loss: Loss | null;
  /** What the recording shows of the new deploy: it sets the cookie, it answered alike without it, or neither. */
  readonly setting: 'set' | 'withheld' | 'not-seen';
  /** What the new deploy's recorded logout does to its cookie; null when none was recorded. */
  readonly logout: 'clears' | 'misses' | null;
}

/**
 * How a browser loses a cookie: `expired` a value that ended on arrival, `cleared` a line that takes it
 * back, `emptied` an empty value in its place, `site-data` Clear-Site-Data, `quota` too many cookies.
 */
export type Loss = 'expired' | 'cleared' | 'emptied' | 'site-data' | 'quota';

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
  const pairs = pairCookies(old, fresh);
  // Of a cookie that the new deploy does not set nothing is known but its old scope: a logout clears that.
  const unset = pairs.flatMap(({ before: held, after: set }) => (held && !set ? [held] : []));
  const urls = urlsToAsk(options.urls, [...stage.before, ...stage.after], [...old, ...fresh].map(factsOf));
  const play = (engine: typeof chromium) =>
    simulate(engine, stage.before, stage.after, [...fresh, ...unset], urls, options.names);
  const played = play(chromium);
  // Of a deploy that was not seen setting anything, nothing can be told.
  const isSeen = hasSomethingToTell(stage.after);
  const login = carriesLogin([...old, ...fresh].map(factsOf), options.names);
  const settingOf = ({ before: held, after: set }: Pair): CookieDiff['setting'] =>
    set ? 'set' : held && login(held.cookie) && isWithheld(held, stage.after) ? 'withheld' : 'not-seen';
  return {
    cookies: pairs
      .filter((pair) => isSeen || settingOf(pair) === 'withheld')
      .flatMap((pair) => diffOf(pair, settingOf(pair), played, urls)),
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

/** Whether a deploy's responses say anything to a browser's cookie store. */
function hasSomethingToTell(responses: readonly Placed[]): boolean {
  return responses.some(({ cookies, clearSiteData }) => cookies.length > 0 || clearSiteData !== null);
}

/** The same path was answered, and in the same way (content or redirect), without this cookie. */
function isWithheld(held: Counting, after: readonly Placed[]): boolean {
  const kind = (status: number | null) => (status === null ? 2 : Math.floor(status / 100));
  const { url, status } = held.response;
  return after.some(
    (response) =>
      !isLogout(response) &&
      response.url.pathname === url.pathname &&
      kind(response.status) < 4 &&
      kind(response.status) === kind(status),
  );
}

function diffOf(
  pair: Pair,
  setting: CookieDiff['setting'],
  played: Played,
  urls: readonly URL[],
): readonly CookieDiff[] {
  const before = pair.before ? factsOf(pair.before) : null;
  const after = pair.after ? factsOf(pair.after) : null;
  const refusal = refusalOf(pair.after?.cookie, played);
  // What only the new deploy sets does nothing to those who hold the old cookies, unless browsers refuse it.
  if (!before && !refusal) return [];
  const changes = before && after ? changesOf(before, after) : [];
  const { outcome, reason, loss = null } = outcomeOf(pair, before, after, refusal, played, changes, setting);
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
      loss,
      setting,
      logout: logoutOf(pair, played),
    },
  ];
}

function logoutOf({ after }: Pair, played: Played): CookieDiff['logout'] {
  if (!after || !played.loggedOut.has(after.cookie.name)) return null;
  const receipt = played.receipts.get(after.cookie);
  if (!stillThere(receipt, played.held)) return null;
  return stillThere(receipt, played.afterLogout) ? 'misses' : 'clears';
}

function refusalOf(cookie: CookieSeen | undefined, played: Played): Refusal | null {
  const receipt = cookie && played.receipts.get(cookie);
  return receipt?.kind === 'refused' ? receipt.reason : null;
}

type Told = Pick<CookieDiff, 'outcome' | 'reason'> & { readonly loss?: Loss };

function outcomeOf(
  pair: Pair,
  before: CookieFacts | null,
  after: CookieFacts | null,
  refusal: Refusal | null,
  played: Played,
  changes: readonly Change[],
  setting: CookieDiff['setting'],
): Told {
  if (refusal) return { outcome: 'rejected', reason: `${refusal}: ${refusals[refusal].because}` };
  const oldReceipt = pair.before && played.receipts.get(pair.before.cookie);
  const held = pair.before !== undefined && isHeld(pair.before, oldReceipt, played);
  if (!after) return withoutSuccessor(pair, setting, held, oldReceipt, played);
  const receipt = pair.after && played.receipts.get(pair.after.cookie);
  const emptied = after.bytes === Buffer.byteLength(after.name);
  if (receipt?.kind === 'expired' && !receipt.hit && oldReceipt?.kind === 'expired')
    return { outcome: 'unchanged', reason: 'both deploys delete it: browsers hold none' };
  if (receipt?.kind === 'expired')
    return receipt.hit || !held
      ? { outcome: 'deleted', reason: endedReason(after), loss: emptied ? 'cleared' : 'expired' }
      : {
          outcome: 'unchanged',
          reason: `the new deploy tries to delete it, but in another scope (Domain, Path): browsers keep the old one`,
        };
  if (played.cleared > 0 && !stillThere(receipt, played.held))
    return { outcome: 'deleted', reason: SITE_DATA, loss: 'site-data' };
  if (before && before.name !== after.name)
    return {
      outcome: 'renamed',
      reason: `it is now called ${after.name}: browsers go on sending ${before.name}, which the new deploy does not read`,
    };
  if (!changes.includes('domain') && !changes.includes('path') && !changes.includes('partitioned'))
    return emptied && before && before.bytes > Buffer.byteLength(before.name)
      ? {
          outcome: 'replaced',
          reason: `the new deploy puts an empty value in its place: browsers send ${after.name} with nothing in it, and whoever receives such a response is signed out`,
          loss: 'emptied',
        }
      : { outcome: changes.length === 0 ? 'unchanged' : 'replaced', reason: null };
  return held
    ? {
        outcome: 'coexists',
        reason: `browsers know a cookie by name, domain and path: the new one is stored beside the old one, which stays until it ends`,
      }
    : oldReceipt?.kind === 'refused'
      ? { outcome: 'replaced', reason: 'browsers refused the old one, so there is none to stay' }
      : { outcome: 'replaced', reason: 'the new deploy also deletes the old one in its own scope' };
}

const SITE_DATA = 'Clear-Site-Data of the new deploy takes every cookie of the site';

function withoutSuccessor(
  { before }: Pair,
  setting: CookieDiff['setting'],
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
  if (played.evicted > 0)
    return {
      outcome: 'deleted',
      reason: `the new deploy sets so many cookies that the browser's limit of 180 a site pushes it out`,
      loss: 'quota',
    };
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

function stillThere(receipt: Receipt | undefined, list: readonly StoredCookie[]): boolean {
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
