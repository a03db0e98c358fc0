/**
 * Facts about a cookie's identity: is it still the same one to a browser, and if not, who is hurt where.
 *
 * @module
 */
import type { Comparison, CookieDiff } from '../../browser/compare.ts';
import { type Consequence, FIRST_STACKS, LAST_STACKS } from '../../browser/consequences.ts';
import type { Change, CookieFacts } from '../../browser/describe.ts';
import { lineAndSender } from '../../browser/expire.ts';
import { formatDuration } from '../../config/time.ts';
import { type CookieFact, type Matters, some } from './seen.ts';

/** Of the cookies that carry no login, this many are told one by one. */
const MOST_OTHERS = 10;

/** What a browser tells cookies apart by. */
const IDENTITY: ReadonlySet<Change> = new Set(['name', 'domain', 'path', 'partitioned']);

/** Facts of identity and deletion. `doubled`: requests already prove two scopes, so nothing is "kept". */
export function* identityFacts(
  found: Comparison,
  matters: Matters,
  { doubled, stage }: { readonly doubled: boolean; readonly stage: readonly string[] },
): Iterable<CookieFact> {
  const assumed = stage.length > 0 ? ` (${stage.join('; ')})` : '';
  const told = found.cookies.filter(({ before }) => before !== null);
  yield* others(told.filter((each) => !matters(each)));
  const own = told.filter(matters);
  for (const cookie of own) yield* factsOf(cookie, found, assumed);
  const set = own.filter(({ after }) => after !== null);
  if (own.length > 0 && own.every(({ setting, loss }) => setting === 'not-seen' && loss === null))
    yield {
      slug: 'not-compared',
      subject: some(own.map(({ name }) => name)),
      detail: `${some(own.map(({ name }) => name))}: set by the old deploy, and in none of the responses of the new one that were given${assumed}`,
    };
  const kept = set.filter(
    ({ changes, outcome }) =>
      outcome !== 'rejected' && outcome !== 'deleted' && !changes.some((change) => IDENTITY.has(change)),
  );
  if (set.length > 0 && kept.length === set.length && !doubled && found.cleared === 0)
    yield {
      slug: 'identity-kept',
      subject: some(kept.map(({ name }) => name)),
      detail: `${some(kept.map((cookie) => `${cookie.name} ${scope(cookie.after)}`))}: same name, Domain and Path in both deploys${assumed}`,
    };
}

/** A few of those that carry no login; where a site has hundreds, they must not crowd out the one that does. */
function* others(cookies: readonly CookieDiff[]): Iterable<CookieFact> {
  const changed = cookies.filter(({ outcome }) => outcome !== 'unchanged' && outcome !== 'rejected');
  for (const { name, outcome, changes } of changed.slice(0, MOST_OTHERS))
    yield {
      slug: 'other-changed',
      subject: name,
      detail: `${name}: ${outcome}${changes.length > 0 ? ` (${changes.join(', ')})` : ''}`,
    };
  const rest = changed.slice(MOST_OTHERS);
  if (rest.length > 0)
    yield {
      slug: 'other-changed',
      subject: some(rest.map(({ name }) => name)),
      detail: `${rest.length} more changed: ${some(rest.map(({ name }) => name))}`,
    };
}

function* factsOf(cookie: CookieDiff, found: Comparison, assumed: string): Iterable<CookieFact> {
  const { before, after, outcome, name } = cookie;
  if (!before) return;
  const shared = { subject: name, data: dataOf(cookie) };
  if (outcome === 'deleted') yield deletion(cookie, found, assumed);
  if (cookie.loss === 'emptied')
    yield { slug: 'emptied', ...shared, detail: `${name} ${scope(after)}: ${cookie.reason}${assumed}` };
  if (!after) return;
  const change = `${name}: ${scope(before)} became ${scope(after)}`;
  if (outcome === 'renamed')
    yield {
      slug: 'renamed',
      ...shared,
      fix: `read ${before.name} too and write ${after.name} when it validates; do not simply revert: those who signed in since hold ${after.name} only. Once nobody comes with ${before.name} any more, send ${lineAndSender(before)}`,
      detail: `${before.name} is now ${after.name}; browsers that hold ${before.name} send only that to the new deploy, at ${some(urlsWith(cookie, 'signed-out'))}${assumed}`,
    };
  if (outcome === 'replaced' && cookie.changes.some((each) => IDENTITY.has(each)))
    yield { slug: 'old-scope-deleted', ...shared, detail: `${change}; ${cookie.reason}${assumed}` };
  if (outcome === 'coexists') {
    const fact = coexistence(cookie, change);
    const line = fact.slug === 'path-excluded' ? backToPath(before, after) : forward(before);
    yield { ...fact, ...shared, fix: line };
  }
  if (cookie.logout === 'misses')
    yield {
      slug: 'logout-misses',
      ...shared,
      detail: `${after.name} ${scope(after)} is still there after the recorded logout of the new deploy, which clears another scope${assumed}`,
    };
}

/** The line that leaves one cookie only, the new one. */
function forward(before: CookieFacts): string {
  return `roll forward: with every response also send ${lineAndSender(before)}, until the old lifetime is over (${until(before)}); a plain revert makes a second group of victims`;
}

function backToPath(before: CookieFacts, after: CookieFacts): string {
  return `set cookie.path back to ${before.path} in a forward release, and with every response also send ${lineAndSender(after)}: a plain revert leaves it in the browsers of those who came since`;
}

function until({ lifetime }: CookieFacts): string {
  return lifetime === null ? 'browsers are closed' : formatDuration(lifetime * 1000);
}

/** The gravest thing that follows from two cookies side by side. */
function coexistence(cookie: CookieDiff, change: string): Pick<CookieFact, 'slug' | 'detail'> {
  const loops = (reads: 'first' | 'last') =>
    cookie.consequences.filter((each) => each[reads] === 'login-loop').map(({ url }) => url);
  const both = `${change}; both are kept`;
  const rest = aftermath(cookie);
  const isExpress = cookie.after?.format === 'express-signed';
  const excluded = urlsWith(cookie, 'signed-out');
  if (loops('first').length > 0)
    return {
      slug: 'login-loop',
      detail: `${both}; after a new login ${some(loops('first'))} receive the old one first, which ${isExpress ? 'this Express app reads' : `apps on ${FIRST_STACKS} read`}${rest}`,
    };
  if (excluded.length > 0)
    return {
      slug: 'path-excluded',
      detail: `${both}; the value looks like express-session's, which gives no session at ${some(excluded)}${rest}`,
    };
  if (loops('last').length > 0 && !isExpress)
    return {
      slug: 'login-loop-last',
      detail: `${both}; after a new login ${some(loops('last'))} receive the old one last, which apps on ${LAST_STACKS} read${rest}`,
    };
  return { slug: 'scope-coexists', detail: `${both}; nobody is signed out by this at the deploy${rest}` };
}

function aftermath(cookie: CookieDiff): string {
  const zombies = urlsWith(cookie, 'zombie');
  const orphaned = urlsWith(cookie, 'old-only');
  const life = cookie.before?.lifetime;
  const until =
    life === null || life === undefined
      ? 'browsers are closed'
      : `the old ones end (${formatDuration(life * 1000)})`;
  return [
    zombies.length > 0 ? `; after a logout the old one is still sent to ${some(zombies)}` : '',
    orphaned.length > 0
      ? `; ${some(orphaned)} are outside the new scope and lose the session by and by, until ${until}`
      : '',
  ].join('');
}

function urlsWith(cookie: CookieDiff, symptom: Consequence['first']): readonly string[] {
  return cookie.consequences
    .filter(({ first, last }) => first === symptom || last === symptom)
    .map(({ url }) => url);
}

function deletion(cookie: CookieDiff, found: Comparison, assumed: string): CookieFact {
  const { name, after, before } = cookie;
  const shared = { subject: name, data: dataOf(cookie) };
  if (cookie.loss === 'site-data')
    return {
      slug: 'cleared',
      ...shared,
      detail: `Clear-Site-Data takes ${found.cleared} ${found.cleared === 1 ? 'cookie' : 'cookies'} of the site, ${name} ${scope(before)} among them${assumed}`,
    };
  if (cookie.loss === 'quota')
    return {
      slug: 'evicted',
      ...shared,
      detail: `${name}: ${cookie.reason}; ${found.evicted} cookies go${assumed}`,
    };
  if (cookie.loss === 'expired')
    return {
      slug: 'expired-on-arrival',
      ...shared,
      detail: `${name} ${scope(after)}: ${cookie.reason}${assumed}`,
    };
  return {
    slug: 'deleted',
    ...shared,
    detail: `${name} ${scope(after ?? before)}: ${cookie.reason}${assumed}`,
  };
}

/** "(.example.com, /app)"; a host-only cookie shows its host without the dot. */
export function scope(facts: CookieFacts | null): string {
  if (!facts) return '';
  const host = facts.hostOnly ? `${facts.domain} only` : `.${facts.domain}`;
  return `(${host}, ${facts.path}${facts.partitioned ? ', Partitioned' : ''})`;
}

/** The two cookies as data, for machines. */
export function dataOf({ changes, outcome, reason, before, after }: CookieDiff) {
  return { changes, outcome, reason, before, after };
}
