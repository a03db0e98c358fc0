/**
 * Cookies that look like a site's own and that nobody issued.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

/** The issued value with the digits and hex letters at its end drawn anew: same length and charset, no valid signature. */
export function forgedLike(value: string): string {
  const draw = (from: string, size: number) =>
    String.fromCharCode(from.charCodeAt(0) + ((randomBytes(1)[0] ?? 0) % size));
  // Never inside of a %XX: what cannot be decoded makes some apps fail.
  const at = Math.max(0, value.length - 20 - (/%[^%]?$/.exec(value.slice(0, -20))?.[0].length ?? 0));
  const tail = value
    .slice(at)
    .replace(/%[0-9A-Fa-f]{2}|[0-9]|[a-f]|[A-F]/g, (found) =>
      found.length > 1 ? found : /\d/.test(found) ? draw('0', 10) : draw(found < 'a' ? 'A' : 'a', 6),
    );
  const forged = value.slice(0, at) + tail;
  return forged === value ? `${value.slice(0, -1)}${value.endsWith('z') ? 'y' : 'z'}` : forged;
}
