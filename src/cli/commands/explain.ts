/**
 * `sessdoctor explain CODE|CAUSE`: problem, how it shows, how to confirm, fix, prevention, real incidents.
 * Opens no socket. Without a name it lists what there is to explain.
 *
 * @module
 */
import { causes } from '../../causes/index.ts';
import { UsageError } from '../../config/errors.ts';
import { nearest } from '../../config/nearest.ts';
import { quoted } from '../../config/word.ts';
import { explain, explainable } from '../../diagnose/explain.ts';
import { probes } from '../../probes/index.ts';
import type { AnyProbe } from '../../probes/probe.ts';
import { explanationRenderers } from '../../render/explanation.ts';
import { pageOf } from '../../render/page.ts';
import type { Command, Flags, Terminal } from '../command.ts';
import { listOf, parseFormats, writeOutput } from '../output.ts';

const FORMATS = ['terminal', 'markdown', 'json'] as const;

export const command: Command = {
  args: '[name]',
  options: [
    { flag: 'format', value: 'NAME[=FILE]', shape: 'many', help: 'terminal markdown json; repeatable' },
  ],
  examples: [
    'sessdoctor explain',
    'sessdoctor explain store-flushed',
    'sessdoctor explain symptoms/pattern-lost-once',
    'sessdoctor explain redis',
    'sessdoctor explain cookie-identity-changed --format markdown',
  ],
  run: explainCommand,
};

async function explainCommand(args: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const [name] = args;
  const outputs = parseFormats(listOf(flags['format']), FORMATS, 'terminal');
  const list = listing(name, terminal);
  if (list !== undefined) {
    await terminal.write(list);
    return 0;
  }
  const explanation = explain(name ?? '');
  if (!explanation) throw unknown(name ?? '');
  for (const { name: format, file } of outputs) {
    const toFile = file !== undefined;
    const text = explanationRenderers[format](explanation, {
      width: toFile ? 100 : terminal.width,
      colorLevel: toFile ? 0 : terminal.colorLevel,
    });
    if (toFile) writeOutput(file, text, '--format', terminal.cwd);
    else await terminal.write(text);
  }
  return 0;
}

/** All causes for no name, the codes of a probe for the probe's, and undefined for anything else. */
function listing(name: string | undefined, terminal: Terminal): string | undefined {
  const page = pageOf(terminal.width, terminal.colorLevel);
  const known = probes as readonly AnyProbe[];
  const probe = known.find((each) => each.id === name);
  if (probe) {
    page.put(`${probe.id}: ${probe.asks}`, page.paint.bold);
    for (const [slug, doc] of Object.entries(probe.findings))
      page.put(`${probe.id}/${slug}: ${doc.title} (${doc.weakness ? 'weakness' : doc.level})`, undefined, 2);
    return page.text();
  }
  if (name !== undefined) return undefined;
  page.put('Causes, each with: sessdoctor explain NAME', page.paint.bold);
  for (const cause of causes)
    page.put(`${cause.id}: ${cause.title}${cause.kind ? ' (amplifier)' : ''}`, undefined, 2);
  page.heading('Probes, whose codes are listed by: sessdoctor explain PROBE');
  for (const each of known) page.item(each.id, each.asks);
  return page.text();
}

function unknown(name: string): UsageError {
  const near = nearest(name, [...explainable(), ...probes.map((probe) => probe.id)]);
  const shown = quoted(name.replace(/[^\w./-]/g, '?'));
  return new UsageError(
    `nothing is called ${shown}${near ? `; did you mean ${near}?` : ''}`,
    'sessdoctor explain (lists all causes)  or  sessdoctor explain redis (the codes of a probe)',
  );
}
