/**
 * The replay's I/O: GET requests only, counted, each on a connection of its own. First the credential,
 * because it tells most; then the anonymous echo, which needs no login; then each pinned instance.
 *
 * @module
 */
import type { Source } from '../../config/schema.ts';
import type { Address } from '../../config/secret.ts';
import type { Io } from '../../io/io.ts';
import { isAffinityCookie } from '../../parse/affinity.ts';
import type { CookiePair } from '../../parse/cookie-header.ts';
import { parseSetCookie } from '../../parse/set-cookie.ts';
import { type Answer, type IssuedCookie, type NoAnswer, seeAnswer, sessionCookies } from './answer.ts';
import { type Credential, headersOf, readCredential } from './credential.ts';
import { PATIENCE, requestTo, type Target } from './target.ts';

/** What counts as signed in. */
export type Rule = {
  /** Statuses; null means 2xx. */
  readonly status: readonly number[] | null;
  /** A Location that holds this text is a way to the login. */
  readonly notLocation: string | null;
};

export interface ReplayInput {
  readonly url: Address;
  readonly times: number;
  readonly instances: readonly Address[];
  readonly samples: readonly Source[];
  /** True when the samples are those from before the incident. */
  readonly samplesFromBefore: boolean;
  readonly field?: string | undefined;
  readonly names: readonly string[];
  readonly instanceHeader?: string | undefined;
  readonly rule: Rule;
}

export type Reply = Answer | NoAnswer;

/** An anonymous cookie given back, and what came of it. */
export type Echo = { readonly issuedBy: string; readonly sentTo: string; readonly reply: Reply };

export type InstanceSeen = {
  readonly url: string;
  readonly fresh: Reply | null;
  readonly replayed: readonly Reply[];
};

export type ReplaySeen = {
  readonly url: string;
  readonly rule: Rule;
  readonly instanceHeader: string | null;
  /** What was replayed, or why nothing was. */
  readonly credential:
    | {
        readonly name: string | null;
        readonly kind: IssuedCookie['kind'];
        readonly format: string;
        readonly value: string;
        readonly fromBefore: boolean;
      }
    | { readonly none: string };
  /** Without any cookie. */
  readonly fresh: readonly Reply[];
  /** The credential, affinity cookies dropped. */
  readonly replayed: readonly Reply[];
  /** The credential with affinity cookies kept, or null when there are none. */
  readonly sticky: { readonly names: readonly string[]; readonly replies: readonly Reply[] } | null;
  /** The cookies given back in `echo` to the URL. */
  readonly echoed: readonly IssuedCookie[];
  readonly echo: readonly Reply[];
  readonly instances: readonly InstanceSeen[];
  /** Echoes at and between pinned instances. */
  readonly cross: readonly Echo[];
  readonly sent: number;
  /** The deadline came before the plan was done. */
  readonly cut: boolean;
};

/** Fresh requests may each make an anonymous session record, so there are few of them. */
const FRESH = 5;
const STICKY = 10;
/** Pinned: this often the credential, and at most so many instances. */
const PINNED = 3;
const MAX_INSTANCES = 8;
/** Anonymous requests in flight at once: order does not matter there. */
const ABREAST = 4;
/** So much of a body is read. Bytes. */
export const BODY = 4096;

/** Runs the plan until it is done or the signal says stop. Never throws for a target's sake. */
export async function observeReplay(input: ReplayInput, io: Io): Promise<ReplaySeen> {
  const credential = await readCredential(input.samples, input.names, input.field, io);
  const asker = askerFor(input, io);
  const url = { at: input.url };
  const known = typeof credential === 'string' ? undefined : credential;

  const first = await asker.ask(url, {});
  const there = first?.seen.ok === true;
  const replayed = known && there ? await asker.oneByOne(url, headersOf(known, 'dropped'), input.times) : [];
  const fresh = first ? [first] : [];
  if (there) fresh.push(...(await asker.abreast(url, {}, Math.min(FRESH, Math.ceil(input.times / 4)) - 1)));
  const issued = fresh.find((one) => one.seen.ok && sessionCookies(one.seen).length > 0);
  const jar = issued?.jar ?? [];
  const echo =
    jar.length > 0 ? await asker.abreast(url, headersOf({ cookies: jar }, 'dropped'), input.times) : [];
  const sticky = known && there ? await stickyReplies(asker, url, known, jar, input.times) : null;
  const pinned = await askInstances(asker, input, known);

  return {
    url: input.url.shown,
    rule: input.rule,
    instanceHeader: input.instanceHeader?.toLowerCase() ?? null,
    credential:
      typeof credential === 'string'
        ? { none: credential }
        : {
            name: credential.name,
            kind: credential.kind,
            format: credential.format,
            value: credential.value,
            fromBefore: input.samplesFromBefore,
          },
    fresh: fresh.map(({ seen }) => seen),
    replayed: replayed.map(({ seen }) => seen),
    sticky,
    echoed: issued?.seen.ok ? issued.seen.cookies.filter(({ name }) => !isAffinityCookie(name)) : [],
    echo: echo.map(({ seen }) => seen),
    ...pinned,
    sent: asker.sent(),
    cut: io.signal.aborted,
  };
}

interface Got {
  readonly seen: Reply;
  /** The cookies it set, raw: secrets, never observed. */
  readonly jar: readonly CookiePair[];
}

interface Asker {
  ask(target: Target, headers: Record<string, string>): Promise<Got | undefined>;
  oneByOne(target: Target, headers: Record<string, string>, times: number): Promise<Got[]>;
  abreast(target: Target, headers: Record<string, string>, times: number): Promise<Got[]>;
  sent(): number;
}

function askerFor(input: ReplayInput, io: Io): Asker {
  let sent = 0;
  let answered = false;
  const ask: Asker['ask'] = async (target, headers) => {
    if (io.signal.aborted) return undefined;
    sent += 1;
    const request = requestTo(target);
    const got = await io.http.request({
      url: request.url,
      headers: { ...request.headers, ...headers, 'cache-control': 'no-cache' },
      ...(request.pin && { pin: request.pin }),
      maxBody: BODY,
      timeoutMs: PATIENCE,
      signal: io.signal,
    });
    // What the deadline cut off in mid-plan says nothing about the target.
    if (!got.ok && io.signal.aborted && answered) return undefined;
    answered ||= got.ok;
    const seen = seeAnswer(got, request.url, io.vault, input.instanceHeader?.toLowerCase());
    const jar = got.ok
      ? got.headers
          .filter(([name]) => name.toLowerCase() === 'set-cookie')
          .map(([, line]) => parseSetCookie(line))
          .filter((cookie) => cookie.name !== '' && cookie.value !== '')
          .map((cookie): CookiePair => [cookie.name, cookie.value])
      : [];
    return { seen, jar };
  };
  const oneByOne: Asker['oneByOne'] = async (target, headers, times) => {
    const got: Got[] = [];
    for (let n = 0; n < times; n++) {
      const one = await ask(target, headers);
      if (!one) break;
      got.push(one);
      // A target that does not answer twice in a row will not answer the other eighteen times either.
      if (got.length === 2 && got.every(({ seen }) => !seen.ok)) break;
    }
    return got;
  };
  const abreast: Asker['abreast'] = async (target, headers, times) => {
    const got: Got[] = [];
    for (let n = 0; n < times; n += ABREAST) {
      const some = Array.from({ length: Math.min(ABREAST, times - n) }, () => ask(target, headers));
      const answered = (await Promise.all(some)).filter((one) => one !== undefined);
      got.push(...answered);
      if (answered.every(({ seen }) => !seen.ok)) break;
    }
    return got;
  };
  return { ask, oneByOne, abreast, sent: () => sent };
}

async function stickyReplies(
  asker: Asker,
  url: Target,
  credential: Credential,
  jar: readonly CookiePair[],
  times: number,
): Promise<ReplaySeen['sticky']> {
  const own = credential.cookies.filter(([name]) => isAffinityCookie(name));
  const lent = own.length > 0 ? [] : jar.filter(([name]) => isAffinityCookie(name));
  const names = [...own, ...lent].map(([name]) => name.slice(0, 64));
  if (names.length === 0) return null;
  const got = await asker.oneByOne(url, headersOf(credential, 'kept', lent), Math.min(STICKY, times));
  return { names, replies: got.map(({ seen }) => seen) };
}

async function askInstances(
  asker: Asker,
  input: ReplayInput,
  credential: Credential | undefined,
): Promise<Pick<ReplaySeen, 'instances' | 'cross'>> {
  const instances: InstanceSeen[] = [];
  const jars: { readonly url: string; readonly target: Target; readonly jar: readonly CookiePair[] }[] = [];
  for (const instance of input.instances.slice(0, MAX_INSTANCES)) {
    const target = { at: input.url, pinnedTo: instance };
    const fresh = await asker.ask(target, {});
    const replayed =
      credential && fresh?.seen.ok
        ? await asker.oneByOne(target, headersOf(credential, 'dropped'), Math.min(PINNED, input.times))
        : [];
    instances.push({
      url: instance.shown,
      fresh: fresh?.seen ?? null,
      replayed: replayed.map(({ seen }) => seen),
    });
    if (fresh?.seen.ok) jars.push({ url: instance.shown, target, jar: fresh.jar });
  }
  const cross: Echo[] = [];
  for (const issuer of jars)
    for (const reader of jars) {
      if (issuer.jar.length === 0) continue;
      const got = await asker.ask(reader.target, headersOf({ cookies: issuer.jar }, 'dropped'));
      if (got) cross.push({ issuedBy: issuer.url, sentTo: reader.url, reply: got.seen });
    }
  return { instances, cross };
}
