/**
 * `sessdoctor triage`: five questions to a person, and what their answers make likely. Opens no socket and
 * reads no config; it ends with the command line that looks at the systems.
 *
 * @module
 */
import { quoted } from '../../config/word.ts';
import { type Config, mergeLayers, settingsOf } from '../../config/config.ts';
import { UsageError } from '../../config/errors.ts';
import { optionRow } from '../../config/options.ts';
import { type Moment, parseMoment } from '../../config/time.ts';
import { type Evidence, type Observation, recordIncident, writeEvidence } from '../../diagnose/evidence.ts';
import type { Symptoms } from '../../model.ts';
import { probes } from '../../probes/index.ts';
import { type AnyProbe, Skip } from '../../probes/probe.ts';
import { type FormatName, renderers } from '../../render/index.ts';
import { askAll } from '../ask.ts';
import type { Command, Flags, Terminal } from '../command.ts';
import { checkWritable, listOf, parseFormats, writeOutput } from '../output.ts';
import { questions } from '../questions.ts';
import { toolVersion } from '../version.ts';
import { deliver } from './diagnose.ts';

export const command: Command = {
  args: '',
  options: ['since', 'format', 'save'].map(optionRow),
  examples: [
    'sessdoctor triage',
    'sessdoctor triage --since 03:00',
    "printf 'b\\na\\na\\n\\na\\n' | sessdoctor triage --format markdown",
  ],
  run: triage,
};

async function triage(_args: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const outputs = parseFormats(listOf(flags['format']), Object.keys(renderers) as FormatName[], 'terminal');
  const save = typeof flags['save'] === 'string' ? flags['save'] : undefined;
  for (const { file } of outputs) if (file) checkWritable(file, '--format', terminal.cwd);
  if (save) checkWritable(save, '--save', terminal.cwd);
  const since = sinceOf(flags['since']);
  const given = await askAll(questions, process.stdin, terminal);
  const symptoms: Symptoms = Object.assign({}, ...given.map((answer) => answer?.means ?? {}));
  const evidence = told(symptoms, since, Date.now());
  if (save) writeOutput(save, writeEvidence(evidence), '--save', terminal.cwd);
  const code = await deliver(evidence, outputs, 'never', terminal);
  const words = Object.entries(symptoms).map(([name, value]) => `${name}=${value}`);
  if (words.length > 0)
    terminal.note(
      `Now look at the systems:\n  sessdoctor diagnose --symptom ${words.join(' ')}${typeof flags['since'] === 'string' ? ` --since ${flags['since']}` : ''} --redis URL --samples FILE …`,
    );
  return code;
}

function sinceOf(value: Flags[string]): Moment | undefined {
  if (typeof value !== 'string') return undefined;
  const moment = parseMoment(value);
  if (!moment)
    throw new UsageError(
      `--since: ${quoted(value)} is not a time`,
      'ISO 8601, a clock time (03:00) or an age (45m)',
    );
  return moment;
}

/** Evidence that holds the answers and nothing else. `now` is this host's unchecked clock, epoch ms. */
export function told(symptoms: Symptoms, since: Moment | undefined, now: number): Evidence {
  const config = mergeLayers([{ incident: { symptoms, ...(since && { since }) } }]);
  return {
    schema: 'sessdoctor.evidence/1',
    tool: toolVersion(),
    startedAt: new Date(now).toISOString(),
    durationMs: 0,
    uncertaintyMs: null,
    incident: recordIncident(config, now),
    settings: settingsOf(config),
    observations: (probes as readonly AnyProbe[]).map((probe) => notAsked(probe, config)),
    redactions: 0,
  };
}

function notAsked(probe: AnyProbe, config: Config): Observation {
  const input = probe.input(config);
  if (input instanceof Skip)
    return { probe: probe.id, status: 'skipped', reason: input.reason, enable: input.enable };
  if (probe.id === 'symptoms') return { probe: probe.id, status: 'ran', durationMs: 0, seen: {} };
  return {
    probe: probe.id,
    status: 'skipped',
    reason: 'triage asks people only',
    enable: 'sessdoctor diagnose',
  };
}
