/**
 * `sessdoctor decode [INPUT]`: what a cookie or token is, who issued it, when it ends, which key verifies
 * it, what is wrong with it. It never prints a signature, a session id or a personal claim.
 *
 * @module
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Config, settingsOf } from '../../config/config.ts';
import { UsageError } from '../../config/errors.ts';
import { optionRow } from '../../config/options.ts';
import { recognise } from '../../formats/index.ts';
import type { Io } from '../../io/io.ts';
import { type Carried, carriedCookies } from '../../parse/carried.ts';
import { readLine } from '../../parse/carried-line.ts';
import { DAMAGED_ADVICE, SANITIZED_ADVICE } from '../../parse/exchanges.ts';
import type { TakeLine } from '../../parse/lines.ts';
import { readSamples } from '../../parse/samples.ts';
import { clock } from '../../probes/clock/index.ts';
import { type Decoded, decoded, type Judge } from '../../probes/credentials/decoded.ts';
import { PopulationBuilder } from '../../probes/credentials/population.ts';
import { Repeats } from '../../probes/credentials/repeats.ts';
import { readRing } from '../../probes/credentials/ring.ts';
import { prepare, verdictOf } from '../../probes/credentials/verdict.ts';
import { Skip } from '../../probes/probe.ts';
import { renderDecode } from '../../render/decode.ts';
import type { Command, Flags, Terminal } from '../command.ts';
import { openIo, withoutSecrets } from '../io.ts';
import { JsonList } from '../json-list.ts';
import { checkWritable, listOf, parseFormats, piecesOf, writeOutput } from '../output.ts';

const EXIT_INTERRUPTED = 130;
const FORMATS = ['terminal', 'json'] as const;
/** Of many credentials, this many are looked at for examples of problems. */
const MOST_EXAMPLES = 2000;
const ACCEPTED =
  'give one token or cookie, or a file (- for standard input): one a line, Cookie: or Set-Cookie: lines, HAR, curl -i or -v, cookies.txt, storageState, JSON logs';

export const command: Command = {
  args: '[input]',
  options: [
    ...['jwks', 'secret', 'previous-secret', 'issuer', 'cookie', 'ntp', 'timeout', 'config'].map(optionRow),
    { flag: 'format', value: 'NAME[=FILE]', shape: 'many', help: 'terminal json; repeatable' },
  ],
  examples: [
    'sessdoctor decode eyJhbGciOi… --jwks https://id.example.com/jwks',
    'sessdoctor decode cookies.txt --secret app=env:SECRET_KEY_BASE',
    'zcat access.log.gz | sessdoctor decode - --format json',
  ],
  run: decode,
};

async function decode(args: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  if (args.length > 1)
    throw new UsageError('decode takes one input', 'quote a cookie that holds blanks or ;');
  if (args[0]?.trim() === '') throw new UsageError('the credential given is empty', ACCEPTED);
  const outputs = parseFormats(listOf(flags['format']), FORMATS, 'terminal');
  for (const { file } of outputs) if (file !== undefined) checkWritable(file, '--format', terminal.cwd);
  const { io: open, config: load, redact, close } = openIo(terminal);
  const { config, given } = await load(flags);
  const io = open(config.limits.timeout);
  const time = given.has('clock.servers') ? await corrected(config, io) : undefined;
  const ring = await readRing(
    {
      jwks: config.credentials.jwks,
      jwksUri: config.provider.jwksUri,
      issuer: config.provider.issuer,
      caFile: config.provider.caFile,
      secrets: config.credentials.secrets ?? {},
      previousSecrets: config.credentials.previousSecrets ?? {},
    },
    io,
  );
  // From here on there is only input to read, however long that takes.
  close();
  const now = Date.now() + (time?.offsetMs ?? 0);
  const judge: Judge = { now, settings: settingsOf(config), ring: ring.seen };
  const extras = { salts: config.credentials.salts ?? [] };
  const builder = new PopulationBuilder();
  const first: Decoded[] = [];
  const json = outputs.find(({ name }) => name === 'json');
  const file = json?.file === undefined ? undefined : piecesOf(json.file, '--format', terminal.cwd);
  const list = json && new JsonList(async (text) => (file ? file.write(text) : terminal.write(text)));
  const repeats = new Repeats({
    builder,
    keys: ring.keys,
    extras,
    wanted: () => first.length < MOST_EXAMPLES,
  });
  // JSON lists every credential, and a filter by name every name: both need each of them whole.
  const taken: TakeLine | undefined =
    json || config.cookies.names ? undefined : (bytes, from, to) => repeats.take(bytes, from, to);
  const { source, batches } = inputOf(args[0] ?? '-', config, io, terminal, taken);
  const read = async (carried: Carried): Promise<Decoded | undefined> => {
    const recognised = recognise(carried);
    const { reading, candidate } = recognised;
    if (reading.prepare) await prepare(reading, ring.keys, extras);
    const verdict = verdictOf(reading, ring.keys, extras);
    const print = () => io.vault.fingerprint(candidate.text);
    builder.add(carried.name, carried.value.length, reading, verdict, print);
    if (!json && first.length >= MOST_EXAMPLES) return undefined;
    const own = decoded(recognised, verdict, judge, source, print());
    const one = withoutSecrets(own, (text) => cleaned(text, candidate.text, redact));
    if (first.length < MOST_EXAMPLES) first.push(one);
    return one;
  };
  try {
    for await (const batch of batches) {
      for (const carried of batch) {
        if (config.cookies.names && !config.cookies.names.includes(carried.name ?? '')) continue;
        const one = await read(carried);
        if (one) await list?.add(one);
      }
      for (const value of await repeats.back()) await read({ name: null, value });
      if (terminal.interrupted.aborted) break;
    }
    for (const value of await repeats.rest()) await read({ name: null, value });
  } finally {
    await repeats.close();
  }
  if (builder.count === 0 && terminal.interrupted.aborted) return EXIT_INTERRUPTED;
  if (builder.count === 0) throw new UsageError(`no credential found in ${source}`, ACCEPTED);
  await list?.end();
  file?.close();
  for (const output of outputs) {
    if (output.name === 'json') continue;
    const report = { credentials: first, population: builder.done([source]), now, clock: clockWords(time) };
    const text = renderDecode(
      report,
      output.file === undefined ? terminal.width : 100,
      output.file === undefined ? terminal.colorLevel : 0,
    );
    if (output.file === undefined) await terminal.write(text);
    else writeOutput(output.file, text, '--format', terminal.cwd);
  }
  return terminal.interrupted.aborted ? EXIT_INTERRUPTED : 0;
}

/** Shorter texts are words (an algorithm, a name), and hold no credential. */
const SHORTEST = 12;

/** A text of a credential (a claim, a key id, a cookie's name) without that credential and other secrets. */
function cleaned(text: string, credential: string, redact: (text: string) => string): string {
  if (text.length < SHORTEST) return text;
  return redact(credential.length < SHORTEST ? text : text.replaceAll(credential, '<redacted>'));
}

interface Correction {
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
}

async function corrected(config: Config, io: Io): Promise<Correction | undefined> {
  const input = clock.input(config);
  return input instanceof Skip ? undefined : clock.correction?.(await clock.observe(input, io));
}

function clockWords(time: Correction | undefined): string {
  if (!time || !Number.isFinite(time.uncertaintyMs))
    return "by this host's clock, which was not checked (--ntp HOST checks it)";
  return `network time, ±${Math.round(time.uncertaintyMs)} ms; this host's clock is ${Math.abs(Math.round(time.offsetMs))} ms ${time.offsetMs < 0 ? 'ahead' : 'behind'}`;
}

interface Input {
  readonly source: string;
  readonly batches: AsyncIterable<readonly Carried[]>;
}

/** A file when there is one of that name, standard input for `-`, the credential itself otherwise. */
function inputOf(
  word: string,
  config: Config,
  io: Io,
  terminal: Terminal,
  taken: TakeLine | undefined,
): Input {
  const file = word !== '-' && word.length < 4096 && isFile(resolve(terminal.cwd, word));
  if (word !== '-' && !file) return { source: 'argument', batches: ofArgument(word) };
  const source = word === '-' ? 'standard input' : word;
  const sanitized = () => {
    throw new UsageError(`${source} holds no cookies`, SANITIZED_ADVICE);
  };
  const damaged = () => {
    throw new UsageError(`${source} could not be read`, DAMAGED_ADVICE);
  };
  const chunks = io.files.stream(word === '-' ? '-' : resolve(terminal.cwd, word));
  return {
    source,
    batches: readSamples(chunks, { field: config.credentials.field, taken, sanitized, damaged }),
  };
}

async function* ofArgument(word: string): AsyncGenerator<readonly Carried[]> {
  if (FILE_NAME.test(word) && !RUNS_ON.test(word)) throw new UsageError(`no such file: ${word}`, ACCEPTED);
  const found = readLine(word);
  const all = [...carriedCookies(found.cookies), ...found.tokens.map((value) => ({ name: null, value }))];
  yield all.length > 0 ? all : word.trim() === '' ? [] : [{ name: null, value: word }];
}

/** No folder or file is named so; base64 may begin with `/`, too. */
const RUNS_ON = /[\w+-]{28}/;

/** What can only have been meant as a file: a path, or a short name with an extension. */
const FILE_NAME = /^(?:\.{0,2}\/[\w./ -]{1,255}|[A-Za-z][\w -]{0,63}\.[a-z]{2,6}(?:\.gz)?)$/;

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A token of more than 255 bytes is no name that a file could have: that is an error of its own.
    return false;
  }
}
