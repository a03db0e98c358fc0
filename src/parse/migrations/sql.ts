/**
 * SQL scripts → steps. The one module that knows the parser (datafusion's, as WebAssembly); what it does
 * not understand is read by keywords instead.
 *
 * @module
 */
import { bare, type Operation, type Verb } from './operation.ts';
import { isWholeTable } from './predicate.ts';
import { assignments } from './sql-assignments.ts';
import { readCopy, readCreate } from './sql-create.ts';
import { byKeywords } from './sql-keywords.ts';
import { type Statement, splitSql } from './sql-split.ts';

export type SqlReader = (script: string, firstLine?: number) => readonly Operation[];

const INTERESTING =
  /^\s*(?:create|drop|truncate|delete|update|alter|rename|insert|replace|with|do|begin|if|exec|execute|prepare|call|select)\b/i;
const WORTH_PARSING = /^\s*(?:drop|truncate|delete|update|alter|rename)\b/i;

/** Code that is only kept for later, under a name. */
const ROUTINE =
  /^\s*create\s+(?:or\s+(?:replace|alter)\s+)?(?:definer\s*=\s*\S{1,80}\s+)?(?:function|procedure|proc|trigger|event|rule)\s+(?:if\s+not\s+exists\s+)?["`[]?([\w."`[\]]{1,130})/i;

type Node = Readonly<Record<string, unknown>>;

/** Loads the parser once (tens of ms). Without it every statement is read by its keywords. */
export async function sqlReader(): Promise<SqlReader> {
  const parser = await loadParser();
  return (script, firstLine = 1) => {
    const found: Operation[] = [];
    const routines = new Map<string, readonly Operation[]>();
    for (const statement of splitSql(script)) {
      if (!INTERESTING.test(statement.text)) continue;
      const line = firstLine + statement.line - 1;
      const routine = ROUTINE.exec(statement.text)?.[1];
      if (routine !== undefined) {
        // A routine that is made does nothing until it is called.
        const inside =
          statement.bodies.length > 0 ? inBodies(statement, firstLine) : byKeywords(statement.text, line);
        routines.set(bare(routine), inside);
        continue;
      }
      const called = /^\s*(?:call|exec(?:ute)?|select)\s+([\w.]{1,130})/i.exec(statement.text)?.[1];
      if (called !== undefined) found.push(...(routines.get(bare(called)) ?? []));
      if (!/^\s*(?:select|call)\b/i.test(statement.text)) found.push(...read(statement.text, line, parser));
      found.push(...inBodies(statement, firstLine));
    }
    return found;
  };
}

function inBodies(statement: Statement, firstLine: number): readonly Operation[] {
  return statement.bodies.flatMap((body) => byKeywords(body.text, firstLine + body.line - 1));
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
  if (/^\s*(?:insert|replace)\b/i.test(text)) {
    const copied = readCopy(text, line);
    return copied ? [copied] : [];
  }
  if (/^\s*create\b/i.test(text)) return readCreate(text, line);
  if (/^\s*with\b/i.test(text)) return byKeywords(text, line).map(sure);
  if (!parse || text.length > 50_000 || !WORTH_PARSING.test(text)) return byKeywords(text, line);
  // The parser takes ONLY for a table.
  const plain = text.replace(
    /^(\s*(?:update|delete\s+from|truncate(?:\s+table)?|alter\s+table(?:\s+if\s+exists)?)\s+)only\b/i,
    '$1    ',
  );
  for (const dialect of ['postgresql', 'mysql', 'mssql', 'sqlite']) {
    try {
      return parse(plain, dialect).flatMap((node) => operationsOf(node, plain, line));
    } catch {
      // Another dialect may know it.
    }
  }
  return byKeywords(text, line);
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
  if (drop) {
    const kind = drop['object_type'];
    if (kind !== 'Table' && kind !== 'Schema') return [];
    return list(drop['names']).map((name) => step('drop', `${nameOf(name)}${kind === 'Schema' ? '.*' : ''}`));
  }
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
    return isWholeTable(rest) ? deletedFrom(remove).map((table) => step('delete', table)) : [];
  }
  const update = inner(node, 'Update');
  if (update) {
    const list = text.slice(text.search(/\bset\b/i) + 3);
    const table = firstTables(update['table'])[0];
    if (!table || !isWholeTable(text.replace(/^\s*update\b/i, ''))) return [];
    return assignments(list).map((column) => step('update', table, { column }));
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
    const added = inner(operation, 'AddColumn');
    if (added) return [step('add-column', table, { column: wordOf(inner(added, 'column_def')?.['name']) })];
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

/** `DELETE s FROM users u JOIN sessions s` → sessions; without a list the first table. */
function deletedFrom(remove: Node): readonly string[] {
  const wanted = list(remove['tables']).map(nameOf);
  if (wanted.length === 0) return firstTables(remove['from']);
  const items = Object.values(inner(remove, 'from') ?? {}).flatMap(list);
  const relations = items.flatMap((item) => [item, ...list(inner(item, 'joins') ?? [])]);
  return wanted.map((name) => {
    const found = relations
      .map((each) => inner(inner(each, 'relation'), 'Table'))
      .find((table) => wordOf(inner(table?.['alias'], 'name')) === name);
    return found ? nameOf(found['name']) : name;
  });
}

function sure(operation: Operation): Operation {
  return { ...operation, parsed: true };
}
