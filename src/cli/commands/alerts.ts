/**
 * `sessdoctor alerts`: Prometheus rules that warn before users do, with promtool tests. With `--from` those
 * that fit what an evidence file shows come first, in a file of their own. Opens no socket.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Alert, alerts } from '../../causes/alerts.ts';
import { UsageError } from '../../config/errors.ts';
import { optionRow } from '../../config/options.ts';
import { reason } from '../../config/references.ts';
import type { Evidence } from '../../diagnose/evidence.ts';
import { reaches } from '../../diagnose/rank.ts';
import { reportOf } from '../../diagnose/report.ts';
import { alertRules, alertTests } from '../../render/alerts.ts';
import type { Command, Flags, Terminal } from '../command.ts';
import { fileOf, writeOutput } from '../output.ts';
import { standardInput } from '../standard-input.ts';
import { evidenceFrom } from './diagnose.ts';

export const command: Command = {
  args: '',
  options: [
    optionRow('from'),
    { flag: 'output', value: 'DIR', shape: 'one', help: 'write rule and test files here instead of stdout' },
  ],
  examples: [
    'sessdoctor alerts > session.rules.yml && promtool check rules session.rules.yml',
    'sessdoctor alerts --output rules && promtool test rules rules/*.test.yml',
    'sessdoctor alerts --from evidence.json --output rules',
  ],
  run,
};

interface Group {
  readonly name: string;
  readonly title: string;
  readonly alerts: readonly Alert[];
}

async function run(_args: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const from = flags['from'];
  const evidence =
    typeof from === 'string' ? await evidenceFrom(from, terminal.cwd, standardInput(terminal)) : undefined;
  const groups = groupsFor(evidence);
  const folder = fileOf(flags['output']);
  if (folder === undefined) {
    const documents = groups.map((group) => alertRules(group.name, group.title, group.alerts));
    await terminal.write(oneFile(documents));
    return 0;
  }
  const path = resolve(terminal.cwd, folder);
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new UsageError(`--output: cannot make ${folder}: ${reason(error)}`);
  }
  for (const { name, title, alerts: some } of groups) {
    const rules = `${name}.rules.yml`;
    writeOutput(join(path, rules), alertRules(name, title, some), '--output', terminal.cwd);
    writeOutput(join(path, `${name}.test.yml`), alertTests(rules, some), '--output', terminal.cwd);
    terminal.note(`${join(folder, rules)}: ${some.length} alerts, with tests beside it`);
  }
  return 0;
}

/** Several rule files as one: Prometheus takes one `groups` key a file. */
function oneFile(documents: readonly string[]): string {
  return documents.map((text, index) => (index === 0 ? text : text.replace(/^groups:\n/m, ''))).join('');
}

/** What fits the evidence first; an alert is in one group only. */
function groupsFor(evidence: Evidence | undefined): readonly Group[] {
  const general = { name: 'sessdoctor-general', title: 'What every site with sessions should watch.' };
  if (evidence === undefined) return [{ ...general, alerts }];
  const report = reportOf(evidence);
  const standing = report.causes.filter(({ verdict }) => reaches(verdict, 'possible')).map(({ id }) => id);
  const found = alerts.filter((alert) => alert.causes.some((id) => standing.includes(id)));
  const rest = alerts.filter((alert) => !found.includes(alert));
  const fitting = { name: 'sessdoctor-found', title: `For what was found: ${standing.join(', ')}.` };
  return [
    { ...fitting, alerts: found },
    { ...general, alerts: rest },
  ].filter((group) => group.alerts.length > 0);
}
