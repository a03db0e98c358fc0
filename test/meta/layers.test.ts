import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** Top to bottom: a file imports from its own folder or from those above. */
const LAYERS = [
  'model.ts',
  'config',
  'parse',
  'formats',
  'browser',
  'io',
  'probes',
  'causes',
  'diagnose',
  'render',
  'cli',
  'index.ts',
];

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(src, join(entry.parentPath, entry.name)));
}

const layerOf = (file: string): number => LAYERS.indexOf(file.split('/')[0] ?? '');

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8');
  const found = text.matchAll(
    /(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|import\s+'([^']+)'/g,
  );
  return [...found].map((match) => ({
    target: match[2] ?? match[3] ?? match[4] ?? '',
    typeOnly: match[1] !== undefined,
  }));
}

const files = sources(src);

describe('layers', () => {
  it('knows every folder of src', () => {
    expect(files.filter((file) => layerOf(file) < 0)).toEqual([]);
  });

  it.each(files)('%s imports only from its own layer or above', (file) => {
    const wrong = importsOf(file)
      .filter(({ target }) => target.startsWith('.'))
      .map(({ target, typeOnly }) => ({ at: relative(src, resolve(src, dirname(file), target)), typeOnly }))
      .filter(({ at }) => !at.startsWith('..') && layerOf(at) > layerOf(file));
    expect(wrong).toEqual([]);
  });

  it('only the command line touches the process', () => {
    const touching = files.filter(
      (file) =>
        !file.startsWith('cli/') &&
        /\bprocess\.(?:stdout|stderr|exitCode|exit|argv)\b|\bconsole\./.test(
          readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''),
        ),
    );
    expect(touching).toEqual([]);
  });

  it('no file has outgrown its room', () => {
    const large = files
      .map((file) => ({ file, lines: readFileSync(join(src, file), 'utf8').trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 350);
    expect(large).toEqual([]);
  });

  it.each(['cli/main.ts', 'cli/program.ts', 'cli/commands/index.ts', 'config/options.ts', 'cli/terminal.ts'])(
    '%s loads no library but commander at start-up',
    (file) => {
      const packages = importsOf(file)
        .filter(({ target, typeOnly }) => !typeOnly && !target.startsWith('.') && !target.startsWith('node:'))
        .map(({ target }) => target);
      expect(packages.filter((name) => name !== 'commander')).toEqual([]);
    },
  );
});
