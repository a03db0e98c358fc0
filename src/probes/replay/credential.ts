/**
 * The one credential that is replayed: the first of the samples, sent as it was carried.
 *
 * @module
 */
import type { Source } from '../../config/schema.ts';
import type { Io } from '../../io/io.ts';
import { isAffinityCookie } from '../../parse/affinity.ts';
import { jsonDocument } from '../../parse/carried-json.ts';
import { readLine } from '../../parse/carried-line.ts';
import { type CookiePair, parseCookieHeader } from '../../parse/cookie-header.ts';
import { type Exchange, headerValues, readExchanges } from '../../parse/exchanges.ts';
import { jsonValue } from '../../parse/json.ts';
import { parseSetCookie } from '../../parse/set-cookie.ts';
import { type CredentialKind, formatOf, learnValue } from './answer.ts';

/** Samples larger than this are cut: only the first credential is wanted. Bytes. */
const MAX_FILE = 16_777_216;
const MAX_LINES = 10_000;
/** No server takes a larger Cookie header. Characters. */
const MAX_COOKIE = 65_536;

/** Cookies or a header value, as found. Holds secrets: never observed as it is. */
export interface Found {
  readonly cookies: readonly CookiePair[];
  /** Whole value of an Authorization header. */
  readonly authorization?: string | undefined;
}

/** A credential ready to be sent. Holds secrets. */
export interface Credential {
  /** Every cookie that goes along, affinity cookies among them. */
  readonly cookies: readonly CookiePair[];
  readonly authorization?: string | undefined;
  /** The cookie that holds the session, or null for a token. */
  readonly name: string | null;
  readonly kind: CredentialKind;
  readonly format: string;
  /** Fingerprint of the session cookie or token. */
  readonly value: string;
}

/**
 * The first credential of a text in any form people save: transcript, HAR, JSON, cookies.txt, lines.
 * A bare value that is no token becomes a cookie named `name`. Undefined when there is none.
 */
export function firstFound(text: string, name?: string, field?: string): Found | undefined {
  const exchanges = readExchanges(text);
  // Bare header lines are samples one below the other, not one request.
  if (exchanges && exchanges.kind !== 'headers') return fromExchanges(exchanges.exchanges);
  const value = jsonValue(text.replace(/^\uFEFF/, ''));
  if (value !== undefined && typeof value === 'object')
    for (const found of jsonDocument(value, field)) {
      const usable = named(found.cookies, found.tokens, name);
      if (usable) return usable;
    }
  const jar: CookiePair[] = [];
  for (const line of text.split('\n', MAX_LINES)) {
    const found = readLine(line, field);
    if (found.jar) {
      jar.push(...found.cookies);
      continue;
    }
    if (jar.length > 0) break;
    const usable = named(found.cookies, found.tokens, name);
    if (usable) return usable;
  }
  return jar.length > 0 ? { cookies: jar } : undefined;
}

function fromExchanges(exchanges: readonly Exchange[]): Found | undefined {
  for (const exchange of exchanges) {
    const cookies = parseCookieHeader(headerValues(exchange.request, 'cookie').join('; '));
    const authorization = headerValues(exchange.request, 'authorization')[0];
    if (cookies.length > 0 || authorization !== undefined)
      return { cookies, ...(authorization !== undefined && { authorization }) };
  }
  for (const exchange of exchanges) {
    const issued = headerValues(exchange.response, 'set-cookie').map(parseSetCookie);
    const cookies = issued
      .filter((cookie) => cookie.value !== '')
      .map((cookie): CookiePair => [cookie.name, cookie.value]);
    if (cookies.length > 0) return { cookies };
  }
  return undefined;
}

/** Tokens go into Authorization; a nameless value that is no token needs a cookie's name. */
function named(
  cookies: readonly CookiePair[],
  tokens: readonly string[],
  name: string | undefined,
): Found | undefined {
  const whole = cookies.filter(([key]) => key !== '');
  if (whole.length > 0) return { cookies: whole };
  const bare = cookies[0]?.[1] ?? tokens[0];
  if (bare === undefined) return undefined;
  if (/^(?:jws|jwe|jwt|paseto)/.test(formatOf(null, bare).format))
    return { cookies: [], authorization: `Bearer ${bare}` };
  return name === undefined ? { cookies: [] } : { cookies: [[name, bare]] };
}

/** Why there is no credential where none was asked to be replayed. Stands in evidence files. */
export const NO_SAMPLE = 'no sample was given';

/**
 * Reads the sources in order and takes the first credential. `names`: cookies that hold the session,
 * most wanted first. Gives a calm reason when there is none.
 */
export async function readCredential(
  sources: readonly Source[],
  names: readonly string[],
  field: string | undefined,
  io: Pick<Io, 'files' | 'vault'>,
): Promise<Credential | string> {
  let reason = NO_SAMPLE;
  for (const source of sources) {
    if (source.kind === 'url') {
      reason = 'a sample behind a URL is not fetched for a replay';
      continue;
    }
    let text: string;
    try {
      text = await headOf(io.files.stream(source.kind === 'stdin' ? '-' : source.path));
    } catch {
      reason = `${source.shown} could not be read`;
      continue;
    }
    const found = firstFound(text, names[0], field);
    if (!found) reason = `${source.shown} holds no credential`;
    else if (found.cookies.length === 0 && found.authorization === undefined)
      reason = `the first sample of ${source.shown} is a bare value; name its cookie with --cookie NAME`;
    else return credentialOf(found, names, io);
  }
  return reason;
}

/** The beginning of a file of any size. Throws what the stream throws. */
async function headOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const list: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    list.push(chunk);
    length += chunk.length;
    if (length >= MAX_FILE) break;
  }
  return Buffer.concat(list, length).toString('utf8');
}

/** Learns every value and finds out which of the cookies is the session. */
export function credentialOf(
  found: Found,
  names: readonly string[],
  io: Pick<Io, 'vault'>,
): Credential | string {
  const cookies = found.cookies.filter(([name, value]) => sendable(name) && sendable(value));
  for (const [, value] of cookies) learnValue(value, io.vault);
  if (cookies.reduce((sum, [name, value]) => sum + name.length + value.length + 3, 0) > MAX_COOKIE)
    return 'the first sample is larger than any server takes';
  const { authorization } = found;
  if (authorization !== undefined && sendable(authorization)) {
    const token = authorization.replace(/^\S{1,20}\s+/, '');
    learnValue(token, io.vault);
    const { kind, format } = formatOf(null, token);
    return { cookies, authorization, name: null, kind, format, value: io.vault.fingerprint(token) };
  }
  const session = sessionAmong(cookies, names);
  if (!session) return 'the first sample holds no cookie that can be sent';
  const { kind, format } = formatOf(session[0], session[1], companionOf(session[0], cookies));
  return { cookies, name: session[0], kind, format, value: io.vault.fingerprint(session[1]) };
}

/** The cookie named by the operator; else the most session-like: signed before opaque, then the longest. */
function sessionAmong(cookies: readonly CookiePair[], names: readonly string[]): CookiePair | undefined {
  const signatures = new Set(cookies.map(([name]) => `${name}.sig`));
  const candidates = cookies.filter(
    ([name]) => !isAffinityCookie(name) && !/csrf|xsrf/i.test(name) && !signatures.has(name),
  );
  const wanted = candidates.find(([name]) => names.includes(name));
  const rank = ([name, value]: CookiePair): number =>
    (/sess|sid|auth|token/i.test(name) ? 100_000 : 0) +
    (formatOf(name, value, companionOf(name, cookies)).kind === 'opaque' ? 0 : 50_000) +
    Math.min(value.length, 4096);
  return wanted ?? candidates.toSorted((a, b) => rank(b) - rank(a))[0] ?? cookies[0];
}

function companionOf(name: string, cookies: readonly CookiePair[]): string | undefined {
  return cookies.find(([key]) => key === `${name}.sig`)?.[1];
}

/** Header values may hold no control character; a sample with one cannot be sent. */
function sendable(text: string): boolean {
  return !/[\u0000-\u001f\u007f]/.test(text) && !/[^\u0000-\u00ff]/.test(text);
}

/** Request headers of a credential, without or with its affinity cookies. */
export function headersOf(
  credential: Pick<Credential, 'cookies' | 'authorization'>,
  affinity: 'dropped' | 'kept',
  more: readonly CookiePair[] = [],
): Record<string, string> {
  const pairs = [...credential.cookies, ...more].filter(
    ([name]) => affinity === 'kept' || !isAffinityCookie(name),
  );
  return {
    ...(pairs.length > 0 && { cookie: pairs.map(([name, value]) => `${name}=${value}`).join('; ') }),
    ...(credential.authorization !== undefined && { authorization: credential.authorization }),
  };
}
