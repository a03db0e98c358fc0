/**
 * How long a change of keys takes to arrive: what the answers' headers allow caches, and what verifiers
 * do of their own accord.
 *
 * @module
 */
import type { KeySetSeen } from './seen.ts';

/** How a verifier library keeps a key set by default. None of these heeds Cache-Control. */
export interface VerifierCache {
  readonly library: string;
  /** How long a fetched set is used, ms. */
  readonly keepsMs: number;
  /** After a fetch, how long an unknown kid does not cause another, ms; null when it never does. */
  readonly coolDownMs: number | null;
}

/** Defaults of current versions; jose and jwks-rsa measured, the others by their documentation. */
export const verifierCaches: readonly VerifierCache[] = [
  { library: 'jose', keepsMs: 600_000, coolDownMs: 30_000 },
  { library: 'jwks-rsa', keepsMs: 600_000, coolDownMs: 0 },
  { library: 'PyJWKClient', keepsMs: 300_000, coolDownMs: 0 },
  { library: 'Spring Security', keepsMs: 300_000, coolDownMs: 0 },
  { library: 'ASP.NET Core', keepsMs: 43_200_000, coolDownMs: 300_000 },
];

/** When the last copy that a shared cache gave out now runs out, epoch ms; null when nothing says. */
export function copyEnds(copy: KeySetSeen, now: number): number | null {
  const seconds = maxAge(copy.cacheControl);
  return seconds === null ? null : now + Math.max(0, seconds - (copy.age ?? 0)) * 1000;
}

/** s-maxage (for shared caches) before max-age, in seconds (RFC 9111 section 4.2.1). */
export function maxAge(cacheControl: string | null): number | null {
  if (cacheControl === null) return null;
  if (/\bno-store\b/i.test(cacheControl)) return 0;
  const found =
    /\bs-maxage\s{0,3}=\s{0,3}"?(\d{1,9})/i.exec(cacheControl) ??
    /\bmax-age\s{0,3}=\s{0,3}"?(\d{1,9})/i.exec(cacheControl);
  return found?.[1] === undefined ? null : Number(found[1]);
}

/** The longest that a verifier with default settings refuses a kid which its source has published, ms. */
export const LONGEST_COOL_DOWN = Math.max(...verifierCaches.map((one) => one.coolDownMs ?? one.keepsMs));
