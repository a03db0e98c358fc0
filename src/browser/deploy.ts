/**
 * What was seen of one deploy's responses, free of cookie values: plain JSON, fit to be saved and
 * compared later.
 *
 * @module
 */
import { parseCookieHeader } from '../parse/cookie-header.ts';
import { type Exchange, type HeaderPair, headerValues } from '../parse/exchanges.ts';
import { parseSetCookie } from '../parse/set-cookie.ts';
import { shapeOf } from '../parse/value-shape.ts';
import { looksLikeSession } from './names.ts';

/** One Set-Cookie. Attributes as written, of the known ones; what others said is dropped. */
export type CookieSeen = {
  readonly name: string;
  /** Octets of name and value. */
  readonly bytes: number;
  readonly fingerprint: string;
  /** See `parse/value-shape.ts`. */
  readonly format: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly control: boolean;
};

/** The cookies of one request, by name and fingerprint, in the order of the header. */
export type SentSeen = { readonly bytes: number; readonly pairs: readonly (readonly [string, string])[] };

export type ResponseSeen = {
  /** Without user, query and fragment; null when the file does not say. */
  readonly url: string | null;
  readonly status: number | null;
  /** Upper case; null when the file does not say. */
  readonly method: string | null;
  /** By the clock of whoever recorded it, epoch ms. */
  readonly at: number | null;
  /** The Date header, epoch ms. */
  readonly date: number | null;
  readonly cookies: readonly CookieSeen[];
  readonly clearSiteData: string | null;
  /** Response headers that tell about caching, serving and redirects; nothing secret. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly sent: SentSeen | null;
};

/** One file or URL, and how reading it went. */
export type SourceSeen = {
  readonly shown: string;
  readonly kind: string;
  readonly status: 'read' | 'unreadable' | 'unreachable';
  readonly detail: string | null;
  /** See `ExchangeNote` in `parse/exchanges.ts`. */
  readonly notes: readonly string[];
};

export type Deploy = { readonly sources: readonly SourceSeen[]; readonly responses: readonly ResponseSeen[] };

/** Keeps values out of what is seen. */
export interface Masker {
  learn(secret: string): void;
  fingerprint(value: string): string;
}

const MAX_RESPONSES = 2000;
/** Enough for every quota; a response with more is an attack, and `cut` says so. */
const MAX_COOKIES = 1000;
/** Shorter pieces after a value may be ordinary words. UTF-16 units. */
const MIN_TAIL = 8;
const KNOWN_ATTRIBUTES = new Set(
  'domain path max-age expires secure httponly samesite partitioned priority'.split(' '),
);
const TOLD_HEADERS = new Set(
  'date server via age cache-control expires vary content-type location x-cache x-cache-hits cf-cache-status cf-ray x-served-by strict-transport-security clear-site-data retry-after'.split(
    ' ',
  ),
);

/**
 * Exchanges as responses without secrets, in order; those that tell nothing about cookies are kept for
 * their hosts. Where there are too many Set-Cookie lines, `names` come first, then names like a session's.
 */
export function responsesFrom(
  exchanges: readonly Exchange[],
  masker: Masker,
  names?: readonly string[],
): { readonly responses: readonly ResponseSeen[]; readonly cut: boolean } {
  let cut = exchanges.length > MAX_RESPONSES;
  const read = exchanges.slice(0, MAX_RESPONSES).map((exchange) => ({
    exchange,
    lines: headerValues(exchange.response, 'set-cookie'),
  }));
  const all = read.flatMap(({ lines }) => lines);
  const admits = admission(all, names);
  const urls = read.map(({ exchange }) => exchange.url);
  const careful = sparing(urls, all, masker);
  const responses = read.map(({ exchange, lines }): ResponseSeen => {
    const admitted = lines.filter(admits);
    if (admitted.length < lines.length) cut = true;
    const cookies = admitted.map((line) => cookieSeen(line, careful));
    return responseSeen(exchange, cookies, careful);
  });
  return { responses, cut };
}

/** To be asked once for each Set-Cookie line, in order: whether it is among those that are looked at. */
export function admission(
  lines: readonly string[],
  names: readonly string[] | undefined,
): (line: string) => boolean {
  const rank = (line: string) => {
    const name = nameOf(line);
    if (names?.includes(name)) return 0;
    return looksLikeSession(name) ? 1 : 2;
  };
  const left = [0, 0, 0];
  for (const line of lines) left[rank(line)] = (left[rank(line)] ?? 0) + 1;
  let room = MAX_COOKIES;
  for (const [place, wanted] of left.entries()) {
    left[place] = Math.min(wanted, room);
    room -= left[place] ?? 0;
  }
  return (line) => {
    const place = rank(line);
    left[place] = (left[place] ?? 0) - 1;
    return (left[place] ?? 0) >= 0;
  };
}

/**
 * Learns values as secrets, but not those that say something in other places too: what stands in a URL (a
 * "next" or "domain" cookie), is the name of a cookie, or a word of Set-Cookie; unless it looks like an id.
 */
export function sparing(urls: readonly (string | null)[], lines: readonly string[], masker: Masker): Masker {
  const told = [...new Set(urls.map((url) => plainUrl(url ?? '') ?? ''))].join('\n');
  const names = new Set(lines.map(nameOf));
  const isWord = (value: string) =>
    names.has(value) || SPOKEN.test(value) || told.includes(value) || HOST.test(value);
  return {
    learn: (value) => {
      if (isIdLike(value) || !isWord(value)) masker.learn(value);
    },
    fingerprint: (value) => masker.fingerprint(value),
  };
}

/** Values of attributes, and their names. */
const SPOKEN = /^(?:strict|secure|httponly|samesite|partitioned|priority|medium|domain|expires|max-age)$/i;

/** Learns only what looks like an id: for text in which a value's words ("before", "strict") mean other things. */
export function idsOnly(masker: Masker): Masker {
  return {
    learn: (value) => {
      if (!isIdLike(value)) return;
      masker.learn(value);
      // A Domain is told in lower case.
      masker.learn(value.toLowerCase());
    },
    fingerprint: (value) => masker.fingerprint(value),
  };
}

const nameOf = (line: string) => line.slice(0, 4200).split(/[=;]/, 1)[0]?.trim() ?? '';

/** Long, or letters and digits mixed as words are not; no address and no host. */
function isIdLike(value: string): boolean {
  if (/^(?:https?:\/\/|https?%3A%2F%2F|\/)[^?#]*$/i.test(value) || HOST.test(value)) return false;
  return value.length >= 24 || (value.length >= 8 && (value.match(/\d/g)?.length ?? 0) >= 3);
}

const HOST = /^\.?(?:[a-z][a-z0-9-]{0,62}\.){1,8}[a-z]{2,18}$/i;

function responseSeen(exchange: Exchange, cookies: readonly CookieSeen[], masker: Masker): ResponseSeen {
  const date = Date.parse(headerValues(exchange.response, 'date')[0] ?? '');
  return {
    url: exchange.url === null ? null : plainUrl(exchange.url),
    status: exchange.status,
    method: methodOf(exchange.method),
    at: exchange.startedAt,
    date: Number.isNaN(date) ? null : date,
    cookies,
    clearSiteData: headerValues(exchange.response, 'clear-site-data').join(', ').slice(0, 200) || null,
    headers: toldHeaders(exchange.response, exchange.url, masker),
    sent: sentSeen(exchange, masker),
  };
}

/** The headers that may be kept, of one response; session ids in its URL and its Location are learnt. */
export function toldHeaders(
  headers: readonly HeaderPair[],
  url: string | null,
  masker: Masker,
): readonly HeaderPair[] {
  for (const text of [url ?? '', ...headerValues(headers, 'location')])
    for (const id of idsIn(text)) masker.learn(id);
  return headers
    .filter(([name]) => TOLD_HEADERS.has(name.toLowerCase()))
    .slice(0, 40)
    .map(([name, value]) => [name.slice(0, 64), toldValue(name, value, url)] as const);
}

/** A request method in upper case; null for what is none. */
export function methodOf(text: string | null): string | null {
  return text !== null && /^[A-Za-z]{1,16}$/.test(text) ? text.toUpperCase() : null;
}

/** One Set-Cookie line without its value. Attributes that browsers do not know may be a value's tail: they go. */
export function cookieSeen(line: string, masker: Masker): CookieSeen {
  const { name, value, attributes, control } = parseSetCookie(line);
  if (value !== '') masker.learn(value);
  for (const [key, text] of attributes.filter(([each]) => !KNOWN_ATTRIBUTES.has(each.toLowerCase())))
    for (const tail of [key, text]) if (tail.length >= MIN_TAIL) masker.learn(tail);
  // A nameless cookie's value stands where a name would; it must not pass for one.
  return {
    name: printable(name),
    bytes: Buffer.byteLength(name) + Buffer.byteLength(value),
    fingerprint: masker.fingerprint(value),
    format: shapeOf(value),
    attributes: attributes
      .filter(([key]) => KNOWN_ATTRIBUTES.has(key.toLowerCase()))
      .map(([key, text]) => [key, printable(text, 1100)] as const),
    control,
  };
}

function sentSeen(exchange: Exchange, masker: Masker): SentSeen | null {
  const header = headerValues(exchange.request, 'cookie').join('; ');
  if (header === '') return null;
  const pairs = parseCookieHeader(header).slice(0, 400);
  for (const [, value] of pairs) if (value !== '') masker.learn(value);
  return {
    bytes: Buffer.byteLength(header),
    pairs: pairs.map(([name, value]) => [printable(name), masker.fingerprint(value)] as const),
  };
}

/** Session ids that frameworks write into URLs: path parameters (;jsessionid=…) and ASP.NET's /(S(…))/. */
function idsIn(url: string): readonly string[] {
  const found = url.slice(0, 8192).matchAll(/;[\w.-]{1,40}=([^/;?#&]{8,512})|\([SFAX]\(([\w-]{8,128})\)/gi);
  const query = URL.canParse(url, 'https://host.invalid')
    ? [...new URL(url, 'https://host.invalid').searchParams]
        .filter(([key, value]) => /sess|sid|token|auth|code|ticket/i.test(key) && value.length >= 8)
        .map(([, value]) => value)
    : [];
  return [...[...found].map((match) => match[1] ?? match[2] ?? ''), ...query];
}

/** A URL that may be kept: scheme, host, port and path. Null when it is none. */
export function plainUrl(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, host, pathname } = new URL(url);
  // Path parameters carry session ids (;jsessionid=…), never a cookie's Path.
  const path = pathname.replace(/;[^/]*/g, '').slice(0, 300);
  return protocol === 'https:' || protocol === 'http:' ? `${protocol}//${host}${path}` : null;
}

function toldValue(name: string, value: string, base: string | null): string {
  if (name.toLowerCase() !== 'location') return printable(value, 200);
  if (!URL.canParse(value, base ?? 'https://host.invalid')) return '…';
  const target = new URL(value, base ?? 'https://host.invalid');
  return base === null && target.hostname === 'host.invalid'
    ? target.pathname.slice(0, 300)
    : (plainUrl(target.href) ?? `${target.protocol}…`);
}

/** Text from outside, bounded and without what could steer a terminal. */
export function printable(text: string, max = 256): string {
  const clean = text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    '�',
  );
  return clean.length > max ? `${clean.slice(0, max - 1)}…` : clean;
}
