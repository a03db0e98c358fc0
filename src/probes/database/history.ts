/**
 * What the migration tools' own tables say was applied, and when: asked for just the migrations in
 * question, by the whole name that the tool itself goes by.
 *
 * @module
 */
import type { SqlConnection } from '../../io/sql.ts';
import type { Tool } from '../../parse/migrations/file.ts';
import { HISTORIES, type History, type HistoryRow, type Wanted } from './history-tables.ts';
import { findTables, type Place } from './history-places.ts';
import { optional, text } from './rows.ts';

/** What the history says of one migration. */
export interface Applied {
  readonly applied: 'yes' | 'no' | 'unknown';
  /** Epoch ms, where the tool keeps it. */
  readonly appliedAt: number | null;
  /** The table that says so. */
  readonly history: string | null;
}

/** A history that would tell, but could not be read. */
export type BlindHistory = {
  readonly table: string;
  readonly kind: 'denied' | 'perhaps-denied' | 'no-answer';
};

export interface HistoryAnswer {
  readonly applied: readonly Applied[];
  /** The tables that were read. */
  readonly tables: readonly string[];
  readonly blind: readonly BlindHistory[];
}

/** So many names are asked for at once; the SQL door gives no more rows than ten times as many. */
const AT_ONCE = 100;

const NOT_KNOWN: Applied = { applied: 'unknown', appliedAt: null, history: null };

/** For each wanted migration what its tool's history says. Tools without a table are not known. */
export async function readHistory(
  connection: SqlConnection,
  wanted: readonly Wanted[],
  now: number,
): Promise<HistoryAnswer> {
  const tools = new Set(wanted.map((each) => each.tool));
  const fitting = HISTORIES.filter((history) => history.tools.some((tool) => tools.has(tool)));
  const places = await findTables(
    connection,
    fitting.map((history) => history.table),
  );
  const applied = wanted.map(() => NOT_KNOWN);
  const tables = new Set<string>();
  const blind: BlindHistory[] = [];
  const told = new Set<Tool>();
  for (const history of fitting)
    for (const place of places.filter((each) => each.table === history.table)) {
      const indexes = wanted.flatMap((each, index) =>
        history.tools.includes(each.tool) && applied[index]?.applied !== 'yes' ? [index] : [],
      );
      const asked = indexes.flatMap((index) => wanted[index] ?? []);
      const rows = place.readable ? await rowsOf(connection, history, place, asked, now) : 'denied';
      if (rows === undefined || asked.length === 0) continue;
      if (typeof rows === 'string') {
        blind.push({ table: place.shown, kind: rows });
        continue;
      }
      tables.add(place.shown);
      for (const tool of history.tools) told.add(tool);
      const verdict = history.judge(rows, asked);
      indexes.forEach((index, at) => {
        const said = verdict[at];
        if (said && said.applied !== 'unknown') applied[index] = { ...said, history: place.shown };
      });
    }
  const untold = blind.filter(({ table }) =>
    fitting.some((history) => table.endsWith(history.table) && !history.tools.some((tool) => told.has(tool))),
  );
  // MySQL hides what a role may not read: one name of many is enough to say it.
  const denied = untold.filter((each) => each.kind !== 'perhaps-denied');
  return { applied, tables: [...tables], blind: denied.length > 0 ? denied : untold.slice(0, 1) };
}

/** The rows that could be about what is asked; undefined when the table is another tool's of the same name. */
async function rowsOf(
  connection: SqlConnection,
  history: History,
  place: Place,
  asked: readonly Wanted[],
  now: number,
): Promise<readonly HistoryRow[] | BlindHistory['kind'] | undefined> {
  const quote = (name: string) => (connection.dialect === 'mysql' ? `\`${name}\`` : `"${name}"`);
  const word = (column: string) =>
    connection.dialect === 'mysql' ? `cast(${quote(column)} as char)` : `cast(${quote(column)} as text)`;
  const columns = [
    `${word(history.id)} as id`,
    `${history.at ? ageMs(connection, quote(history.at)) : 'null'} as age`,
    ...(history.also ?? []).map((column, index) => `${word(column)} as also${index}`),
  ];
  const values = history.all ? [] : [...new Set(asked.flatMap((each) => history.keys(each)))];
  const rows: HistoryRow[] = [];
  for (let at = 0; at === 0 || at < values.length; at += AT_ONCE) {
    const some = values.slice(at, at + AT_ONCE);
    const marks = some
      .map((_, index) => (connection.dialect === 'postgresql' ? `$${index + 1}` : '?'))
      .join(', ');
    const conditions = [
      ...(history.all ? [] : [some.length > 0 ? `${word(history.id)} in (${marks})` : '1 = 0']),
      ...(history.only ? [history.only] : []),
    ];
    const where = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '';
    const answer = await connection.query(`select ${columns.join(', ')} from ${place.quoted}${where}`, some);
    if (!answer.ok) {
      if (answer.kind === 'denied') return connection.dialect === 'mysql' ? 'perhaps-denied' : 'denied';
      return ['timeout', 'statement-timeout', 'locked', 'closed', 'aborted'].includes(answer.kind)
        ? 'no-answer'
        : undefined;
    }
    for (const row of answer.rows) {
      const age = optional(row, 'age');
      rows.push({
        id: text(row, 'id') ?? '',
        at: age === null ? null : Math.round(now - age),
        also: (history.also ?? []).map((_, index) => text(row, `also${index}`) ?? ''),
      });
    }
  }
  return rows;
}

function ageMs(connection: SqlConnection, column: string): string {
  if (connection.dialect === 'postgresql')
    return `extract(epoch from now() - ${column}::timestamptz)::float8 * 1000`;
  if (connection.dialect === 'mysql') return `timestampdiff(second, ${column}, utc_timestamp()) * 1000`;
  return `(case when typeof(${column}) in ('integer', 'real') then (julianday('now') - 2440587.5) * 86400000.0 - (case when ${column} > 100000000000 then ${column} else ${column} * 1000.0 end) else (julianday('now') - julianday(${column})) * 86400000.0 end)`;
}
