/**
 * The doors for commands that look at something without running the sequence.
 *
 * @module
 */
import { openDoors } from '../io/doors.ts';
import type { Io } from '../io/io.ts';
import { createVault } from '../io/vault.ts';
import type { Loaded, LoadRequest } from '../config/load.ts';
import type { Flags, Terminal } from './command.ts';
import { type Asking, configFor, standardInput, withStandardInput } from './standard-input.ts';

/** The same with every text redacted: a name, a Path, a URL or a claim may repeat a value. Keys stay. */
export function withoutSecrets<T>(value: T, redact: (text: string) => string): T {
  const clean = (item: unknown): unknown => {
    if (typeof item === 'string') return redact(item);
    if (Array.isArray(item)) return item.map(clean);
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, each]) => [key, clean(each)]));
  };
  return clean(value) as T;
}

/** A vault and, once the time limit is known, the doors; `close` stops the clock of the limit. */
export function openIo(terminal: Terminal): {
  /** Flags, environment and file, merged; their secrets are kept out of all output. */
  config(flags: Flags, places?: LoadRequest['places']): Promise<Loaded>;
  /** Runs `read` with what it asks of standard input, and with a vault to teach. */
  reading<T>(read: (asking: Asking) => T): Promise<T>;
  /** The same text with every secret that was met replaced by its fingerprint. */
  redact(text: string): string;
  /** Doors that all give up after `timeoutMs`, or at Ctrl-C. The local clock is taken as it is. */
  io(timeoutMs: number): Io;
  close(): void;
} {
  const vault = createVault();
  const input = standardInput(terminal);
  const learn = (secret: string): void => vault.learn(secret);
  const deadline = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    config: async (flags, places) => configFor(flags, terminal, { input, learn, ...(places && { places }) }),
    reading: async (read) => withStandardInput(read, input, learn),
    redact: (text) => vault.redactText(text),
    io: (timeoutMs) => {
      timer = setTimeout(() => deadline.abort(new DOMException('deadline', 'TimeoutError')), timeoutMs);
      return {
        ...openDoors(terminal.interrupted, input.stream),
        vault,
        now: () => Date.now(),
        uncertaintyMs: Number.POSITIVE_INFINITY,
        signal: AbortSignal.any([deadline.signal, terminal.interrupted]),
      };
    },
    close: () => clearTimeout(timer),
  };
}
