/**
 * Requests and responses out of the files that people save: HAR, `curl -i` / `-D`, `curl -v`, and bare
 * `Set-Cookie:` / `Cookie:` lines. Pure and bounded; a file that is none of these gives undefined.
 *
 * @module
 */
import { readCurlHeaders, readCurlVerbose, readHeaderLines } from './curl.ts';
import { readHar } from './har.ts';

/** A header as it stood: several of one name stay several entries, in order. */
export type HeaderPair = readonly [name: string, value: string];

/** One request with its response; what the file did not tell is null or empty. */
export interface Exchange {
  /** Absolute, or null when the file does not say (`curl -i`). */
  readonly url: string | null;
  readonly method: string | null;
  readonly request: readonly HeaderPair[];
  readonly status: number | null;
  readonly response: readonly HeaderPair[];
  /** Epoch ms by the clock of whoever recorded it, or null. */
  readonly startedAt: number | null;
}

/**
 * What a reader must tell besides the exchanges:
 * `sanitized` cookies and authorization were taken out when the file was saved;
 * `from-cookie-list` headers were missing, so cookies come from `cookies[]`, where values may be decoded;
 * `cut` the file or a header in it was larger than what is read.
 */
export type ExchangeNote = 'sanitized' | 'from-cookie-list' | 'cut';

export interface Exchanges {
  readonly kind: 'har' | 'curl-i' | 'curl-v' | 'headers';
  readonly exchanges: readonly Exchange[];
  readonly notes: readonly ExchangeNote[];
}

/** How to save a HAR that still holds its cookies. */
export const SANITIZED_ADVICE =
  'this HAR was saved without cookies (Chrome does that by default): in DevTools, Settings > Preferences > Network, ' +
  'tick "Allow to generate HAR with sensitive data", then long-press the export button and choose "with sensitive data"';

/** What to do about a HAR that is no whole JSON document. */
export const DAMAGED_ADVICE =
  'this HAR ends in the middle, or is larger than 64 MiB: save it again with fewer requests (filter them in DevTools first)';

/** Reads a file of any of the kinds above; undefined when it is none of them. Never throws. */
export function readExchanges(text: string): Exchanges | undefined {
  const start = text
    .slice(0, 4096)
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (start.startsWith('{')) return readHar(text);
  return readCurlVerbose(text) ?? readCurlHeaders(text) ?? readHeaderLines(text);
}

/** All values of a header, in order, names compared without regard to case. */
export function headerValues(headers: readonly HeaderPair[], name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return headers.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
}
