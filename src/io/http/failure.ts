/**
 * From what the runtime threw to the few words that the rest of sessdoctor knows.
 *
 * @module
 */
import type { FailureKind, HttpFailure, HttpPhase } from '../http.ts';
import type { Progress } from './progress.ts';

/** Thrown inside the door where the runtime has no error of its own. `message` is not shown. */
export class DoorError extends Error {
  readonly code: string;
  readonly kind: FailureKind;
  constructor(kind: FailureKind, code: string) {
    super(code);
    this.kind = kind;
    this.code = code;
  }
}

/** The code of a request that was not even begun, because its signal had been aborted before. */
export const NOT_STARTED = 'NOT_STARTED';

const UNREACHABLE = new Set([
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EACCES',
  'EPERM',
  'ENETDOWN',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
]);
const CLOSED = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** The failure value of an exchange that ended with `error` in the phase where `progress` stands. */
export function failureOf(error: unknown, progress: Progress): HttpFailure {
  const { kind, code } = classify(error, progress.phase);
  return {
    ok: false,
    phase: progress.phase,
    kind,
    code,
    message: `from this host, ${SENTENCES[kind](code, progress)}`,
    timings: progress.timings(),
    remoteAddress: progress.remoteAddress,
    via: progress.via,
    tls: progress.tls,
    head: progress.head,
  };
}

function classify(thrown: unknown, phase: HttpPhase): { kind: FailureKind; code: string } {
  const error = firstOf(thrown);
  const name = typeof error.name === 'string' ? error.name : 'Error';
  const code =
    typeof error.code === 'string' && /^[A-Za-z0-9_.-]{1,80}$/.test(error.code)
      ? error.code
      : name.slice(0, 80);
  const as = (kind: FailureKind) => ({ kind, code });
  if (error instanceof DoorError) return as(error.kind);
  if (name === 'TimeoutError') return { kind: 'timeout', code: 'TIMEOUT' };
  if (name === 'AbortError') return { kind: 'aborted', code: 'ABORTED' };
  if (code === 'ETIMEOUT' || code === 'ETIMEDOUT') return as('timeout');
  if (phase === 'dns') return as('dns');
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') return as('too-large');
  if (name === 'HTTPParserError' || code.startsWith('HPE_')) return as('not-http');
  if (code === 'ECONNREFUSED') return as('refused');
  // Linux says EINVAL for a blackhole route.
  if (UNREACHABLE.has(code) || (phase === 'tcp' && code === 'EINVAL')) return as('unreachable');
  if (CLOSED.has(code)) return as('closed');
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO' || code.startsWith('ERR_TLS_')) return as('tls');
  return as(phase === 'tls' ? 'tls' : 'other');
}

/**
 * A host with several addresses fails with one error an address, in an error without a message. A refusal
 * says most (a machine answered), so it is told first.
 */
function firstOf(thrown: unknown): { name?: unknown; code?: unknown } {
  const error = (thrown ?? {}) as { name?: unknown; code?: unknown; errors?: unknown };
  if (!Array.isArray(error.errors) || error.errors.length === 0) return error;
  const inner = error.errors as { code?: unknown }[];
  return inner.find((one) => one?.code === 'ECONNREFUSED') ?? inner[0] ?? error;
}

const SENTENCES: Readonly<Record<FailureKind, (code: string, progress: Progress) => string>> = {
  dns: (code, progress) =>
    code === 'ENOTFOUND'
      ? `${theName(progress)} does not resolve (ENOTFOUND)`
      : `${theName(progress)} could not be looked up (${code})`,
  refused: (code, progress) => `${reached(progress)} refused the connection (${code})`,
  unreachable: (code, progress) => `there is no way to ${reached(progress)} (${code})`,
  timeout: (_code, progress) => `${STALLED[progress.phase](progress)} after ${seconds(progress)}`,
  aborted: (code, progress) =>
    code === NOT_STARTED
      ? `${progress.target} was not asked: this run had ended`
      : `${STALLED[progress.phase](progress)} when this run was stopped, after ${seconds(progress)}`,
  tls: (code, progress) => `the TLS connection to ${reached(progress)} failed: ${tlsReason(code)} (${code})`,
  closed: (code, progress) =>
    progress.phase === 'body'
      ? `${answerer(progress)} answered ${progress.head?.status ?? ''} but closed the connection in the middle of the body, ${progress.bodyBytes} bytes in (${code})`
      : `${reached(progress)} closed the connection ${beforeWhat(progress.phase)} (${code})`,
  'not-http': (code, progress) => `${reached(progress)} answered with something that is not HTTP (${code})`,
  'too-large': (code, progress) =>
    `${reached(progress)} answered with headers larger than this tool reads (${code})`,
  'bad-encoding': (code, progress) =>
    `${answerer(progress)} answered ${progress.head?.status ?? ''} with a body that does not decompress (${code})`,
  proxy: (code, { target, via }) => `the proxy ${via ?? ''} did not open a way to ${target} (${code})`,
  other: (code, progress) =>
    `the request to ${reached(progress)} failed in the ${progress.phase} phase (${code})`,
};

const STALLED: Readonly<Record<HttpPhase, (progress: Progress) => string>> = {
  dns: (progress) => `looking up ${theName(progress)} had no answer`,
  tcp: (progress) => `${reached(progress)} had not answered the connection attempt`,
  proxy: ({ target, via }) => `the proxy ${via} had not opened a way to ${target}`,
  tls: (progress) => `${reached(progress)} accepted the connection but had not finished the TLS handshake`,
  headers: (progress) =>
    progress.forwarded
      ? `the proxy ${progress.via} took the request for ${progress.target} but had not answered it`
      : `${reached(progress)} accepted the connection but had not answered the request`,
  body: (progress) =>
    `${answerer(progress)} answered ${progress.head?.status ?? ''} but its body was not complete (${progress.bodyBytes} bytes had come)`,
};

function theName({ hostname, via }: Progress): string {
  return via === null ? `the name ${hostname}` : `the proxy’s name ${hostname}`;
}

/** Who was there in this phase: until a tunnel stands, only the proxy is. */
function reached(progress: Progress): string {
  const { target, via, phase } = progress;
  if (via === null) return target;
  if (phase === 'dns' || phase === 'tcp' || phase === 'proxy') return `the proxy ${via}`;
  return answerer(progress);
}

/** Whose answer it is. */
function answerer({ target, via, forwarded }: Progress): string {
  if (via === null) return target;
  return forwarded ? `the proxy ${via}, asked for ${target},` : `${target} through the proxy ${via}`;
}

function seconds(progress: Progress): string {
  return `${(progress.timings().totalMs / 1000).toFixed(1)} s`;
}

function beforeWhat(phase: HttpPhase): string {
  if (phase === 'tls') return 'during the TLS handshake';
  return phase === 'headers' ? 'without an answer' : `in the ${phase} phase`;
}

const TLS_REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'by this host’s clock its certificate has expired',
  CERT_NOT_YET_VALID: 'by this host’s clock its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that this host does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its issuer is unknown here: an intermediate certificate is missing, or the authority is not trusted by this host',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that this host does not know',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that this host does not know',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names',
  CERT_REVOKED: 'its certificate is revoked',
  EPROTO: 'it does not speak TLS in a way that this host understands',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on this port',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it wants another version of TLS',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'it does not know the name that was asked for',
};

/** OpenSSL's and Node's TLS codes as words, for the middle of a sentence. */
export function tlsReason(code: string): string {
  return TLS_REASONS[code] ?? 'the handshake or the certificate was not accepted';
}
