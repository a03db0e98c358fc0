/**
 * One line of bytes that is one bare JWS, without making a string or an object of it: where its parts
 * end, its times, and the bytes that tell its kind from others. For millions of tokens in a row; it
 * refuses whatever is in the least unusual, and `recognise` then reads that line.
 *
 * @module
 */
import { type TimeFaults, timeFaults } from './jwt-claims.ts';

/** Longer tokens are refused. Bytes. */
const MAX_TOKEN = 8192;
/** Payloads nested deeper are refused. */
const MAX_DEPTH = 16;
const DOT = 0x2e;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Value of each base64url digit (RFC 4648 §5); −1 for every other byte, so that any of them shows in a sum of bits. */
const DIGIT = new Int32Array(256).fill(-1);
for (const [value, digit] of Buffer.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
).entries())
  DIGIT[digit] = value;

/** The bits of four digits from `at` on; negative when one of them is none. */
function four(bytes: Buffer, at: number): number {
  return (
    ((DIGIT[bytes[at] ?? 0] ?? 0) << 18) |
    ((DIGIT[bytes[at + 1] ?? 0] ?? 0) << 12) |
    ((DIGIT[bytes[at + 2] ?? 0] ?? 0) << 6) |
    (DIGIT[bytes[at + 3] ?? 0] ?? 0)
  );
}

/** Offset of the first byte that is no digit, `to` at the most. */
function digitsEnd(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at + 4 <= to && four(bytes, at) >= 0) at += 4;
  while (at < to && (DIGIT[bytes[at] ?? 0] ?? 0) >= 0) at++;
  return at;
}

/**
 * A reader that is used again for every line; its fields tell of the line last read. What it accepts,
 * `recognise` reads as format `jws` with an object as payload, provided that the header is a JWS header:
 * that, it does not look at.
 */
export class JwsBytes {
  /** Offsets of the two dots. */
  headEnd = 0;
  bodyEnd = 0;
  /** Seconds as they stand in the token; −1 when absent. */
  iat = -1;
  exp = -1;
  /**
   * Header, issuer and audience as they are written, what is wrong with the times, whether there is a
   * text `kid` in the payload. Tokens with equal kinds differ in nothing else that a summary shows.
   */
  kind = '';
  readonly #payload = Buffer.alloc(MAX_TOKEN);
  readonly #kind = Buffer.alloc(2 * MAX_TOKEN);
  #length = 0;
  #at = 0;
  #nbf = -1;
  #kid = 0;
  #issFrom = 0;
  #issTo = 0;
  #audFrom = 0;
  #audTo = 0;

  /** Reads `bytes[from, to)`; false when it is anything but a usual JWS. Never throws. */
  read(bytes: Buffer, from: number, to: number): boolean {
    if (to - from > MAX_TOKEN || bytes[from] !== 0x65 || bytes[from + 1] !== 0x79 || bytes[from + 2] !== 0x4a)
      return false;
    const headEnd = digitsEnd(bytes, from, to);
    if (headEnd >= to || bytes[headEnd] !== DOT) return false;
    const bodyEnd = this.#decode(bytes, headEnd + 1, to);
    if (bodyEnd < 0 || bodyEnd + 1 >= to || digitsEnd(bytes, bodyEnd + 1, to) < to) return false;
    this.headEnd = headEnd;
    this.bodyEnd = bodyEnd;
    if (!this.#object()) return false;
    this.kind = this.#written(
      bytes,
      from,
      timeFaults(this.iat < 0 ? undefined : this.iat, this.exp < 0 ? undefined : this.exp),
    );
    return true;
  }

  /** Decodes up to the next dot and gives its offset, or −1. */
  #decode(bytes: Buffer, from: number, to: number): number {
    const out = this.#payload;
    let at = from;
    let size = 0;
    for (let bits = 0; at + 4 <= to && (bits = four(bytes, at)) >= 0; at += 4) {
      out[size] = bits >> 16;
      out[size + 1] = bits >> 8;
      out[size + 2] = bits;
      size += 3;
    }
    const end = digitsEnd(bytes, at, to);
    if (end >= to || bytes[end] !== DOT || end - at === 1) return -1;
    if (end > at) {
      const first = DIGIT[bytes[at] ?? 0] ?? 0;
      const second = DIGIT[bytes[at + 1] ?? 0] ?? 0;
      out[size++] = (first << 2) | (second >> 4);
      if (end - at === 3) out[size++] = (second << 4) | ((DIGIT[bytes[at + 2] ?? 0] ?? 0) >> 2);
    }
    this.#length = size;
    return end;
  }

  #written(bytes: Buffer, from: number, faults: TimeFaults): string {
    const kind = this.#kind;
    const payload = this.#payload;
    let size = 0;
    // Loops, because a call into Node to copy so few bytes costs more.
    for (let at = from; at < this.headEnd; at++) kind[size++] = bytes[at] ?? 0;
    kind[size++] = DOT;
    kind[size++] = 0x40 + this.#kid;
    kind[size++] = faults;
    // No JSON value holds a NUL byte, so the two cannot be taken for each other.
    for (let at = this.#issFrom; at < this.#issTo; at++) kind[size++] = payload[at] ?? 0;
    kind[size++] = 0;
    for (let at = this.#audFrom; at < this.#audTo; at++) kind[size++] = payload[at] ?? 0;
    return kind.toString('latin1', 0, size);
  }

  /** The payload: one JSON object without blanks (RFC 8259), none of the members that matter twice. */
  #object(): boolean {
    const payload = this.#payload;
    this.iat = -1;
    this.exp = -1;
    this.#nbf = -1;
    this.#kid = 0;
    this.#issTo = 0;
    this.#issFrom = 0;
    this.#audTo = 0;
    this.#audFrom = 0;
    if (payload[0] !== 0x7b || payload[this.#length - 1] !== 0x7d) return false;
    this.#at = 1;
    if (this.#length === 2) return true;
    for (;;) {
      const name = this.#at + 1;
      if (!this.#text()) return false;
      const length = this.#at - 1 - name;
      if (payload[this.#at++] !== 0x3a) return false;
      if (!(length === 3 ? this.#three(name) : this.#value(0))) return false;
      const end = payload[this.#at++];
      if (end === 0x7d) return this.#at === this.#length;
      if (end !== 0x2c) return false;
    }
  }

  /** The value of a member whose name is three bytes long, as all that matter are. */
  #three(name: number): boolean {
    const payload = this.#payload;
    const from = this.#at;
    switch (((payload[name] ?? 0) << 16) | ((payload[name + 1] ?? 0) << 8) | (payload[name + 2] ?? 0)) {
      case 0x696174: // iat
        return this.iat < 0 && (this.iat = this.#time()) >= 0;
      case 0x657870: // exp
        return this.exp < 0 && (this.exp = this.#time()) >= 0;
      case 0x6e6266: // nbf
        return this.#nbf < 0 && (this.#nbf = this.#time()) >= 0;
      case 0x6b6964: // kid
        if (this.#kid !== 0) return false;
        this.#kid = payload[from] === QUOTE ? 1 : 2;
        return this.#value(0);
      case 0x697373: // iss
        if (this.#issTo !== 0 || !this.#value(0)) return false;
        this.#issFrom = from;
        this.#issTo = this.#at;
        return true;
      case 0x617564: // aud
        if (this.#audTo !== 0 || !this.#value(0)) return false;
        this.#audFrom = from;
        this.#audTo = this.#at;
        return true;
      default:
        return this.#value(0);
    }
  }

  /** A whole number of at most 15 digits, or −1. */
  #time(): number {
    const payload = this.#payload;
    const from = this.#at;
    let at = from;
    let value = 0;
    for (; at < from + 16; at++) {
      const digit = (payload[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.#at = at;
    const digits = at - from;
    return digits === 0 || digits > 15 || (digits > 1 && payload[from] === 0x30) ? -1 : value;
  }

  /** Passes one value of any type; false when it is no JSON, or too unusual to be sure. */
  #value(depth: number): boolean {
    switch (this.#payload[this.#at]) {
      case QUOTE:
        return this.#text();
      case 0x7b:
        return depth < MAX_DEPTH && this.#nested(0x7d, depth);
      case 0x5b:
        return depth < MAX_DEPTH && this.#nested(0x5d, depth);
      case 0x74:
        return this.#word('true');
      case 0x66:
        return this.#word('false');
      case 0x6e:
        return this.#word('null');
      default:
        return this.#time() >= 0;
    }
  }

  #nested(close: number, depth: number): boolean {
    const payload = this.#payload;
    if (payload[++this.#at] === close) {
      this.#at++;
      return true;
    }
    for (;;) {
      if (close === 0x7d && (!this.#text() || payload[this.#at++] !== 0x3a)) return false;
      if (!this.#value(depth + 1)) return false;
      const end = payload[this.#at++];
      if (end === close) return true;
      if (end !== 0x2c) return false;
    }
  }

  #word(word: string): boolean {
    for (let index = 0; index < word.length; index++)
      if (this.#payload[this.#at++] !== word.charCodeAt(index)) return false;
    return true;
  }

  /** Passes a text. `\u` is refused, since it can spell a member's name in another way. */
  #text(): boolean {
    const payload = this.#payload;
    const length = this.#length;
    let at = this.#at;
    if (payload[at++] !== QUOTE) return false;
    for (; at < length; at++) {
      const byte = payload[at] ?? 0;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return true;
      }
      if (byte < 0x20) return false;
      if (byte === BACKSLASH && !isPlainEscape(payload[++at] ?? 0)) return false;
    }
    return false;
  }
}

/** True for what may follow a backslash on its own (RFC 8259 §7). */
function isPlainEscape(byte: number): boolean {
  switch (byte) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return true;
    default:
      return false;
  }
}
