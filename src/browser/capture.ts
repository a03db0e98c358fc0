/**
 * The capture: one deploy's responses, saved so that they can be compared when that deploy is gone.
 * Contract: `sessdoctor.capture/1`. No cookie value is in it: each is replaced by its fingerprint (salted
 * per run), its length and its format.
 *
 * @module
 */
import { headerValues } from '../parse/exchanges.ts';
import { effectiveAttributes, parseSetCookie } from '../parse/set-cookie.ts';
import {
  type CookieSeen,
  cookieSeen,
  type Masker,
  methodOf,
  plainUrl,
  printable,
  type ResponseSeen,
  type SentSeen,
} from './deploy.ts';

export const CAPTURE_SCHEMA = 'sessdoctor.capture/1';

/** One cookie of a capture: what an attribute comes to beside how it was written. */
export type CapturedCookie = {
  readonly name: string;
  readonly value: { readonly fingerprint: string; readonly length: number; readonly format: string };
  /** Octets of name and value. */
  readonly bytes: number;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly domain: string | null;
  readonly path: string | null;
  readonly maxAge: number | null;
  readonly expires: string | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string | null;
  readonly partitioned: boolean;
  readonly control: boolean;
};

export type CapturedResponse = {
  readonly url: string | null;
  readonly method: string | null;
  readonly status: number | null;
  /** The Date header, ISO 8601. */
  readonly date: string | null;
  /** When it was recorded, ISO 8601. */
  readonly at: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly cookies: readonly CapturedCookie[];
  /** Cookies that the request carried. */
  readonly sent: SentSeen | null;
};

export type Capture = {
  readonly schema: typeof CAPTURE_SCHEMA;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly responses: readonly CapturedResponse[];
};

const MAX_RESPONSES = 2000;
const MAX_COOKIES = 1000;
/** UTF-16 units of one text. */
const MAX_TEXT = 65_536;

/** Responses as a capture. */
export function toCapture(responses: readonly ResponseSeen[], takenAt: number): Capture {
  return {
    schema: CAPTURE_SCHEMA,
    takenAt: new Date(takenAt).toISOString(),
    responses: responses.map((response) => ({
      url: response.url,
      method: response.method,
      status: response.status,
      date: isoOf(response.date),
      at: isoOf(response.at),
      headers: [
        ...response.headers,
        ...response.cookies.map((cookie) => ['set-cookie', maskedLine(cookie)] as const),
      ],
      cookies: response.cookies.map(captured),
      sent: response.sent,
    })),
  };
}

function captured(cookie: CookieSeen): CapturedCookie {
  const attributes = effectiveAttributes(cookie.attributes);
  return {
    name: cookie.name,
    value: {
      fingerprint: cookie.fingerprint,
      length: cookie.bytes - Buffer.byteLength(cookie.name),
      format: cookie.format,
    },
    bytes: cookie.bytes,
    attributes: cookie.attributes,
    domain: attributes.domain ?? null,
    path: attributes.path ?? null,
    maxAge: attributes.maxAge ?? null,
    expires: attributes.expires ?? null,
    secure: attributes.secure,
    httpOnly: attributes.httpOnly,
    sameSite: attributes.sameSite ?? null,
    partitioned: attributes.partitioned,
    control: cookie.control,
  };
}

/** The line as it stood, its value replaced. */
function maskedLine(cookie: CookieSeen): string {
  const value = `<${cookie.bytes - Buffer.byteLength(cookie.name)} bytes, ${cookie.format}, ${cookie.fingerprint}>`;
  const attributes = cookie.attributes.map(([name, text]) => (text === '' ? name : `${name}=${text}`));
  return [`${cookie.name}=${value}`, ...attributes].join('; ');
}

/**
 * Reads a capture; undefined when the text is none. Parts that are missing or of another type are left
 * out, so that a capture written by hand works too: Set-Cookie lines with their values, with masked ones
 * (then `cookies` tells fingerprint, length and format), or `cookies` alone.
 */
export function readCapture(
  text: string,
  masker: Masker,
): { readonly takenAt: number | null; readonly responses: readonly ResponseSeen[] } | undefined {
  let root: unknown;
  try {
    root = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
  if (!isPlain(root) || root['schema'] !== CAPTURE_SCHEMA) return undefined;
  const takenAt = timeOf(root['takenAt']);
  return {
    takenAt,
    responses: listOf(root['responses'])
      .slice(0, MAX_RESPONSES)
      .map((response) => readResponse(response, takenAt, masker)),
  };
}

function readResponse(response: Plain, takenAt: number | null, masker: Masker): ResponseSeen {
  const headers = pairsOf(response['headers']);
  const listed = listOf(response['cookies']).slice(0, MAX_COOKIES);
  const url = textOf(response['url']);
  const sent = isPlain(response['sent']) ? response['sent'] : undefined;
  return {
    url: url === null ? null : plainUrl(url),
    status: numberOf(response['status']),
    method: methodOf(textOf(response['method'])),
    at: timeOf(response['at']) ?? takenAt,
    date: timeOf(response['date']) ?? timeOf(headerValues(headers, 'date')[0]),
    cookies: cookiesOf(headerValues(headers, 'set-cookie').slice(0, MAX_COOKIES), listed, masker),
    clearSiteData: headerValues(headers, 'clear-site-data').join(', ').slice(0, 200) || null,
    headers: headers.filter(([name]) => name.toLowerCase() !== 'set-cookie'),
    sent: sent ? { bytes: numberOf(sent['bytes']) ?? 0, pairs: pairsOf(sent['pairs']).slice(0, 400) } : null,
  };
}

/** Lines count before the list; what a masked line does not say of its value, the list does. */
function cookiesOf(
  lines: readonly string[],
  listed: readonly Plain[],
  masker: Masker,
): readonly CookieSeen[] {
  if (lines.length === 0) return listed.map((cookie) => readCookie(cookie, masker));
  const free = [...listed];
  return lines.map((line) => {
    const name = printable(parseSetCookie(line).name);
    const at = free.findIndex((cookie) => textOf(cookie['name']) === name);
    const [told] = at < 0 ? [] : free.splice(at, 1);
    return cookieFromLine(line, told, masker);
  });
}

/** A value as a capture tells it: its shape, or, in one written by hand, the value itself. */
function valueOf(
  name: string,
  cookie: Plain,
  masker: Masker,
): Pick<CookieSeen, 'bytes' | 'fingerprint' | 'format'> {
  const value = cookie['value'];
  if (typeof value === 'string' && !isMask(value)) return cookieSeen(`${name}=${value}`, masker);
  const told = isPlain(value) ? value : cookie;
  const length = numberOf(told['length']);
  const fingerprint = (textOf(told['fingerprint']) ?? '').slice(0, 64);
  const format = printable(textOf(told['format']) ?? 'text', 40);
  // Something stands there, however long it is, unless the capture says that it is empty.
  const least = format === 'empty' ? 0 : 1;
  return {
    bytes: numberOf(cookie['bytes']) ?? Buffer.byteLength(name) + (length ?? least),
    fingerprint,
    format,
  };
}

function readCookie(cookie: Plain, masker: Masker): CookieSeen {
  const name = printable(textOf(cookie['name']) ?? '');
  return {
    name,
    ...valueOf(name, cookie, masker),
    attributes: attributesOf(cookie),
    control: cookie['control'] === true,
  };
}

const MASKED = /^<(\d{1,9}) bytes, ([\w-]{1,40}), ([\w-]{1,64})>$/;

/** Whether a text stands for a value that was taken out. */
function isMask(value: string): boolean {
  return (
    MASKED.test(value) ||
    /^(?:[<[({].{0,200}[>\])}]|[*•…x.]{2,200}|redacted|masked|hidden|removed)$/i.test(value)
  );
}

/** A line; when its value was taken out, what the list says of it. */
function cookieFromLine(line: string, listed: Plain | undefined, masker: Masker): CookieSeen {
  const { name, value, attributes, control } = parseSetCookie(line);
  const own = MASKED.exec(value);
  const isTold = listed !== undefined && isPlain(listed['value']);
  const toldLength = isTold ? numberOf((listed['value'] as Plain)['length']) : null;
  const isMasked = isMask(value) || (value === '' && (toldLength ?? 0) > 0);
  if (!isMasked) return cookieSeen(line, masker);
  const kept = { name: printable(name), attributes, control };
  if (isTold) return { ...kept, ...valueOf(kept.name, listed, masker) };
  return {
    ...kept,
    bytes: Buffer.byteLength(name) + (own ? Number(own[1]) : Buffer.byteLength(value)),
    fingerprint: own?.[3] ?? '',
    format: own?.[2] ?? 'text',
  };
}

/** Pairs, lines ("Path=/"), an object, or fields of the cookie itself. */
function attributesOf(cookie: Plain): readonly (readonly [string, string])[] {
  const given = cookie['attributes'];
  if (Array.isArray(given) && given.length > 0) {
    const lines = given.filter((item) => typeof item === 'string').slice(0, 64);
    return lines.length > 0
      ? parseSetCookie(['x=y', ...lines].join('; ')).attributes
      : pairsOf(given).slice(0, 64);
  }
  const from = isPlain(given) ? given : cookie;
  const found: (readonly [string, string])[] = [];
  for (const [key, item] of Object.entries(from)) {
    const name = SPELLINGS[key.toLowerCase().replace(/[^a-z]/g, '')];
    if (name === undefined) continue;
    if (item === true) found.push([name, '']);
    else if (typeof item === 'string' || typeof item === 'number')
      found.push([name, name === 'Expires' ? httpDate(item) : String(item).slice(0, 1100)]);
  }
  return found;
}

const SPELLINGS: Readonly<Record<string, string>> = {
  domain: 'Domain',
  path: 'Path',
  maxage: 'Max-Age',
  expires: 'Expires',
  secure: 'Secure',
  httponly: 'HttpOnly',
  samesite: 'SameSite',
  partitioned: 'Partitioned',
  priority: 'Priority',
};

/** Captures tell dates in ISO 8601, which Set-Cookie does not know. */
function httpDate(item: string | number): string {
  const at = timeOf(item);
  return at === null ? String(item).slice(0, 100) : new Date(at).toUTCString();
}

type Plain = { readonly [key: string]: unknown };

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly Plain[] => (Array.isArray(value) ? value.filter(isPlain) : []);
const textOf = (value: unknown): string | null =>
  typeof value === 'string' ? value.slice(0, MAX_TEXT) : null;
const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
const isoOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

function timeOf(value: unknown): number | null {
  const at = typeof value === 'number' ? value : Date.parse(textOf(value) ?? '');
  return Number.isFinite(at) ? at : null;
}

function pairsOf(value: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, 2000)
    .map((pair: unknown) => (isPlain(pair) ? [pair['name'], pair['value']] : pair))
    .filter(Array.isArray)
    .map((pair) => [textOf(pair[0]) ?? '', textOf(pair[1]) ?? ''] as const);
}
