/**
 * Liquibase change logs in XML, YAML, JSON and formatted SQL: the changes by name, rollback parts left
 * out, each with the changeSet that the history knows it by.
 *
 * @module
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { lineFinder } from './line-finder.ts';
import type { Operation } from './operation.ts';
import { endsSessions, share } from './predicate.ts';
import { readCreate } from './sql-create.ts';
import type { SqlReader } from './sql.ts';

/** Longer logs are cut. Characters. */
const LONGEST = 500_000;

/** True when a file looks like a Liquibase change log. */
export function isLiquibase(text: string): boolean {
  return /\bdatabaseChangeLog\b/.test(text.slice(0, 5000));
}

/** How a changeSet is named in a unit: its author, then its id. */
export function unitOf(author: string, id: string): string {
  return `${author}\n${id}`;
}

/** The steps of a change log. A `delete` or `update` counts when its where leaves no living session out. */
export function readLiquibase(source: string, sql: SqlReader): readonly Operation[] {
  const text = source.slice(0, LONGEST);
  return (text.trimStart().startsWith('<') ? readXml(text, sql) : readYaml(text, sql)).sort(
    (a, b) => a.line - b.line,
  );
}

/** The steps of a formatted SQL log, each in the `--changeset author:id` above it. */
export function readFormattedSql(source: string, sql: SqlReader): readonly Operation[] {
  const heads: { line: number; unit: string }[] = [];
  source
    .slice(0, LONGEST)
    .split('\n')
    .forEach((line, index) => {
      const match = /^\s*--\s*changeset\s+("[^"]{1,200}"|[^\s:"]{1,200}):("[^"]{1,200}"|\S{1,200})/i.exec(
        line,
      );
      const plain = (text: string | undefined) => (text ?? '').replaceAll('"', '');
      if (match) heads.push({ line: index + 1, unit: unitOf(plain(match[1]), plain(match[2])) });
    });
  return sql(source).map((operation) => ({
    ...operation,
    unit: heads.findLast(({ line }) => line <= operation.line)?.unit,
  }));
}

/** One change, whatever the log is written in. */
interface Change {
  readonly name: string;
  readonly line: number;
  readonly unit: string | undefined;
  attribute(name: string): string | undefined;
  readonly where: string | undefined;
  readonly columns: readonly { readonly name: string; readonly value: string }[];
  /** What stands in it as text: a view's query. */
  readonly text: string;
}

function stepsOf(change: Change): readonly Operation[] {
  const { line, unit, attribute, columns } = change;
  const table = attribute('tableName') ?? attribute('oldTableName') ?? attribute('viewName');
  if (table === undefined) return [];
  const base = { line, unit, table, parsed: true } as const;
  const whole = change.where === undefined || share(change.where) === 'all';
  const column = attribute('columnName') ?? attribute('oldColumnName');
  const named = column === undefined ? columns.map((each) => each.name) : [column];
  switch (change.name) {
    case 'createTable':
      return [{ ...base, verb: 'create' }];
    case 'dropTable':
      return [{ ...base, verb: 'drop' }];
    case 'renameTable':
      return [{ ...base, verb: 'rename', to: attribute('newTableName') }];
    case 'createView':
      return readCreate(`create view ${table} as ${change.text}`, line);
    case 'addColumn':
      return columns.map((each) => ({ ...base, verb: 'add-column', column: each.name }));
    case 'modifyDataType':
      return named.map((each) => ({ ...base, verb: 'retype', column: each }));
    case 'dropColumn':
      return named.map((each) => ({ ...base, verb: 'drop-column', column: each }));
    case 'renameColumn':
      return named.map((each) => ({ ...base, verb: 'rename-column', column: each }));
    case 'delete':
      return whole ? [{ ...base, verb: 'delete' }] : [];
    case 'update':
      return columns
        .filter((each) => whole && endsSessions(each.name, each.value))
        .map((each) => ({ ...base, verb: 'update', column: each.name }));
    default:
      return [];
  }
}

/** Elements whose content is read. */
const INTERESTING = /^(?:sql|delete|update|dropColumn|addColumn|createView)$/;

/** More elements than this are not looked into. */
const MOST_BODIES = 5000;

function readXml(source: string, sql: SqlReader): Operation[] {
  const text = blanked(blanked(source, /<!--/g, '-->'), /<rollback\b(?![^<>]{0,300}\/>)/g, '</rollback>');
  const lineAt = lineFinder(text, 1);
  const found: Operation[] = [];
  let unit: string | undefined;
  let bodies = 0;
  // The next end of an element, found once for all that begin before it.
  const ends = new Map<string, number>();
  const closed = (tag: string, from: number): number => {
    const known = ends.get(tag);
    if (known !== undefined && (known < 0 || known > from)) return known;
    const end = text.indexOf(`</${tag}`, from);
    ends.set(tag, end);
    return end;
  };
  for (const match of text.matchAll(
    /<(?:\w{1,20}:)?(\w{1,30})\b((?:[^>"']|"[^"]{0,2000}"|'[^']{0,2000}'){0,2000})>/g,
  )) {
    const [, name = '', head = ''] = match;
    const attribute = (key: string, within = head) => {
      const value = new RegExp(String.raw`\b${key}\s*=\s*(?:"([^"]{0,300})"|'([^']{0,300})')`).exec(within);
      return value ? decoded(value[1] ?? value[2] ?? '') : undefined;
    };
    const line = lineAt(match.index);
    if (name === 'changeSet') unit = unitOf(attribute('author') ?? '', attribute('id') ?? '');
    const tag = /^<([\w:]{1,60})/.exec(match[0])?.[1] ?? '';
    const end = head.endsWith('/') || !INTERESTING.test(name) ? -1 : closed(tag, match.index);
    const body =
      end < 0 || end - match.index > 20_000 || ++bodies > MOST_BODIES
        ? ''
        : text.slice(match.index + match[0].length, end);
    if (name === 'sql') {
      const script = decoded(body.replace('<![CDATA[', '         ').replace(']]>', ''));
      found.push(...sql(script, line).map((each) => ({ ...each, unit })));
      continue;
    }
    const where = /<where>([\s\S]{0,5000}?)<\/where>/.exec(body)?.[1];
    found.push(
      ...stepsOf({
        name,
        line,
        unit,
        attribute,
        where: where === undefined ? undefined : decoded(where),
        columns: [...body.matchAll(/<column\b([^>]{0,1000})>/g)].map((each) => ({
          name: attribute('name', each[1]) ?? '',
          value:
            ['value', 'valueBoolean', 'valueNumeric', 'valueComputed', 'valueDate']
              .map((key) => attribute(key, each[1]))
              .find((value) => value !== undefined) ?? 'null',
        })),
        text: decoded(body),
      }),
    );
  }
  return found;
}

/** Everything from `open` to `close` as blanks; what is never closed stays. Linear. */
function blanked(text: string, open: RegExp, close: string): string {
  const parts: string[] = [];
  let done = 0;
  for (const match of text.matchAll(open)) {
    if (match.index < done) continue;
    const end = text.indexOf(close, match.index);
    if (end < 0) break;
    parts.push(
      text.slice(done, match.index),
      text.slice(match.index, end + close.length).replace(/[^\n]/g, ' '),
    );
    done = end + close.length;
  }
  return parts.join('') + text.slice(done);
}

function decoded(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

/** Nesting and anchors that no change log has, and that a parser of YAML takes very long for. */
function isHostile(text: string): boolean {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest > 500 || /(?:[-?] ){50}/.test(text) || (text.match(/(?:^|\s)[&*]\w/g)?.length ?? 0) > 500;
}

/** YAML and JSON alike. */
function readYaml(text: string, sql: SqlReader): Operation[] {
  const lines = new LineCounter();
  const found: Operation[] = [];
  if (isHostile(text)) return found;
  let root: Node | null;
  try {
    root = parseDocument(text, { lineCounter: lines, logLevel: 'silent', uniqueKeys: false }).contents;
  } catch {
    return [];
  }
  const lineOf = (node: unknown): number => {
    const range = (node as Node | null)?.range;
    return range ? lines.linePos(range[0]).line : 1;
  };
  const walk = (node: unknown, unit: string | undefined, depth: number): void => {
    if (depth > 40) return;
    if (isSeq(node)) for (const item of node.items) walk(item, unit, depth + 1);
    if (!isMap(node)) return;
    const own = node.has('changes') ? unitOf(worded(node.get('author')), worded(node.get('id'))) : unit;
    for (const { key, value } of node.items as readonly Pair[]) {
      const name = isScalar(key) ? String(key.value) : '';
      if (name === 'rollback') continue;
      if (name === 'sql' && own !== undefined) {
        const script = isMap(value) ? value.get('sql', true) : value;
        if (isScalar(script) && typeof script.value === 'string') {
          const block = script.type === 'BLOCK_LITERAL' || script.type === 'BLOCK_FOLDED';
          found.push(
            ...sql(script.value, lineOf(script) + (block ? 1 : 0)).map((each) => ({ ...each, unit: own })),
          );
        }
        continue;
      }
      if (isMap(value) && own !== undefined) found.push(...stepsOf(changeOf(name, lineOf(key), own, value)));
      walk(value, own, depth + 1);
    }
  };
  walk(root, undefined, 0);
  return found;
}

function changeOf(name: string, line: number, unit: string, value: YAMLMap): Change {
  const attribute = (key: string) => (value.has(key) ? worded(value.get(key)) : undefined);
  const list = value.get('columns');
  const columns = isSeq(list)
    ? list.items.flatMap((item) => {
        const column = isMap(item) ? (item.get('column') ?? item) : undefined;
        if (!isMap(column)) return [];
        const given = ['value', 'valueBoolean', 'valueNumeric', 'valueComputed', 'valueDate'].find((key) =>
          column.has(key),
        );
        return [
          {
            name: worded(column.get('name')),
            value: given === undefined ? 'null' : worded(column.get(given)),
          },
        ];
      })
    : [];
  return {
    name,
    line,
    unit,
    attribute,
    where: attribute('where'),
    columns,
    text: attribute('selectQuery') ?? '',
  };
}

function worded(value: unknown): string {
  if (isScalar(value)) return worded(value.value);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}
