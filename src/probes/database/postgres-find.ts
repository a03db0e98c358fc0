/**
 * Finding the session table among PostgreSQL's schemas, by the catalogue alone.
 *
 * @module
 */
import type { Asker } from './ask.ts';
import { bareName, type Column, chooseColumns, layoutOf, wellKnownTables } from './layouts.ts';
import { number, text } from './rows.ts';

/** A table of the wanted name. */
export interface Candidate {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly visible: boolean;
  /** The role has USAGE on its schema; without, the search path leaves that schema out. */
  readonly usable: boolean;
}

/** Tables of that name in all schemas, those that the role finds without a schema first. */
export async function candidatesFor(ask: Asker, table: string | undefined): Promise<readonly Candidate[]> {
  const names = table === undefined ? wellKnownTables : [bareName(table)];
  const rows = await ask.rows(
    `select c.oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind, pg_table_is_visible(c.oid) as visible,
       has_schema_privilege(n.oid, 'usage') as usable
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and lower(c.relname) = any(string_to_array($1, ','))
        and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_temp%'
      order by pg_table_is_visible(c.oid) desc, (c.relname = $2) desc, array_position(string_to_array($1, ','), lower(c.relname)::text), n.nspname limit 50`,
    [names.map((name) => name.toLowerCase()).join(','), names[0] ?? ''],
  );
  return rows.map((row) => ({
    oid: number(row, 'oid'),
    schema: text(row, 'schema') ?? '',
    name: text(row, 'name') ?? '',
    kind: text(row, 'kind') ?? '',
    visible: row['visible'] === true,
    usable: row['usable'] === true,
  }));
}

/** Without a name, a table counts only when its columns are those of a library that is known, or it expires. */
export async function firstKnown(
  ask: Asker,
  candidates: readonly Candidate[],
): Promise<Candidate | undefined> {
  for (const candidate of candidates.slice(0, 6)) {
    const columns = await columnsOf(ask, candidate.oid);
    if (layoutOf(candidate.name, columns) || chooseColumns(columns, undefined, {}).expires) return candidate;
  }
  return undefined;
}

/** Names and types, as declared. */
export async function columnsOf(ask: Asker, oid: number): Promise<readonly Column[]> {
  const rows = await ask.rows(
    `select attname::text as name, format_type(atttypid, null) as type, not attnotnull as nullable
       from pg_attribute where attrelid = $1::oid and attnum > 0 and not attisdropped order by attnum limit 200`,
    [oid],
  );
  return rows.map((row) => ({
    name: text(row, 'name') ?? '',
    type: text(row, 'type') ?? '',
    nullable: row['nullable'] === true,
  }));
}

/** Other tables with “session” in the name, and those of them that have a session's columns. */
export async function lookalikes(
  ask: Asker,
): Promise<{ readonly lookalikes: readonly string[]; readonly sessionsAlike: readonly string[] }> {
  const rows = await ask.rows(
    `select n.nspname || '.' || c.relname as name, c.relname::text as bare, c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and c.relname ~* 'session' and n.nspname not in ('pg_catalog', 'information_schema') order by 1 limit 5`,
  );
  const alike: string[] = [];
  for (const row of rows) {
    const columns = await columnsOf(ask, number(row, 'oid'));
    const { expires, touched } = chooseColumns(columns, layoutOf(text(row, 'bare') ?? '', columns), {});
    if (expires ?? touched) alike.push(text(row, 'name') ?? '');
  }
  return { lookalikes: rows.map((row) => text(row, 'name') ?? ''), sessionsAlike: alike };
}

/** RENAME leaves the primary key's name behind: `session_old` still carries `session_pkey`. */
export async function renamedTo(ask: Asker, name: string, oid: number | null): Promise<string | null> {
  const rows = await ask.rows(
    `select n.nspname || '.' || t.relname as name from pg_index x join pg_class i on i.oid = x.indexrelid
       join pg_class t on t.oid = x.indrelid join pg_namespace n on n.oid = t.relnamespace
      where i.relname = $1 and t.relname <> $2 and t.oid <> coalesce($3::oid, 0) and x.indisprimary limit 1`,
    [`${name}_pkey`, name, oid],
  );
  return text(rows[0] ?? {}, 'name');
}

/** Whether some role's or database's own settings put this schema into the search path. */
export async function isInSomePath(ask: Asker, schema: string): Promise<boolean> {
  const rows = await ask.tried(
    `select 1 as one from pg_db_role_setting s, unnest(s.setconfig) c
      where c like 'search_path=%' and $1 = any(string_to_array(replace(replace(substring(c from 13), ' ', ''), '"', ''), ',')) limit 1`,
    [schema],
  );
  return rows.length > 0;
}
