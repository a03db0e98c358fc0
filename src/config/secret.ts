/**
 * Values that must never be printed, as a type that cannot be printed by accident.
 *
 * @module
 */
import { inspect } from 'node:util';

/**
 * Holds a secret's bytes. Every way of turning it into text gives the same fixed words; the bytes come out
 * only through `bytes()` and `text()`.
 */
export class Secret {
  readonly #bytes: Buffer;
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }
  bytes(): Buffer {
    return this.#bytes;
  }
  /** The bytes as UTF-8. */
  text(): string {
    return this.#bytes.toString('utf8');
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}

/**
 * A URL that may hold a password or token. Text made of it shows scheme, host, port and path only:
 * no user name, no password, no query values, no fragment.
 */
export class Address {
  readonly #href: string;
  readonly #typed: string;
  /** Safe to print. */
  readonly shown: string;
  readonly protocol: string;
  readonly hostname: string;
  constructor(href: string) {
    const url = new URL(href);
    this.#href = url.href;
    this.#typed = href;
    this.protocol = url.protocol;
    this.hostname = url.hostname;
    const query = [...new Set(url.searchParams.keys())].map((key) => `${key}=…`).join('&');
    const authority = url.host === '' && url.protocol.startsWith('sqlite') ? '' : `//${url.host}`;
    this.shown = `${url.protocol}${authority}${url.pathname}${query && `?${query}`}`;
  }
  /** The whole URL, with what is secret in it. Never print it. */
  href(): string {
    return this.#href;
  }
  /** As it was written, where a URL parser's tidying would hide a difference. Never print it. */
  typed(): string {
    return this.#typed;
  }
  toString(): string {
    return this.shown;
  }
  toJSON(): string {
    return this.shown;
  }
  [inspect.custom](): string {
    return this.shown;
  }
}
