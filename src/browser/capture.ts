/**
 * The capture: one deploy's responses, saved so that they can be compared when that deploy is gone.
 * Contract: `sessdoctor.capture/1`. No cookie value is in it: each is replaced by its fingerprint (salted
 * per run), its length and its format.
 *
 * @module
 */
import { headerValues } from '../parse/exchanges.ts';
import { effectiveAttributes, parseSetCookie } from '../parse/set-cookie.ts';
import { type CookieSeen, plainUrl, printable, type ResponseSeen, type SentSeen } from './deploy.ts';

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

/** Responses as a capture. */
export function toCapture(responses: readonly ResponseSeen[], takenAt: number): Capture {
  return {
    schema: CAPTURE_SCHEMA,
    takenAt: new Date(takenAt).toISOString(),
    responses: responses.map((response) => ({
      url: response.url,
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
 * out, so that a capture written by hand (headers only) works too.
 */
export function readCapture(
  text: string,
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
      .map((response) => readResponse(response, takenAt)),
  };
}

function readResponse(response: Plain, takenAt: number | null): ResponseSeen {
  const headers = pairsOf(response['headers']);
  const listed = listOf(response['cookies']).slice(0, MAX_COOKIES);
  const url = textOf(response['url']);
  const sent = isPlain(response['sent']) ? response['sent'] : undefined;
  return {
    url: url === null ? null : plainUrl(url),
    status: numberOf(response['status']),
    at: timeOf(response['at']) ?? takenAt,
    date: timeOf(response['date']) ?? timeOf(headerValues(headers, 'date')[0]),
    cookies: listed.some((cookie) => Array.isArray(cookie['attributes']))
      ? listed.map(readCookie)
      : headerValues(headers, 'set-cookie').slice(0, MAX_COOKIES).map(cookieFromLine),
    clearSiteData: headerValues(headers, 'clear-site-data').join(', ').slice(0, 200) || null,
    headers: headers.filter(([name]) => name.toLowerCase() !== 'set-cookie'),
    sent: sent ? { bytes: numberOf(sent['bytes']) ?? 0, pairs: pairsOf(sent['pairs']).slice(0, 400) } : null,
  };
}

function readCookie(cookie: Plain): CookieSeen {
  const value = isPlain(cookie['value']) ? cookie['value'] : {};
  const name = printable(textOf(cookie['name']) ?? '');
  return {
    name,
    bytes: numberOf(cookie['bytes']) ?? Buffer.byteLength(name) + (numberOf(value['length']) ?? 0),
    fingerprint: textOf(value['fingerprint']) ?? '',
    format: printable(textOf(value['format']) ?? 'text', 40),
    attributes: pairsOf(cookie['attributes']).slice(0, 64),
    control: cookie['control'] === true,
  };
}

/** A line of a capture that holds no list of cookies: its value, masked or not, is not looked at. */
function cookieFromLine(line: string): CookieSeen {
  const { name, value, attributes, control } = parseSetCookie(line);
  const told = /^<(\d{1,9}) bytes, ([\w-]{1,40}), ([0-9a-f]{1,64})>$/.exec(value);
  return {
    name: printable(name),
    bytes: Buffer.byteLength(name) + (told ? Number(told[1]) : Buffer.byteLength(value)),
    fingerprint: told?.[3] ?? '',
    format: told?.[2] ?? 'text',
    attributes,
    control,
  };
}

type Plain = { readonly [key: string]: unknown };

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly Plain[] => (Array.isArray(value) ? value.filter(isPlain) : []);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value.slice(0, 8192) : null);
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
    .filter(Array.isArray)
    .map((pair) => [textOf(pair[0]) ?? '', textOf(pair[1]) ?? ''] as const);
}
