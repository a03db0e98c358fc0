/**
 * One `Set-Cookie:` line, split as browsers split it (RFC 6265bis section 5.6). Splitting judges nothing:
 * whether a browser keeps the cookie is the business of `browser/`.
 *
 * @module
 */
import { trimBlanks } from './cookie-header.ts';

/** Longer lines are cut here; a browser refuses them long before (4096 bytes). UTF-16 units. */
const MAX_LINE = 2_097_152;
/** Of a folded line, UTF-16 units. */
const MAX_JOINED = 262_144;
const MAX_ATTRIBUTES = 64;
/** RFC 6265bis 5.6: an attribute whose value is longer is ignored. Octets. */
const MAX_ATTRIBUTE = 1024;
/** Three hundred years; more says nothing more, and is no number that people can read. */
const MAX_SECONDS = 9_999_999_999;

/** An attribute as written: name in its own case, value '' when there was no `=`. */
export type Attribute = readonly [name: string, value: string];

export interface SetCookie {
  /** '' for a nameless cookie (`=v` or a bare `v`). */
  readonly name: string;
  /** Raw: not decoded, quotes kept. */
  readonly value: string;
  /** In order, duplicates kept. */
  readonly attributes: readonly Attribute[];
  /** The line holds a control character, or its name or value a tab: browsers refuse it. */
  readonly control: boolean;
  /** The line was longer than what is read here. */
  readonly cut: boolean;
}

/** The attributes that browsers act on, the last of each winning. Absent = not given or ignored. */
export interface CookieAttributes {
  /** Lower case, without its leading dot; '' means host-only, as if it were absent. */
  readonly domain?: string;
  /** As written; a value that does not begin with `/` means the default path. */
  readonly path?: string;
  /** Seconds; absent when it is not a number (browsers then ignore it). */
  readonly maxAge?: number;
  /** As written; whether it is a date is decided where dates are read. */
  readonly expires?: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Absent when not given or unknown. */
  readonly sameSite?: 'strict' | 'lax' | 'none';
  readonly partitioned: boolean;
  readonly priority?: 'low' | 'medium' | 'high';
}

/** Splits one Set-Cookie value. Never throws; an empty line gives an empty name and value. */
export function parseSetCookie(line: string): SetCookie {
  const read = line.slice(0, MAX_LINE);
  const [pair = '', ...rest] = read.split(';', MAX_ATTRIBUTES + 1);
  const equals = pair.indexOf('=');
  const name = equals < 0 ? '' : trimBlanks(pair.slice(0, equals));
  const value = trimBlanks(equals < 0 ? pair : pair.slice(equals + 1));
  return {
    name,
    value,
    attributes: rest.map(trimBlanks).filter(Boolean).map(splitAttribute),
    control: /[\u0000-\u0008\u000a-\u001f\u007f]/.test(read) || `${name}${value}`.includes('\t'),
    cut: line.length > MAX_LINE,
  };
}

function splitAttribute(text: string): Attribute {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [trimBlanks(text.slice(0, equals)), trimBlanks(text.slice(equals + 1))];
}

/**
 * What the attributes come to: names without regard to case, the last of each wins, values over 1024
 * octets and unparseable ones are ignored, as browsers do.
 */
export function effectiveAttributes(attributes: readonly Attribute[]): CookieAttributes {
  const found: { -readonly [K in keyof CookieAttributes]: CookieAttributes[K] } = {
    secure: false,
    httpOnly: false,
    partitioned: false,
  };
  for (const [name, value] of attributes) {
    if (Buffer.byteLength(value) > MAX_ATTRIBUTE) continue;
    switch (name.toLowerCase()) {
      case 'domain':
        found.domain = value.replace(/^\./, '').toLowerCase();
        break;
      case 'path':
        found.path = value;
        break;
      case 'max-age':
        if (/^[+-]?\d+$/.test(value))
          found.maxAge = Math.max(-MAX_SECONDS, Math.min(MAX_SECONDS, Number(value)));
        break;
      case 'expires':
        found.expires = value;
        break;
      case 'secure':
        found.secure = true;
        break;
      case 'httponly':
        found.httpOnly = true;
        break;
      case 'partitioned':
        found.partitioned = true;
        break;
      case 'samesite': {
        // An unknown last value counts as not given, even after a known one.
        delete found.sameSite;
        const mode = value.toLowerCase();
        if (mode === 'strict' || mode === 'lax' || mode === 'none') found.sameSite = mode;
        break;
      }
      case 'priority': {
        const level = value.toLowerCase();
        if (level === 'low' || level === 'medium' || level === 'high') found.priority = level;
        break;
      }
      default:
    }
  }
  return found;
}

/**
 * Splits a line into which several Set-Cookie values were folded with `, ` (logs and fetch do that),
 * without cutting the comma of an Expires date: a comma separates only when `name=` follows it before
 * the next `;` or `,`.
 */
export function splitJoinedSetCookie(joined: string): readonly string[] {
  return joined.slice(0, MAX_JOINED).split(/,(?=[ \t]{0,8}[^\s=;,()<>@:"\\/[\]?{}]{1,256}=)/);
}
