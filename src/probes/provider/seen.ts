/**
 * What the provider probe saw, as plain JSON without secrets.
 *
 * @module
 */
import type { HttpTimings, TlsSeen } from '../../io/http.ts';
import type { KeySetFacts } from '../../parse/jwks.ts';
import type { OwnTokenSeen } from './own-token.ts';
import type { SamlSeen } from './saml.ts';

/** What was asked. */
export type Endpoint =
  | 'discovery'
  | 'jwks'
  | 'authorization'
  | 'userinfo'
  | 'end-session'
  | 'token'
  | 'introspection'
  | 'site';

/**
 * From where, and past what: `here` as the app does, `fresh` past a cache (with a query of its own),
 * `origin` past the edge, `via` through another machine.
 */
export type Vantage = 'here' | 'fresh' | 'origin' | 'via';

/** One question to one endpoint, with its answer or its failure. */
export type Asked = {
  readonly endpoint: Endpoint;
  readonly vantage: Vantage;
  /** URL without query values. */
  readonly url: string;
  /** The proxy that was used, or null. */
  readonly through: string | null;
  readonly timings: HttpTimings;
  /** It was asked by an empty POST without a credential. */
  readonly empty?: true;
} & (
  | {
      readonly answered: true;
      readonly status: number;
      readonly contentType: string | null;
      readonly shape: 'json' | 'html' | 'other' | 'empty';
      readonly cacheControl: string | null;
      /** Seconds that a shared cache has held it. */
      readonly age: number | null;
      /** A cache says that it answered. */
      readonly hit: boolean;
      readonly retryAfter: string | null;
      /** Where a redirect points, without query. */
      readonly location: string | null;
      /** Redirects within the host lead back to themselves. */
      readonly loop: boolean;
      /** The answer's Date, epoch ms. */
      readonly date: number | null;
      /** Between these two moments of the local clock it was written (unless a cache held it). */
      readonly sentAt?: number;
      readonly answeredAt?: number;
      /** OAuth's `error`, from a JSON body. */
      readonly error: string | null;
      /** The status with which it was refused when others were asked at the same moment. */
      readonly crowded?: number;
    }
  | {
      readonly answered: false;
      readonly phase: string;
      readonly kind: string;
      readonly code: string;
      readonly message: string;
      /** When the body failed after a status had come. */
      readonly status: number | null;
    }
);

/** One copy of the key set. */
export type KeySetSeen = {
  readonly vantage: Vantage;
  readonly url: string;
  readonly set: KeySetFacts;
  readonly age: number | null;
  readonly hit: boolean;
  readonly cacheControl: string | null;
  readonly date: number | null;
};

/** By endpoint, why an empty POST that was wanted was not sent. */
export type Unposted = { readonly token?: string; readonly introspection?: string };

export type CertificateHost = {
  readonly host: string;
  readonly tls: TlsSeen;
  /** Served behind the edge, to which alone it matters. Older observations lack it. */
  readonly behind?: boolean;
};

export type ProviderSeen = {
  /** The issuer as it was given, tidied: a root has no slash; or null. */
  readonly issuer: string | null;
  /** The issuer byte for byte as it was given; null when that was a document's URL. Older observations lack it. */
  readonly typed?: string | null;
  /** Id of the well-known provider that it looks like, or null. */
  readonly known: string | null;
  readonly discovery: {
    readonly url: string;
    readonly form: 'oidc' | 'oauth';
    /** Byte for byte. */
    readonly issuer: string | null;
    readonly algorithms: readonly string[];
    /** It was found behind a redirect within the host. Older observations lack it. */
    readonly redirected?: boolean;
    /** It names a token endpoint. Older observations lack it. */
    readonly tokenEndpoint?: boolean;
  } | null;
  readonly asked: readonly Asked[];
  readonly keySets: readonly KeySetSeen[];
  readonly certificates: readonly CertificateHost[];
  /** An authority was named for them (provider.caFile). Older observations lack it. */
  readonly authority?: boolean;
  /** True when client id and secret were given. */
  readonly dryCall: boolean;
  /** Why the credential was kept back, or null. Older observations lack it. */
  readonly keptBack?: string | null;
  /** Null when no empty POST was wanted. Older observations lack it. */
  readonly unposted?: Unposted | null;
  /** An earlier copy of the key set. */
  readonly before: {
    readonly shown: string;
    readonly takenAt: string | null;
    readonly set: KeySetFacts;
  } | null;
  /** Why the earlier copy that was asked for could not be had, or null. Older observations lack it. */
  readonly beforeFailed?: string | null;
  readonly saml: readonly SamlSeen[];
  /** The verifier's own token, when it was given. Older observations lack it. */
  readonly ownToken?: OwnTokenSeen | null;
};

/** A question that was answered, with whatever status. */
export type Answered = Extract<Asked, { answered: true }>;
/** One that was not, or whose answer could not be read. */
export type Failed = Extract<Asked, { answered: false }>;

export function isAnswered(one: Asked): one is Answered {
  return one.answered;
}

export function isFailed(one: Asked): one is Failed {
  return !one.answered;
}

/** What a document should be; what is in it may still be wrong. */
export function isGood(one: Answered): boolean {
  return one.status === 200 && one.shape === 'json';
}

/**
 * It got no further than a proxy, for all that is known: that was not reached, or opened no way (a tunnel that
 * stands is timed), or was asked for plain http and gave nothing back, or an error that may be its own. It
 * says nothing of the provider.
 */
export function isStoppedByProxy(one: Asked): boolean {
  if (typeof one.through !== 'string') return false;
  const isForwarded = one.timings.proxyMs === undefined;
  if (one.answered) return isForwarded && (one.status >= 500 || one.status === 407);
  return one.kind === 'proxy' || (isForwarded && one.status === null);
}

/** The probe's time was up before it could be asked. */
export function isUnasked(one: Asked): boolean {
  return !one.answered && one.code === 'NOT_STARTED';
}

/** The public URL answered with something that is no key set. */
export function isKeySetUnreadable(seen: ProviderSeen): boolean {
  return listOf(seen.keySets).some((one) => one.vantage === 'here' && !(one.set?.ok ?? true));
}

/** A list of an observation that may be old or odd. */
export function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}
