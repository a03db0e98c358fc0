/**
 * `sessdoctor trace CREDENTIAL`: follows one session along its path and stops where it dies.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CookieStore } from '../../browser/store.ts';
import { chromium } from '../../browser/engines.ts';
import type { Config } from '../../config/config.ts';
import { UsageError } from '../../config/errors.ts';
import { optionRow } from '../../config/options.ts';
import { readReference, unreadable } from '../../config/references.ts';
import { Secret } from '../../config/secret.ts';
import type { Source } from '../../config/schema.ts';
import { climb, type LadderInput, type RungId } from '../../diagnose/ladder.ts';
import { findRecord, type RecordSeen, sessionIdOf } from '../../diagnose/record.ts';
import { reportOf } from '../../diagnose/report.ts';
import { run } from '../../diagnose/run.ts';
import { recognise } from '../../formats/index.ts';
import { openDoors } from '../../io/doors.ts';
import type { Io } from '../../io/io.ts';
import { createVault, type RedactingVault } from '../../io/vault.ts';
import { parseSetCookie } from '../../parse/set-cookie.ts';
import { credentialOf, firstFound, type Found } from '../../probes/replay/credential.ts';
import { type TraceReport, traceRenderers } from '../../render/trace.ts';
import type { Command, Flags, Terminal } from '../command.ts';
import { checkWritable, listOf, parseFormats, writeOutput } from '../output.ts';
import { progressFor } from '../progress.ts';
import { configFor, standardInput } from '../standard-input.ts';
import { toolVersion } from '../version.ts';

const EXIT_DIED = 1;
const EXIT_BLIND = 3;
const EXIT_INTERRUPTED = 130;
const FORMATS = ['terminal', 'json', 'markdown'] as const;
/** Enough to meet several instances; diagnose asks more often. */
const TIMES = 6;
const MAX_FILE = 16_777_216;
/** What a report needs of the run; the clock's public servers are not asked for one session. */
const PROBES = ['credentials', 'edge', 'replay'];

const FLAGS =
  'url cookie jwks secret previous-secret edge origin replay instance redis key-prefix database session-table since timeout deadline config'.split(
    ' ',
  );

export const command: Command = {
  args: '<credential>',
  options: [
    ...FLAGS.map(optionRow),
    { flag: 'format', value: 'NAME[=FILE]', shape: 'many', help: 'terminal json markdown; repeatable' },
  ],
  examples: [
    'sessdoctor trace env:SESSION_COOKIE --secret v2=env:SESSION_SECRET --redis redis://localhost:6379 --replay https://www.example.com/account',
    'sessdoctor trace file:cookie.txt --edge https://www.example.com/account --origin http://10.0.0.5:3000',
    'pbpaste | sessdoctor trace - --cookie sid --database postgres://localhost/app',
  ],
  run: trace,
};

async function trace(args: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const outputs = parseFormats(listOf(flags['format']), FORMATS, 'terminal');
  for (const { file } of outputs) if (file !== undefined) checkWritable(file, '--format', terminal.cwd);
  const vault = createVault();
  const input = standardInput(terminal);
  const { config } = await configFor(flags, terminal, {
    input,
    learn: (secret) => vault.learn(secret),
  });
  const doors = openDoors(terminal.interrupted, input.stream);
  const text = await credentialText(args, terminal, vault, doors.files);
  if (terminal.interrupted.aborted) return EXIT_INTERRUPTED;
  const names = config.cookies.names ?? [];
  const found = firstFound(text, names[0], config.credentials.field);
  if (!found) throw new UsageError('the credential given holds no cookie and no token');
  const credential = credentialOf(found, names, { vault });
  if (typeof credential === 'string')
    throw new UsageError(credential, '--cookie NAME says which cookie a bare value belongs to');

  const one = Buffer.from(lineOf(found));
  const files: Io['files'] = {
    ...doors.files,
    read: async (path, most) => (path === '-' ? one : doors.files.read(path, most)),
    stream: (path) => (path === '-' ? chunks(one) : doors.files.stream(path)),
    stdin: async () => one,
  };
  const evidence = await run({
    config: withCredential(config, one),
    doors: { ...doors, files },
    vault,
    tool: toolVersion(),
    only: PROBES,
    interrupted: terminal.interrupted,
    observer: await progressFor(terminal),
  });
  const io: Io = {
    ...doors,
    vault,
    now: () => Date.now(),
    uncertaintyMs: Number.POSITIVE_INFINITY,
    signal: AbortSignal.any([AbortSignal.timeout(config.limits.timeout), terminal.interrupted]),
  };
  const value = credential.cookies.find(([name]) => name === credential.name)?.[1];
  const token = value ?? credential.authorization?.replace(/^\S{1,20}\s+/, '') ?? '';
  const { candidate, reading } = recognise({ name: credential.name, value: token });
  const id = credential.kind === 'self-contained' ? null : sessionIdOf(reading.format, candidate.text);
  const nothing: RecordSeen = {
    answer: 'not-asked',
    detail:
      credential.kind === 'self-contained'
        ? 'it is self-contained: no record is needed, as far as its form tells'
        : 'the session id cannot be read out of it without its key',
  };
  const now = io.now();
  const ladder = climb({
    report: reportOf(evidence),
    reading: {
      detail: [reading.format, ...reading.problems].join(', '),
      broken: reading.problems.some((problem) =>
        ['truncated', 'redacted', 'chunk-missing'].includes(problem),
      ),
    },
    sent: sentBy(text, credential.name, token, config, now),
    endsAt: reading.expiresAt === undefined ? null : reading.expiresAt * 1000,
    now,
    record: id === null ? nothing : await findRecord(id, config, io),
  });
  const report = vault.redact<TraceReport>({
    credential: { name: credential.name, format: reading.format },
    startedAt: evidence.startedAt,
    ladder,
  });
  for (const { name, file } of outputs) {
    const text = traceRenderers[name](report, {
      width: file === undefined ? terminal.width : 100,
      colorLevel: file === undefined ? terminal.colorLevel : 0,
    });
    if (file === undefined) await terminal.write(text);
    else writeOutput(file, text, '--format', terminal.cwd);
  }
  if (terminal.interrupted.aborted) return EXIT_INTERRUPTED;
  if (ladder.diedAt !== null) return EXIT_DIED;
  const looked: readonly RungId[] = ['sent', 'edge', 'verify', 'claims', 'record', 'app'];
  return ladder.rungs.some((rung) => looked.includes(rung.id) && rung.answer === 'yes') ? 0 : EXIT_BLIND;
}

/** By reference only: what stands on a command line is seen by everybody on the host. */
async function credentialText(
  args: readonly string[],
  terminal: Terminal,
  vault: RedactingVault,
  files: Io['files'],
): Promise<string> {
  const [reference, ...more] = args;
  const usage = new UsageError(
    'trace takes one credential, given by reference',
    'sessdoctor trace env:NAME, file:PATH, a file’s name, or - for standard input',
  );
  if (reference === undefined || more.length > 0) throw usage;
  if (reference === '-') return (await files.stdin(MAX_FILE)).toString('utf8').trim();
  if (reference.startsWith('env:')) {
    try {
      return readReference(reference, {
        base: terminal.cwd,
        env: terminal.env,
        learn: (secret) => vault.learn(secret),
        stdin: () => Buffer.alloc(0),
        unreadable,
      }).text();
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : 'the credential cannot be read');
    }
  }
  const named = reference.startsWith('file:') ? reference.slice(5) : reference;
  const path = resolve(terminal.cwd, named);
  // A word that is no file may be the credential itself: it is not repeated.
  if (!reference.startsWith('file:') && !existsSync(path))
    throw new UsageError(
      `no file has the name given (it is not repeated here); ${usage.message}`,
      usage.hint,
    );
  return (await files.read(path, MAX_FILE)).toString('utf8').trim();
}

/** The credential as one header line, the form that every reader of samples knows. */
function lineOf({ cookies, authorization }: Found): string {
  if (authorization !== undefined) return `Authorization: ${authorization}\n`;
  return `Cookie: ${cookies.map(([name, value]) => `${name}=${value}`).join('; ')}\n`;
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** The run's config with this one credential as its sample, its session and nothing besides. */
function withCredential(config: Config, line: Buffer): Config {
  const source: Source = { kind: 'stdin', shown: 'the credential' };
  return {
    ...config,
    credentials: { ...config.credentials, samples: [source], after: undefined },
    replay: { ...config.replay, samples: [source], times: config.replay.times ?? TIMES },
    edge: { ...config.edge, cookie: new Secret(line) },
  };
}

/** Rung 1 and 2: what a current browser does with it, as far as the sample holds its Set-Cookie. */
function sentBy(
  text: string,
  name: string | null,
  value: string,
  config: Config,
  now: number,
): LadderInput['sent'] {
  if (name === null) return { answer: 'unseen', detail: 'it is a token; the app sends it, not the browser' };
  const bytes = Buffer.byteLength(name) + Buffer.byteLength(value);
  if (bytes > 4096)
    return { answer: 'no', detail: `name and value have ${bytes} bytes; browsers refuse more than 4096` };
  const target = config.cookies.urls?.[0] ?? config.replay.url ?? config.edge.url?.[0];
  if (!target) return { answer: 'unseen', detail: 'no URL was named to which it should go' };
  const url = new URL(target.href());
  const lines = [...text.slice(0, 1_048_576).matchAll(/^[<\s]{0,4}set-cookie:[ \t]*([^\r\n]{1,8192})$/gim)]
    .map((match) => parseSetCookie(match[1] ?? ''))
    .filter((line) => line.name === name && line.value !== '');
  const line = lines.at(-1);
  if (!line) {
    if (/^__(?:host|secure)-/i.test(name) && url.protocol === 'http:')
      return { answer: 'no', detail: `${name.slice(0, 64)} goes to https only, ${target.shown} is http` };
    return { answer: 'unseen', detail: 'the sample does not hold the Set-Cookie line that made it' };
  }
  const store = new CookieStore(chromium);
  const receipt = store.receive(line, { url: new URL('/', url), now, date: null });
  if (receipt.kind === 'refused')
    return { answer: 'no', detail: `a browser refuses its Set-Cookie: ${receipt.reason}` };
  if (receipt.kind === 'expired') return { answer: 'no', detail: 'its Set-Cookie is expired on arrival' };
  const sent = store.send(url, now).length > 0;
  return sent
    ? { answer: 'yes', detail: `to ${target.shown}, by the rules of current browsers` }
    : { answer: 'no', detail: `its Domain, Path or Secure does not cover ${target.shown}` };
}
