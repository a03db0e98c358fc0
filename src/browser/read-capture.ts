/**
 * Reads captures: those that the program wrote, of any version, and those that people wrote or edited.
 *
 * @module
 */
import { headerValues } from '../parse/exchanges.ts';
import { parseSetCookie } from '../parse/set-cookie.ts';
import { knownShape } from '../parse/value-shape.ts';
import { CAPTURE_SCHEMA } from './capture.ts';
import {
  admission,
  type CookieSeen,
  cookieSeen,
  type Masker,
  methodOf,
  plainUrl,
  printable,
  type ResponseSeen,
  sparing,
  toldHeaders,
} from './deploy.ts';

const MAX_RESPONSES = 2000;
/** UTF-16 units of one text; what is longer is no cookie of a browser. */
const MAX_TEXT = 2_097_152;
/** Header lines of one response. */
const MAX_PAIRS = 20_000;

/** What a capture held; `cut` when it is more than is looked at. */
export interface CaptureRead {
  /** Epoch ms. */
  readonly takenAt: number | null;
  readonly responses: readonly ResponseSeen[];
  readonly cut: boolean;
}

/**
 * Reads a capture; undefined when the text is none. Parts that are missing or of another type are left
 * out, so that a capture written by hand works too: Set-Cookie lines with their values, with masked ones
 * (then `cookies` tells fingerprint, length and format), or `cookies` alone. Where there are too many
 * cookies, `names` come first, then names like a session's.
 */
export function readCapture(
  text: string,
  masker: Masker,
  names?: readonly string[],
): CaptureRead | undefined {
  let root: unknown;
  try {
    root = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
  if (!isPlain(root) || root['schema'] !== CAPTURE_SCHEMA) return undefined;
  const takenAt = timeOf(root['takenAt']);
  const given = listOf(root['responses']);
  const drafts = given.slice(0, MAX_RESPONSES).map(draftOf);
  const lines = drafts.flatMap(({ cookies }) => cookies.map(({ line }) => line));
  const urls = drafts.map(({ url }) => url);
  const careful = sparing(urls, lines, masker);
  const admits = admission(lines, names);
  let cut = given.length > MAX_RESPONSES;
  const responses = drafts.map((draft): ResponseSeen => {
    const admitted = draft.cookies.filter(({ line }) => admits(line));
    if (admitted.length < draft.cookies.length) cut = true;
    return responseOf(
      draft,
      admitted.map((one) => one.read(careful)),
      takenAt,
      careful,
    );
  });
  return { takenAt, responses, cut };
}

/** One response before its cookies are read. */
interface Draft {
  readonly response: Plain;
  readonly url: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly cookies: readonly DraftCookie[];
}

interface DraftCookie {
  /** As far as the name goes. */
  readonly line: string;
  read(masker: Masker): CookieSeen;
}

function draftOf(response: Plain): Draft {
  const headers = pairsOf(response['headers']);
  const lines = headerValues(headers, 'set-cookie');
  const given = response['cookies'];
  const texts = Array.isArray(given) ? given.filter((each) => typeof each === 'string') : [];
  const listed = listOf(given);
  return {
    response,
    url: textOf(response['url']),
    headers,
    cookies:
      lines.length + texts.length > 0
        ? fromLines(lines.length > 0 ? lines : texts, listed)
        : listed.map((cookie) => ({
            line: `${textOf(cookie['name']) ?? ''}=`,
            read: (masker) => readCookie(cookie, masker),
          })),
  };
}

function responseOf(
  { response, url, headers }: Draft,
  cookies: readonly CookieSeen[],
  takenAt: number | null,
  masker: Masker,
): ResponseSeen {
  const sent = isPlain(response['sent']) ? response['sent'] : undefined;
  return {
    url: url === null ? null : plainUrl(url),
    status: numberOf(response['status']),
    method: methodOf(textOf(response['method'])),
    at: timeOf(response['at']) ?? takenAt,
    date: timeOf(response['date']) ?? timeOf(headerValues(headers, 'date')[0]),
    cookies,
    clearSiteData: headerValues(headers, 'clear-site-data').join(', ').slice(0, 200) || null,
    headers: toldHeaders(headers, url, masker),
    sent: sent
      ? {
          bytes: numberOf(sent['bytes']) ?? 0,
          pairs: pairsOf(sent['pairs'])
            .slice(0, 400)
            .map(([name, value]) => [printable(name), fingerprintOf(value, masker)] as const),
        }
      : null,
  };
}

/** Lines count before the list; what a masked line does not say of its value, the list does. */
function fromLines(lines: readonly string[], listed: readonly Plain[]): readonly DraftCookie[] {
  const free = new Map<string, Plain[]>();
  for (const cookie of listed) {
    const name = textOf(cookie['name']) ?? '';
    const known = free.get(name);
    if (known) known.push(cookie);
    else free.set(name, [cookie]);
  }
  return lines.map((line) => {
    const told = free.get(printable(parseSetCookie(line).name))?.shift();
    return { line, read: (masker) => cookieFromLine(line, told, masker) };
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
  const fingerprint = fingerprintOf(textOf(told['fingerprint']) ?? '', masker);
  const format = knownShape(textOf(told['format']));
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

/** A fingerprint as it is; anything longer or stranger may be the value itself, and is replaced by one. */
function fingerprintOf(text: string, masker: Masker): string {
  return /^(?:[0-9a-f]{0,16}|[\w-]{0,8})$/i.test(text) ? text : masker.fingerprint(text);
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
    fingerprint: fingerprintOf(own?.[3] ?? '', masker),
    format: knownShape(own?.[2]),
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

function timeOf(value: unknown): number | null {
  const at = typeof value === 'number' ? value : Date.parse(textOf(value) ?? '');
  return Number.isFinite(at) ? at : null;
}

/** Pairs, objects with `name` and `value`, or one object whose values are texts or lists of texts. */
function pairsOf(value: unknown): readonly (readonly [string, string])[] {
  if (isPlain(value))
    return pairsOf(
      Object.entries(value).flatMap(([name, each]) =>
        (Array.isArray(each) ? each : [each]).slice(0, MAX_PAIRS).map((text: unknown) => [name, text]),
      ),
    );
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, MAX_PAIRS)
    .map((pair: unknown) => (isPlain(pair) ? [pair['name'], pair['value']] : pair))
    .filter(Array.isArray)
    .map((pair) => [textOf(pair[0]) ?? '', textOf(pair[1]) ?? ''] as const);
}
