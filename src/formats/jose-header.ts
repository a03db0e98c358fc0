/**
 * The header that JWS and JWE share (RFC 7515 §4, RFC 7516 §4): what it tells, and what of it may be shown.
 *
 * @module
 */
import type { Json } from '../model.ts';
import { fromBase64url } from '../parse/base64.ts';
import { type JsonObject, jsonObject } from '../parse/json.ts';
import type { Problem } from './format.ts';

/** Header members that are safe to show; values are clipped. */
const HEADER_SHOWN = ['alg', 'typ', 'cty', 'kid', 'enc', 'zip', 'crit', 'b64', 'x5t', 'x5t#S256', 'p2c'];
/** Header members that name or bring a key. Reported by name, never followed. */
const HEADER_KEYS = ['jwk', 'jku', 'x5u', 'x5c'];

/** The JSON object in a base64url JOSE header, or null. */
export function joseHeader(part: string): JsonObject | null {
  const bytes = part.length > 16_384 ? null : fromBase64url(part);
  return bytes?.[0] === 0x7b ? jsonObject(bytes) : null;
}

/** True of the header and one part more: a token of which the rest was cut off. */
export function isHalfToken(text: string): boolean {
  const dot = text.startsWith('eyJ') ? text.indexOf('.') : -1;
  return (
    dot > 0 && !text.includes('.', dot + 1) && typeof joseHeader(text.slice(0, dot))?.['alg'] === 'string'
  );
}

/** What is wrong with a header by itself. */
export function headerProblems(head: JsonObject): Problem[] {
  const problems: Problem[] = [];
  if (String(head['alg']).toLowerCase() === 'none') problems.push('alg-none');
  if (HEADER_KEYS.some((name) => head[name] !== undefined)) problems.push('key-embedded');
  if (head['crit'] !== undefined) problems.push('critical-header');
  return problems;
}

/** What of a JOSE header may be shown. Members that bring a key are named without their value. */
export function shownHeader(head: JsonObject): Record<string, Json> {
  const shown: Record<string, Json> = {};
  for (const name of HEADER_SHOWN) {
    const value = head[name];
    if (typeof value === 'string') shown[name] = clip(value);
    else if (typeof value === 'number' || typeof value === 'boolean') shown[name] = value;
    else if (Array.isArray(value)) shown[name] = value.slice(0, 10).map((one) => clip(String(one)));
  }
  for (const name of HEADER_KEYS) if (head[name] !== undefined) shown[name] = '(present, not followed)';
  return shown;
}

/** The header's kid as text; verifiers compare it as text, whatever JSON type the issuer used. */
export function kidOf(head: JsonObject): string | undefined {
  const kid = head['kid'];
  return typeof kid === 'string' || typeof kid === 'number' ? clip(String(kid)) : undefined;
}

/** At most 200 characters of a text that somebody else wrote. */
export function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
