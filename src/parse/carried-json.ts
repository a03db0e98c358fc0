/**
 * Credentials inside JSON: log lines (pino, bunyan, ALB, Cloudflare), Playwright's storageState, the
 * cookie lists of Puppeteer, CDP and EditThisCookie. Bounded in depth and number; never throws.
 *
 * @module
 */
import { type CookiePair, parseCookieHeader } from './cookie-header.ts';
import { isObject, type JsonObject, jsonValue } from './json.ts';
import { parseSetCookie, splitJoinedSetCookie } from './set-cookie.ts';

export interface JsonFound {
  readonly tokens: readonly string[];
  readonly cookies: readonly CookiePair[];
  /** The same cookies by the host that keeps them, where a jar says so: chunks and `.sig` never cross hosts. */
  readonly jars?: readonly (readonly CookiePair[])[];
}

const MAX_DEPTH = 12;
const MAX_NODES = 20_000;
/** Members of token responses and of what SDKs store; the token may be opaque. */
const TOKEN_KEY = /^(?:access|refresh|id|session|auth|bearer)[-_]?token$|^jwt$/i;
const LOOKS_LIKE_TOKEN = /^(?:eyJ[\w-]+\.[\w-]*\.|v[1-4]\.(?:local|public)\.)/;

/**
 * What a JSON log line holds. With `field` (dotted path or a key at any depth) only that is taken, as a
 * cookie header when it looks like one and as a credential otherwise; without it, keys named cookie,
 * set-cookie and authorization at any depth, and any text that is a whole JWT.
 */
export function jsonCredentials(value: JsonObject, field?: string): JsonFound {
  const tokens: string[] = [];
  const cookies: CookiePair[] = [];
  let nodes = 0;
  const text = (key: string, one: string): void => {
    const lower = key
      .toLowerCase()
      .replace(/^.*[._]/, '')
      .replaceAll('_', '-');
    const scheme = /^(?:Bearer|DPoP)\s+(\S+)$/i.exec(one)?.[1];
    if (/^set-?cookie2?$/.test(lower)) cookies.push(...setCookies(one));
    else if (/^cookies?$/.test(lower)) cookies.push(...parseCookieHeader(one));
    else if (scheme) tokens.push(scheme);
    else if (/\s/.test(one)) return;
    else if (LOOKS_LIKE_TOKEN.test(one) || (TOKEN_KEY.test(key) && one.length >= 20)) tokens.push(one);
  };
  const walk = (key: string, one: unknown, depth: number): void => {
    if (++nodes > MAX_NODES || depth > MAX_DEPTH) return;
    if (typeof one === 'string') text(key, one);
    else if (Array.isArray(one)) for (const item of one) walk(key, item, depth + 1);
    else if (isObject(one)) {
      const name = one['name'];
      if (typeof name === 'string' && typeof one['value'] === 'string') named(name, one['value'], key);
      else if (/^(?:signed|unsigned|parsed)?_?cookies$/i.test(key)) cookies.push(...cookieMap(one));
      else for (const [inner, item] of Object.entries(one)) walk(inner, item, depth + 1);
    }
  };
  // {name, value} is a header in some logs and a cookie in others: the list's own name tells.
  const named = (name: string, one: string, list: string): void => {
    if (/cookie/i.test(list)) cookies.push([name, one]);
    else text(name, one);
  };
  if (field === undefined) walk('', value, 0);
  else
    for (const one of fieldValues(value, field))
      if (/^[^=;\s]{1,256}=[^;]*;/.test(one) && !one.startsWith('eyJ'))
        cookies.push(...parseCookieHeader(one));
      else tokens.push(/^(?:Bearer|DPoP)\s+(\S+)$/i.exec(one)?.[1] ?? one);
  return { tokens, cookies };
}

/** `{name: value}`, as Express's `req.cookies` and others log parsed cookies. */
function cookieMap(map: JsonObject): CookiePair[] {
  return Object.entries(map).flatMap(([name, value]): CookiePair[] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
}

function setCookies(joined: string): CookiePair[] {
  return joined
    .split('\n')
    .flatMap((line) => splitJoinedSetCookie(line))
    .map(parseSetCookie)
    .map((cookie) => [cookie.name, cookie.value]);
}

/** Texts at a dotted path, or under a key of that name at any depth. */
function fieldValues(value: JsonObject, field: string): string[] {
  let at: unknown = value;
  for (const part of field.split('.')) at = isObject(at) ? at[part] : undefined;
  const direct = Array.isArray(at) ? at : [at];
  const texts = direct.filter((one): one is string => typeof one === 'string' && one !== '');
  if (texts.length > 0 || field.includes('.')) return texts;
  const found: string[] = [];
  let nodes = 0;
  const walk = (one: unknown, depth: number): void => {
    if (++nodes > MAX_NODES || depth > MAX_DEPTH || typeof one !== 'object' || one === null) return;
    for (const [key, inner] of Object.entries(one))
      if (key === field && typeof inner === 'string') found.push(inner);
      else walk(inner, depth + 1);
  };
  walk(value, 0);
  return found;
}

/**
 * A JSON document that is no HAR: storageState (cookies and localStorage), a list of cookies, a list of
 * log entries, a list of texts, or one entry.
 */
export function jsonDocument(value: unknown, field?: string): JsonFound[] {
  if (isObject(value)) {
    const list = cookieList(value['cookies']);
    return list ? [{ ...list, tokens: storedTokens(value['origins']) }] : [jsonCredentials(value, field)];
  }
  if (!Array.isArray(value)) return typeof value === 'string' ? [{ tokens: [value], cookies: [] }] : [];
  const jar = cookieList(value);
  if (jar) return [{ ...jar, tokens: [] }];
  return value.flatMap((one) => (Array.isArray(one) ? [] : jsonDocument(one, field)));
}

function cookieList(value: unknown): Pick<JsonFound, 'cookies' | 'jars'> | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const cookies: CookiePair[] = [];
  const jars = new Map<unknown, CookiePair[]>();
  for (const one of value) {
    if (!isObject(one) || typeof one['name'] !== 'string' || typeof one['value'] !== 'string')
      return undefined;
    const pair: CookiePair = [one['name'], one['value']];
    cookies.push(pair);
    const jar = jars.get(one['domain']);
    if (jar) jar.push(pair);
    else jars.set(one['domain'], [pair]);
  }
  return { cookies, jars: [...jars.values()] };
}

/** Tokens in localStorage: as they are, or inside a JSON value (SDKs keep their session so). */
function storedTokens(origins: unknown): string[] {
  const tokens: string[] = [];
  for (const origin of Array.isArray(origins) ? origins : [])
    for (const item of isObject(origin) && Array.isArray(origin['localStorage'])
      ? origin['localStorage']
      : []) {
      const text = isObject(item) ? item['value'] : undefined;
      if (typeof text !== 'string') continue;
      const inner = text.startsWith('{') ? jsonValue(text) : undefined;
      if (isObject(inner)) tokens.push(...jsonCredentials(inner).tokens);
      else if (LOOKS_LIKE_TOKEN.test(text)) tokens.push(text);
    }
  return tokens;
}
