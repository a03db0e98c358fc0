/**
 * Keeps the run's secrets and takes them out of everything that leaves: observations, reports, errors.
 *
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Json } from '../model.ts';
import type { Vault } from './io.ts';

/** Shorter texts would also hit ordinary words ("sid", "test"), so they are not searched for. */
const SHORTEST = 6;
/** Strings longer than this are cut before they are searched. Characters. */
const LONGEST = 65_536;

/** Shapes that are credentials wherever they stand, whether or not anybody declared them. Linear patterns. */
const SHAPES: readonly RegExp[] = [
  /\beyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{2,8192}(?:\.[A-Za-z0-9_-]{0,4096}){1,3}/g,
  /\bFe26\.2\*[^\s"']{20,4096}/g,
  /\bv[1-4]\.(?:local|public)\.[A-Za-z0-9_-]{16,8192}/g,
  /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|$)/g,
  /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:"']{0,256}:[^\s/@"']{1,256}(?=@)/gi,
  /(?<=\b(?:Bearer|DPoP|Basic) )[A-Za-z0-9._~+/=-]{12,8192}/g,
];

/** A vault that can also redact. */
export interface RedactingVault extends Vault {
  /** A copy of `value` with every known secret and every credential-shaped text replaced by its fingerprint. */
  redact<T extends Json>(value: T): T;
  redactText(text: string): string;
  /** How many replacements were made so far. */
  readonly redactions: number;
}

/** A new vault with a salt of its own: fingerprints of two runs cannot be compared, nor guessed offline. */
export function createVault(): RedactingVault {
  const salt = randomBytes(32);
  const known = new Set<string>();
  let sorted: readonly string[] | undefined;
  let redactions = 0;

  const fingerprint = (value: string | Uint8Array): string =>
    createHmac('sha256', salt).update(value).digest('hex').slice(0, 8);

  const redactText = (input: string): string => {
    let text = input.length > LONGEST ? `${input.slice(0, LONGEST)}…` : input;
    sorted ??= [...known].sort((a, b) => b.length - a.length);
    for (const secret of sorted) {
      if (secret.length > text.length || !text.includes(secret)) continue;
      const parts = text.split(secret);
      redactions += parts.length - 1;
      text = parts.join(`<redacted:${fingerprint(secret)}>`);
    }
    for (const shape of SHAPES)
      text = text.replace(shape, (found) => {
        redactions += 1;
        return `<redacted:${fingerprint(found)}>`;
      });
    return text;
  };

  const redact = (value: Json): Json => {
    if (typeof value === 'string') return redactText(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(redact);
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [redactText(key), redact(item as Json)]),
    );
  };

  return {
    learn(secret) {
      for (const form of forms(secret)) {
        if (form.length < SHORTEST || known.has(form)) continue;
        known.add(form);
        sorted = undefined;
      }
    },
    fingerprint,
    redact: <T extends Json>(value: T) => redact(value) as T,
    redactText,
    get redactions() {
      return redactions;
    },
  };
}

/** A secret as text may hold it: raw, trimmed, percent-encoded, JSON-escaped, base64, hex. */
function forms(secret: string): readonly string[] {
  const trimmed = secret.trim();
  if (trimmed.length < SHORTEST || secret.length > LONGEST) return [];
  const bytes = Buffer.from(trimmed, 'utf8');
  return [
    secret,
    trimmed,
    encodeURIComponent(trimmed.replace(/[\uD800-\uDFFF]/g, '')),
    JSON.stringify(trimmed).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}
