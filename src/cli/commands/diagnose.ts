/**
 * `sessdoctor diagnose`: observe, examine, rank, report.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { UsageError } from '../../config/errors.ts';
import type { Loaded } from '../../config/load.ts';
import { nearest } from '../../config/nearest.ts';
import { fromEnvironment, unknownVariables } from '../../config/environment.ts';
import { configOptions, runOptions } from '../../config/options.ts';
import { readBounded, reason } from '../../config/references.ts';
import { quoted } from '../../config/word.ts';
import {
  type Evidence,
  readEvidence,
  restrictedTo,
  withGivenAnew,
  writeEvidence,
} from '../../diagnose/evidence.ts';
import { exitCode, FAIL_ON, type FailOn } from '../../diagnose/exit-code.ts';
import { reportOf } from '../../diagnose/report.ts';
import { type RunRequest, run } from '../../diagnose/run.ts';
import { readChanges } from '../../parse/changes.ts';
import { createVault, type RedactingVault } from '../../io/vault.ts';
import { probes } from '../../probes/index.ts';
import { type AnyProbe, Skip } from '../../probes/probe.ts';
import { type FormatName, renderers } from '../../render/index.ts';
import type { Command, Flags, Terminal } from '../command.ts';
import { checkWritable, listOf, type Output, parseFormats, writeOutput } from '../output.ts';
import { progressFor } from '../progress.ts';
import { doorsFor } from '../samples-twice.ts';
import { configFor, standardInput, type StandardInput } from '../standard-input.ts';
import { toolVersion } from '../version.ts';

const EXIT_INTERRUPTED = 130;
const A_DAY = 86_400_000;
/** An evidence file is bounded by what probes may observe; a larger one is something else. Bytes. */
const MAX_EVIDENCE = 64 * 1_048_576;
/** A git log longer than this holds years that nobody asks about. Bytes. */
const MAX_CHANGES = 16 * 1_048_576;
/** They look at time and at the run itself; a run needs something else to look at. */
const BESIDE: readonly string[] = ['clock', 'clocks', 'vantage'];

export const command: Command = {
  args: '',
  options: [...runOptions, ...configOptions],
  examples: [
    'sessdoctor diagnose --redis redis://localhost:6379 --since 03:00',
    'sessdoctor diagnose --samples old-cookies.txt --secret v2=env:SESSION_SECRET --previous-secret v1=file:old.txt',
    'sessdoctor diagnose --before prod.har --after https://staging.example.com/login --fail-on possible',
    'sessdoctor diagnose --config sessdoctor.yaml --format json=report.json --format terminal',
    'sessdoctor diagnose --from evidence.json --format markdown',
  ],
  run: diagnose,
};

async function diagnose(_args: readonly string[], typed: Flags, terminal: Terminal): Promise<number> {
  for (const note of unknownVariables(terminal.env)) terminal.note(note);
  const flags = { ...fromEnvironment(runOptions, terminal.env), ...withoutUnset(typed) };
  const outputs = parseFormats(listOf(flags['format']), Object.keys(renderers) as FormatName[], 'terminal');
  const failOn = failOnOf(flags['fail-on']);
  for (const output of outputs) if (output.file) checkWritable(output.file, '--format', terminal.cwd);
  const save = typeof flags['save'] === 'string' ? flags['save'] : undefined;
  if (save) checkWritable(save, '--save', terminal.cwd);
  const vault = createVault();
  const input = standardInput(terminal);
  const loaded = await withChanges(
    await configFor(flags, terminal, { input, learn: (secret) => vault.learn(secret) }),
    flags,
    terminal.cwd,
    input,
  );
  checkSince(loaded.config);
  const evidence =
    typeof flags['from'] === 'string'
      ? await replay(flags['from'], flags, loaded, terminal, input)
      : await observe(loaded, flags, { vault, input }, terminal);
  if (save) writeOutput(save, writeEvidence(evidence), '--save', terminal.cwd);
  return deliver(evidence, outputs, failOn, terminal);
}

/** Judges, renders and writes; used by `demo` too. Returns the exit code. */
export async function deliver(
  evidence: Evidence,
  outputs: readonly Output<FormatName>[],
  failOn: FailOn,
  terminal: Terminal,
): Promise<number> {
  const report = reportOf(evidence);
  for (const output of outputs) {
    const render = await renderers[output.name]();
    const toFile = output.file !== undefined;
    const text = render(report, {
      width: toFile ? 100 : terminal.width,
      colorLevel: toFile ? 0 : terminal.colorLevel,
      failOn,
    });
    if (output.file === undefined) await terminal.write(text);
    else writeOutput(output.file, text, '--format', terminal.cwd);
  }
  return terminal.interrupted.aborted ? EXIT_INTERRUPTED : exitCode(report, failOn);
}

/** The config with the changes of `--changes FILE` beside those that it names itself. */
async function withChanges(loaded: Loaded, flags: Flags, cwd: string, input: StandardInput): Promise<Loaded> {
  const shown = flags['changes'];
  if (typeof shown !== 'string') return loaded;
  const text = await textOf(shown, { flag: '--changes', most: MAX_CHANGES, cwd, input });
  const read = readChanges(text);
  if (!read)
    throw new UsageError(
      `--changes: ${shown === '-' ? 'standard input' : shown} holds no dated change`,
      "it takes git log, git log --format='%cI %s', dated lines, or JSON [{at, what}]",
    );
  const changes = read.map(({ at, ...change }) => ({ ...change, at: { kind: 'instant', at } as const }));
  const { incident } = loaded.config;
  return {
    ...loaded,
    config: {
      ...loaded.config,
      incident: { ...incident, changes: [...incident.changes, ...changes] },
    },
    given: new Set([...loaded.given, 'incident.changes']),
  };
}

function withoutUnset(flags: Flags): Flags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

/** An incident that has not begun would let every finding of today speak against it. */
function checkSince(config: Config): void {
  const { since } = config.incident;
  if (since?.kind === 'instant' && since.at > Date.now() + A_DAY)
    throw new UsageError(
      `--since: ${new Date(since.at).toISOString()} lies in the future by this host's clock`,
      'give the time at which the logouts began, or an age such as 45m',
    );
}

function failOnOf(value: Flags[string]): FailOn {
  if (value === undefined) return 'likely';
  const found = FAIL_ON.find((candidate) => candidate === value);
  if (!found) throw new UsageError(`--fail-on takes ${FAIL_ON.join(', ')}; not ${quoted(String(value))}`);
  return found;
}

async function observe(
  { config, file }: Loaded,
  flags: Flags,
  { vault, input }: { readonly vault: RedactingVault; readonly input: StandardInput },
  terminal: Terminal,
): Promise<Evidence> {
  const only = probeNames(flags['only'], '--only');
  const skip = probeNames(flags['skip'], '--skip');
  checkSomethingToLookAt(config, { only, skip: skip ?? [], file });
  const tool = toolVersion();
  const request: RunRequest = {
    config,
    doors: await doorsFor(config, input),
    vault,
    tool,
    only,
    skip,
    interrupted: terminal.interrupted,
    observer: await progressFor(terminal),
  };
  return run(request);
}

function probeNames(value: Flags[string], flag: string): readonly string[] | undefined {
  const names = listOf(value).flatMap((word) => word.split(','));
  const known = probes.map((probe) => probe.id);
  for (const name of names) {
    if (known.some((id) => id === name)) continue;
    const near = nearest(name, known);
    throw new UsageError(
      `${flag}: ${quoted(name)} is not a probe${near ? `; did you mean ${near}?` : ''}`,
      `probes: ${known.join(' ')}`,
    );
  }
  return names.length === 0 ? undefined : names;
}

interface Asked {
  readonly only: readonly string[] | undefined;
  readonly skip: readonly string[];
  readonly file: string | null;
}

function checkSomethingToLookAt(config: Config, { only, skip, file }: Asked): void {
  const clock = !skip.includes('clock') && (!only || only.includes('clock'));
  if (clock && (only || config.clock.hosts.length > 0)) return;
  const asked = (probes as readonly AnyProbe[]).filter(
    (probe) => !BESIDE.includes(probe.id) && !skip.includes(probe.id) && (!only || only.includes(probe.id)),
  );
  if (asked.some((probe) => !(probe.input(config) instanceof Skip))) return;
  const enable = asked.map((probe) => probe.input(config)).find((input) => input instanceof Skip)?.enable;
  if (only && enable) throw new UsageError(`nothing to look at: --only ${only.join(' ')} needs ${enable}`);
  throw new UsageError(
    'nothing to look at. Name at least one target: --redis URL, --samples FILE, --issuer URL, --before/--after FILE, or --config FILE',
    file === null
      ? 'sessdoctor init writes a commented sessdoctor.yaml; sessdoctor demo shows a recorded incident'
      : `${quoted(file)} was read and names none: uncomment what you have (sessdoctor init wrote it so); sessdoctor demo shows a recorded incident`,
  );
}

async function replay(
  file: string,
  flags: Flags,
  loaded: Loaded,
  terminal: Terminal,
  input: StandardInput,
): Promise<Evidence> {
  const anew = ['incident.since', 'incident.symptoms', 'cookies.names', 'redis.keyPrefix'];
  for (const row of configOptions)
    if (flags[row.flag] !== undefined && row.path && !anew.includes(row.path))
      throw new UsageError(
        `--${row.flag} cannot be used with --from: an evidence file is examined again, nothing new is looked at`,
        'with --from only --since, --changes, --symptom, --cookie, --key-prefix and --config (incident, thresholds) apply',
      );
  const only = probeNames(flags['only'], '--only');
  const skip = probeNames(flags['skip'], '--skip');
  const evidence = await evidenceFrom(file, terminal.cwd, input);
  return restrictedTo(withGivenAnew(evidence, loaded.config, loaded.given), only, skip);
}

/** Reads the evidence that `--from` names: a file, or standard input for `-`. Throws UsageError. */
export async function evidenceFrom(shown: string, cwd: string, input: StandardInput): Promise<Evidence> {
  const text = await textOf(shown, { flag: '--from', most: MAX_EVIDENCE, cwd, input });
  return readEvidence(text, shown === '-' ? 'standard input' : shown);
}

/** Reads an evidence file from disk. Throws UsageError. */
export function loadEvidence(path: string, shown: string): Evidence {
  return readEvidence(fileText(path, shown, { flag: '--from', most: MAX_EVIDENCE }), shown);
}

interface Bounds {
  readonly flag: string;
  /** Bytes. */
  readonly most: number;
}

/** A file's text, or that of standard input for `-`. Throws UsageError. */
async function textOf(
  shown: string,
  { cwd, input, ...bounds }: Bounds & { readonly cwd: string; readonly input: StandardInput },
): Promise<string> {
  if (shown === '-') return (await input.whole(bounds.flag, bounds.most)).toString('utf8');
  return fileText(resolve(cwd, shown), shown, bounds);
}

function fileText(path: string, shown: string, { flag, most }: Bounds): string {
  try {
    return readBounded(path, most).toString('utf8');
  } catch (error) {
    throw new UsageError(`${flag}: cannot read ${quoted(shown)}: ${reason(error)}`);
  }
}
