/**
 * What is known of one exchange at any moment, so that an abort in any phase can still be told in full.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { HttpHead, HttpPhase, HttpRequest, HttpTimings, TlsSeen } from '../http.ts';

type Span = 'dnsMs' | 'tcpMs' | 'proxyMs' | 'tlsMs' | 'firstByteMs';

/** Mutable on purpose: every phase writes what it learnt, the outcome reads it. */
export class Progress {
  /** `host:port` of the URL, the only part of it that messages name, and where it was pinned to. */
  readonly target: string;
  /** The host that is dialled: the URL's, the one it is pinned to, or the proxy's. */
  hostname: string;
  phase: HttpPhase = 'dns';
  socket: Socket | null = null;
  remoteAddress: string | null = null;
  via: string | null = null;
  /** The proxy speaks HTTP for the target itself, so what comes may be the proxy's own. */
  forwarded = false;
  tls: TlsSeen | null = null;
  head: HttpHead | null = null;
  bodyBytes = 0;
  sentAt = 0;
  answeredAt = 0;
  readonly #began = performance.now();
  readonly #spans: { [S in Span]?: number } = {};

  constructor(url: URL, pin?: HttpRequest['pin']) {
    this.hostname = url.hostname.replace(/^\[|\]$/g, '');
    const named = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
    this.target = pin ? `${named} at ${pin.host}:${pin.port}` : named;
  }

  /** Starts measuring a span; the returned function ends it. */
  measure(span: Span): () => void {
    const began = performance.now();
    return () => {
      this.#spans[span] = round(performance.now() - began);
    };
  }

  timings(): HttpTimings {
    return { ...this.#spans, totalMs: round(performance.now() - this.#began) };
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
