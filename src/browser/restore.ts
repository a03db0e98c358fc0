/**
 * A saved observation as a Deploy again: of an older version, edited by hand, or with masked parts.
 *
 * @module
 */
import {
  type CookieSeen,
  type Deploy,
  methodOf,
  type ResponseSeen,
  type SentSeen,
  type SourceSeen,
} from './deploy.ts';

type Plain = { readonly [key: string]: unknown };

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const plainsOf = (value: unknown): readonly Plain[] => (Array.isArray(value) ? value.filter(isPlain) : []);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

function pairsOf(value: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter(Array.isArray)
    .map((pair: readonly unknown[]) => [textOf(pair[0]) ?? '', textOf(pair[1]) ?? ''] as const);
}

/** What can be read of it; null when it is no deploy at all. What is no URL any more counts as unknown. */
export function restoreDeploy(value: unknown): Deploy | null {
  if (!isPlain(value)) return null;
  return {
    sources: plainsOf(value['sources']).map(sourceOf),
    responses: plainsOf(value['responses']).map(responseOf),
  };
}

function sourceOf(source: Plain): SourceSeen {
  const status = source['status'];
  return {
    shown: textOf(source['shown']) ?? '',
    kind: textOf(source['kind']) ?? '',
    status: status === 'unreadable' || status === 'unreachable' ? status : 'read',
    detail: textOf(source['detail']),
    notes: textsOf(source['notes']),
  };
}

function responseOf(response: Plain): ResponseSeen {
  const url = textOf(response['url']);
  return {
    url: url !== null && /^https?:\/\//.test(url) && URL.canParse(url) ? url : null,
    status: numberOf(response['status']),
    method: methodOf(textOf(response['method'])),
    at: numberOf(response['at']),
    date: numberOf(response['date']),
    cookies: plainsOf(response['cookies']).map(cookieOf),
    clearSiteData: textOf(response['clearSiteData']),
    headers: pairsOf(response['headers']),
    sent: isPlain(response['sent']) ? sentOf(response['sent']) : null,
  };
}

function cookieOf(cookie: Plain): CookieSeen {
  return {
    name: textOf(cookie['name']) ?? '',
    bytes: numberOf(cookie['bytes']) ?? 0,
    fingerprint: textOf(cookie['fingerprint']) ?? '',
    format: textOf(cookie['format']) ?? 'text',
    attributes: pairsOf(cookie['attributes']),
    control: cookie['control'] === true,
  };
}

function sentOf(sent: Plain): SentSeen {
  return { bytes: numberOf(sent['bytes']) ?? 0, pairs: pairsOf(sent['pairs']) };
}

/** Absolute http(s) URLs out of a saved list; anything else is left out. */
export function restoreUrls(value: unknown): readonly string[] {
  return textsOf(value).filter((url) => /^https?:\/\//.test(url) && URL.canParse(url));
}
