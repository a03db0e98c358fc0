/**
 * `sessdoctor demo [INCIDENT]`: a recorded incident, diagnosed from its evidence file. Opens no socket.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../config/errors.ts';
import { nearest } from '../../config/nearest.ts';
import { optionRow } from '../../config/options.ts';
import { quoted } from '../../config/word.ts';
import { type FormatName, renderers } from '../../render/index.ts';
import type { Command, Flags, Terminal } from '../command.ts';
import { listOf, parseFormats } from '../output.ts';
import { deliver, loadEvidence } from './diagnose.ts';

interface Recorded {
  readonly name: string;
  readonly title: string;
  /** Shown by `demo --list`; the others are for scoring only. */
  readonly demo?: boolean;
}

const folder = new URL('../../../fixtures/incidents/', import.meta.url);

export const command: Command = {
  args: '[incident]',
  options: [{ flag: 'list', shape: 'switch', help: 'name the recorded incidents' }, optionRow('format')],
  examples: ['sessdoctor demo', 'sessdoctor demo --list', 'sessdoctor demo redis-flushed --format markdown'],
  run: demo,
};

async function demo(args: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const recorded = (
    JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as readonly Recorded[]
  ).filter((incident) => incident.demo);
  if (flags['list']) {
    const widest = Math.max(...recorded.map((incident) => incident.name.length));
    await terminal.write(recorded.map(({ name, title }) => `${name.padEnd(widest)}  ${title}\n`).join(''));
    return 0;
  }
  const name = args[0] ?? recorded[0]?.name ?? '';
  const found = recorded.find((incident) => incident.name === name);
  if (!found) {
    const near = nearest(
      name,
      recorded.map((incident) => incident.name),
    );
    throw new UsageError(
      `no recorded incident ${quoted(name)}${near ? `; did you mean ${near}?` : ''}`,
      'sessdoctor demo --list names them',
    );
  }
  const outputs = parseFormats(listOf(flags['format']), Object.keys(renderers) as FormatName[], 'terminal');
  const path = fileURLToPath(new URL(`${found.name}.json`, folder));
  const evidence = loadEvidence(path, found.name);
  const code = await deliver(evidence, outputs, 'never', terminal);
  return code === 130 ? code : 0;
}
