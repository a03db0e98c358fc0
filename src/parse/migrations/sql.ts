/**
 * SQL scripts → steps. The one module that knows the parser (datafusion's, as WebAssembly); what it does
 * not understand is read by keywords instead.
 *
 * @module
 */
import type { Operation, Verb } from './operation.ts';
import { byKeywords, isWholeTable } from './sql-keywords.ts';
import { splitSql } from './sql-split.ts';

export type SqlReader = (script: string, firstLine?: number) => readonly Operation[];

const INTERESTING =
  /^\s*(?:create\s+(?:\w+\s+){0,2}table|drop|truncate|delete|update|alter|rename|insert|with|do|begin|if)\b/i;
const WORTH_PARSING = /^\s*(?:drop|truncate|delete|update|alter|rename|with)\b/i;

type Node = Readonly<Record<string, unknown>>;

/** Loads the parser once (tens of ms). Without it every statement is read by its keywords. */
export async function sqlReader(): Promise<SqlReader> {
  const parser = await loadParser();
  return (script, firstLine = 1) => {
    const found: Operation[] = [];
    for (const statement of splitSql(script)) {
      if (!INTERESTING.test(statement.text)) continue;
      const line = firstLine + statement.line - 1;
      found.push(...read(statement.text, line, parser));
      for (const body of statement.bodies) found.push(...byKeywords(body.text, firstLine + body.line - 1));
    }
    return found;
  };
}

type Parse = (sql: string, dialect: string) => readonly Node[];

async function loadParser(): Promise<Parse | undefined> {
  try {
    const parser = await import('@guanmingchiu/sqlparser-ts');
    await parser.init();
    return (sql, dialect) => parser.parse(sql, dialect as 'postgresql') as unknown as readonly Node[];
  } catch {
    return undefined;
  }
}

function read(text: string, line: number, parse: Parse | undefined): readonly Operation[] {
  const copied = copyOf(text, line);
  if (copied) return [copied];
  if (/^\s*insert\b/i.test(text)) return [];
  if (/^\s*create\b/i.test(text))
    return byKeywords(text, line)
      .filter((each) => each.verb === 'create')
      .map(sure);
  if (!parse || text.length > 50_000 || !WORTH_PARSING.test(text)) return byKeywords(text, line);
  for (const dialect of ['postgresql', 'mysql', 'mssql', 'sqlite']) {
    try {
      return parse(text, dialect).flatMap((node) => operationsOf(node, text, line));
    } catch {
      // Another dialect may know it.
    }
  }
  return byKeywords(text, line);
}

/** `INSERT INTO new SELECT … FROM old`: the rows live on under another name. */
function copyOf(text: string, line: number): Operation | undefined {
  const match =
    /^\s*insert\s+into\s+([\w."`[\]]{1,130})[\s\S]{0,4000}?\bselect\b[\s\S]{0,4000}?\bfrom\s+([\w."`[\]]{1,130})/i.exec(
      text,
    );
  if (!match?.[1] || !match[2]) return undefined;
  return { line, verb: 'copy', table: match[1], to: match[2], parsed: true };
}

function operationsOf(node: Node, text: string, line: number): readonly Operation[] {
  const step = (verb: Verb, table: string, more: Partial<Operation> = {}): Operation => ({
    line,
    verb,
    table,
    parsed: true,
    ...more,
  });
  const drop = inner(node, 'Drop');
  if (drop)
    return drop['object_type'] === 'Table'
      ? list(drop['names']).map((name) => step('drop', nameOf(name)))
      : [];
  const truncate = inner(node, 'Truncate');
  if (truncate)
    return list(truncate['table_names']).map((each) => step('truncate', nameOf(inner(each, 'name') ?? each)));
  const renames = node['RenameTable'];
  if (Array.isArray(renames))
    return renames.map((each: Node) =>
      step('rename', nameOf(each['old_name']), { to: nameOf(each['new_name']) }),
    );
  const remove = inner(node, 'Delete');
  if (remove) {
    const rest = text.replace(/^\s*delete\s+from\b/i, '');
    return isWholeTable(rest) ? firstTables(remove['from']).map((table) => step('delete', table)) : [];
  }
  const update = inner(node, 'Update');
  if (update) {
    const rest = text.replace(/^\s*update\b/i, '');
    if (!isWholeTable(rest)) return [];
    const table = firstTables(update['table'])[0];
    return table
      ? list(update['assignments']).map((each) =>
          step('update', table, { column: nameOf(inner(inner(each, 'target'), 'ColumnName') ?? []) }),
        )
      : [];
  }
  const alter = inner(node, 'AlterTable');
  return alter ? alterations(alter, step) : [];
}

function alterations(
  alter: Node,
  step: (verb: Verb, table: string, more?: Partial<Operation>) => Operation,
): readonly Operation[] {
  const table = nameOf(alter['name']);
  return list(alter['operations']).flatMap((operation) => {
    const rename = inner(inner(operation, 'RenameTable'), 'table_name');
    if (rename) return [step('rename', table, { to: nameOf(rename['To'] ?? rename['As'] ?? []) })];
    const column = inner(operation, 'RenameColumn');
    if (column) return [step('rename-column', table, { column: wordOf(column['old_column_name']) })];
    const drop = inner(operation, 'DropColumn');
    if (drop)
      return (list(drop['column_names']).length > 0 ? list(drop['column_names']) : [drop['column_name']]).map(
        (name) => step('drop-column', table, { column: wordOf(name) }),
      );
    const change = inner(operation, 'AlterColumn');
    if (change && inner(change['op'], 'SetDataType'))
      return [step('retype', table, { column: wordOf(change['column_name']) })];
    const modify = inner(operation, 'ModifyColumn') ?? inner(operation, 'ChangeColumn');
    if (modify) return [step('retype', table, { column: wordOf(modify['col_name'] ?? modify['old_name']) })];
    return [];
  });
}

function inner(value: unknown, key: string): Node | undefined {
  const found = typeof value === 'object' && value !== null ? (value as Node)[key] : undefined;
  return typeof found === 'object' && found !== null ? (found as Node) : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A dotted name: `[{Identifier: {value}}, …]`. */
function nameOf(value: unknown): string {
  return list(value)
    .map((part) => wordOf(inner(part, 'Identifier') ?? part))
    .filter((part) => part !== '')
    .join('.');
}

function wordOf(value: unknown): string {
  const word = typeof value === 'object' && value !== null ? (value as Node)['value'] : undefined;
  return typeof word === 'string' ? word : '';
}

/** The tables named in a FROM: the first relation of each item. */
function firstTables(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const items = Array.isArray(value) ? value : Object.values(value).filter(Array.isArray).flat();
  const all = items.length > 0 ? items : [value];
  return all
    .map((item) =>
      nameOf(inner(inner(item, 'relation'), 'Table')?.['name'] ?? inner(item, 'Table')?.['name']),
    )
    .filter((name) => name !== '');
}

function sure(operation: Operation): Operation {
  return { ...operation, parsed: true };
}
