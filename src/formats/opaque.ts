/**
 * What no format claims: random ids that only a store can tell more about, and plain text.
 *
 * @module
 */
import { fromBase64 } from '../parse/base64.ts';
import type { Candidate, Reading } from './format.ts';
import { readShiro } from './java.ts';
import { readSignedText } from './mojolicious.ts';

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

/** Text that cannot be a random id: short, or of words. */
const PLAIN = /[^\w.~,:=/+-]|^[a-z]+(?:[-._][a-z]+)*$/;

/** What servers set in place of a value to take a cookie away (PHP, Shiro, and those that write nothing). */
const CLEARED = /^(?:|deleted|deleteMe|expired|null|undefined|none)$/i;

/** Always reads: charset, length and route suffix are all there is. */
export function readOpaque(candidate: Candidate): Reading {
  const { text } = candidate;
  if (CLEARED.test(text)) return { ...NOTHING, format: 'plain', header: { shape: 'cleared' } };
  const signedText = readSignedText(candidate);
  if (signedText) return { ...NOTHING, ...signedText, header: { shape: `text-${text.length}` } };
  if (text.length < 16 || PLAIN.test(text)) return { ...NOTHING, format: 'plain' };
  const shape = SHAPES.find(([pattern]) => pattern.test(text))?.[1] ?? `${charset(text)}-${text.length}`;
  const route = routeOf(text);
  const header = { shape, ...(route !== undefined && { route }) };
  // Shiro's cookie under another name than its own cannot be told from random text, except with its key.
  const bytes = text.length >= 64 && text.length % 4 === 0 ? fromBase64(text) : null;
  if (!bytes || bytes.length % 16 !== 0) return { ...NOTHING, header };
  return { ...NOTHING, header, alternatives: ['shiro-rememberme'], verify: readShiro(bytes, 'shape').verify };
}

/**
 * The node's name after a Java session id (`jvmRoute`, Jetty's worker). After any other text, what follows
 * a dot may be a piece of something secret.
 */
function routeOf(text: string): string | undefined {
  return /^(?:[0-9A-Fa-f]{16,64}|node0[a-z0-9]{10,60}|[\w-]{40})\.((?!eyJ)[A-Za-z][\w-]{0,15})$/.exec(
    text,
  )?.[1];
}

const NOTHING = {
  format: 'opaque',
  sure: 'shape',
  signed: false,
  encrypted: false,
  problems: [],
} as const satisfies Reading;

function charset(text: string): string {
  if (/^\d+$/.test(text)) return 'digits';
  if (/^[A-Za-z0-9]+$/.test(text)) return 'alnum';
  if (/^[\w-]+$/.test(text)) return 'base64url';
  return /^[A-Za-z0-9+/=]+$/.test(text) ? 'base64' : 'text';
}
