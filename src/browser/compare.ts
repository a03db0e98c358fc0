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
import { type Loss, type Outcome, outcomeOf, type Setting, stillThere } from './outcome.ts';
import type { Refusal } from './refusal.ts';
import { type Generation, type Played, type Sent, simulate } from './simulate.ts';
import { isLogout, type LeftOut, type Placed, setStage } from './stage.ts';
import { urlsToAsk } from './urls.ts';

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
  readonly setting: Setting;
  /** What the new deploy's recorded logout does to its cookie; null when none was recorded. */
  readonly logout: 'clears' | 'misses' | null;
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
  /** Sites whose sessions were not looked at. */
  readonly leftOut: readonly LeftOut[];
  /** Of the names asked for, those that neither deploy sets and no request carries. */
  readonly absent: readonly string[];
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
  const stage = setStage(before, after, options);
  const old = countingCookies(stage.before, options.names);
  const fresh = countingCookies(stage.after, options.names);
  const pairs = pairCookies(old, fresh);
  const login = carriesLogin([...old, ...fresh].map(factsOf), options.names);
  // Where the new deploy was not seen setting a session, its logout is taken to clear the one that there was.
  const unset = fresh.some(({ cookie }) => login(cookie))
    ? []
    : pairs.flatMap(({ before: held, after: set }) => (held && !set && login(held.cookie) ? [held] : []));
  const urls = urlsToAsk(options.urls, [...stage.before, ...stage.after], [...old, ...fresh].map(factsOf));
  const play = (engine: typeof chromium) =>
    simulate(engine, stage.before, stage.after, [...fresh, ...unset], urls, options.names);
  const played = play(chromium);
  // Of a deploy that was not seen setting anything, nothing can be told.
  const isSeen = hasSomethingToTell(stage.after);
  const settingOf = ({ before: held, after: set }: Pair): Setting =>
    set ? 'set' : held && login(held.cookie) && isWithheld(held, stage.after) ? 'withheld' : 'not-seen';
  return {
    cookies: pairs
      .filter((pair) => isSeen || settingOf(pair) === 'withheld')
      .flatMap((pair) => diffOf(pair, settingOf(pair), played, urls)),
    sends: urls.map((url, index) => sendsOf(url, played, index)),
    firefox: differences(urls, played, play(firefox)),
    assumptions: stage.assumptions,
    leftOut: stage.leftOut,
    absent: (options.names ?? []).filter(
      (name) =>
        ![...stage.before, ...stage.after].some(
          ({ cookies, carried }) => carried.has(name) || cookies.some((each) => each.name === name),
        ),
    ),
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

/**
 * The same request was answered, and in the same way (content or redirect), without this cookie. A request
 * that already carried it needs no new one.
 */
function isWithheld(held: Counting, after: readonly Placed[]): boolean {
  const kind = (status: number | null) => (status === null ? 2 : Math.floor(status / 100));
  const { url, status, method } = held.response;
  return after.some(
    (response) =>
      !isLogout(response) &&
      response.url.pathname === url.pathname &&
      (method === null || response.method === null || method === response.method) &&
      !response.carried.has(held.cookie.name) &&
      kind(response.status) < 4 &&
      kind(response.status) === kind(status),
  );
}

function diffOf(pair: Pair, setting: Setting, played: Played, urls: readonly URL[]): readonly CookieDiff[] {
  const before = pair.before ? factsOf(pair.before) : null;
  const after = pair.after ? factsOf(pair.after) : null;
  const refusal = refusalOf(pair.after?.cookie, played);
  // What only the new deploy sets does nothing to those who hold the old cookies, unless browsers refuse it.
  if (!before && !refusal) return [];
  const changes = before && after ? changesOf(before, after) : [];
  const {
    outcome,
    reason,
    loss = null,
  } = outcomeOf({ pair, before, after, refusal, changes, setting }, played);
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
