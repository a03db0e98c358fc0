/**
 * The HTTP door: GET and HEAD (POST only to a provider's token or introspection endpoint, when told to). Redirects are never
 * followed, bodies are bounded, every request has its own connection (so that each one's phases can be
 * measured and a balancer may choose anew), and a failure is a value that names its phase.
 *
 * @module
 */
import type { LookupAddress } from 'node:dns';

/** Where in a request's life something happened. */
export type HttpPhase = 'dns' | 'tcp' | 'proxy' | 'tls' | 'headers' | 'body';

/** Milliseconds spent in each phase; absent when it was not reached or not needed (an IP address, plain http). */
export type HttpTimings = {
  readonly dnsMs?: number | undefined;
  readonly tcpMs?: number | undefined;
  /** The proxy's part: until the tunnel stood. */
  readonly proxyMs?: number | undefined;
  readonly tlsMs?: number | undefined;
  /** From the request sent to the head of the answer read. */
  readonly firstByteMs?: number | undefined;
  readonly totalMs: number;
};

/** One certificate as the server sent it. Dates are epoch ms. */
export type CertificateSeen = {
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: number;
  readonly validTo: number;
  /** Subject alternative names without their type prefix, at most 100. */
  readonly names: readonly string[];
  readonly fingerprint256: string;
  readonly selfSigned: boolean;
  /** It says where its issuer's certificate is kept, as those of public authorities do. Older files lack it. */
  readonly namesIssuer?: boolean;
};

/** The certificate chain as the server sent it, read even when it does not verify. */
export type TlsSeen = {
  readonly protocol: string | null;
  /** OpenSSL's reason, e.g. CERT_HAS_EXPIRED, or null when the chain verifies. Dates in it use the local clock. */
  readonly authorizationError: string | null;
  /** Leaf first, at most 10. A root that only this host holds may close the list. */
  readonly chain: readonly CertificateSeen[];
};

/** Status and headers of an answer; headers in wire order and case. */
export type HttpHead = {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
};

export interface HttpRequest {
  /** Only http: and https:. A user name and password in it become Basic authorization. */
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Only for what a provider's endpoints take by POST; may be empty. */
  readonly body?: string;
  /** Connect here instead of what DNS says; SNI, Host and the certificate check keep the URL's name. No proxy is used. */
  readonly pin?: { readonly host: string; readonly port: number };
  /** PEM, added to the system's roots. */
  readonly ca?: string;
  /** Bytes of body to keep, after decompression; the rest is dropped and `truncated` set. Default 65,536. */
  readonly maxBody?: number;
  /** Go on when the certificate does not verify; `tls.authorizationError` says so. Default false. Send no secret with it. */
  readonly insecure?: boolean;
  /** A proxy to go through (http:, https:, socks5:), in place of HTTPS_PROXY and HTTP_PROXY. May hold a password. */
  readonly via?: string;
  /** This request's own limit, ms; running out of it is a failure of kind `timeout`. */
  readonly timeoutMs?: number;
  /** Obeyed at once in every phase: a reason named TimeoutError gives kind `timeout`, any other `aborted`. */
  readonly signal: AbortSignal;
}

export interface HttpResponse extends HttpHead {
  readonly ok: true;
  readonly body: Buffer;
  readonly truncated: boolean;
  readonly timings: HttpTimings;
  /** Local epoch ms when the request was sent and when the head of the answer had arrived. */
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly remoteAddress: string | null;
  /** `host:port` of the proxy that was used, or null. */
  readonly via: string | null;
  readonly tls: TlsSeen | null;
}

export interface HttpFailure {
  readonly ok: false;
  readonly phase: HttpPhase;
  /** What went wrong, as one of a few words: see `failureKinds`. */
  readonly kind: FailureKind;
  /** The runtime's code, e.g. ECONNREFUSED, CERT_HAS_EXPIRED. */
  readonly code: string;
  /** One calm sentence without secrets, beginning "from this host,". */
  readonly message: string;
  readonly timings: HttpTimings;
  readonly remoteAddress: string | null;
  readonly via: string | null;
  readonly tls: TlsSeen | null;
  /** What had been answered when the body failed, or null. */
  readonly head: HttpHead | null;
}

export const failureKinds = [
  'dns',
  'refused',
  'unreachable',
  'timeout',
  'tls',
  'closed',
  'not-http',
  'too-large',
  'bad-encoding',
  'proxy',
  'aborted',
  'other',
] as const;
export type FailureKind = (typeof failureKinds)[number];

export interface HttpDoor {
  /** Never rejects. */
  request(request: HttpRequest): Promise<HttpResponse | HttpFailure>;
}

/** Finds the addresses of a name; may reject with the resolver's error. Should give up when `signal` aborts. */
export type Lookup = (hostname: string, signal: AbortSignal) => Promise<readonly LookupAddress[]>;

export interface HttpDoorOptions {
  /** Where HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS are read from. Default process.env. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the operating system's resolver, as the app uses it. */
  readonly lookup?: Lookup;
}

/** The real door. What it is made of is loaded at the first request. */
export function httpDoor(options: HttpDoorOptions = {}): HttpDoor {
  return {
    async request(request) {
      const { exchange } = await import('./http/exchange.ts');
      return exchange(request, options);
    },
  };
}

/** All values of a header, in wire order; the name in any case. */
export function headerValues(head: Pick<HttpHead, 'headers'>, name: string): string[] {
  const wanted = name.toLowerCase();
  return head.headers.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
}

/** The first value of a header, or undefined. */
export function headerValue(head: Pick<HttpHead, 'headers'>, name: string): string | undefined {
  return headerValues(head, name)[0];
}
