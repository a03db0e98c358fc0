/**
 * Reads the samples of both generations and the key ring, tries the keys, and keeps groups.
 *
 * @module
 */
import { siteOf } from '../../browser/site.ts';
import { UsageError } from '../../config/errors.ts';
import type { Source } from '../../config/schema.ts';
import type { Extras, Reading } from '../../formats/format.ts';
import { recognise } from '../../formats/index.ts';
import type { Io } from '../../io/io.ts';
import { asSet, type Carried } from '../../parse/carried.ts';
import { DAMAGED_ADVICE, SANITIZED_ADVICE } from '../../parse/exchanges.ts';
import type { OwnSite } from '../../parse/own-site.ts';
import { fromHeaders, readSamples, type SampleOptions } from '../../parse/samples.ts';
import { type Population, PopulationBuilder } from './population.ts';
import { Repeats } from './repeats.ts';
import { readRing, type Ring, type RingInput, type RingSeen } from './ring.ts';
import { prepare, verdictOf } from './verdict.ts';

/** How many raw values the vault is told of, a generation. Beyond them nothing raw is kept anyway. */
const MAX_LEARNT = 500;
/** Texts whose signatures are compared across generations. */
const MAX_SEALED = 5000;
/** Other sites that are named. */
const MAX_SITES = 50;
/** Values of before that are known again after. */
const MAX_VALUES = 5000;

/** What a file of samples may be. */
const FORMS =
  'give one token or cookie a line, Cookie: or Set-Cookie: lines, a HAR, curl -i or -v output, cookies.txt, storageState or JSON logs';

export interface CredentialsInput extends RingInput {
  readonly samples: readonly Source[];
  readonly after: readonly Source[];
  readonly field: string | undefined;
  /** Salts, purposes and the like that the app sets itself. */
  readonly salts: readonly string[];
  /** Hosts that are the app's own. */
  readonly hosts: readonly string[];
  /** Cookies that were asked for by name. */
  readonly names: readonly string[];
}

export type CredentialsSeen = {
  /** Corrected and local time when the samples were judged, epoch ms. */
  readonly now: number;
  readonly localNow: number;
  /** ± ms of `now`; null when the clock was not checked. */
  readonly uncertaintyMs: number | null;
  readonly ring: RingSeen;
  readonly before: Population | null;
  readonly after: Population | null;
  /** How many given as issued after came before, too: they are not new, and are counted there only. */
  readonly repeated: number;
  /** Same content, other signature, between before and after: how many, by format. */
  readonly resealed: readonly {
    readonly format: string;
    readonly name: string | null;
    readonly count: number;
  }[];
  /** Other sites of recordings, whose cookies are nobody's sessions here. */
  readonly leftOut: readonly { readonly site: string; readonly own: string; readonly cookies: number }[];
  /** URLs of samples that could not be read. */
  readonly unreachable: readonly { readonly shown: string; readonly message: string }[];
  /** The deadline came before the end of the samples. */
  readonly cut: boolean;
};

/** Cookie name and fingerprint of what a deterministic signature covers → the signature's fingerprint. */
type Sealed = Map<
  string,
  { readonly mac: string; readonly length: number; readonly format: string; readonly name: string | null }
>;

interface Reader {
  readonly io: Io;
  readonly input: CredentialsInput;
  readonly ring: Ring;
  readonly extras: Extras;
  readonly unreachable: { shown: string; message: string }[];
  /** How many cookies, by the site that they are of and the app's own. */
  readonly leftOut: Map<string, { site: string; own: string; cookies: number }>;
}

/** All the I/O of the probe. Throws a UsageError for a file that is no key set or holds no credential. */
export async function observe(input: CredentialsInput, io: Io): Promise<CredentialsSeen> {
  const ring = await readRing(input, io);
  const reader: Reader = {
    io,
    input,
    ring,
    extras: { salts: input.salts },
    unreachable: [],
    leftOut: new Map(),
  };
  const before = new Generation(new Set());
  await readGeneration(input.samples, before, reader, {});
  const after = new Generation(before.values);
  await readGeneration(input.after, after, reader, { newest: true });
  return {
    now: io.now(),
    localNow: Date.now(),
    uncertaintyMs: Number.isFinite(io.uncertaintyMs) ? io.uncertaintyMs : null,
    ring: ring.seen,
    before: populationOf(input.samples, before),
    after: populationOf(input.after, after),
    repeated: after.repeated,
    resealed: resealed(before.sealed, after.sealed),
    leftOut: [...reader.leftOut.values()].slice(0, MAX_SITES),
    unreachable: reader.unreachable,
    cut: io.signal.aborted,
  };
}

/** The credentials of one side of the incident, while they are read. */
class Generation {
  readonly builder = new PopulationBuilder();
  readonly sealed: Sealed = new Map();
  /** Fingerprints of the first values. */
  readonly values = new Set<string>();
  /** Those of the generation before, which are not new when they come again. */
  readonly known: ReadonlySet<string>;
  repeated = 0;

  constructor(known: ReadonlySet<string>) {
    this.known = known;
  }

  /** How many were read. */
  get count(): number {
    return this.builder.count + this.repeated;
  }
}

function populationOf(sources: readonly Source[], { builder }: Generation): Population | null {
  return sources.length === 0 ? null : builder.done(sources.map((source) => source.shown));
}

async function readGeneration(
  sources: readonly Source[],
  generation: Generation,
  reader: Reader,
  options: SampleOptions,
): Promise<void> {
  const { builder, sealed } = generation;
  const repeats = new Repeats({
    builder,
    keys: reader.ring.keys,
    extras: reader.extras,
    wanted: (reading) =>
      builder.count < Math.max(MAX_LEARNT, MAX_VALUES) ||
      (reading.sealed !== undefined && sealed.size < MAX_SEALED),
  });
  try {
    await readSources(sources, generation, reader, options, repeats);
  } finally {
    await repeats.close();
  }
}

async function readSources(
  sources: readonly Source[],
  generation: Generation,
  reader: Reader,
  options: SampleOptions,
  repeats: Repeats,
): Promise<void> {
  const { signal } = reader.io;
  for (const source of sources) {
    const before = generation.count;
    let advice = FORMS;
    const batches =
      source.kind === 'url'
        ? fromUrl(source, reader)
        : fromFile(source, reader, {
            ...options,
            field: reader.input.field,
            taken: (bytes, from, to) =>
              !isRepeated(bytes, from, to, generation, reader) && repeats.take(bytes, from, to),
            sanitized: () => (advice = SANITIZED_ADVICE),
            damaged: () => (advice = DAMAGED_ADVICE),
            own: ownSite(reader),
          });
    for await (const batch of batches) {
      for (const carried of batch) await addOne(carried, generation, reader);
      for (const value of await repeats.back()) await addOne({ name: null, value }, generation, reader);
      if (signal.aborted) break;
    }
    for (const value of await repeats.rest()) await addOne({ name: null, value }, generation, reader);
    if (generation.count > before || source.kind === 'url' || signal.aborted) continue;
    throw new UsageError(`no credential found in ${source.shown}`, advice);
  }
}

/** True of a line that is a token from before: `addOne` leaves it out. */
function isRepeated(bytes: Buffer, from: number, to: number, { known }: Generation, { io }: Reader): boolean {
  // What is no JWS has to be read anyway.
  if (known.size === 0 || bytes[from] !== 0x65) return false;
  return known.has(valueOf(io.vault, { name: null }, bytes.toString('latin1', from, to).trimEnd()));
}

/** By which a value of before is known again after. */
function valueOf(
  vault: Io['vault'],
  { name, companion }: Pick<Carried, 'name' | 'companion'>,
  text: string,
): string {
  return vault.fingerprint(`${name}\0${text}\0${companion}`);
}

function ownSite({ input, leftOut }: Reader): OwnSite {
  return {
    siteOf,
    hosts: input.hosts,
    names: input.names,
    leftOut(site, own) {
      const one = leftOut.get(`${site} ${own}`);
      if (one) one.cookies++;
      else leftOut.set(`${site} ${own}`, { site, own, cookies: 1 });
    },
  };
}

async function addOne(carried: Carried, generation: Generation, reader: Reader): Promise<void> {
  const { vault } = reader.io;
  const { builder, sealed, values, known } = generation;
  const { candidate, reading } = recognise(carried);
  if (builder.count < MAX_LEARNT && secretLooking(reading, candidate.text))
    for (const raw of new Set([carried.value, candidate.text, carried.companion])) if (raw) vault.learn(raw);
  const example = (): string => vault.fingerprint(candidate.text);
  if (known.size > 0 || builder.count < MAX_VALUES) {
    const whole = valueOf(vault, carried, candidate.text);
    if (known.has(whole)) {
      generation.repeated++;
      return;
    }
    if (builder.count < MAX_VALUES) values.add(whole);
  }
  if (reading.prepare) await prepare(reading, reader.ring.keys, reader.extras);
  const verdict = verdictOf(reading, reader.ring.keys, reader.extras);
  const size = (carried.name?.length ?? 0) + Buffer.byteLength(carried.value);
  builder.add(carried.name, size, reading, verdict, example, carried);
  if (reading.sealed && sealed.size < MAX_SEALED)
    sealed.set(`${carried.name}\0${vault.fingerprint(reading.sealed.text)}`, {
      mac: vault.fingerprint(reading.sealed.mac),
      length: reading.sealed.mac.length,
      format: reading.format,
      name: carried.name,
    });
}

/** A plain cookie such as theme=dark is no secret; to take its value out of a report would maim it. */
function secretLooking(reading: Reading, text: string): boolean {
  const known = reading.format !== 'opaque' && reading.format !== 'plain';
  return known || (/^[^\s:]{16,}$/.test(text) && /\d/.test(text));
}

function fromFile(
  source: Exclude<Source, { kind: 'url' }>,
  reader: Reader,
  options: SampleOptions,
): AsyncIterable<readonly Carried[]> {
  const chunks = reader.io.files.stream(source.kind === 'stdin' ? '-' : source.path);
  return readSamples(chunks, options);
}

/** The credentials of one live response: what a new visitor is given. */
async function* fromUrl(
  source: Extract<Source, { kind: 'url' }>,
  reader: Reader,
): AsyncGenerator<readonly Carried[]> {
  const answer = await reader.io.http.request({ url: source.address.href(), signal: reader.io.signal });
  if (answer.ok) yield asSet(fromHeaders(answer.headers));
  else reader.unreachable.push({ shown: source.shown, message: answer.message });
}

function resealed(before: Sealed, after: Sealed): CredentialsSeen['resealed'] {
  const counts = new Map<string, { format: string; name: string | null; count: number }>();
  for (const [text, one] of after) {
    const old = before.get(text);
    // Another length is another digest, which says nothing about the key.
    if (!old || old.mac === one.mac || old.length !== one.length) continue;
    const id = `${one.format}\u0000${one.name}`;
    const entry = counts.get(id) ?? { format: one.format, name: one.name, count: 0 };
    entry.count++;
    counts.set(id, entry);
  }
  return [...counts.values()];
}
