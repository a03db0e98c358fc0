/**
 * The HTTP door: GET and HEAD (POST only for the token endpoint's dry call). Redirects are never
 * followed silently, bodies are bounded, and a failure is a value that names its phase.
 *
 * @module
 */

/** Where in a request's life something happened. */
export type HttpPhase = 'dns' | 'tcp' | 'tls' | 'request' | 'headers' | 'body';

/** Milliseconds spent in each phase; absent when it was not reached or a connection was reused. */
export interface HttpTimings {
  readonly dnsMs?: number | undefined;
  readonly tcpMs?: number | undefined;
  readonly tlsMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly totalMs: number;
}

/** The certificate chain as the server sent it, read even when it does not verify. */
export interface TlsSeen {
  readonly protocol: string | null;
  /** OpenSSL's reason, e.g. CERT_HAS_EXPIRED, or null when the chain verifies. Dates in it use the local clock. */
  readonly authorizationError: string | null;
  /** Leaf first. Dates are epoch ms. */
  readonly chain: readonly {
    readonly subject: string;
    readonly issuer: string;
    readonly validFrom: number;
    readonly validTo: number;
    readonly names: readonly string[];
    readonly fingerprint256: string;
  }[];
}

export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** For the token endpoint's dry call only. */
  readonly body?: string;
  /** Connect here instead of what DNS says; SNI, Host and the certificate check keep the URL's name. */
  readonly pin?: { readonly host: string; readonly port: number };
  /** PEM, added to the system's roots. */
  readonly ca?: string;
  /** Bytes of body to keep; the rest is dropped and `truncated` set. Default 65,536. */
  readonly maxBody?: number;
  /** Go on when the certificate does not verify; `tls.authorizationError` says so. Default false. */
  readonly insecure?: boolean;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly ok: true;
  readonly status: number;
  /** In wire order and case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly truncated: boolean;
  readonly timings: HttpTimings;
  /** Local epoch ms when the request was sent and when the head of the answer had arrived. */
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly remoteAddress: string | null;
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
  readonly tls: TlsSeen | null;
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
  'aborted',
  'other',
] as const;
export type FailureKind = (typeof failureKinds)[number];

export interface HttpDoor {
  request(request: HttpRequest): Promise<HttpResponse | HttpFailure>;
}
