/**
 * Reads flags, environment and sessdoctor.yaml into one Config: flags > environment > file > defaults.
 * Every mistake is a UsageError that names where it stands. No value that could be a secret is repeated.
 *
 * @module
 */
import { dirname, isAbsolute, resolve } from 'node:path';
import type { LineCounter as YamlLines, Document as YamlDocument } from 'yaml';
import { type Config, mergeLayers } from './config.ts';
import { variableOf } from './environment.ts';
import { UsageError } from './errors.ts';
import { describeIssue, type Where } from './issues.ts';
import { configOptions, environmentName, type OptionRow } from './options.ts';
import { readBounded, reason, unreadable } from './references.ts';
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
    text = utf8(readBounded(path, MAX_FILE));
  } catch (error) {
    if (!mustExist && (error as { code?: string }).code === 'ENOENT') return undefined;
    throw new UsageError(
      `cannot read the config ${quoted(shown)}: ${reason(error)}`,
      'sessdoctor init writes a starter file',
    );
  }
  return parseLayer(text, shown, context(dirname(path)), yamlModule());
}

/** Read as another encoding, a key prefix would silently be another one. */
function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('it is not UTF-8 text');
  }
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

function checkLayer(raw: unknown, context: LayerContext, where: Where, isFile = false): Layer {
  const result = layerSchema(context).safeParse(raw);
  if (result.success) return result.data;
  const messages = result.error.issues.slice(0, 5).map((issue) => describeIssue(issue, where, isFile));
  throw new UsageError(
    messages.join('\n  '),
    isFile ? 'sessdoctor init shows every key with an example' : undefined,
  );
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
