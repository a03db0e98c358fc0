/**
 * The doors to the world, as interfaces. Every byte that enters or leaves during a run passes one of
 * these; tests hand probes other doors. All of them are read-only, bounded in size, and obey `signal`.
 *
 * @module
 */
import type { FilesDoor } from './files.ts';
import type { HttpDoor } from './http.ts';
import type { NtpDoor } from './ntp.ts';
import type { RedisDoor } from './redis.ts';
import type { SqlDoor } from './sql.ts';

/**
 * Knows the run's secrets. `learn` every raw credential, cookie value, session id, key or password that
 * an observation touched, so that it can be taken out should it slip into text (an error message, say).
 */
export interface Vault {
  learn(secret: string): void;
  /** Salted for this run: 8 hex digits; equal values have equal fingerprints within one run only. */
  fingerprint(value: string | Uint8Array): string;
}

/** What a probe's `observe` is given. */
export interface Io {
  readonly http: HttpDoor;
  readonly ntp: NtpDoor;
  readonly redis: RedisDoor;
  readonly sql: SqlDoor;
  readonly files: FilesDoor;
  readonly vault: Vault;
  /** Epoch ms by the corrected clock: Date.now() plus what the clock probe measured. */
  now(): number;
  /** ± ms of `now()`; Infinity when the clock was not checked. */
  readonly uncertaintyMs: number;
  /** Aborted at the probe's deadline. Return what was seen so far rather than throw. */
  readonly signal: AbortSignal;
}
