/**
 * Many credentials as a few groups: what they are, which key verifies them, when they were issued.
 * Memory does not grow with their number, and nothing of a credential but what is safe to show is kept.
 *
 * @module
 */
import type { Reading } from '../../formats/format.ts';
import type { Carried } from '../../parse/carried.ts';
import type { Verdict } from './verdict.ts';

/** Beyond this many groups the rest is only counted. */
const MAX_GROUPS = 300;
/** Individual times kept for each group, for exact judgement of small samples. */
const MAX_TIMES = 64;

/** Times of one credential, seconds since 1970 as they stand in it. */
export type Times = {
  readonly iat?: number | undefined;
  readonly exp?: number | undefined;
  readonly nbf?: number | undefined;
};

/** Smallest and largest. */
export type Range = readonly [min: number, max: number];

/** Credentials that are alike in everything but their times and content. */
export type Group = {
  readonly name: string | null;
  readonly format: string;
  readonly sure: string;
  readonly alg: string | null;
  readonly enc: string | null;
  readonly digest: string | null;
  readonly kid: string | null;
  readonly typ: string | null;
  readonly serializer: string | null;
  readonly purpose: string | null;
  readonly shape: string | null;
  readonly iss: string | null;
  readonly aud: readonly string[];
  readonly signed: boolean;
  readonly encrypted: boolean;
  readonly verified: string;
  readonly key: string | null;
  readonly how: string | null;
  readonly derivation: string | null;
  /** What the check takes beside a key and was not told. */
  readonly lacks: string | null;
  readonly problems: readonly string[];
  readonly count: number;
  /** How many of them a response set. */
  readonly set: number;
  /** How many came beside another of their name. */
  readonly twice: number;
  readonly issued: Range | null;
  readonly expires: Range | null;
  readonly lifetime: Range | null;
  readonly largest: number;
  readonly times: readonly Times[];
  /** Fingerprint of the first one. */
  readonly example: string;
};

export type Population = {
  readonly files: readonly string[];
  readonly count: number;
  readonly groups: readonly Group[];
  /** Credentials beyond the groups that are kept. */
  readonly beyond: number;
};

type OpenRange = [min: number, max: number] | null;
type Open = { -readonly [K in keyof Group]: Group[K] } & {
  times: Times[];
  issued: OpenRange;
  expires: OpenRange;
  lifetime: OpenRange;
};

/** A group that only counts and widens from now on. */
export interface Settled {
  readonly group: Open;
}

/** Collects one generation. */
export class PopulationBuilder {
  readonly #groups = new Map<string, Open>();
  #count = 0;
  #beyond = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds one credential; `example` is asked for only when it begins a group. */
  add(
    name: string | null,
    size: number,
    reading: Reading,
    verdict: Verdict,
    example: () => string,
    came: Pick<Carried, 'set' | 'twice'> = {},
  ): void {
    this.#count++;
    const id = groupId(name, reading, verdict);
    let group = this.#groups.get(id);
    if (!group) {
      if (this.#groups.size >= MAX_GROUPS) {
        this.#beyond++;
        return;
      }
      group = openGroup(name, reading, verdict, example());
      this.#groups.set(id, group);
    }
    const { issuedAt, expiresAt } = reading;
    count(group, size, issuedAt, expiresAt);
    if (came.set) group.set++;
    if (came.twice) group.twice++;
    if (group.times.length < MAX_TIMES)
      group.times.push({ iat: issuedAt, exp: expiresAt, nbf: reading.claims?.nbf });
  }

  /** The group of such a credential once it keeps no more individual times; undefined before that. */
  settled(name: string | null, reading: Reading, verdict: Verdict): Settled | undefined {
    const group = this.#groups.get(groupId(name, reading, verdict));
    return group && group.times.length >= MAX_TIMES ? { group } : undefined;
  }

  /** Adds one more credential of a settled group; times in seconds. In which order no longer matters. */
  addSettled(
    { group }: Settled,
    size: number,
    issuedAt: number | undefined,
    expiresAt: number | undefined,
  ): void {
    this.#count++;
    count(group, size, issuedAt, expiresAt);
  }

  /** The population so far, largest groups first. */
  done(files: readonly string[]): Population {
    const groups = [...this.#groups.values()].sort((a, b) => b.count - a.count);
    return { files, count: this.#count, groups, beyond: this.#beyond };
  }
}

function count(group: Open, size: number, issuedAt: number | undefined, expiresAt: number | undefined): void {
  group.count++;
  if (size > group.largest) group.largest = size;
  group.issued = widen(group.issued, issuedAt);
  group.expires = widen(group.expires, expiresAt);
  if (issuedAt !== undefined && expiresAt !== undefined)
    group.lifetime = widen(group.lifetime, expiresAt - issuedAt);
}

function groupId(name: string | null, reading: Reading, verdict: Verdict): string {
  const { claims, header } = reading;
  const aud = claims?.aud;
  const group = `${name ?? ''}\0${verdict.format ?? reading.format}\0${reading.alg}\0${reading.kid}\0${claims?.iss}`;
  const verified = `${verdict.verified}\0${verdict.key}\0${verdict.how}\0${verdict.derivation}\0${verdict.alg}\0${verdict.digest}\0${verdict.lacks}`;
  const form = `${reading.enc}\0${reading.digest}\0${reading.serializer}\0${reading.purpose}\0${shownText(header?.['typ'])}\0${shownText(header?.['shape'])}`;
  const audience = typeof aud === 'string' ? aud : aud?.join(' ');
  return `${group}\0${verified}\0${form}\0${audience}\0${reading.problems.join(' ')}`;
}

function openGroup(name: string | null, reading: Reading, verdict: Verdict, example: string): Open {
  const aud = reading.claims?.aud;
  return {
    name,
    format: verdict.format ?? reading.format,
    sure: reading.sure,
    alg: verdict.alg ?? reading.alg ?? null,
    enc: reading.enc ?? null,
    digest: verdict.digest ?? reading.digest ?? null,
    kid: reading.kid ?? null,
    typ: shownText(reading.header?.['typ']),
    serializer: reading.serializer ?? null,
    purpose: reading.purpose ?? null,
    shape: shownText(reading.header?.['shape']),
    iss: reading.claims?.iss ?? null,
    aud: aud === undefined ? [] : typeof aud === 'string' ? [aud] : aud,
    signed: reading.signed,
    encrypted: reading.encrypted,
    verified: verdict.verified,
    key: verdict.key ?? null,
    how: verdict.how ?? null,
    derivation: verdict.derivation ?? null,
    lacks: verdict.lacks ?? null,
    problems: reading.problems,
    count: 0,
    set: 0,
    twice: 0,
    issued: null,
    expires: null,
    lifetime: null,
    largest: 0,
    times: [],
    example,
  };
}

function shownText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** In place: tokens that come in the order of their times widen a range every time. */
function widen(range: OpenRange, value: number | undefined): OpenRange {
  if (value === undefined) return range;
  if (!range) return [value, value];
  if (value < range[0]) range[0] = value;
  if (value > range[1]) range[1] = value;
  return range;
}
