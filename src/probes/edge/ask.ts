/**
 * One request of the edge probe: to a URL, through the edge or pinned to the origin behind it.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { Address } from '../../config/secret.ts';
import { headerValue, type HttpResponse } from '../../io/http.ts';
import type { Io } from '../../io/io.ts';
import type { CookiePair } from '../../parse/cookie-header.ts';
import { parseSetCookie } from '../../parse/set-cookie.ts';
import { type Answer, type NoAnswer, seeAnswer } from '../replay/answer.ts';
import { PATIENCE, requestTo } from '../replay/target.ts';
import { piecesOf } from './likeness.ts';
import { leaving, LOGIN } from './places.ts';

/** An answer with what tells who made it. */
export type EdgeAnswer = Answer & {
  /** Of all its headers. */
  readonly names: readonly string[];
  /** Fingerprint of its ETag, without what compression makes of it. */
  readonly etag?: string;
  /** Its Location says where to return to: a guard sent somebody away from where they wanted to be. */
  readonly returns?: true;
};
export type EdgeReply = EdgeAnswer | NoAnswer;

export interface Got {
  /** Null when the deadline had come. */
  readonly seen: EdgeReply | null;
  /** Cookies it set, raw: secrets, never observed. */
  readonly jar: readonly CookiePair[];
  /** Where a redirect leads, when it stays on the same scheme and host. Raw, never observed. */
  readonly next?: Address | undefined;
  /** A file that the page names in its beginning, on the same scheme and host. */
  readonly asset?: Address | undefined;
  /** The login that it links to there. */
  readonly login?: Address | undefined;
  /** What stands on it, to be compared: never observed. */
  readonly pieces?: ReadonlySet<string>;
}

export interface Ask {
  (at: Address, way: 'edge' | 'origin', headers?: Readonly<Record<string, string>>): Promise<Got>;
}

/** So much of a body is read: enough for the head of a page. Bytes. */
export const BODY = 16_384;
const MAX_NAMES = 60;

/** Asks and counts. What the deadline cuts off in mid-plan says nothing about the target and is left out. */
export function askerFor(
  origin: Address | undefined,
  io: Io,
): { readonly ask: Ask; readonly sent: () => number } {
  let sent = 0;
  let answered = false;
  const ask: Ask = async (at, way, headers = {}) => {
    if (io.signal.aborted) return { seen: null, jar: [] };
    sent += 1;
    const request = requestTo({ at, pinnedTo: way === 'origin' ? origin : undefined });
    const got = await io.http.request({
      url: request.url,
      headers: { accept: 'text/html,*/*', ...request.headers, ...headers },
      ...(request.pin && { pin: request.pin }),
      maxBody: BODY,
      timeoutMs: PATIENCE,
      signal: io.signal,
    });
    if (!got.ok && io.signal.aborted && answered) return { seen: null, jar: [] };
    answered ||= got.ok;
    const seen = seeAnswer(got, request.url, io.vault);
    if (!got.ok || !seen.ok) return { seen: seen as NoAnswer, jar: [] };
    const names = [...new Set(got.headers.map(([name]) => name.toLowerCase().slice(0, 64)))];
    const jar = got.headers
      .filter(([name]) => name.toLowerCase() === 'set-cookie')
      .map(([, line]) => parseSetCookie(line))
      .filter((cookie) => cookie.name !== '' && cookie.value !== '')
      .map((cookie): CookiePair => [cookie.name, cookie.value]);
    const next = got.status >= 300 && got.status < 400 ? nextOf(got, request.url) : undefined;
    const page = got.status === 200;
    const asset = way === 'edge' && page ? assetOf(got, at.href()) : undefined;
    const login = page ? loginOf(got, at.href()) : undefined;
    const etag = headerValue(got, 'etag');
    const returns = RETURN.test(headerValue(got, 'location') ?? '');
    const whole: EdgeAnswer = {
      ...seen,
      names: names.slice(0, MAX_NAMES),
      ...(etag !== undefined && { etag: io.vault.fingerprint(bareTag(etag)) }),
      ...(returns && { returns }),
    };
    return { seen: whole, jar, next, asset, login, pieces: piecesOf(got.body) };
  };
  return { ask, sent: () => sent };
}

function nextOf(got: HttpResponse, base: string): Address | undefined {
  const location = headerValue(got, 'location');
  return location === undefined ? undefined : sameSite(location, base);
}

/** Paths of files, as caches tell them: by their ending. */
export const ASSET =
  /\.(?:js|mjs|css|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|txt|xml|webmanifest|pdf)$/i;

function assetOf(got: HttpResponse, base: string): Address | undefined {
  const html = got.body.toString('latin1');
  for (const [, path = ''] of html.matchAll(
    /<(?:script|link|img)\s[^>]{0,300}?(?:src|href)=["']?([^"'\s>]{1,300})/gi,
  )) {
    const found = sameSite(path, base);
    if (found && ASSET.test(new URL(found.href()).pathname)) return found;
  }
  return undefined;
}

/** The first link whose path says login, as the first page of many a site has one. */
function loginOf(got: HttpResponse, base: string): Address | undefined {
  const html = got.body.toString('latin1');
  for (const [, path = ''] of html.matchAll(/<a\s[^>]{0,300}?href=["']?([^"'\s>]{1,300})/gi)) {
    const found = sameSite(path, base);
    if (found && LOGIN.test(new URL(found.href()).pathname) && !leaving(found)) return found;
  }
  return undefined;
}

/** Parameters by which guards remember the way back. */
const RETURN =
  /[?&](?:next|return\w{0,12}|redirect\w{0,12}|continue|from|goto|dest\w{0,12}|target|back\w{0,8}|url|rd|referr?er|service|RelayState)=/i;

/** Weak or strong, and as which encoding, is the way's doing (RFC 9110 section 8.8.3, and Apache's suffix). */
function bareTag(etag: string): string {
  return etag
    .trim()
    .replace(/^W\//, '')
    .replace(/"/g, '')
    .replace(/[-;:]+(?:gzip|br|zstd|df)$/, '')
    .slice(0, 200);
}

function sameSite(place: string, base: string): Address | undefined {
  try {
    const to = new URL(place.slice(0, 4096), base);
    return to.origin === new URL(base).origin ? new Address(to.href) : undefined;
  } catch {
    return undefined;
  }
}

/** The same URL with a query that no cache has seen. */
export function bust(at: Address): Address {
  const url = new URL(at.href());
  url.searchParams.set('sessdoctor', randomBytes(6).toString('hex'));
  return new Address(url.href);
}

/** The replies that are answers. */
export function answers(replies: readonly (EdgeReply | null)[]): readonly EdgeAnswer[] {
  return replies.filter((reply): reply is EdgeAnswer => reply?.ok === true);
}
