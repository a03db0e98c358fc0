/**
 * An HTTP answer as plain JSON without secrets: what the probes of the way in compare.
 * Cookie values become fingerprint, length and format; of the headers only the listed ones are kept.
 *
 * @module
 */
import { recognise } from '../../formats/index.ts';
import type { HttpFailure, HttpResponse } from '../../io/http.ts';
import type { Vault } from '../../io/io.ts';
import { BUILD_HEADERS, INSTANCE_HEADERS, POP_HEADERS } from '../../parse/affinity.ts';
import { effectiveAttributes, parseSetCookie } from '../../parse/set-cookie.ts';

/**
 * What a credential rests on. `opaque`: a random id, only a store knows more. `signed-id`: an id with a
 * signature or in an envelope, so a key and a store. `self-contained`: everything is in it, no store needed.
 */
export type CredentialKind = 'opaque' | 'signed-id' | 'self-contained';

/** One Set-Cookie line without its value. */
export type IssuedCookie = {
  readonly name: string;
  /** Fingerprint of the raw value. */
  readonly value: string;
  /** Fingerprint of the id under a signature, where both can be read: the same id may be signed anew. */
  readonly id?: string;
  /** Rough entropy of the value, bits: `en` has few, a session id has over a hundred. */
  readonly bits: number;
  /** Format id, and for opaque ids their shape. */
  readonly format: string;
  readonly kind: CredentialKind;
  /** It is encrypted or dated, so the same session gets another text each time it is written. */
  readonly rewritten: boolean;
  /** It deletes the cookie: empty, Max-Age of 0 or less, or Expires before 1990. */
  readonly cleared: boolean;
  /** Domain, Path and flags in one fixed order; times left out. */
  readonly attributes: string;
  readonly maxAge?: number | undefined;
  readonly expires?: string | undefined;
};

export type Answer = {
  readonly ok: true;
  readonly status: number;
  /** Path of the Location header without query, matrix parameters and ids; another scheme or host is named with it. */
  readonly location?: string | undefined;
  readonly cookies: readonly IssuedCookie[];
  /** Listed headers only, lower-case names; several of one name joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Local epoch ms when the head had arrived. */
  readonly at: number;
  /** Bytes of body that were read, and whether there was more. */
  readonly bytes: number;
  readonly truncated: boolean;
};

/** A request that got no answer. `kind` is the door's word. */
export type NoAnswer = {
  readonly ok: false;
  readonly kind: string;
  readonly message: string;
  readonly at: number;
};

/** What came of one request. */
export type Reply = Answer | NoAnswer;

const MAX_COOKIES = 60;
const MAX_HEADER = 300;

/** Headers that may stand in an observation. Values of the vendors' trace ids are public by design. */
const KEPT: ReadonlySet<string> = new Set([
  'date',
  'age',
  'expires',
  'last-modified',
  'cache-control',
  'cdn-cache-control',
  'surrogate-control',
  'pragma',
  'vary',
  'via',
  'server',
  'cache-status',
  'x-cache',
  'x-cache-status',
  'x-cache-lookup',
  'x-cache-hits',
  'x-proxy-cache',
  'x-nginx-cache',
  'x-varnish',
  'x-cacheable',
  'x-drupal-cache',
  'x-litespeed-cache',
  'x-rack-cache',
  'x-vercel-cache',
  'x-nextjs-cache',
  'x-check-cacheable',
  'x-iinfo',
  'cf-cache-status',
  'cdn-cache',
  'x-powered-by',
  'content-type',
  'content-encoding',
  'location',
  'retry-after',
  'clear-site-data',
  'cf-mitigated',
  ...INSTANCE_HEADERS,
  ...BUILD_HEADERS,
  ...POP_HEADERS.map(([name]) => name),
]);

/** Reads what the door brought. `extra` names more headers to keep (the operator's instance header). */
export function seeAnswer(
  got: HttpResponse | HttpFailure,
  url: string,
  vault: Vault,
  extra?: string,
): Answer | NoAnswer {
  if (!got.ok) return { ok: false, kind: got.kind, message: got.message.slice(0, 300), at: Date.now() };
  const headers: Record<string, string> = {};
  const lines: string[] = [];
  for (const [name, value] of got.headers) {
    const key = name.toLowerCase();
    if (key === 'set-cookie') lines.push(value);
    else if (key !== 'location' && (KEPT.has(key) || key === extra))
      headers[key] = (key in headers ? `${headers[key]}, ${value}` : value).slice(0, MAX_HEADER);
  }
  const location = got.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
  return {
    ok: true,
    status: got.status,
    ...(location !== undefined && { location: placeOf(location, url) }),
    cookies: seeCookies(lines.slice(0, MAX_COOKIES), vault),
    headers,
    at: got.answeredAt,
    bytes: got.body.length,
    truncated: got.truncated,
  };
}

function seeCookies(lines: readonly string[], vault: Vault): readonly IssuedCookie[] {
  const all = lines.map(parseSetCookie);
  const values = new Map(all.map(({ name, value }) => [name, value]));
  return all.map((cookie) => seeCookie(cookie, values.get(`${cookie.name}.sig`), vault));
}

function seeCookie(
  { name, value, attributes }: ReturnType<typeof parseSetCookie>,
  companion: string | undefined,
  vault: Vault,
): IssuedCookie {
  const effective = effectiveAttributes(attributes);
  learnValue(value, vault);
  const { maxAge, expires } = effective;
  const ends = expires === undefined ? Number.NaN : Date.parse(expires);
  const parts = [
    effective.domain && `Domain=${effective.domain}`,
    effective.path !== undefined && `Path=${bareOf(effective.path)}`,
    effective.secure && 'Secure',
    effective.httpOnly && 'HttpOnly',
    effective.sameSite && `SameSite=${effective.sameSite}`,
    effective.partitioned && 'Partitioned',
  ];
  return {
    name: name.slice(0, 128),
    value: vault.fingerprint(value),
    bits: entropyOf(value),
    ...formatOf(name, value, companion),
    ...idOf(name, value, vault),
    cleared: value === '' || (maxAge !== undefined && maxAge <= 0) || ends < 631_152_000_000,
    attributes: parts.filter(Boolean).join('; ').slice(0, 300),
    ...(maxAge !== undefined && { maxAge }),
    ...(expires !== undefined && { expires: expires.slice(0, 60) }),
  };
}

/** Frameworks that put an id, not the session, into a signed or encrypted cookie. */
const ENVELOPES = /^(?:cookie-signature|laravel|cakephp|.*signed-id|adonis)/;

/** Format, kind and whether each writing gives another text. Exported for credentials that are sent, not issued. */
export function formatOf(
  name: string | null,
  value: string,
  companion?: string,
): Pick<IssuedCookie, 'format' | 'kind' | 'rewritten'> {
  const { reading } = recognise({ name, value, ...(companion && { companion }) });
  const shape = reading.header?.['shape'];
  const plain = !reading.signed && !reading.encrypted;
  // Signed in a cookie of its own: with a payload it holds the session, without one it is an id.
  const beside = reading.format === 'cookie-session-keygrip' && reading.serializer === undefined;
  const enveloped = beside || ENVELOPES.test(reading.format);
  const kind = enveloped ? 'signed-id' : plain ? 'opaque' : 'self-contained';
  const dated = reading.issuedAt !== undefined || reading.expiresAt !== undefined;
  // Charset and length of an id without a known shape vary by chance and are no sign of another format.
  const known = typeof shape === 'string' && /^(?:uuid|hex-|upper-hex|jetty)/.test(shape);
  return {
    format: reading.format === 'opaque' && known ? `opaque ${shape}` : reading.format,
    kind,
    rewritten: !plain && (reading.encrypted || dated || reading.sealed === undefined),
  };
}

function idOf(name: string, value: string, vault: Vault): Pick<IssuedCookie, 'id'> {
  const { reading } = recognise({ name, value });
  return ENVELOPES.test(reading.format) && reading.sealed
    ? { id: vault.fingerprint(reading.sealed.text) }
    : {};
}

/**
 * Length times the bits that its alphabet could hold: an upper bound, good enough to tell `en` from an id. Words
 * and short numbers (a test's group, a node's name, a consent) are chosen from a list, however long the text is.
 */
function entropyOf(value: string): number {
  const text = value.slice(0, 4096);
  const distinct = new Set(text).size;
  const most = distinct < 2 ? 0 : Math.round(text.length * Math.log2(distinct));
  const runs = text.replace(/%[0-9A-Fa-f]{2}/g, ' ').match(/[A-Za-z0-9]+/g) ?? [];
  return runs.length > 0 && runs.every(wordLike) ? Math.min(most, SESSION_BITS - 1) : most;
}

/** A word of one case or capitalised, with a short number behind it at most; or a number as long as a date. */
function wordLike(run: string): boolean {
  return run.length <= 15 && /^(?:(?:[A-Z]?[a-z]+|[A-Z]+)\d{0,3}|\d{1,8})$/.test(run);
}

/** Session ids, user ids and tokens as texts hold them: long, of one charset, no word of a language. */
function idLike(run: string): boolean {
  return run.length >= 16 && (/\d/.test(run) || (/[a-z]/.test(run) && /[A-Z]/.test(run)));
}

/** A path without matrix parameters (`;jsessionid=…`), and with `…` for what looks like an id. */
function bareOf(path: string): string {
  return path
    .split('/')
    .map((segment) =>
      segment.replace(/(?:;|%3b).*$/is, '').replace(/[\w-]{16,4096}/g, (run) => (idLike(run) ? '…' : run)),
    )
    .join('/');
}

/**
 * Teaches the vault a cookie's value and the ids inside it (`s%3AID.signature`, `{"id":"ID"}`): an app may
 * write the bare id into a path, a header or another cookie.
 */
export function learnValue(value: string, vault: Pick<Vault, 'learn'>): void {
  if (value.length >= 8) vault.learn(value);
  let decoded = value.slice(0, 8192);
  try {
    decoded = decodeURIComponent(decoded);
  } catch {
    // A value need not be percent-encoded; then it is read as it is.
  }
  const runs = decoded.match(/[\w-]{16,8192}/g) ?? [];
  for (const run of runs.slice(0, 16)) if (idLike(run)) vault.learn(run);
}

/** Path of a Location, without query, fragment, matrix parameters and ids; with scheme and host where one differs. */
function placeOf(location: string, base: string): string {
  try {
    const from = new URL(base);
    const to = new URL(location.slice(0, 4096), from);
    return `${to.origin === from.origin ? '' : `${to.protocol}//${to.host}`}${bareOf(to.pathname)}`.slice(
      0,
      200,
    );
  } catch {
    return '(not a URL)';
  }
}

/** Fewer bits than this may be a language, a flag or a date: equal values prove nothing. */
const SESSION_BITS = 64;

/** Cookies of an answer that could hold a session: random enough, not deleted, no CSRF token, no mere signature. */
export function sessionCookies(answer: Pick<Answer, 'cookies'>): readonly IssuedCookie[] {
  const names = new Set(answer.cookies.map(({ name }) => `${name}.sig`));
  return answer.cookies.filter(
    (cookie) =>
      cookie.bits >= SESSION_BITS &&
      !cookie.cleared &&
      !/csrf|xsrf/i.test(cookie.name) &&
      !names.has(cookie.name),
  );
}
