/**
 * The shape of a cookie's value, for comparing without keeping it. It names the container only, decodes
 * nothing and proves nothing; what a credential really is, is told by `formats/`.
 *
 * @module
 */

/** Longer values are judged by their beginning. UTF-16 units. */
const MAX_JUDGED = 16_384;

const shapes: readonly (readonly [shape: string, pattern: RegExp])[] = [
  ['empty', /^$/],
  ['prefixed', /^__(?:host-http|host|http|secure)-/i],
  ['express-signed', /^s(?::|%3A)[^.]{1,8192}\.[A-Za-z0-9%+/=_-]{27,200}$/i],
  ['jwt', /^eyJ[\w-]{4,8192}\.[\w-]{0,16384}\.[\w-]{0,2048}$/],
  ['jwe', /^eyJ[\w-]{4,8192}\.[\w-]{0,2048}\.[\w-]{0,2048}\.[\w-]{0,16384}\.[\w-]{0,2048}$/],
  ['iron', /^Fe26\.2\*/],
  ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
  ['digits', /^\d{1,4096}$/],
  ['hex', /^(?:[0-9a-f]{2}){8,8192}$/i],
  ['signed', /^[\w%+/=~-]{4,16384}(?:--|\.)[\w%+/=-]{27,128}$/],
  ['token', /^[\w+/=%~-]{16,16384}$/],
];

/** A shape by its name, when it is one of them; else `text`. */
export function knownShape(name: string | null | undefined): string {
  return shapes.find(([shape]) => shape === name)?.[0] ?? 'text';
}

/** One of a few words: `empty`, `prefixed` (as if it were a name), `express-signed`, `jwt`, `jwe`, `iron`, `uuid`, `digits`, `hex`, `signed`, `token`, `text`. */
export function shapeOf(value: string): string {
  const judged = value.slice(0, MAX_JUDGED);
  return shapes.find(([, pattern]) => pattern.test(judged))?.[0] ?? 'text';
}
