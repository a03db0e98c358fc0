/**
 * HTTP Archive files, as Chrome, Firefox, Safari and Playwright write them.
 *
 * @module
 */
import type { Exchange, ExchangeNote, Exchanges, HeaderPair } from './exchanges.ts';

const MAX_ENTRIES = 50_000;
const MAX_HEADERS = 20_000;
/** One header value, UTF-16 units; longer ones are cut and the note `cut` is given. */
export const MAX_VALUE = 2_097_152;
/** Bytes of headers that may be unaccounted for (status line, framing) before they count as taken out. */
const SLACK = 96;

type Plain = { readonly [key: string]: unknown };

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly Plain[] => (Array.isArray(value) ? value.filter(isPlain) : []);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/**
 * Reads a HAR; undefined when the text is not one. `headers[]` counts before `cookies[]`, which some
 * tools decode; several Set-Cookie that Firefox joined with a newline are taken apart. Never throws.
 */
export function readHar(text: string): Exchanges | undefined {
  let root: unknown;
  try {
    root = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
  const log = isPlain(root) && isPlain(root['log']) ? root['log'] : undefined;
  if (!log || !Array.isArray(log['entries'])) return undefined;
  const notes = new Set<ExchangeNote>();
  const entries = listOf(log['entries'].slice(0, MAX_ENTRIES));
  if (log['entries'].length > MAX_ENTRIES) notes.add('cut');
  const exchanges = entries.map((entry) => readEntry(entry, notes));
  if (isSanitized(log, entries, exchanges)) notes.add('sanitized');
  return { kind: 'har', exchanges, notes: [...notes] };
}

function readEntry(entry: Plain, notes: Set<ExchangeNote>): Exchange {
  const request = isPlain(entry['request']) ? entry['request'] : {};
  const response = isPlain(entry['response']) ? entry['response'] : {};
  const sent = readHeaders(request, notes);
  const received = readHeaders(response, notes);
  if (!has(sent, 'cookie')) {
    const pairs = listOf(request['cookies']).map(
      (cookie) => `${textOf(cookie['name']) ?? ''}=${textOf(cookie['value']) ?? ''}`,
    );
    if (pairs.length > 0) {
      sent.push(['Cookie', pairs.slice(0, MAX_HEADERS).join('; ').slice(0, MAX_VALUE)]);
      notes.add('from-cookie-list');
    }
  }
  if (!has(received, 'set-cookie')) {
    for (const cookie of listOf(response['cookies']).slice(0, MAX_HEADERS)) {
      received.push(['Set-Cookie', lineOf(cookie).slice(0, MAX_VALUE)]);
      notes.add('from-cookie-list');
    }
  }
  const started = Date.parse(textOf(entry['startedDateTime']) ?? '');
  const status = numberOf(response['status']);
  return {
    url: textOf(request['url']),
    method: textOf(request['method']),
    request: sent,
    // 0 is how browsers write "no answer".
    status: status === 0 ? null : status,
    response: received,
    startedAt: Number.isNaN(started) ? null : started,
  };
}

function readHeaders(message: Plain, notes: Set<ExchangeNote>): HeaderPair[] {
  const headers: HeaderPair[] = [];
  for (const header of listOf(message['headers'])) {
    const name = textOf(header['name']);
    const whole = textOf(header['value']);
    if (name === null || whole === null) continue;
    const values = name.toLowerCase() === 'set-cookie' ? whole.split('\n') : [whole];
    for (const value of values) {
      if (headers.length >= MAX_HEADERS) {
        notes.add('cut');
        return headers;
      }
      if (value.length > MAX_VALUE) notes.add('cut');
      headers.push([name, value.slice(0, MAX_VALUE)]);
    }
  }
  return headers;
}

const has = (headers: readonly HeaderPair[], name: string) =>
  headers.some(([key]) => key.toLowerCase() === name);

/** A `cookies[]` item as a Set-Cookie line. */
function lineOf(cookie: Plain): string {
  const parts = [`${textOf(cookie['name']) ?? ''}=${textOf(cookie['value']) ?? ''}`];
  const domain = textOf(cookie['domain']);
  const path = textOf(cookie['path']);
  const expires = Date.parse(textOf(cookie['expires']) ?? '');
  const sameSite = textOf(cookie['sameSite']);
  if (domain) parts.push(`Domain=${domain}`);
  if (path) parts.push(`Path=${path}`);
  if (!Number.isNaN(expires)) parts.push(`Expires=${new Date(expires).toUTCString()}`);
  if (cookie['httpOnly'] === true) parts.push('HttpOnly');
  if (cookie['secure'] === true) parts.push('Secure');
  if (sameSite) parts.push(`SameSite=${sameSite}`);
  return parts.join('; ');
}

/**
 * No cookie anywhere, and either Chrome wrote the file or more header bytes arrived than are listed.
 */
function isSanitized(log: Plain, entries: readonly Plain[], exchanges: readonly Exchange[]): boolean {
  const answered = exchanges.filter((exchange) => exchange.status !== null);
  if (answered.length === 0) return false;
  if (answered.some((exchange) => has(exchange.request, 'cookie') || has(exchange.response, 'set-cookie')))
    return false;
  const creator = isPlain(log['creator']) ? textOf(log['creator']['name']) : null;
  return creator === 'WebInspector' || entries.some(hidesHeaders);
}

function hidesHeaders(entry: Plain): boolean {
  const response = isPlain(entry['response']) ? entry['response'] : {};
  const size = numberOf(response['headersSize']) ?? -1;
  const listed = listOf(response['headers']).reduce(
    (sum, header) => sum + (textOf(header['name'])?.length ?? 0) + (textOf(header['value'])?.length ?? 0) + 4,
    0,
  );
  return size > listed + SLACK;
}
