/**
 * Liquibase change logs in XML, YAML and JSON: the changes by name, rollback parts left out.
 *
 * @module
 */
import type { Operation, Verb } from './operation.ts';
import type { SqlReader } from './sql.ts';

const CHANGES: Readonly<Record<string, Verb>> = {
  createTable: 'create',
  dropTable: 'drop',
  renameTable: 'rename',
  modifyDataType: 'retype',
  dropColumn: 'drop-column',
  renameColumn: 'rename-column',
  delete: 'delete',
  update: 'update',
};

/** True when a file looks like a Liquibase change log. */
export function isLiquibase(text: string): boolean {
  return /\bdatabaseChangeLog\b/.test(text.slice(0, 5000));
}

/** The steps of a change log. A `delete` or `update` with a where clause is not one of the whole table. */
export function readLiquibase(source: string, sql: SqlReader): readonly Operation[] {
  const text = source.slice(0, 1_000_000);
  return (text.trimStart().startsWith('<') ? readXml(text, sql) : readYaml(text, sql)).sort(
    (a, b) => a.line - b.line,
  );
}

function readXml(source: string, sql: SqlReader): Operation[] {
  const blank = (part: string) => part.replace(/[^\n]/g, ' ');
  const text = source
    .replace(/<!--[\s\S]{0,50000}?-->/g, blank)
    .replace(/<rollback\b[^>]{0,500}\/>/g, blank)
    .replace(/<rollback\b[\s\S]{0,50000}?<\/rollback>/g, blank);
  const found: Operation[] = [];
  for (const match of text.matchAll(/<(?:\w{1,20}:)?(\w{1,30})\b([^>]{0,2000})>/g)) {
    const verb = CHANGES[match[1] ?? ''];
    const attribute = (name: string) =>
      new RegExp(String.raw`\b${name}\s*=\s*"([^"]{1,120})"`).exec(match[2] ?? '')?.[1];
    const table = attribute('tableName') ?? attribute('oldTableName');
    if (!verb || !table) continue;
    const body = match[2]?.endsWith('/')
      ? ''
      : text.slice(match.index, text.indexOf(`</${match[1]}`, match.index));
    if ((verb === 'delete' || verb === 'update') && /<where\b/.test(body)) continue;
    const column =
      attribute('columnName') ??
      attribute('oldColumnName') ??
      /<column\b[^>]{0,300}\bname\s*=\s*"([^"]{1,80})"/.exec(body)?.[1];
    found.push({
      line: lineOf(text, match.index),
      verb,
      table,
      to: attribute('newTableName'),
      column,
      parsed: true,
    });
  }
  for (const match of text.matchAll(/<sql\b[^>]{0,500}>([\s\S]{0,50000}?)<\/sql>/g)) {
    const body = (match[1] ?? '')
      .replace('<![CDATA[', '')
      .replace(']]>', '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>');
    found.push(...sql(body, lineOf(text, match.index)));
  }
  return found;
}

/** YAML and JSON alike: a change's name, then its keys, each on a deeper level. */
function readYaml(text: string, sql: SqlReader): Operation[] {
  const found: Operation[] = [];
  const lines = text.split('\n');
  let rollback = -1;
  lines.forEach((line, index) => {
    const depth = line.length - line.trimStart().length;
    if (rollback >= 0 && line.trim() !== '' && depth <= rollback) rollback = -1;
    const key = /^\s*-?\s*"?(\w{1,30})"?\s*:/.exec(line)?.[1] ?? '';
    if (key === 'rollback') rollback = depth;
    if (rollback >= 0) return;
    const block = blockAfter(lines, index, depth);
    const value = (name: string) =>
      new RegExp(String.raw`(?:^|[\s{,])"?${name}"?\s*:\s*"?([\w.$]{1,80})`, 'm').exec(block)?.[1];
    const verb = CHANGES[key];
    const table = verb ? (value('tableName') ?? value('oldTableName')) : undefined;
    if (verb && table && !((verb === 'delete' || verb === 'update') && /\bwhere"?\s*:/.test(block)))
      found.push({
        line: index + 1,
        verb,
        table,
        to: value('newTableName'),
        column:
          value('columnName') ?? value('oldColumnName') ?? (verb === 'update' ? value('name') : undefined),
        parsed: true,
      });
    if (key === 'sql' && index > 0) {
      const text =
        (/^\s*-?\s*"?sql"?\s*:\s*"?([^|>"{\s][^"]*)/.exec(line)?.[1] ??
        /^\s*-?\s*"?sql"?\s*:\s*[|>][-+]?\s*$/.test(line))
          ? block || line.replace(/^[^:]*:\s*"?/, '')
          : undefined;
      if (text) found.push(...sql(text, index + (block === text ? 2 : 1)));
    }
  });
  return found;
}

function blockAfter(lines: readonly string[], index: number, depth: number): string {
  const block: string[] = [];
  for (let at = index + 1; at < lines.length && at < index + 60; at++) {
    const line = lines[at] ?? '';
    if (line.trim() !== '' && line.length - line.trimStart().length <= depth) break;
    block.push(line);
  }
  return block.join('\n');
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
