/**
 * Plays two deploys on one browser: it holds what the old one set, then meets the new one, then logs out.
 *
 * @module
 */
import { effectiveAttributes } from '../parse/set-cookie.ts';
import type { CookieSeen } from './deploy.ts';
import type { Engine } from './engines.ts';
import type { Counting } from './pairs.ts';
import { isClearing } from './pairs.ts';
import { isTrustworthy } from './site.ts';
import { isLogout, type Placed } from './stage.ts';
import { clearsCookies, CookieStore, type Receipt, type StoredCookie } from './store.ts';

export type Generation = 'before' | 'after';

/** One cookie of a request, as it stands in the header. */
export type Sent = { readonly name: string; readonly generation: Generation; readonly value: string };

/** The Cookie header of one URL at three moments. */
export interface Phases {
  readonly arriving: readonly Sent[];
  readonly afterSetCookie: readonly Sent[];
  readonly afterLogout: readonly Sent[];
}

export interface Played {
  readonly receipts: ReadonlyMap<CookieSeen, Receipt>;
  /** What the browser holds once both deploys have been met. */
  readonly held: readonly (StoredCookie & { readonly generation: Generation })[];
  /** What it held of the old deploy alone. */
  readonly old: readonly StoredCookie[];
  readonly phases: readonly Phases[];
  /** What the browser still holds after the new deploy's logout. */
  readonly afterLogout: readonly StoredCookie[];
  /** Names that a recorded logout of the new deploy clears, in whatever scope. */
  readonly loggedOut: ReadonlySet<string>;
  /** Cookies that `Clear-Site-Data` of the new deploy took away. */
  readonly cleared: number;
  /** Cookies that the site's quota took away. */
  readonly evicted: number;
}

/** Begin of the virtual clock, epoch ms; all lifetimes are measured from the arrival, so any instant serves. */
const BEGIN = 1_700_000_000_000;

/**
 * A logout of the new deploy that was recorded is played last, as it stands. Where none was, or none that
 * takes back a cookie that counts, these are deleted by their own name, Domain and Path, as apps do.
 * Logouts of the old deploy are left out. `names` restricts what is reported, not what is met.
 */
export function simulate(
  engine: Engine,
  before: readonly Placed[],
  after: readonly Placed[],
  counting: readonly Counting[],
  urls: readonly URL[],
  names: readonly string[] | undefined,
): Played {
  const store = new CookieStore(engine);
  const generations = new WeakMap<StoredCookie, Generation>();
  const receipts = new Map<CookieSeen, Receipt>();
  const tally = { cleared: 0, evicted: 0 };
  let now = BEGIN;

  const take = (cookie: CookieSeen, response: Placed, generation: Generation): Receipt => {
    // Expires is read against the response's own clock, so its lifetime is the same on the virtual one.
    const receipt = store.receive(
      { ...cookie, value: standIn(cookie, generation) },
      { url: response.url, now, date: response.reference },
    );
    if (receipt.kind === 'refreshed') {
      // The same value under the same key is the same cookie, whoever sent it last.
      generations.set(receipt.cookie, generations.get(receipt.old) ?? generation);
    } else if (receipt.kind === 'stored' || receipt.kind === 'replaced') {
      generations.set(receipt.cookie, generation);
      tally.evicted += generation === 'after' ? receipt.evicted : 0;
    }
    return receipt;
  };
  const meet = (responses: readonly Placed[], generation: Generation) => {
    for (const response of responses) {
      const clear = () =>
        response.clearSiteData === null ? 0 : store.clearSiteData(response.clearSiteData, response.url);
      // Chromium obeys Clear-Site-Data after the response's own Set-Cookie lines.
      const early = engine.clears === 'host' ? clear() : 0;
      // Over http it takes nothing, and yet keeps Chromium from storing what comes with it.
      const isBarred =
        engine.clears === 'site' && clearsCookies(response.clearSiteData) && !isTrustworthy(response.url);
      if (!isBarred)
        for (const cookie of response.cookies) receipts.set(cookie, take(cookie, response, generation));
      const taken = early + (engine.clears === 'site' ? clear() : 0);
      if (generation === 'after') tally.cleared += taken;
      now += 1;
    }
  };
  const working = (responses: readonly Placed[]) => responses.filter((each) => !isLogout(each));
  const ask = () =>
    urls.map((url) =>
      store
        .send(url, now)
        .filter(({ name }) => !names || names.includes(name))
        .map((cookie) => ({
          name: cookie.name,
          generation: generations.get(cookie) ?? 'before',
          value: cookie.value,
        })),
    );

  meet(working(before), 'before');
  const old = store.cookies();
  const arriving = ask();
  now += 1000;
  meet(working(after), 'after');
  const held = store
    .cookies()
    .map((cookie) => ({ ...cookie, generation: generations.get(cookie) ?? ('before' as const) }));
  const afterSetCookie = ask();
  const met = { ...tally };
  const logouts = after.filter(isLogout);
  meet(logouts, 'after');
  const loggedOut = new Set(
    logouts.flatMap((response) =>
      response.cookies.filter((cookie) => isClearing({ cookie, response })).map(({ name }) => name),
    ),
  );
  const isRecorded = tally.cleared > met.cleared || counting.some(({ cookie }) => loggedOut.has(cookie.name));
  if (!isRecorded) for (const { cookie, response } of counting) take(deletionOf(cookie), response, 'after');
  const afterLogout = ask();
  return {
    receipts,
    held,
    afterLogout: store.cookies(),
    loggedOut,
    old,
    phases: urls.map((_, index) => ({
      arriving: arriving[index] ?? [],
      afterSetCookie: afterSetCookie[index] ?? [],
      afterLogout: afterLogout[index] ?? [],
    })),
    ...met,
  };
}

/**
 * What stands for a value that is not known: equal values have equal ones. Where nothing tells whether two
 * are equal, those of one deploy are, those of two are not.
 */
function standIn(cookie: CookieSeen, generation: Generation): string {
  if (cookie.bytes === Buffer.byteLength(cookie.name)) return '';
  if (cookie.fingerprint === '') return `unknown-${generation}`;
  return cookie.format === 'prefixed' ? `__Host-${cookie.fingerprint}` : cookie.fingerprint;
}

/** The Set-Cookie with which an app takes back one it set. */
function deletionOf(cookie: CookieSeen): CookieSeen {
  const { secure, httpOnly } = effectiveAttributes(cookie.attributes);
  const scope = cookie.attributes.filter(([name]) =>
    ['domain', 'path', 'samesite', 'partitioned'].includes(name.toLowerCase()),
  );
  return {
    ...cookie,
    bytes: cookie.name.length,
    control: false,
    attributes: [
      ...scope,
      ...(secure ? [['Secure', ''] as const] : []),
      ...(httpOnly ? [['HttpOnly', ''] as const] : []),
      ['Max-Age', '0'],
    ],
  };
}
