/**
 * Looks at some keys of one database: to which family they belong and how long they still live.
 * Bounded in keys, commands and time; it reads no value, and it stops by itself when the server slows down.
 *
 * @module
 */
import type { RedisCall, RedisConnection, RedisReply } from '../../io/redis.ts';
import { isStopped } from '../../io/limit.ts';
import { type Family, familyOf, looksLikeSession } from './families.ts';

/** Keys per SCAN: half a millisecond of server time. */
const BATCH = 500;
/** RANDOMKEYs per round trip, where SCAN would be unfair. */
const PICKS = 200;
/** Keys whose TTL is asked, the first ones: outside cluster mode they are a fair sample as well. */
const MAX_TTL = 2000;
/** TTLs asked beside a SCAN, and by themselves once there is nothing left to scan. */
const TTLS_BESIDE = 250;
const TTLS_ALONE = 1000;
const GLIMPSE = 50;
const MAX_KEYS = 20_000;
const MAX_MS = 2000;
/** A batch this many times slower than the first ones means that the server is busy. */
const SLOWER = 8;
const SLOW_MS = 50;
/** Quantiles kept per family; all values when there are no more. */
const QUANTILES = 201;
/** A prefix that nobody but one or two keys has may be part of an id: it is not shown. */
const RARE = 5;

/** Only what stands in the first braces is hashed. */
const HASH_TAG = /\{[^{}]{1,64}\}/;

export type FamilySeen = {
  readonly name: string;
  readonly layout?: string;
  readonly session: boolean;
  readonly keys: number;
  /** Of those whose TTL was asked: without one, and with one. */
  readonly withoutTtl: number;
  /** Remaining lives at `from`, ms, ascending: all of them up to 201, else 201 quantiles from least to most. */
  readonly ttl: readonly number[];
  readonly withTtl: number;
};

export type SampleSeen =
  | {
      readonly method: 'none';
      readonly reason: string;
      /** A few random keys of a full server: how many, and how many of them are sessions. */
      readonly glimpse?: { readonly keys: number; readonly sessions: number };
    }
  | {
      readonly method: 'scan' | 'randomkey';
      /** True when every key of the database was seen. */
      readonly complete: boolean;
      readonly keys: number;
      /** Keys with a hash tag, which need not spread over a cluster's shards. */
      readonly tagged?: number;
      readonly tookMs: number;
      /** Most frequent first. */
      readonly families: readonly FamilySeen[];
      /** Why it ended before its bounds. */
      readonly stopped?: string;
    };

export interface SampleOptions {
  readonly keyPrefix: string | undefined;
  readonly method: 'scan' | 'randomkey';
  readonly signal: AbortSignal;
  readonly maxKeys?: number;
  /** The moment for which remaining lives are told, as performance.now() has it; the start unless told. */
  readonly from?: number;
}

/** Samples the selected database. Never throws for what a server answers. */
export async function sample(connection: RedisConnection, options: SampleOptions): Promise<SampleSeen> {
  const began = performance.now();
  const from = options.from ?? began;
  const tally = new Tally(options.keyPrefix);
  const most = options.maxKeys ?? MAX_KEYS;
  const source = options.method === 'scan' ? scanner() : picker();
  const owed: string[] = [];
  let found = 0;
  let owing = MAX_TTL;
  let stopped: string | undefined;
  let complete = false;
  const batchMs: number[] = [];
  /** The next exchange, sent already; undefined when there is nothing left to ask. */
  const send = (): Exchange | undefined => {
    const ask = complete || found >= most ? [] : source.ask();
    const told = owed.splice(0, ask.length > 0 ? TTLS_BESIDE : TTLS_ALONE);
    if (ask.length === 0 && told.length === 0) return undefined;
    const sent = performance.now();
    const replies = connection.pipeline([...ask, ...told.map((key) => ['PTTL', key])]);
    return { ask, told, sent, done: replies.then((got) => ({ got, took: performance.now() - sent })) };
  };
  for (let next = send(); next; ) {
    const { ask, told, sent, done } = next;
    const { got, took } = await done;
    const refused = got.slice(0, ask.length).find((reply) => !reply.ok);
    if (refused && !refused.ok) {
      if (found === 0) return { method: 'none', reason: `${refused.code}: ${refused.message}` };
      stopped = refused.code;
      break;
    }
    const answers = got.slice(0, ask.length).map((reply) => (reply.ok ? reply.reply : null));
    const keys = answers.length > 0 ? source.take(answers) : [];
    found += keys.length;
    const asked = keys.slice(0, Math.max(0, owing));
    owing -= asked.length;
    owed.push(...asked);
    complete = complete || source.ended();
    batchMs.push(took);
    const usual = median(batchMs.slice(0, 5));
    if (batchMs.length > 5 && took > SLOW_MS && took > SLOWER * usual) stopped = 'the server grew slower';
    if (performance.now() - began > MAX_MS) stopped = 'its time was up';
    if (options.signal.aborted)
      stopped = isStopped(options.signal) ? 'the run was stopped' : 'the deadline came';
    // Other clients come in between; what has come is counted while the server is at the next.
    if (stopped === undefined) {
      await turn();
      next = send();
    } else next = undefined;
    for (const key of keys) tally.add(key);
    // Lives were shorter by then: on a busy machine by seconds, and ages are read from them.
    const passed = sent + took / 2 - from;
    for (const [at, key] of told.entries()) {
      const reply = got[ask.length + at];
      if (reply?.ok && typeof reply.reply === 'number')
        tally.lives(key, reply.reply < 0 ? reply.reply : Math.round(reply.reply + passed));
    }
  }
  return {
    method: options.method,
    complete: complete && stopped === undefined && options.method === 'scan',
    keys: tally.size,
    tagged: tally.tagged,
    tookMs: Math.round(performance.now() - began),
    families: tally.families(),
    ...(stopped !== undefined && { stopped }),
  };
}

/**
 * A few random keys in one short exchange: their names fit into the buffer that a connection has anyway, so
 * it costs a full server nothing more (measured: as many keys evicted as by INFO alone).
 */
export async function glimpse(
  connection: RedisConnection,
  keyPrefix: string | undefined,
): Promise<{ glimpse?: { keys: number; sessions: number } }> {
  const replies = await connection.pipeline(Array.from({ length: GLIMPSE }, () => ['RANDOMKEY']));
  const keys = replies.flatMap((one) => (one.ok && typeof one.reply === 'string' ? [one.reply] : []));
  if (keys.length === 0) return {};
  const sessions = keys.filter((key) => looksLikeSession(familyOf(key, keyPrefix))).length;
  return { glimpse: { keys: keys.length, sessions } };
}

interface Exchange {
  readonly ask: readonly (readonly (string | number)[])[];
  /** Keys whose TTL is asked after those. */
  readonly told: readonly string[];
  readonly sent: number;
  readonly done: Promise<{ readonly got: readonly RedisCall[]; readonly took: number }>;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface KeySource {
  ask(): readonly (readonly (string | number)[])[];
  take(replies: readonly RedisReply[]): readonly string[];
  ended(): boolean;
}

/** Outside cluster mode the first n keys of SCAN are a fair sample: hash order. */
function scanner(): KeySource {
  let cursor = '0';
  let over = false;
  const been = new Set<string>();
  return {
    ask: () => [['SCAN', cursor, 'COUNT', BATCH]],
    take([reply]) {
      const [next, keys] = Array.isArray(reply) ? (reply as readonly RedisReply[]) : [];
      cursor = typeof next === 'string' || typeof next === 'number' ? String(next) : '0';
      // A cursor that comes back would go round for ever.
      over = cursor === '0' || been.has(cursor);
      been.add(cursor);
      return Array.isArray(keys) ? keys.slice(0, BATCH * 20).filter((key) => typeof key === 'string') : [];
    },
    ended: () => over,
  };
}

/** For clusters with one table per slot (Redis 7.4+, Valkey 8+), where SCAN walks slot by slot. */
function picker(): KeySource {
  const seen = new Set<string>();
  let dry = 0;
  return {
    ask: () => Array.from({ length: PICKS }, () => ['RANDOMKEY']),
    take(replies) {
      const fresh = [...new Set(replies)].filter(
        (key): key is string => typeof key === 'string' && !seen.has(key),
      );
      for (const key of fresh) seen.add(key);
      dry = fresh.length < PICKS / 20 ? dry + 1 : 0;
      return fresh;
    },
    ended: () => dry >= 2,
  };
}

interface Counted {
  readonly family: Family;
  keys: number;
  withoutTtl: number;
  readonly ttl: number[];
}

/** Counts families and lifetimes; forgets the keys. */
class Tally {
  size = 0;
  tagged = 0;
  readonly #keyPrefix: string | undefined;
  readonly #found = new Map<string, Counted>();
  constructor(keyPrefix: string | undefined) {
    this.#keyPrefix = keyPrefix;
  }
  add(key: string): void {
    this.size++;
    if (HASH_TAG.test(key)) this.tagged++;
    this.#of(key).keys++;
  }
  /** `ttl` as PTTL gives it: ms, -1 without, -2 gone meanwhile. */
  lives(key: string, ttl: number): void {
    const entry = this.#of(key);
    if (ttl === -1) entry.withoutTtl++;
    else if (ttl >= 0) entry.ttl.push(ttl);
  }
  #of(key: string): Counted {
    const family = familyOf(key, this.#keyPrefix);
    const known = this.#found.get(family.name);
    if (known) return known;
    const fresh = { family, keys: 0, withoutTtl: 0, ttl: [] };
    this.#found.set(family.name, fresh);
    return fresh;
  }
  families(): FamilySeen[] {
    const shown = new Map<string, Counted>();
    for (const entry of this.#found.values()) {
      const { family } = entry;
      const known = family.session || family.layout !== undefined || family.name.startsWith('(');
      const rare = !known && entry.keys < RARE;
      const target: Family = rare ? { name: '(other)', session: false } : family;
      const into = shown.get(target.name) ?? { family: target, keys: 0, withoutTtl: 0, ttl: [] };
      into.keys += entry.keys;
      into.withoutTtl += entry.withoutTtl;
      for (const ttl of entry.ttl) into.ttl.push(ttl);
      shown.set(target.name, into);
    }
    return [...shown.values()]
      .sort((a, b) => b.keys - a.keys || (a.family.name < b.family.name ? -1 : 1))
      .slice(0, 20)
      .map(({ family, keys, withoutTtl, ttl }) => ({
        ...family,
        keys,
        withoutTtl,
        ttl: quantiles(ttl),
        withTtl: ttl.length,
      }));
  }
}

/** At most 201 values that tell the distribution, ascending. */
export function quantiles(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length <= QUANTILES) return sorted;
  return Array.from(
    { length: QUANTILES },
    (_, at) => sorted[Math.round((at * (sorted.length - 1)) / (QUANTILES - 1))] ?? 0,
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
