/**
 * Reads flags, environment and sessdoctor.yaml into one Config: flags > environment > file > defaults.
 * Every mistake is a UsageError that names where it stands. No value that could be a secret is repeated.
 *
 * @module
 */
import { dirname, isAbsolute, resolve } from 'node:path';
import type { LineCounter as YamlLines, Document as YamlDocument } from 'yaml';
import type { z } from 'zod';
import { type Config, mergeLayers } from './config.ts';
import { variableOf } from './environment.ts';
import { UsageError } from './errors.ts';
import { nearest } from './nearest.ts';
import { configOptions, environmentName, type OptionRow } from './options.ts';
import { emptyContext, readBounded, reason, unreadable } from './references.ts';
import { quoted } from './word.ts';
import { type Layer, type LayerContext, layerSchema } from './schema.ts';

/** A config file larger than this is a wrong path. Bytes. */
const MAX_FILE = 1_048_576;
const DEFAULT_FILE = 'sessdoctor.yaml';

export interface LoadRequest {
  /** Flags by long name, as typed. */
  readonly flags: Readonly<Record<string, string | readonly string[] | true | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Called with every secret that was read. */
  learn(secret: string): void;
  /** Standard input, whole, for a reference that names it; without it such a reference reads nothing. */
  stdin?(): Buffer;
  /** How messages name a flag whose words were given by position, by the flag's long name. */
  readonly places?: Readonly<Record<string, string>>;
}

export interface Loaded {
  readonly config: Config;
  /** The file that was read, as it was named, or null. */
  readonly file: string | null;
  /** Dotted paths (`section.key`) that somebody set, as against defaults. */
  readonly given: ReadonlySet<string>;
}

type Raw = Record<string, unknown>;

/** Loads and merges all layers. Reads the files that secret references name; opens no socket. */
export function loadConfig(request: LoadRequest): Loaded {
  const context = (base: string): LayerContext => ({
    base,
    env: request.env,
    learn: (secret) => request.learn(secret),
    stdin: () => request.stdin?.() ?? Buffer.alloc(0),
    unreadable,
  });
  const flagName = ({ flag }: OptionRow): string => request.places?.[flag] ?? `--${flag}`;
  const flags = checkLayer(
    fromRows((row) => request.flags[row.flag], flagName),
    context(request.cwd),
    (path) => flagName(rowAt(path)),
  );
  const env = checkLayer(
    fromRows((row) => variableOf(row, request.env), environmentName),
    context(request.cwd),
    (path) => environmentName(rowAt(path)),
  );
  const named = request.flags['config'] ?? request.env['SESSDOCTOR_CONFIG'];
  const shown = typeof named === 'string' ? named : DEFAULT_FILE;
  const path = isAbsolute(shown) ? shown : resolve(request.cwd, shown);
  const file = readLayer(path, shown, typeof named === 'string', context);
  const layers = [flags, env, ...(file ? [file] : [])];
  return { config: mergeLayers(layers), file: file ? shown : null, given: givenPaths(layers) };
}

function givenPaths(layers: readonly Layer[]): ReadonlySet<string> {
  const paths = layers.flatMap((layer) =>
    Object.entries(layer).flatMap(([section, keys]) =>
      Object.keys(keys ?? {}).map((key) => `${section}.${key}`),
    ),
  );
  return new Set(paths);
}

/** A checked layer from YAML text; `shown` is how messages name the file. Exported for `init` and editors' tests. */
export function parseLayer(
  text: string,
  shown: string,
  context: LayerContext,
  yaml: typeof import('yaml'),
): Layer {
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, version: '1.2', prettyErrors: false });
  const broken = document.errors[0];
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new UsageError(`${shown}:${line}:${col}: ${broken.message.split('\n')[0]}`);
  }
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    throw new UsageError(`${shown}: too many YAML aliases`);
  }
  return checkLayer(
    raw,
    context,
    (keys, wholeKey) => `${shown}${position(document, lines, keys, wholeKey)}`,
    true,
  );
}

function readLayer(
  path: string,
  shown: string,
  mustExist: boolean,
  context: (base: string) => LayerContext,
): Layer | undefined {
  let text: string;
  try {
    text = readBounded(path, MAX_FILE).toString('utf8');
  } catch (error) {
    if (!mustExist && (error as { code?: string }).code === 'ENOENT') return undefined;
    throw new UsageError(
      `cannot read the config ${quoted(shown)}: ${reason(error)}`,
      'sessdoctor init writes a starter file',
    );
  }
  return parseLayer(text, shown, context(dirname(path)), yamlModule());
}

let loadedYaml: typeof import('yaml') | undefined;

/** Loads the YAML parser; `loadConfig` needs it before its first call. */
export async function prepareYaml(): Promise<void> {
  loadedYaml ??= await import('yaml');
}

function yamlModule(): typeof import('yaml') {
  if (!loadedYaml) throw new Error('prepareYaml() has not been awaited');
  return loadedYaml;
}

function fromRows(read: (row: OptionRow) => unknown, nameOf: (row: OptionRow) => string): Raw {
  const raw: Raw = {};
  for (const row of configOptions) {
    const value = read(row);
    if (value === undefined || !row.path) continue;
    const [section = '', ...keys] = row.path.split('.');
    const leaf = keys.pop() ?? '';
    const target = keys.reduce<Raw>((at, key) => (at[key] ??= {}) as Raw, (raw[section] ??= {}) as Raw);
    target[leaf] = row.shape === 'pairs' ? pairs(row, value, nameOf(row)) : value;
    if (row.path === 'clock.servers' && Array.isArray(value) && value.length === 1 && value[0] === 'none')
      target[leaf] = 'none';
  }
  return raw;
}

function pairs(row: OptionRow, value: unknown, name: string): Raw {
  const found = new Map<string, string>();
  for (const word of Array.isArray(value) ? value : [value]) {
    const text = String(word);
    const at = text.indexOf('=');
    // What was typed may be a secret that should not have been there: never repeat it.
    if (at < 1) throw new UsageError(`${name} takes ${row.value}`, hintFor(row));
    const [key, said] = [text.slice(0, at), text.slice(at + 1)];
    const before = found.get(key);
    if (before !== undefined && before !== said)
      throw new UsageError(`${name}: ${quoted(key)} was given twice, and not the same`);
    found.set(key, said);
  }
  return Object.fromEntries(found);
}

function hintFor(row: OptionRow): string | undefined {
  if (row.flag.endsWith('secret'))
    return `for example --${row.flag} v1=env:SESSION_SECRET or --${row.flag} v1=file:secret.txt`;
  return undefined;
}

function rowAt(path: readonly PropertyKey[]): OptionRow {
  const dotted = path.map(String).join('.');
  const row = configOptions.find(
    (candidate) => candidate.path !== undefined && dotted.startsWith(candidate.path),
  );
  if (!row) throw new Error(`no option for ${dotted}`);
  return row;
}

type Where = (path: readonly PropertyKey[], wholeKey: boolean) => string;

function checkLayer(raw: unknown, context: LayerContext, where: Where, isFile = false): Layer {
  const result = layerSchema(context).safeParse(raw);
  if (result.success) return result.data;
  const messages = result.error.issues.slice(0, 5).map((issue) => describe(innermost(issue), where, isFile));
  throw new UsageError(
    messages.join('\n  '),
    isFile ? 'sessdoctor init shows every key with an example' : undefined,
  );
}

type Issue = z.core.$ZodIssue;

/** A union (one value or a list) reports every branch; the branch that got deepest is the one that was meant. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const branches = issue.errors.flatMap((branch) => branch.slice(0, 1).map(innermost));
  const best =
    branches.find((found) => found.code === 'custom') ??
    // That it is no list, or not the word "none", is nobody's mistake where one value would do.
    branches.sort((a, b) => b.path.length - a.path.length || Number(isAside(a)) - Number(isAside(b)))[0];
  if (!best) return issue;
  return { ...best, path: [...issue.path, ...best.path] };
}

function isAside(issue: Issue): boolean {
  return issue.code === 'invalid_value' || (issue.code === 'invalid_type' && issue.expected === 'array');
}

function describe(issue: Issue, where: Where, isFile: boolean): string {
  const dotted = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const near = nearest(key, keysAt(issue.path));
    const place = where([...issue.path, key], true);
    const parent = dotted === '' ? 'a section' : `a key of ${dotted}`;
    return `${place}: ${quoted(key)} is not ${parent}${near ? `; did you mean "${near}"?` : `; known: ${keysAt(issue.path).join(', ')}`}`;
  }
  const place = where(issue.path, false);
  return `${place}: ${isFile && dotted !== '' ? `${dotted}: ` : ''}${wordsOf(issue)}`;
}

function wordsOf(issue: Issue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const bound = issue.code === 'too_small' ? issue.minimum : issue.maximum;
    if (issue.origin === 'number' || issue.origin === 'int')
      return `must be ${issue.code === 'too_small' ? 'at least' : 'at most'} ${bound}`;
  }
  if (issue.code === 'invalid_type') {
    if (issue.message.endsWith('received undefined')) return 'is missing';
    return issue.message.startsWith('Invalid input') ? wordsForType(issue.expected) : issue.message;
  }
  return issue.message;
}

function wordsForType(expected: string): string {
  const words: Record<string, string> = {
    string: 'must be text',
    object: 'must hold keys and values',
    record: 'must hold keys and values',
    int: 'must be a whole number',
    boolean: 'must be true or false',
  };
  return words[expected] ?? `must be of type ${expected}`;
}

/** The known keys of a section, read from the schema itself. */
function keysAt(path: readonly PropertyKey[]): string[] {
  type Shape = {
    readonly shape?: Record<string, unknown>;
    readonly def?: { readonly innerType?: unknown; readonly element?: unknown };
  };
  let at: unknown = layerSchema(emptyContext);
  const open = (node: unknown): unknown => {
    let current = node as Shape;
    while (!current.shape && (current.def?.innerType ?? current.def?.element))
      current = (current.def.innerType ?? current.def.element) as Shape;
    return current;
  };
  for (const key of path) {
    if (typeof key === 'number') continue;
    at = (open(at) as Shape).shape?.[String(key)];
    if (at === undefined) return [];
  }
  return Object.keys((open(at) as Shape).shape ?? {});
}

function position(
  document: YamlDocument,
  lines: YamlLines,
  path: readonly PropertyKey[],
  wholeKey: boolean,
): string {
  type Ranged = { readonly range?: readonly [number, number, number] | null };
  const keys = path.map((key) => (typeof key === 'number' ? key : String(key)));
  for (let depth = keys.length; depth >= 0; depth--) {
    let node: Ranged | undefined;
    if (wholeKey && depth === keys.length) {
      const parent = document.getIn(keys.slice(0, -1), true) as
        | { items?: { key?: Ranged & { value?: unknown } }[] }
        | undefined;
      node = (depth === 1 ? (document.contents as typeof parent) : parent)?.items?.find(
        (pair) => pair.key?.value === keys.at(-1),
      )?.key;
    } else {
      node = (depth === 0 ? document.contents : document.getIn(keys.slice(0, depth), true)) as
        | Ranged
        | undefined;
    }
    if (node?.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return `:${line}:${col}`;
    }
  }
  return '';
}
