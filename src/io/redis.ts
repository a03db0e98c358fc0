/**
 * The Redis door: a fixed allow-list of read-only commands, over one connection at a time.
 *
 * @module
 */
import type { Redis, RedisOptions } from 'ioredis';
import { isStopped } from './limit.ts';
import { isAllowed } from './redis/allowlist.ts';
import { anyError } from './redis/errors.ts';
import { lookAtPlainPort, lookAtTlsPort } from './redis/look.ts';
import { resolveHost } from './resolve.ts';

/** A reply as RESP gives it. An error inside an array is its text, after a minus sign. */
export type RedisReply = string | number | null | readonly RedisReply[];

export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  /** Selected after connecting; a refusal is `selectFailed`, and the connection then stands on database 0. */
  readonly db: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?:
    | {
        /** PEM text, not paths. */
        readonly ca?: string;
        readonly cert?: string;
        readonly key?: string;
        readonly servername?: string;
        readonly rejectUnauthorized?: boolean;
      }
    | undefined;
}

export interface RedisConnection {
  /** TCP (and TLS) connect until the first command could be sent, ms. */
  readonly connectMs: number;
  /** Present when the password was not wanted: the server has none (NOPASSWORD). */
  readonly authUnneeded?: true;
  /** Present when a user was given, and PING was answered before it logged in: the default user needs no password. */
  readonly openToAll?: true;
  /** Why SELECT was refused (DBRANGE, NOPERM, CLUSTERMODE …). */
  readonly selectFailed?: { readonly code: string; readonly message: string };
  /** Runs one allowed command; an error reply is a value, a lost connection too. Throws on a forbidden command. */
  call(command: string, ...args: readonly (string | number)[]): Promise<RedisCall>;
  /** Several commands in one round trip, replies in order. Throws when one is forbidden, before any is sent. */
  pipeline(commands: readonly (readonly (string | number)[])[]): Promise<readonly RedisCall[]>;
  close(): void;
}

export type RedisCall =
  | { readonly ok: true; readonly reply: RedisReply }
  /** `code` is the first word of the server's error (NOAUTH, OOM …), the socket's (ECONNREFUSED …), or see `redis/errors.ts`. */
  | { readonly ok: false; readonly code: string; readonly message: string };

export type RedisConnect =
  | { readonly ok: true; readonly connection: RedisConnection }
  | { readonly ok: false; readonly code: string; readonly message: string };

export interface RedisDoor {
  /** Never throws for what a server does. Aborting `signal` ends the connection and whatever waits on it. */
  connect(target: RedisTarget, signal: AbortSignal): Promise<RedisConnect>;
}

/** What one reply, or one pipeline's replies, may weigh before the connection is cut. Bytes. */
const MAX_BYTES = 16_777_216;
/** ms until a TCP connect or a reply is given up, whatever the probe's own deadline. */
const CONNECT_MS = 4000;
const REPLY_MS = 5000;

/** Causes that a failed connection hides, and that a look below the protocol may still tell. */
const UNTOLD = new Set(['CLOSED', 'ECONNRESET', 'EPIPE', 'PROTOCOL', 'ETIMEDOUT', 'EPROTO']);

/** The real Redis door. ioredis is loaded at the first connect. */
export function redisDoor(): RedisDoor {
  return {
    async connect(target, signal) {
      const opened = (await nameless(target.host, signal)) ?? (await open(target, signal));
      if (opened.ok || !UNTOLD.has(opened.code) || signal.aborted) return opened;
      const { host, port } = target;
      const look = target.tls
        ? await lookAtTlsPort(host, port, signal)
        : await lookAtPlainPort(host, port, signal);
      if (look.kind === 'said') return { ok: false, code: look.code, message: look.message };
      if (look.kind === 'tls')
        return { ok: false, code: 'TLSPORT', message: 'the port speaks TLS; a plain connection was tried' };
      if (look.kind === 'plain')
        return { ok: false, code: 'PLAINPORT', message: 'the port does not speak TLS; TLS was tried' };
      return opened;
    },
  };
}

/** Why there is no address for `host`; undefined when there is. ioredis’ own look-up cannot be cancelled. */
async function nameless(host: string, signal: AbortSignal): Promise<RedisConnect | undefined> {
  try {
    await resolveHost(host, signal, CONNECT_MS);
    return undefined;
  } catch (error) {
    if (signal.aborted) return { ok: false, ...cutOff(signal, `DNS had not answered about ${host}`) };
    const { code, message } = anyError(error);
    return code === 'ETIMEOUT'
      ? { ok: false, code: 'EAI_AGAIN', message: `DNS did not answer about ${host}` }
      : { ok: false, code, message };
  }
}

/** Why a wait ended with its signal: a deadline speaks of the server, a run that was stopped does not. */
function cutOff(signal: AbortSignal, state: string): { code: string; message: string } {
  return isStopped(signal)
    ? { code: 'STOPPED', message: `${state} when this run was stopped` }
    : { code: 'ETIMEDOUT', message: `${state} before the deadline` };
}

async function open(target: RedisTarget, signal: AbortSignal): Promise<RedisConnect> {
  const { Redis } = await import('ioredis');
  const began = performance.now();
  const client = new Redis(options(target));
  const stop = () => hangUp(client);
  signal.addEventListener('abort', stop, { once: true });
  // ioredis rejects connect() with "Connection is closed."; the cause is only in the event.
  let cause: unknown;
  client.on('error', (error: unknown) => {
    cause ??= error;
  });
  try {
    if (signal.aborted) throw Object.assign(new Error('the deadline passed'), { code: 'ETIMEDOUT' });
    await client.connect();
  } catch (error) {
    stop();
    signal.removeEventListener('abort', stop);
    if (signal.aborted) return { ok: false, ...cutOff(signal, 'no connection had come about') };
    return { ok: false, ...anyError(cause ?? error) };
  }
  const connectMs = Math.round((performance.now() - began) * 10) / 10;
  const wire = limited(client, signal);
  client.once('end', () => signal.removeEventListener('abort', stop));
  const failed = (call: RedisCall & { ok: false }): RedisConnect => {
    stop();
    return call;
  };

  let authUnneeded = false;
  const named = target.username !== undefined && target.username !== 'default';
  const unasked = named && target.password !== undefined ? (await wire.send([['PING']]))[0] : undefined;
  if (target.password !== undefined) {
    const answer = await authenticate(wire, target.username, target.password);
    if (!answer.ok && answer.code === 'NOPASSWORD') authUnneeded = true;
    else if (!answer.ok) return failed(answer);
  }
  // One harmless command shows what the server says to a client that is not let in.
  const greeting = await wire.send([['PING']]);
  const refused = greeting[0];
  if (signal.aborted) return failed({ ok: false, ...cutOff(signal, 'connected, but no reply had come') });
  if (refused && !refused.ok && refused.code !== 'NOPERM' && refused.code !== 'LOADING')
    if (!isState(refused.code)) return failed(refused);
  const select = target.db === 0 ? undefined : (await wire.send([['SELECT', target.db]]))[0];
  return {
    ok: true,
    connection: {
      connectMs,
      ...(authUnneeded && { authUnneeded: true }),
      ...(unasked?.ok && !authUnneeded && { openToAll: true }),
      ...(select && !select.ok && { selectFailed: { code: select.code, message: select.message } }),
      async call(command, ...args) {
        const [only] = await send([[command, ...args]]);
        return only ?? { ok: false, code: 'PROTOCOL', message: 'no reply' };
      },
      pipeline: send,
      close: stop,
    },
  };

  function send(commands: readonly (readonly (string | number)[])[]): Promise<readonly RedisCall[]> {
    for (const [name = '', ...args] of commands)
      if (!isAllowed(String(name), args))
        throw new Error(`${String(name).slice(0, 30)} is not on the list of read-only commands`);
    return wire.send(commands);
  }
}

/** Answers of a server that lets the client in but serves no data just now: looked at, not refused. */
function isState(code: string): boolean {
  return ['MASTERDOWN', 'BUSY', 'MISCONF', 'CLUSTERDOWN', 'READONLY', 'OOM'].includes(code);
}

/** AUTH travels alone: behind a pending reply, Redis 7.2 and later leave a failed AUTH unanswered. */
async function authenticate(wire: Wire, username: string | undefined, password: string): Promise<RedisCall> {
  const gone = { ok: false, code: 'CLOSED', message: 'no reply to AUTH' } as const;
  const full = username === undefined ? ['AUTH', password] : ['AUTH', username, password];
  const [answer = gone] = await wire.send([full]);
  if (answer.ok || answer.code !== 'NOACL' || username === undefined) return answer;
  // Redis 5 knows passwords only.
  const [older = gone] = await wire.send([['AUTH', password]]);
  return older;
}

/** disconnect() alone half-closes and waits for the other side, which a hung server never answers. */
function hangUp(client: Redis): void {
  client.disconnect();
  client.stream?.destroy();
}

interface Wire {
  send(commands: readonly (readonly (string | number)[])[]): Promise<readonly RedisCall[]>;
}

/** Sends without asking the allow-list, with a bound on bytes and time. A cut connection answers every call. */
function limited(client: Redis, signal: AbortSignal): Wire {
  let weight = 0;
  let cut: string | undefined;
  client.stream.on('data', (chunk: Buffer) => {
    weight += chunk.length;
    if (weight <= MAX_BYTES) return;
    cut = `the reply is larger than ${MAX_BYTES} bytes`;
    hangUp(client);
  });
  return {
    async send(commands) {
      weight = 0;
      const pipe = client.pipeline();
      for (const [name = '', ...args] of commands) pipe.call(String(name), ...args);
      const timer = setTimeout(() => {
        cut = `no complete reply within ${REPLY_MS} ms`;
        hangUp(client);
      }, REPLY_MS);
      try {
        const replies = (await pipe.exec()) ?? [];
        return commands.map((_, at): RedisCall => {
          const [error, reply] = replies[at] ?? [new Error('closed'), null];
          return error ? failure(error) : { ok: true, reply: asReply(reply, 0) };
        });
      } catch (error) {
        return commands.map(() => failure(error));
      } finally {
        clearTimeout(timer);
      }
    },
  };

  function failure(error: unknown): RedisCall {
    const known = anyError(error);
    if (signal.aborted && known.code === 'CLOSED')
      return { ok: false, ...cutOff(signal, 'no complete reply had come') };
    if (cut !== undefined && known.code === 'CLOSED')
      return { ok: false, code: cut.startsWith('no') ? 'ETIMEDOUT' : 'TOOLARGE', message: cut };
    return { ok: false, ...known };
  }
}

/** Replies deeper than this are nonsense; no allowed command nests more than five levels. */
const MAX_DEPTH = 16;

function asReply(value: unknown, depth: number): RedisReply {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  if (value instanceof Error) return `-${value.message}`;
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  if (Array.isArray(value)) return depth >= MAX_DEPTH ? [] : value.map((item) => asReply(item, depth + 1));
  return value === undefined ? null : typeof value === 'bigint' ? Number(value) : null;
}

function options(target: RedisTarget) {
  return {
    host: target.host,
    port: target.port,
    // RESP2, no CLIENT SETINFO, no ready check: nothing goes over the wire but the commands asked for.
    // Name, password and database are kept from ioredis: it would hide a refused SELECT and go on with db 0.
    protocol: 2,
    disableClientInfo: true,
    enableReadyCheck: false,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_MS,
    ...(target.tls && { tls: { servername: target.host, ...target.tls } }),
  } satisfies RedisOptions;
}
