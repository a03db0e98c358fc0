/**
 * The edge's I/O: two fresh visitors through the edge, one with a cache-busted URL, two straight at the
 * origin; then cookies of several shapes. GET only, counted, redirects never followed.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Address, type Secret } from '../../config/secret.ts';
import type { Io } from '../../io/io.ts';
import { isAffinityCookie } from '../../parse/affinity.ts';
import { type IssuedCookie, sessionCookies } from '../replay/answer.ts';
import { type Credential, credentialOf, firstFound, headersOf } from '../replay/credential.ts';
import { answers, type Ask, askerFor, ASSET, bust, type EdgeReply, type Got } from './ask.ts';
import { observeShapes, type ShapeSeen } from './shapes.ts';
import { refuses } from './stored.ts';
import { echoed } from './echo.ts';
import { likeness } from './likeness.ts';
import { leaving } from './places.ts';
import { walk, type WalkSeen } from './walk.ts';

export interface EdgeInput {
  readonly urls: readonly Address[];
  readonly origin?: Address | undefined;
  /** A signed-in session: a Cookie header, a token, or the bare value of the first of `names`. */
  readonly cookie?: Secret | undefined;
  readonly names: readonly string[];
}

export type EdgeTarget = {
  readonly url: string;
  /** `page`: somebody looks at it. `asset`: a file, the favicon or what is not found. */
  readonly kind: 'page' | 'asset';
  /** Two visitors without cookies, over a second apart. */
  readonly edge: readonly EdgeReply[];
  /** One more, with a query that no cache has seen. */
  readonly busted: EdgeReply | null;
  /** Two visitors straight at the origin; empty without one. */
  readonly origin: readonly EdgeReply[];
  /** How much the origin's two pages share among themselves, and with the edge's; absent without an origin. */
  readonly likeness?: { readonly among: number | null; readonly across: number | null };
  /** Two with cookies that nobody issued, on the URL as it is, where strangers are refused or have cookies deleted; else absent. */
  readonly holders?: readonly EdgeReply[];
};

export type EdgeSeen = {
  readonly origin: string | null;
  readonly targets: readonly EdgeTarget[];
  /** Where the first page's redirects lead a stranger; absent in observations of older releases. */
  readonly walk?: WalkSeen | null;
  /** The anonymous cookie that the origin issued, sent back on both ways. */
  readonly echo: {
    readonly issued: readonly IssuedCookie[];
    readonly edge: EdgeReply | null;
    readonly origin: EdgeReply | null;
    /** The edge's own anonymous cookie, sent back by way of the edge: is any cookie recognised there? */
    readonly own: readonly EdgeReply[];
    readonly ownIssued: readonly IssuedCookie[];
  } | null;
  readonly cookieName: string | null;
  readonly shapes: readonly ShapeSeen[];
  /** True when a signed-in session was given and is among the shapes. */
  readonly session: boolean;
  /** Epoch ms by the corrected clock, and by the local one, when it began; ± ms or null. */
  readonly now: number;
  readonly local: number;
  readonly uncertaintyMs: number | null;
  readonly sent: number;
  readonly cut: boolean;
};

const MAX_TARGETS = 5;
/** Anonymous cookie given back: instances that share nothing know it once in so many tries. */
const TRIES = 40;
/** A Date header counts whole seconds; two answers this far apart cannot share one. ms */
const APART = 1150;

/** Runs the plan until it is done or the signal says stop. */
export async function observeEdge(input: EdgeInput, io: Io): Promise<EdgeSeen> {
  const start = { now: io.now(), local: Date.now() };
  const { ask, sent } = askerFor(input.origin, io);
  const given = planOf(input.urls);
  const first = await Promise.all(given.map((target) => firstVisit(target, input, ask)));
  const leads = input.urls.length === 1 ? leadsFrom(given[0]?.at, first[0]) : [];
  const plan = [...given, ...leads];
  const visits = [...first, ...(await Promise.all(leads.map((target) => firstVisit(target, input, ask))))];
  if (visits.some(({ edge }) => edge.seen?.ok)) await pause(APART, io.signal);
  const rounds = await Promise.all(
    plan.map(async (target, index) => {
      const first = visits[index];
      return first ? secondVisit(target, first, input, ask) : undefined;
    }),
  );
  const [page] = plan;
  const [visit] = visits;
  const reached = page !== undefined && visit?.edge.seen?.ok === true;
  const secret = input.cookie ? sessionOf(input.cookie, input.names, io) : undefined;
  const jar = (visit?.origin?.jar.length ? visit.origin.jar : visit?.edge.jar) ?? [];
  const way = reached && page.kind === 'page' ? await walk(page.at, visit.edge, ask) : null;
  const name = secret?.name ?? input.names[0] ?? sessionName(visit) ?? null;
  const targets = await Promise.all(
    rounds.flatMap((round, index) => {
      const at = plan[index]?.at;
      return round && at ? [withHolders(round, at, name ?? firstName(visits) ?? 'session', ask)] : [];
    }),
  );
  const echo = reached && input.origin ? await echoOnBothWays(page.at, visit, ask) : null;
  const shapes =
    reached && name !== null
      ? await observeShapes({ at: page.at, name, jar, secret, origin: input.origin !== undefined }, ask)
      : [];
  return {
    origin: input.origin?.shown ?? null,
    targets,
    walk: way,
    echo,
    cookieName: name?.slice(0, 128) ?? null,
    shapes,
    session: secret !== undefined && shapes.length > 0,
    now: Math.round(start.now),
    local: start.local,
    uncertaintyMs: Number.isFinite(io.uncertaintyMs) ? io.uncertaintyMs : null,
    sent: sent(),
    cut: io.signal.aborted,
  };
}

interface Planned {
  readonly at: Address;
  readonly kind: EdgeTarget['kind'];
}

/** The URLs as given; beside a single one, the favicon and a path that does not exist, and where it leads. */
function planOf(urls: readonly Address[]): readonly Planned[] {
  const given = urls.slice(0, MAX_TARGETS).map((at): Planned => {
    const { pathname } = new URL(at.href());
    return { at, kind: ASSET.test(pathname) ? 'asset' : 'page' };
  });
  const [first] = urls;
  if (!first || urls.length > 1) return given;
  // A path of its own each time: what an earlier run left in the cache must not speak here.
  const missing = `/sessdoctor-${randomBytes(4).toString('hex')}`;
  const more = ['/favicon.ico', missing].map(
    (path): Planned => ({
      at: new Address(new URL(path, first.href()).href),
      kind: 'asset',
    }),
  );
  return [...given, ...more];
}

/** Where the page leads: a redirect, most often to the login, or a link to it, and a file that it names. */
function leadsFrom(page: Address | undefined, visit: Visit | undefined): readonly Planned[] {
  const { next, asset } = visit?.edge ?? {};
  const led = next && next.href() !== page?.href() && !leaving(next) ? next : undefined;
  // A page that the edge makes itself may link to nothing; the origin's does.
  const login = led ?? visit?.edge.login ?? visit?.origin?.login;
  return [
    ...(login && login.href() !== page?.href() ? [{ at: login, kind: 'page' } as const] : []),
    ...(asset ? [{ at: asset, kind: 'asset' } as const] : []),
  ];
}

interface Visit {
  readonly edge: Got;
  readonly origin: Got | null;
}

async function firstVisit({ at }: Planned, input: EdgeInput, ask: Ask): Promise<Visit> {
  const [edge, origin] = await Promise.all([
    ask(at, 'edge'),
    input.origin ? ask(at, 'origin') : Promise.resolve(null),
  ]);
  return { edge, origin };
}

async function secondVisit(
  { at, kind }: Planned,
  first: Visit,
  input: EdgeInput,
  ask: Ask,
): Promise<EdgeTarget> {
  const there = first.edge.seen?.ok === true;
  const again = first.origin?.seen?.ok === true && input.origin !== undefined;
  const [edge, busted, origin] = await Promise.all([
    there ? ask(at, 'edge') : null,
    there ? ask(bust(at), 'edge') : null,
    again ? ask(at, 'origin') : null,
  ]);
  const replies = (...got: readonly (Got | null)[]) =>
    got.map((one) => one?.seen ?? null).filter((seen) => seen !== null);
  return {
    url: at.shown,
    kind,
    edge: replies(first.edge, edge),
    busted: busted?.seen ?? null,
    origin: replies(first.origin, origin),
    ...(origin && { likeness: likenessOf([first.edge, edge], [first.origin, origin]) }),
  };
}

function likenessOf(
  edge: readonly (Got | null)[],
  origin: readonly (Got | null)[],
): NonNullable<EdgeTarget['likeness']> {
  const pages = (list: readonly (Got | null)[]) => list.flatMap((got) => (got?.pieces ? [got.pieces] : []));
  const [one, other] = pages(origin);
  const pairs = pages(edge).flatMap((page) => pages(origin).map((own) => likeness(page, own)));
  const known = pairs.filter((share) => share !== null);
  return {
    among: one && other ? likeness(one, other) : null,
    across: known.length > 0 ? Math.max(...known) : null,
  };
}

/** Asks what somebody with a cookie gets where strangers are refused, or have cookies deleted: two values, as a cache may keep one copy for each. */
async function withHolders(target: EdgeTarget, at: Address, name: string, ask: Ask): Promise<EdgeTarget> {
  const told = answers(target.edge);
  const matters = told.some(refuses) || told.some(({ cookies }) => cookies.some(({ cleared }) => cleared));
  if (target.kind !== 'page' || !matters) return target;
  const holders: EdgeReply[] = [];
  for (const value of ['x', 'y']) {
    const { seen } = await ask(at, 'edge', { cookie: `${name}=${value}` });
    if (seen) holders.push(seen);
  }
  return { ...target, holders };
}

async function echoOnBothWays(at: Address, visit: Visit | undefined, ask: Ask): Promise<EdgeSeen['echo']> {
  const issued = visit?.origin?.seen;
  const cookies = (visit?.origin?.jar ?? []).filter(([name]) => !isAffinityCookie(name));
  if (!issued?.ok || sessionCookies(issued).length === 0) return null;
  const headers = headersOf({ cookies }, 'dropped');
  const [edge, origin] = await Promise.all([ask(bust(at), 'edge', headers), ask(at, 'origin', headers)]);
  const given = visit?.edge.seen;
  const mine = visit?.edge.jar ?? [];
  const most = mine.some(([name]) => !isAffinityCookie(name)) ? TRIES : 0;
  const own: EdgeReply[] = [];
  // Several instances behind the edge may not know each other's cookies; enough tries, and affinity in
  // every second one, meet the issuer again.
  for (let tries = 0; tries < most; tries++) {
    const affinity = tries % 2 === 0 ? 'dropped' : 'kept';
    const { seen } = await ask(bust(at), 'edge', headersOf({ cookies: mine }, affinity));
    if (!seen) break;
    // Names of headers tell who made an answer, which is not asked here.
    own.push(seen.ok ? { ...seen, names: [] } : seen);
    if (
      tries >= 2 &&
      given?.ok &&
      own.some((reply) => echoed(reply, given.cookies, issued.cookies) === 'kept')
    )
      break;
  }
  const ownIssued = given?.ok ? given.cookies : [];
  return { issued: issued.cookies, edge: edge.seen, origin: origin.seen, own, ownIssued };
}

function sessionOf(cookie: Secret, names: readonly string[], io: Io): Credential | undefined {
  const text = cookie.text().trim();
  io.vault.learn(text);
  const found = firstFound(text, names[0]);
  if (!found) return undefined;
  const credential = credentialOf(found, names, io);
  return typeof credential === 'string' ? undefined : credential;
}

function firstName(visits: readonly Visit[]): string | undefined {
  return visits.map(sessionName).find((found) => found !== undefined);
}

function sessionName(visit: Visit | undefined): string | undefined {
  for (const got of [visit?.origin, visit?.edge]) {
    const seen = got?.seen;
    const name = seen?.ok ? sessionCookies(seen).find((one) => !isAffinityCookie(one.name))?.name : undefined;
    if (name !== undefined) return name;
  }
  return undefined;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
