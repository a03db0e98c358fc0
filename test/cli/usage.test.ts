import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';
import { commandProgram } from '../../src/cli/program.ts';
import { runBin } from '../support/bin.ts';
import { expectGolden } from '../support/golden.ts';

const golden = (name: string): string => fileURLToPath(new URL(`golden/${name}.md`, import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessdoctor-usage-'));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('empty.txt', '');
  write('prose.txt', 'nothing that looks like a credential\n');
  write('broken.yaml', 'redis:\n  url: [redis://localhost\nclock: {}\n');
  write('unknown-key.yaml', 'redis:\n  ulr: redis://localhost\n');
  write('unknown-section.yaml', 'rediss:\n  url: redis://localhost\n');
  write('bad-duration.yaml', 'limits:\n  timeout: 10\n');
  write('bad-symptom.yaml', 'incident:\n  symptoms:\n    login: perhaps\n');
  write('bad-url.yaml', 'provider:\n  issuer: "not a url"\n');
  write('unset.yaml', 'redis:\n  url: redis://:${NOT_SET_ANYWHERE}@localhost\n');
  write('inline-secret.yaml', 'credentials:\n  secrets: { v1: hunter2hunter2 }\n');
  write('duplicate.yaml', 'redis:\n  url: redis://a\nredis:\n  url: redis://b\n');
  write('list.yaml', '- redis\n');
  write('garbage.json', '{"schema":"something else"}');
  write('cut.json', '{"schema":"sessdoctor.evidence/1","observations":[{"probe"');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Name → command line. Each ends with exit 2, words on stderr and nothing on stdout. */
const mistakes: Readonly<Record<string, readonly string[]>> = {
  'nothing-to-look-at': ['diagnose'],
  'clock-alone': ['diagnose', '--ntp', '127.0.0.1:1'],
  'no-command': [],
  'misspelt-command': ['diagnos'],
  'misspelt-flag': ['diagnose', '--rediss', 'redis://localhost'],
  'misspelt-probe': ['diagnose', '--only', 'reddis', '--redis', 'redis://localhost'],
  'misspelt-format': ['diagnose', '--redis', 'redis://localhost', '--format', 'jsn'],
  'two-formats-on-stdout': ['diagnose', '--redis', 'redis://localhost', '--format', 'json', 'markdown'],
  'several-servers-then-mistake': [
    'diagnose',
    '--ntp',
    '127.0.0.1:1',
    '127.0.0.1:2',
    '127.0.0.1:x',
    '--only',
    'clock',
  ],
  'bad-fail-on': ['diagnose', '--redis', 'redis://localhost', '--fail-on', 'maybe'],
  'bad-since': ['diagnose', '--redis', 'redis://localhost', '--since', 'yesterday'],
  'bad-timeout': ['diagnose', '--redis', 'redis://localhost', '--timeout', '10'],
  'malformed-url': ['diagnose', '--redis', 'redis://:pa ss@:99999'],
  'redis-database-not-a-number': ['diagnose', '--redis', 'redis://localhost/hunter2hunter2'],
  'wrong-protocol': ['diagnose', '--redis', 'http://localhost'],
  'missing-samples': ['diagnose', '--samples', 'nowhere.txt'],
  'empty-samples': ['diagnose', '--samples', 'empty.txt', '--ntp', 'none'],
  'samples-of-prose': ['diagnose', '--samples', 'prose.txt', '--ntp', 'none'],
  'credential-as-samples': ['diagnose', '--samples', 'eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.hunter2hunter2'],
  'credential-as-command': ['eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.hunter2hunter2'],
  'future-since': ['diagnose', '--redis', 'redis://localhost', '--since', '2099-01-01T00:00:00Z'],
  'none-among-servers': ['diagnose', '--redis', 'redis://localhost', '--ntp', 'none', '127.0.0.1'],
  'two-formats-in-one-file': [
    'diagnose',
    '--redis',
    'redis://h',
    '--format',
    'json=f',
    '--format',
    'markdown=f',
  ],
  'list-as-config': ['diagnose', '--config', 'list.yaml'],
  'missing-config': ['diagnose', '--config', 'nowhere.yaml'],
  'broken-yaml': ['diagnose', '--config', 'broken.yaml'],
  'unknown-key': ['diagnose', '--config', 'unknown-key.yaml'],
  'unknown-section': ['diagnose', '--config', 'unknown-section.yaml'],
  'duplicate-section': ['diagnose', '--config', 'duplicate.yaml'],
  'bad-duration': ['diagnose', '--config', 'bad-duration.yaml'],
  'bad-symptom': ['diagnose', '--config', 'bad-symptom.yaml'],
  'bad-url-in-config': ['diagnose', '--config', 'bad-url.yaml'],
  'unset-variable': ['diagnose', '--config', 'unset.yaml'],
  'secret-in-config': ['diagnose', '--config', 'inline-secret.yaml'],
  'secret-as-argument': ['diagnose', '--samples', 'prose.txt', '--secret', 'v1=hunter2hunter2'],
  'secret-without-name': ['diagnose', '--samples', 'prose.txt', '--secret', 'hunter2hunter2'],
  'unreadable-key': ['diagnose', '--samples', 'prose.txt', '--secret', 'v1=file:nowhere.key'],
  'unset-secret': ['diagnose', '--samples', 'prose.txt', '--secret', 'v1=env:NOT_SET_ANYWHERE'],
  'missing-evidence': ['diagnose', '--from', 'nowhere.json'],
  'other-json-as-evidence': ['diagnose', '--from', 'garbage.json'],
  'cut-evidence': ['diagnose', '--from', 'cut.json'],
  'target-with-evidence': ['diagnose', '--from', 'garbage.json', '--redis', 'redis://localhost'],
  'unwritable-save': ['diagnose', '--redis', 'redis://localhost', '--save', 'no/such/folder/evidence.json'],
  'unknown-demo': ['demo', 'redis-flushd'],
  'unknown-shell': ['completion', 'powershell'],
};

describe('mistakes', () => {
  it.each(Object.entries(mistakes))('%s', async (name, args) => {
    const run = await runBin(args, { cwd: folder });
    expect(run.exitCode).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).not.toMatch(/hunter2|pa ss|pa%20ss|\n\s+at /);
    const shown = run.stderr.replaceAll(folder, '<folder>');
    expectGolden(golden(name), `$ sessdoctor ${args.join(' ')}\n${shown}(exit ${run.exitCode})\n`);
  });
});

describe('help', () => {
  it.each([
    ['help', ['--help']],
    ['help-diagnose', ['diagnose', '--help']],
    ['help-demo', ['help', 'demo']],
    ['demo-list', ['demo', '--list']],
  ] as const)('%s', async (name, args) => {
    const run = await runBin([...args]);
    expect(run.stderr).toBe('');
    expectGolden(golden(name), `$ sessdoctor ${args.join(' ')}\n${run.stdout}\n(exit ${run.exitCode})\n`);
    expect(run.exitCode).toBe(0);
  });

  it('prints the version of package.json', async () => {
    const run = await runBin(['--version']);
    expect(run.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(run.exitCode).toBe(0);
  });

  it.each(['bash', 'zsh', 'fish'])('completion for %s knows every command', async (shell) => {
    const run = await runBin(['completion', shell]);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/diagnose[\s\S]*demo/);
    expect(run.stdout).toContain('key-prefix');
  });
});

describe('a credential pasted where a word belongs', () => {
  const token = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.${'c2lnbmF0dXJl'.repeat(4)}`;
  const samples = ['diagnose', '--ntp', 'none', '--samples', 'prose.txt'];

  it.each([
    ['a command', [token]],
    ['a flag', [`--${token}`]],
    ['a flag of a command', ['diagnose', `--${token}`]],
    ['a code', ['explain', token]],
    ['an incident', ['demo', token]],
    ['a config', ['diagnose', '--config', token]],
    ['samples', ['diagnose', '--samples', token]],
    ['a secret', ['diagnose', '--samples', 'prose.txt', '--secret', `a=${token}`]],
    ['an evidence file', [...samples, '--save', `no/${token}`]],
    ['a report', [...samples, '--format', `json=no/${token}`]],
    ['a starter file', ['init', '-o', `no/${token}`]],
    ['a capture', ['capture', 'http://127.0.0.1:1/', '-o', `no/${token}`]],
  ] as const)('as %s is not repeated', async (_, args) => {
    const run = await runBin([...args], { cwd: folder });
    expect(run.exitCode).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(/not repeated here|never written here/);
    expect(run.stderr).not.toMatch(/c2lnbmF0dXJl|eyJzdWIi/);
  });
});

describe('what was typed by position', () => {
  it.each([
    [['diagnose', 'redis://localhost'], 'diagnose takes no argument, only flags'],
    [
      ['decode', 'sid=a;', 'b=c'],
      'decode takes INPUT and nothing more besides flags; quote what holds blanks',
    ],
    [['diff', 'prose.txt'], 'diff needs BEFORE AFTER'],
    [['diff', 'prose.txt', 'nowhere.har'], 'AFTER: cannot read "nowhere.har": no such file'],
    [['capture', 'nowhere.har'], 'SOURCE: cannot read "nowhere.har": no such file'],
    [['trace', 'nowhere.txt'], 'no file has the name given (it is not repeated here)'],
    [['decode', ' '], 'the credential given is empty'],
  ] as const)('%j is named as it was typed', async (args, words) => {
    const run = await runBin([...args], { cwd: folder });
    expect([run.exitCode, run.stdout]).toEqual([2, '']);
    expect(run.stderr).toContain(words);
    expect(run.stderr).not.toMatch(/--before|--after|redis:/);
  });
});

describe('the examples of --help', () => {
  it.each(commands.map(({ name }) => name))('%s: no flag or argument in them is refused', async (name) => {
    const row = commands.find((each) => each.name === name);
    if (!row) throw new Error(name);
    const { command } = await row.load();
    for (const example of command.examples) {
      const line = example.split(' | ').find((part) => part.startsWith('sessdoctor')) ?? example;
      const [, typed, ...words] = (line.split(/ (?:#|&&|>) /)[0] ?? '').replace(/[()'"]/g, '').split(/\s+/);
      if (!line.startsWith('sessdoctor')) continue;
      const program = commandProgram(row, command)
        .exitOverride()
        .configureOutput({ writeErr: () => {} });
      expect(typed).toBe(name);
      expect(() => program.parse(words, { from: 'user' }), example).not.toThrow();
    }
  });
});
