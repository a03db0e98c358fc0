/**
 * The replay's I/O: GET requests only, counted, each on a connection of its own. First the credential,
 * because it tells most; then the anonymous echo, which needs no login; then each pinned instance.
 *
 * @module
 */
import type { Source } from '../../config/schema.ts';
import type { Address, Secret } from '../../config/secret.ts';
import type { Io } from '../../io/io.ts';
import { isAffinityCookie } from '../../parse/affinity.ts';
import type { CookiePair } from '../../parse/cookie-header.ts';
import { type IssuedCookie, type Reply, sessionCookies } from './answer.ts';
import { type Asker, askerFor } from './asker.ts';
import { type Credential, headersOf, readCredential } from './credential.ts';
import { echoes, type OtherEcho } from './echoes.ts';
import { type Signer, signersOf } from './signers.ts';
import type { Target } from './target.ts';

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
  /** What may have signed the cookies that the instances issue. */
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly salts: readonly string[];
}

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
  /** The cookies of other strangers, given back a few times; absent in observations of older releases, as what follows. */
  readonly others?: readonly OtherEcho[];
  /** The cookie of `echoed` with its end drawn anew: what becomes of one that nobody issued? */
  readonly forged?: readonly Reply[];
  /** Which of the given secrets signs each cookie that was issued; null where none does. Without secrets absent. */
  readonly signers?: readonly Signer[];
  readonly instances: readonly InstanceSeen[];
  /** Echoes at and between pinned instances. */
  readonly cross: readonly Echo[];
  readonly sent: number;
  /** The deadline came before the plan was done. */
  readonly cut: boolean;
};

/** Fresh requests may each make an anonymous session record, so there are few of them. */
const FRESH = 4;
const STICKY = 10;
/** Pinned: this often the credential, and at most so many instances. */
const PINNED = 3;
const MAX_INSTANCES = 8;

/** Runs the plan until it is done or the signal says stop. Never throws for a target's sake. */
export async function observeReplay(input: ReplayInput, io: Io): Promise<ReplaySeen> {
  const credential = await readCredential(input.samples, input.names, input.field, io);
  const asker = askerFor(input.instanceHeader, io);
  const url = { at: input.url };
  const known = typeof credential === 'string' ? undefined : credential;

  const first = await asker.ask(url, {});
  const there = first?.seen.ok === true;
  const replayed = known && there ? await asker.oneByOne(url, headersOf(known, 'dropped'), input.times) : [];
  const fresh = first ? [first] : [];
  if (there) fresh.push(...(await asker.abreast(url, {}, Math.min(FRESH, Math.ceil(input.times / 4)) - 1)));
  const { echoed, echo, others, forged } = await echoes(url, fresh, input.times, asker);
  const jar = fresh.find(({ seen }) => seen.ok && sessionCookies(seen).length > 0)?.jar ?? [];
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
    echoed,
    echo: echo.map(({ seen }) => seen),
    others,
    forged,
    ...(Object.keys(input.secrets).length > 0 && {
      signers: await signersOf([...fresh, ...echo], input, io),
    }),
    ...pinned,
    sent: asker.sent(),
    cut: io.signal.aborted,
  };
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
