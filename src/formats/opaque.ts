/**
 * What no format claims: random ids that only a store can tell more about, and plain text.
 *
 * @module
 */
import type { Candidate, Reading } from './format.ts';

/** Shapes of ids and who makes them (several do; the shape decides nothing). First match wins. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'uuid'],
  [/^[0-9a-f]{32}$/, 'hex-32'],
  [/^[0-9a-f]{40}$/, 'hex-40'],
  [/^[0-9a-f]{64}$/, 'hex-64'],
  [/^[0-9A-F]{32}(?:\.[\w-]{1,64})?$/, 'upper-hex-32'],
  [/^node0[a-z0-9]{10,60}(?:\.\w{1,64})?$/, 'jetty'],
  [/^[0-9a-v]{26}$/, 'base32-26'],
  [/^[a-z0-9]{32}$/, 'lower-alnum-32'],
  [/^[A-Za-z0-9]{40}$/, 'alnum-40'],
];

/** Always reads: charset, length and route suffix are all there is. */
export function readOpaque(candidate: Candidate): Reading {
  const { text } = candidate;
  const shape = SHAPES.find(([pattern]) => pattern.test(text))?.[1] ?? `${charset(text)}-${text.length}`;
  const route = /^[\w-]{16,}\.([\w-]{1,32})$/.exec(text)?.[1];
  return {
    format: 'opaque',
    sure: 'shape',
    signed: false,
    encrypted: false,
    serializer: undefined,
    header: { shape, ...(route !== undefined && { route }) },
    problems: [],
  };
}

function charset(text: string): string {
  if (/^\d+$/.test(text)) return 'digits';
  if (/^[A-Za-z0-9]+$/.test(text)) return 'alnum';
  if (/^[\w-]+$/.test(text)) return 'base64url';
  return /^[A-Za-z0-9+/=]+$/.test(text) ? 'base64' : 'text';
}
