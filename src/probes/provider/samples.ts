/**
 * What the sampled credentials say about issuer and keys, from the credentials probe's observation.
 *
 * @module
 */
import { credentials } from '../credentials/index.ts';
import type { Scene } from '../probe.ts';

/** Tokens that share issuer, kid and algorithm. */
export interface SampledKey {
  readonly generation: 'before' | 'after';
  readonly kid: string | null;
  readonly alg: string | null;
  readonly iss: string | null;
  readonly count: number;
  /** Epoch ms of the last expiry among them, or null when none carries one. */
  readonly lastExpiry: number | null;
}

/** Signed with a private key, so that the provider's key set is what verifies them. */
const ASYMMETRIC = /^(?:RS|PS|ES)(?:256|384|512)$|^ES256K$|^EdDSA$|^Ed(?:25519|448)$/;

/** Every group of sampled tokens that a key set should verify. Empty when no samples were read. */
export function sampledKeys(scene: Scene): SampledKey[] {
  const seen = scene.seen(credentials);
  return (['before', 'after'] as const).flatMap((generation) =>
    (seen?.[generation]?.groups ?? [])
      .filter((group) => ASYMMETRIC.test(group.alg ?? ''))
      .map((group) => ({
        generation,
        kid: group.kid,
        alg: group.alg,
        iss: group.iss,
        count: group.count,
        lastExpiry: group.expires ? group.expires[1] * 1000 : null,
      })),
  );
}

/** The file of keys that credentials were tried with, where it lists `kid`: it may be older than what is published. */
export function savedSetWith(kid: string, scene: Scene): string | undefined {
  const jwks = scene.seen(credentials)?.ring?.jwks;
  return jwks?.from === 'file' && jwks.keys?.some((key) => key.kid === kid) ? jwks.shown : undefined;
}
