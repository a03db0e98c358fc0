import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { configOptions, runOptions } from '../../src/config/options.ts';
import { probes } from '../../src/probes/index.ts';
import { runBin } from '../support/bin.ts';
import { expectGolden } from '../support/golden.ts';

const path = fileURLToPath(new URL('../../README.md', import.meta.url));
const cell = (text: string): string => text.replaceAll('|', '\\|');
const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

function withSection(text: string, name: string, body: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(open) + open.length;
  return `${text.slice(0, from)}\n${body}\n${text.slice(text.indexOf(close))}`;
}

describe('README', () => {
  it('holds the tables that the code says, and the demo as it prints', async () => {
    const demo = await runBin(['demo'], { env: { COLUMNS: '100' } });
    const sections = {
      demo: `\`\`\`console\n$ sessdoctor demo\n${demo.stdout.trimEnd()}\n\`\`\``,
      probes: table(
        ['probe', 'asks', 'findings'],
        probes.map((probe) => [`\`${probe.id}\``, probe.asks, String(Object.keys(probe.findings).length)]),
      ),
      causes: table(
        ['cause', 'hop', 'what it is'],
        causes.map((cause) => [
          `\`${cause.id}\`${cause.kind === 'amplifier' ? ' (amplifier)' : ''}`,
          cause.hop,
          cause.title,
        ]),
      ),
      options: table(
        ['flag', 'key in sessdoctor.yaml', 'meaning'],
        [...runOptions, ...configOptions].map((row) => [
          `\`--${[row.flag, row.value].filter(Boolean).join(' ')}\``,
          row.path ? `\`${row.path}\`` : '',
          row.help,
        ]),
      ),
    };
    let text = readFileSync(path, 'utf8');
    for (const [name, body] of Object.entries(sections)) text = withSection(text, name, body);
    expect(demo.exitCode).toBe(0);
    expectGolden(path, text);
  });
});
