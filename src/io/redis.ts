/**
 * The Redis door: a fixed allow-list of read-only commands, over one connection at a time.
 *
 * @module
 */

/** A reply as RESP gives it. */
export type RedisReply = string | number | null | readonly RedisReply[];

export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?:
    | {
        readonly ca?: string;
        readonly cert?: string;
        readonly key?: string;
        readonly servername?: string;
        readonly rejectUnauthorized?: boolean;
      }
    | undefined;
}

export interface RedisConnection {
  /** Runs one allowed command; an error reply is a value, a lost connection too. */
  call(command: string, ...args: readonly (string | number)[]): Promise<RedisCall>;
  /** Several commands in one round trip, replies in order. */
  pipeline(commands: readonly (readonly (string | number)[])[]): Promise<readonly RedisCall[]>;
  close(): void;
}

export type RedisCall =
  | { readonly ok: true; readonly reply: RedisReply }
  /** `code` is the first word of the server's error (NOAUTH, OOM …) or the socket's (ECONNREFUSED …). */
  | { readonly ok: false; readonly code: string; readonly message: string };

export type RedisConnect =
  | { readonly ok: true; readonly connection: RedisConnection }
  | { readonly ok: false; readonly code: string; readonly message: string };

export interface RedisDoor {
  connect(target: RedisTarget, signal: AbortSignal): Promise<RedisConnect>;
}
