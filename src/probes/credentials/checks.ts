/**
 * Many signatures in one piece of memory that threads share: written by one, checked by another, and
 * used again for the next.
 *
 * @module
 */
import type { Material } from '../../formats/format.ts';
import { verifyJws } from '../../formats/jws-signature.ts';

/** A batch holds so many bytes and tokens. */
const MAX_BYTES = 524_288;
const MAX_TOKENS = 1000;
/** Numbers that describe a token: its kind; where it begins, its signature begins, and it ends; the key that fits. */
const FIELDS = 5;

/** What the tokens of one kind are checked with. */
export interface CheckedWith {
  readonly alg: string;
  readonly materials: readonly Material[];
}

/** JWS tokens of a few kinds. Survives a structured clone, and its memory is then shared. */
export interface Checks {
  readonly kinds: CheckedWith[];
  readonly bytes: Uint8Array;
  /** `FIELDS` numbers a token. */
  readonly fields: Uint32Array;
  count: number;
  size: number;
}

/** An empty batch in memory of its own. */
export function emptyChecks(): Checks {
  return {
    kinds: [],
    bytes: new Uint8Array(new SharedArrayBuffer(MAX_BYTES)),
    fields: new Uint32Array(new SharedArrayBuffer(MAX_TOKENS * FIELDS * Uint32Array.BYTES_PER_ELEMENT)),
    count: 0,
    size: 0,
  };
}

/** True when one more token of so many bytes can be put in. */
export function hasRoom({ count, size }: Checks, length: number): boolean {
  return count < MAX_TOKENS && size + length <= MAX_BYTES;
}

/** Copies the token in `token[from, to)`, whose signature begins at `signed`; there has to be room. */
export function put(
  checks: Checks,
  kind: CheckedWith,
  token: Buffer,
  from: number,
  signed: number,
  to: number,
): void {
  const known = checks.kinds.indexOf(kind);
  const number = known < 0 ? checks.kinds.push(kind) - 1 : known;
  const shift = checks.size - from;
  checks.fields.set([number, checks.size, signed + shift, to + shift, 0], checks.count * FIELDS);
  token.copy(checks.bytes, checks.size, from, to);
  checks.size += to - from;
  checks.count++;
}

/** The index of the first key that verifies this token, the number of keys when none does; after `checkAll`. */
export function fittingOf({ fields }: Checks, index: number): number {
  return fields[index * FIELDS + 4] ?? 0;
}

/** The token itself. */
export function textOf({ bytes, fields }: Checks, index: number): string {
  const [, from, , to] = fields.subarray(index * FIELDS);
  return latin1(bytes, from, to);
}

/** Checks every token with the keys of its kind. Never throws. */
export function checkAll({ kinds, bytes, fields, count }: Checks): void {
  for (let index = 0; index < count; index++) {
    const [kind = 0, from = 0, signed = 0, to = 0] = fields.subarray(index * FIELDS);
    const input = Buffer.from(bytes.buffer, bytes.byteOffset + from, signed - 1 - from);
    const one = kinds[kind];
    if (one) fields[index * FIELDS + 4] = keyFitting(one, input, latin1(bytes, signed, to));
  }
}

/** The index of the first key that verifies the signature, the number of keys when none does. */
export function keyFitting({ alg, materials }: CheckedWith, input: Buffer, signature: string): number {
  const found = materials.findIndex((material) => verifyJws(alg, input, signature, material) !== null);
  return found < 0 ? materials.length : found;
}

function latin1(bytes: Uint8Array, from?: number, to?: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', from, to);
}
