/**
 * Reads the samples of both generations and the key ring, tries the keys, and keeps groups.
 *
 * @module
 */
import { UsageError } from '../../config/errors.ts';
import type { Source } from '../../config/schema.ts';
import type { Extras, Reading } from '../../formats/format.ts';
import { recognise } from '../../formats/index.ts';
import type { Io } from '../../io/io.ts';
import type { Carried } from '../../parse/carried.ts';
import { SANITIZED_ADVICE } from '../../parse/exchanges.ts';
import { fromHeaders, readSamples } from '../../parse/samples.ts';
import { type Population, PopulationBuilder } from './population.ts';
import { Repeats } from './repeats.ts';
import { readRing, type Ring, type RingInput, type RingSeen } from './ring.ts';
import { prepare, verdictOf } from './verdict.ts';

/** How many raw values the vault is told of, a generation. Beyond them nothing raw is kept anyway. */
const MAX_LEARNT = 500;
/** Texts whose signatures are compared across generations. */
const MAX_SEALED = 5000;

export interface CredentialsInput extends RingInput {
  readonly samples: readonly Source[];
  readonly after: readonly Source[];
  readonly field: string | undefined;
  /** Salts, purposes and the like that the app sets itself. */
  readonly salts: readonly string[];
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
  /** Same content, other signature, between before and after: how many, by format. */
  readonly resealed: readonly {
    readonly format: string;
    readonly name: string | null;
    readonly count: number;
  }[];
  /** URLs of samples that could not be read. */
  readonly unreachable: readonly { readonly shown: string; readonly message: string }[];
  /** The deadline came before the end of the samples. */
  readonly cut: boolean;
};

/** Fingerprints of what deterministic signatures cover → the signature's fingerprint. */
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
}

/** All the I/O of the probe. Throws a UsageError for a file that is no key set or holds no credential. */
export async function observe(input: CredentialsInput, io: Io): Promise<CredentialsSeen> {
  const ring = await readRing(input, io);
  const reader: Reader = { io, input, ring, extras: { salts: input.salts }, unreachable: [] };
  const before = await readGeneration(input.samples, reader);
  const after = await readGeneration(input.after, reader);
  return {
    now: io.now(),
    localNow: Date.now(),
    uncertaintyMs: Number.isFinite(io.uncertaintyMs) ? io.uncertaintyMs : null,
    ring: ring.seen,
    before: before.population,
    after: after.population,
    resealed: resealed(before.sealed, after.sealed),
    unreachable: reader.unreachable,
    cut: io.signal.aborted,
  };
}

async function readGeneration(
  sources: readonly Source[],
  reader: Reader,
): Promise<{ population: Population | null; sealed: Sealed }> {
  const sealed: Sealed = new Map();
  if (sources.length === 0) return { population: null, sealed };
  const builder = new PopulationBuilder();
  const { signal } = reader.io;
  const repeats = new Repeats({
    builder,
    keys: reader.ring.keys,
    extras: reader.extras,
    wanted: (reading) =>
      builder.count < MAX_LEARNT || (reading.sealed !== undefined && sealed.size < MAX_SEALED),
  });
  for (const source of sources) {
    const before = builder.count;
    let sanitized = false;
    const batches =
      source.kind === 'url'
        ? fromUrl(source, reader)
        : fromFile(source, reader, repeats, () => (sanitized = true));
    for await (const batch of batches) {
      for (const carried of batch) await addOne(carried, builder, sealed, reader);
      if (signal.aborted) break;
    }
    if (builder.count > before || source.kind === 'url' || signal.aborted) continue;
    throw new UsageError(
      `no credential found in ${source.shown}`,
      sanitized
        ? SANITIZED_ADVICE
        : 'give one token or cookie a line, Cookie: or Set-Cookie: lines, a HAR, curl -i or -v output, cookies.txt, storageState or JSON logs',
    );
  }
  return { population: builder.done(sources.map((source) => source.shown)), sealed };
}

async function addOne(
  carried: Carried,
  builder: PopulationBuilder,
  sealed: Sealed,
  reader: Reader,
): Promise<void> {
  const { vault } = reader.io;
  const { candidate, reading } = recognise(carried);
  if (builder.count < MAX_LEARNT && secretLooking(reading, candidate.text))
    for (const raw of new Set([carried.value, candidate.text, carried.companion])) if (raw) vault.learn(raw);
  if (reading.prepare) await prepare(reading, reader.ring.keys, reader.extras);
  const verdict = verdictOf(reading, reader.ring.keys, reader.extras);
  const size = (carried.name?.length ?? 0) + Buffer.byteLength(carried.value);
  builder.add(carried.name, size, reading, verdict, () => vault.fingerprint(candidate.text));
  if (reading.sealed && sealed.size < MAX_SEALED)
    sealed.set(vault.fingerprint(reading.sealed.text), {
      mac: vault.fingerprint(reading.sealed.mac),
      length: reading.sealed.mac.length,
      format: reading.format,
      name: carried.name,
    });
}

/** A plain cookie such as theme=dark is no secret; to take its value out of a report would maim it. */
function secretLooking(reading: Reading, text: string): boolean {
  return reading.format !== 'opaque' || (/^[^\s:]{16,}$/.test(text) && /\d/.test(text));
}

function fromFile(
  source: Exclude<Source, { kind: 'url' }>,
  reader: Reader,
  repeats: Repeats,
  sanitized: () => void,
): AsyncIterable<readonly Carried[]> {
  const chunks = reader.io.files.stream(source.kind === 'stdin' ? '-' : source.path);
  return readSamples(chunks, {
    field: reader.input.field,
    taken: (bytes, from, to) => repeats.take(bytes, from, to),
    sanitized,
  });
}

/** The credentials of one live response: what a new visitor is given. */
async function* fromUrl(
  source: Extract<Source, { kind: 'url' }>,
  reader: Reader,
): AsyncGenerator<readonly Carried[]> {
  const answer = await reader.io.http.request({ url: source.address.href(), signal: reader.io.signal });
  if (answer.ok) yield fromHeaders(answer.headers);
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
