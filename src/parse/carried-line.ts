/**
 * One line of whatever people paste → the credentials in it: bare tokens and cookies, header lines,
 * JSON log lines, cookies.txt, DevTools tables, access logs, copy-as-cURL, -PowerShell and -fetch.
 * Lines are recognised by what stands in them. A line that holds no credential gives nothing.
 *
 * @module
 */
import { parseCookieHeader, type CookiePair } from './cookie-header.ts';
import { jsonCredentials } from './carried-json.ts';
import { isObject, jsonValue } from './json.ts';
import { parseSetCookie, splitJoinedSetCookie } from './set-cookie.ts';

/** What one line holds. `jar`: cookies that belong to those of the lines around it (chunks, `.sig`). */
export interface LineFound {
  readonly tokens: readonly string[];
  readonly cookies: readonly CookiePair[];
  readonly jar: boolean;
  /** A response set them. */
  readonly set?: true;
  /** Who keeps the cookies of a jar, where the line says so. */
  readonly host?: string;
}

const NOTHING: LineFound = { tokens: [], cookies: [], jar: false };
/** Longer lines are cut: no header or log line that still holds a whole credential is larger. UTF-16 units. */
const MAX_LINE = 1_048_576;
/** What may stand before the JSON of a log line. UTF-16 units. */
const MAX_PREFIX = 300;
const TOKEN_IN_TEXT =
  /(?<![\w-])eyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{0,16384}\.[A-Za-z0-9_-]{0,8192}(?:\.[A-Za-z0-9_-]{0,65536}\.[A-Za-z0-9_-]{0,200})?/g;
const COOKIE_NAME = /^[\w$!#%&'*+.^`|~-]{1,256}$/;

/** Reads one line. `field` names the field of a JSON log line that holds the credential. Linear; never throws. */
export function readLine(whole: string, field?: string): LineFound {
  const line = whole.length > MAX_LINE ? whole.slice(0, MAX_LINE) : whole;
  // The common case at volume: a bare JWT and nothing else.
  if (line.startsWith('eyJ') && /^[\w.-]+\r?$/.test(line)) return { ...NOTHING, tokens: [line.trimEnd()] };
  const text = line.trim().replace(/^[<>]\s/, '');
  if (text === '' || isBinary(text)) return NOTHING;
  return (
    jsonLine(text, field) ??
    netscapeLine(line) ??
    headerLine(text) ??
    shellLine(text) ??
    accessLogLine(text) ??
    logfmtLine(text) ??
    bareLine(text)
  );
}

/** True when more than one in eight characters is a control character or was no UTF-8: damage is rarer. */
function isBinary(text: string): boolean {
  let odd = 0;
  for (const _ of text.matchAll(/[\u0000-\u0008\u000b-\u001f\u007f\ufffd]/g)) odd++;
  return odd * 8 > text.length;
}

function jsonLine(text: string, field: string | undefined): LineFound | undefined {
  // Containers and syslog write a time and a name before the line.
  const start = text.endsWith('}') ? text.indexOf('{') : -1;
  if (start !== 0 && (start < 1 || start > MAX_PREFIX || !/[\s|]$/.test(text.slice(0, start))))
    return undefined;
  const value = jsonValue(start === 0 ? text : text.slice(start));
  if (!isObject(value)) return undefined;
  return { ...jsonCredentials(value, field), jar: false };
}

/** Netscape cookies.txt: seven tab fields; `#HttpOnly_` lines are cookies, not comments. */
function netscapeLine(line: string): LineFound | undefined {
  const fields = line.replace(/\r$/, '').split('\t');
  if (fields.length >= 6 && fields.length <= 7 && /^(TRUE|FALSE)$/.test(fields[1] ?? '')) {
    if (!/^(TRUE|FALSE)$/.test(fields[3] ?? '')) return undefined;
    return {
      tokens: [],
      cookies: [[fields[5] ?? '', fields[6] ?? '']],
      jar: true,
      host: (fields[0] ?? '').replace(/^#HttpOnly_/, ''),
    };
  }
  // A row of the DevTools cookie table: name, value, domain, path, expires, size …
  if (fields.length >= 6 && (fields[3] ?? '').startsWith('/') && /^[\w.-]+$/.test(fields[2] ?? ''))
    return {
      tokens: [],
      cookies: [[(fields[0] ?? '').trim(), fields[1] ?? '']],
      jar: true,
      host: fields[2] ?? '',
    };
  return fields.length >= 6 && fields[0] === 'Name' && fields[1] === 'Value' ? NOTHING : undefined;
}

/** Header lines, as in transcripts and requests. Other headers hold nothing. */
function headerLine(text: string): LineFound | undefined {
  const match = /^([A-Za-z][A-Za-z0-9-]{0,60})\s{0,4}:\s{0,8}(.*)$/s.exec(text);
  if (!match?.[1] || match[2] === undefined) {
    return /^(?:HTTP\/\d|(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S{1,8192} HTTP\/\d)/.test(text)
      ? NOTHING
      : undefined;
  }
  const found = headerFound(match[1], match[2]);
  // `name:1xyz:mac` is a signed value; a header that is not ours has a space after its colon.
  return found === NOTHING && !/^[^:]*:\s/.test(text) ? undefined : found;
}

/** What a header holds; undefined when `name` may be no header at all (a cookie such as `s:…`). */
export function headerFound(name: string, value: string): LineFound | undefined {
  const lower = name.toLowerCase();
  if (lower === 'cookie') return { tokens: [], cookies: parseCookieHeader(value), jar: false };
  if (lower === 'set-cookie' || lower === 'set-cookie2')
    return {
      tokens: [],
      cookies: splitJoinedSetCookie(value).map((one): CookiePair => {
        const cookie = parseSetCookie(one);
        return [cookie.name, cookie.value];
      }),
      jar: true,
      set: true,
    };
  const scheme = /^(?:Bearer|DPoP|Token|JWT)\s{1,8}(\S{1,65536})$/i.exec(value.trim());
  if (scheme?.[1]) return { ...NOTHING, tokens: [scheme[1]] };
  if (/^(?:proxy-)?authorization$/.test(lower)) return NOTHING;
  if (/token|jwt|session|auth/.test(lower) && /^\S{16,}$/.test(value.trim()))
    return { ...NOTHING, tokens: [value.trim()] };
  const known =
    lower.includes('-') ||
    /^(?:host|accept|server|date|via|vary|etag|age|origin|referer|link|location|connection|expires|pragma)$/.test(
      lower,
    );
  return known ? NOTHING : undefined;
}

/** Copy-as-cURL (bash, cmd), -PowerShell and -fetch, a piece of one on each line. */
function shellLine(text: string): LineFound | undefined {
  const powershell = /System\.Net\.Cookie\("((?:[^"`]|`.){1,256})",\s{0,4}"((?:[^"`]|`.){0,65536})"/.exec(
    text,
  );
  if (powershell) {
    const plain = (one: string | undefined) => (one ?? '').replace(/`(.)/g, '$1');
    return { tokens: [], cookies: [[plain(powershell[1]), plain(powershell[2])]], jar: true };
  }
  const inObject = /^"(cookie|set-cookie|authorization)"\s{0,4}:\s{0,4}("(?:[^"\\]|\\.){0,262144}"),?$/i.exec(
    text,
  );
  if (inObject?.[1] && inObject[2]) {
    const value = jsonValue(inObject[2]);
    return typeof value === 'string' ? (headerFound(inObject[1], value) ?? NOTHING) : NOTHING;
  }
  if (!/^curl\s|(?:^|\s)(?:-b|--cookie|-H|--header)\s/.test(text)) return undefined;
  const tokens: string[] = [];
  const cookies: CookiePair[] = [];
  for (const [flag, value] of curlFlags(text)) {
    const found =
      flag === '-b' || flag === '--cookie'
        ? headerFound('cookie', value)
        : headerFound(value.slice(0, value.indexOf(':')), value.slice(value.indexOf(':') + 1).trim());
    tokens.push(...(found?.tokens ?? []));
    cookies.push(...(found?.cookies ?? []));
  }
  return { tokens, cookies, jar: false };
}

/** The cookie and header flags of a pasted curl command, unquoted as bash or cmd would. */
function* curlFlags(line: string): Generator<readonly [flag: string, value: string]> {
  const cmd = line.includes('^"');
  const text = cmd ? line.replace(/\^(.)/g, '$1') : line;
  const flags = /(-b|--cookie|-H|--header)\s{1,8}(\$?'(?:[^'\\]|\\.|'\\'')*'|"(?:[^"\\]|\\.)*"|\S+)/g;
  for (const match of text.matchAll(flags)) {
    const raw = match[2] ?? '';
    const inner = raw.replace(/^\$?['"]/, '').replace(/['"]$/, '');
    const value = raw.startsWith("'") ? inner.replaceAll("'\\''", "'") : inner.replace(/\\(["'\\])/g, '$1');
    yield [match[1] ?? '', value];
  }
}

/** Combined access logs with a quoted cookie field, and URLs that carry a token. */
function accessLogLine(text: string): LineFound | undefined {
  if (!/^\S{1,256} \S{1,256} \S{1,256} \[[^\]]{1,64}\] "/.test(text)) return undefined;
  const cookies: CookiePair[] = [];
  const tokens: string[] = [];
  for (const quoted of quotedFields(text)) {
    const field = quoted.replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    const request = /^[A-Z]{3,10} (\S{1,65536}) HTTP\//.exec(field)?.[1];
    if (request) tokens.push(...urlTokens(request));
    else if (/^Bearer \S+$/i.test(field)) tokens.push(field.slice(7));
    else if (!/^https?:\/\//.test(field)) {
      const pairs = parseCookieHeader(field);
      if (pairs.length > 0 && pairs.every(([name]) => COOKIE_NAME.test(name))) cookies.push(...pairs);
    }
  }
  return { tokens, cookies, jar: false };
}

/** What stands between quotes, escapes kept. By hand: a pattern would begin anew at each escaped quote. */
function quotedFields(text: string): string[] {
  const fields: string[] = [];
  for (let from = text.indexOf('"'); from >= 0; ) {
    let end = from + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    if (end >= text.length) break;
    fields.push(text.slice(from + 1, end));
    from = text.indexOf('"', end + 1);
  }
  return fields;
}

/** logfmt: `level=info cookie="a=b; c=d" authorization="Bearer …"`. */
function logfmtLine(text: string): LineFound | undefined {
  const fields =
    /(?:^|\s)(?:[\w.-]{0,60}[._])?(cookie|set[-_]cookie|authorization)="((?:[^"\\]|\\.){1,262144})"/gi;
  const found: LineFound[] = [];
  // A cookie may have such a name, too; a line of fields has more than one.
  if (!/^[\w.-]{1,60}=\S{0,200}\s+[\w.-]{1,60}=/.test(text)) return undefined;
  for (const [, name = '', value = ''] of text.matchAll(fields)) {
    const one = headerFound(name.replace('_', '-'), value.replace(/\\(.)/g, '$1'));
    if (one) found.push(one);
  }
  if (found.length === 0) return undefined;
  return {
    tokens: found.flatMap((one) => one.tokens),
    cookies: found.flatMap((one) => one.cookies),
    jar: false,
  };
}

function urlTokens(url: string): string[] {
  const parameters =
    /[?&#](?:(?:access|id|refresh|session)_token|token|jwt|id_token_hint|assertion)=([^&#\s]{1,65536})/g;
  return [...url.matchAll(parameters)].map((match) => match[1] ?? '');
}

/** `a=b; c=d`, one cookie with attributes, or one bare credential; text with tokens in it. */
function bareLine(text: string): LineFound {
  if (/^(?:Bearer|DPoP)\s+\S+$/i.test(text)) return { ...NOTHING, tokens: [text.split(/\s+/)[1] ?? ''] };
  // Comments and file paths; base64 may begin with a slash, too, but runs on.
  if (/^[#;*]|^\/(?:[/*]|(?!.*[\w+-]{28}))/.test(text)) return NOTHING;
  // A URL, or the body of a token request, which a cookie's name could begin.
  const asked = /^[^\s;]+$/.test(text) ? urlTokens(`?${text.slice(text.indexOf('?') + 1)}`) : [];
  if (asked.length > 0 && (/^https?:\/\//.test(text) || /^[\w.-]+=[^&]*&/.test(text)))
    return { ...NOTHING, tokens: asked };
  const equals = text.indexOf('=');
  const name = text.slice(0, equals);
  const after = text.slice(equals + 1);
  if (equals > 0 && COOKIE_NAME.test(name) && !endsBase64(name, after)) {
    if (/;\s*(?:path|httponly|secure|samesite|max-age|expires|domain)\b/i.test(after))
      return headerFound('set-cookie', text) ?? NOTHING;
    const pairs = parseCookieHeader(text);
    if (pairs.length > 1 || !/\s/.test(after) || after.startsWith('"'))
      return { tokens: [], cookies: pairs, jar: false };
  }
  // Shorter words, markup and file paths are prose, not credentials.
  if (/^[^\s<>]{16,}$|^"[^"<>]{16,}"$/.test(text)) return { ...NOTHING, tokens: [text] };
  const inside = [...text.matchAll(TOKEN_IN_TEXT)].map((match) => match[0]);
  return { ...NOTHING, tokens: [...inside, ...urlTokens(text)] };
}

/**
 * True when the first `=` is base64 padding of a bare credential rather than the end of a name. After a
 * name, `.eJ` begins what Django and Flask compressed.
 */
function endsBase64(name: string, after: string): boolean {
  if (after.startsWith('.eJ') && name.length <= 64 && after.length > 40) return false;
  return after === '' || /^(?:=|--|[|.&?;:])/.test(after) || (name.length > 64 && after.length < 3);
}
