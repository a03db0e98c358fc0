/**
 * The doors for commands that look at something without running the sequence.
 *
 * @module
 */
import { openDoors } from '../io/doors.ts';
import type { Io } from '../io/io.ts';
import { createVault } from '../io/vault.ts';
import type { Terminal } from './command.ts';

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
  learn(secret: string): void;
  /** The same text with every secret that was met replaced by its fingerprint. */
  redact(text: string): string;
  /** Doors that all give up after `timeoutMs`, or at Ctrl-C. The local clock is taken as it is. */
  io(timeoutMs: number): Io;
  close(): void;
} {
  const vault = createVault();
  const deadline = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    learn: (secret) => vault.learn(secret),
    redact: (text) => vault.redactText(text),
    io: (timeoutMs) => {
      timer = setTimeout(() => deadline.abort(new DOMException('deadline', 'TimeoutError')), timeoutMs);
      return {
        ...openDoors(terminal.interrupted),
        vault,
        now: () => Date.now(),
        uncertaintyMs: Number.POSITIVE_INFINITY,
        signal: AbortSignal.any([deadline.signal, terminal.interrupted]),
      };
    },
    close: () => clearTimeout(timer),
  };
}
