/**
 * PostgreSQL's answers. A role with CONNECT and USAGE sees all of it but the rows, which need SELECT.
 *
 * @module
 */
import type { SqlConnection, SqlRow } from '../../io/sql.ts';
import { type Asker, askerOf, troubleOf } from './ask.ts';
import type { DatabaseInput } from './input.ts';
import {
  bareName,
  type Column,
  chooseColumns,
  type Layout,
  layoutOf,
  lookupColumns,
  wellKnownTables,
} from './layouts.ts';
import { appDenied, committedAt, exclusiveLock, rememberedStatements } from './postgres-history.ts';
import { readRevocations } from './revocations.ts';
import { countRows, number, optional, type Pieces, text } from './rows.ts';
import type { ColumnsSeen, RowsSeen, ServerSeen, TableSeen } from './seen.ts';
import { noTable } from './table.ts';

/** Heap pages that are read in full, about 200 MB; of larger tables a part is sampled. */
const PAGES_IN_FULL = 25_000;

export const postgresPieces: Pieces = {
  fence: ' offset 0',
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  secondsSince(column, type) {
    if (/^(?:timestamp|date)/.test(type)) return `extract(epoch from now() - ${column}::timestamptz)::float8`;
    if (/^(?:bigint|integer|numeric|double|real|smallint)/.test(type))
      return `(extract(epoch from now())::float8 - (case when ${column} > 100000000000 then ${column} / 1000.0 else ${column} end)::float8)`;
    return `extract(epoch from now() - (case when ${column}::text ~ '^\\d{4}-\\d\\d-\\d\\d' then ${column}::text end)::timestamptz)::float8`;
  },
  bytesOf: (column) => `octet_length(${column}::text)`,
  lifetimeIn: (column, type) =>
    type.startsWith('json')
      ? `(case when ${column}::jsonb #>> '{cookie,originalMaxAge}' ~ '^\\d{1,15}(\\.\\d+)?$' then (${column}::jsonb #>> '{cookie,originalMaxAge}')::float8 / 1000 end)`
      : undefined,
};

/** Timestamps without a zone that are known to be UTC. */
const utcPieces: Pieces = {
  ...postgresPieces,
  secondsSince: (column, type) =>
    type === 'timestamp without time zone'
      ? `extract(epoch from now() - (${column} at time zone 'UTC'))::float8`
      : postgresPieces.secondsSince(column, type),
};

/** The server: its age, its counters' age, its role. `toLocal` turns its epoch ms into corrected ones. */
export async function readPostgresServer(ask: Asker, now: number): Promise<ServerSeen> {
  const [row = {}] = await ask.rows(
    `select extract(epoch from now())::float8 * 1000 as now_ms,
       extract(epoch from pg_postmaster_start_time())::float8 * 1000 as started,
       pg_is_in_recovery() as standby, current_user::text as role,
       array_to_string(current_schemas(false), ',') as path,
       (select extract(epoch from stats_reset)::float8 * 1000 from pg_stat_database where datname = current_database()) as reset_ms,
       extract(epoch from now() - pg_last_xact_replay_timestamp())::float8 * 1000 as replay_age,
       (select coalesce(sum(n_tup_ins), 0)::float8 from pg_stat_user_tables) as inserted,
       (select coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 from pg_class c join pg_stat_user_tables s on s.relid = c.oid) as remembered,
       (select count(*)::float8 from pg_stat_activity where backend_type = 'client backend') as used,
       current_setting('max_connections')::float8 as most`,
  );
  const [checkpoint = {}] = await ask.tried(
    'select extract(epoch from checkpoint_time)::float8 * 1000 as at from pg_control_checkpoint()',
  );
  const serverNow = optional(row, 'now_ms');
  const local = (at: number | null) =>
    at === null || serverNow === null ? null : Math.round(at - serverNow + now);
  const reset = optional(row, 'reset_ms');
  const used = optional(row, 'used');
  const most = optional(row, 'most');
  const remembered = number(row, 'remembered');
  return {
    version: ask.connection.version,
    role: text(row, 'role'),
    startedAt: local(optional(row, 'started')),
    countersSince: local(reset),
    countersLost: remembered >= 100 && number(row, 'inserted') < remembered / 2,
    countersReset: reset !== null,
    checkpointAt: local(optional(checkpoint, 'at')),
    standby: row['standby'] === true,
    replayAgeMs: optional(row, 'replay_age'),
    searchPath: (text(row, 'path') ?? '').split(',').filter((name) => name !== ''),
    connections: used !== null && most !== null ? { used, most } : null,
    statements: null,
  };
}

interface Candidate {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly visible: boolean;
  /** The role has USAGE on its schema; without, the search path leaves that schema out. */
  readonly usable: boolean;
}

/** The session table, found and measured. Each question that is refused is a trouble, not the end. */
export async function readPostgresTable(
  connection: SqlConnection,
  input: DatabaseInput,
  now: number,
): Promise<TableSeen> {
  const ask = askerOf(connection);
  const candidates = await candidatesFor(ask, input.table);
  const exact =
    input.table !== undefined && input.table.includes('.') ? input.table.split('.')[0] : undefined;
  const fitting = candidates.filter((each) =>
    exact === undefined ? each.visible : each.schema === exact.replaceAll('"', ''),
  );
  const found = input.table === undefined ? await firstKnown(ask, fitting) : fitting[0];
  if (!found) {
    const shut = candidates.filter((each) => !each.usable);
    const elsewhere = input.table === undefined ? [] : shut.length > 0 ? shut : candidates;
    if (input.table !== undefined && shut[0])
      ask.troubles.push({
        kind: 'denied',
        code: '42501',
        message: `from this host, permission denied for schema ${shut[0].schema}, which holds a ${shut[0].name}`,
      });
    return {
      ...noTable(input.table ?? null),
      elsewhere: elsewhere.map((each) => `${each.schema}.${each.name}`).slice(0, 5),
      lookalikes: input.table === undefined ? [] : await lookalikes(ask),
      renamedTo: input.table === undefined ? null : await renamedTo(ask, bareName(input.table), null),
      troubles: ask.troubles,
    };
  }
  const columns = await columnsOf(ask, found.oid);
  const layout = layoutOf(found.name, columns);
  const chosen = chooseColumns(columns, layout, input.columns);
  const [facts = {}] = await ask.rows(
    `select c.relpersistence::text as persistence, c.relfilenode <> c.oid and c.relfilenode <> 0 as rewritten,
       c.reltuples::float8 as reltuples, c.relpages::float8 as relpages,
       s.n_tup_ins::float8 as ins, s.n_tup_upd::float8 as upd, s.n_tup_del::float8 as del, s.n_live_tup::float8 as live,
       has_table_privilege(c.oid, 'select') as readable,
       (select count(*)::float8 from pg_class o where o.relnamespace = c.relnamespace and o.relkind in ('r', 'i') and o.oid <> c.oid
          and not exists (select 1 from pg_index x where x.indexrelid = o.oid and x.indrelid = c.oid)) as neighbours,
       (select count(*)::float8 from pg_class o where o.relnamespace = c.relnamespace and o.relkind in ('r', 'i') and o.oid > c.oid
          and not exists (select 1 from pg_index x where x.indexrelid = o.oid and x.indrelid = c.oid)) as newer
     from pg_class c left join pg_stat_user_tables s on s.relid = c.oid where c.oid = $1`,
    [found.oid],
  );
  const lockedFor = await exclusiveLock(ask, found.oid);
  const sizes =
    lockedFor === null
      ? await ask.rows(
          'select pg_relation_size($1::oid)::float8 as heap, pg_indexes_size($1::oid)::float8 as indexes',
          [found.oid],
        )
      : [];
  const heap = optional(sizes[0] ?? {}, 'heap');
  const target: Target = { ask, found, columns, chosen, layout, input };
  const rows = lockedFor === null ? await readRows(target, heap ?? 0, now) : null;
  const pieces = layout?.utc ? utcPieces : postgresPieces;
  return {
    ...noTable(input.table ?? null),
    name: `${found.schema}.${found.name}`,
    layout: layout?.title ?? null,
    renamedTo: await renamedTo(ask, found.name, found.oid),
    storage: storageOf(found.kind, text(facts, 'persistence')),
    rewritten: typeof facts['rewritten'] === 'boolean' ? facts['rewritten'] : null,
    neighbours: { all: number(facts, 'neighbours'), newer: number(facts, 'newer') },
    counters: countersOf(facts),
    bytes: heap === null ? null : { table: heap, indexes: number(sizes[0] ?? {}, 'indexes'), free: 0 },
    remembered: { rows: number(facts, 'reltuples'), pages: number(facts, 'relpages') },
    madeAt: await committedAt(ask, 'select xmin::text as x from pg_class where oid = $1', [found.oid], now),
    columns: chosen,
    rows,
    revocations:
      rows && chosen.revoked
        ? await readRevocations({ ask, pieces, from: quoted(found), columns: chosen, types: columns, now })
        : null,
    statements: await rememberedStatements(ask, found.name),
    appDenied: await appDenied(ask, input.appUser, found.oid),
    lockedFor,
    troubles: ask.troubles,
  };
}

async function candidatesFor(ask: Asker, table: string | undefined): Promise<readonly Candidate[]> {
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
async function firstKnown(ask: Asker, candidates: readonly Candidate[]): Promise<Candidate | undefined> {
  for (const candidate of candidates.slice(0, 6)) {
    const columns = await columnsOf(ask, candidate.oid);
    if (layoutOf(candidate.name, columns) || chooseColumns(columns, undefined, {}).expires) return candidate;
  }
  return undefined;
}

async function columnsOf(ask: Asker, oid: number): Promise<readonly Column[]> {
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

async function lookalikes(ask: Asker): Promise<readonly string[]> {
  const rows = await ask.rows(
    `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and c.relname ~* 'session' and n.nspname not in ('pg_catalog', 'information_schema') order by 1 limit 5`,
  );
  return rows.map((row) => text(row, 'name') ?? '');
}

/** RENAME leaves the primary key's name behind: `session_old` still carries `session_pkey`. */
async function renamedTo(ask: Asker, name: string, oid: number | null): Promise<string | null> {
  const rows = await ask.rows(
    `select n.nspname || '.' || t.relname as name from pg_index x join pg_class i on i.oid = x.indexrelid
       join pg_class t on t.oid = x.indrelid join pg_namespace n on n.oid = t.relnamespace
      where i.relname = $1 and t.relname <> $2 and t.oid <> coalesce($3::oid, 0) and x.indisprimary limit 1`,
    [`${name}_pkey`, name, oid],
  );
  return text(rows[0] ?? {}, 'name');
}

interface Target {
  readonly ask: Asker;
  readonly found: Candidate;
  readonly columns: readonly Column[];
  readonly chosen: ColumnsSeen;
  readonly layout: Layout | undefined;
  readonly input: DatabaseInput;
}

function quoted(found: Candidate): string {
  return `${postgresPieces.quote(found.schema)}.${postgresPieces.quote(found.name)}`;
}

async function readRows(target: Target, heap: number, now: number): Promise<RowsSeen | null> {
  const { ask, found, columns, chosen, layout, input } = target;
  const pages = heap / 8192;
  const sampled = found.kind === 'r' && pages > PAGES_IN_FULL ? PAGES_IN_FULL / pages : 1;
  const from =
    sampled < 1 ? `${quoted(found)} tablesample system (${(sampled * 100).toFixed(4)})` : quoted(found);
  const counted = await countRows({
    connection: ask.connection,
    pieces: layout?.utc ? utcPieces : postgresPieces,
    from,
    sampled,
    columns: chosen,
    types: columns,
    lookups: lookupColumns(columns, chosen.id),
    lifetime: input.lifetime,
  });
  if ('kind' in counted) {
    ask.troubles.push(troubleOf(counted));
    return null;
  }
  if (found.kind !== 'r') return counted;
  const [top] = await ask.tried(
    `select xmin::text as x, count(*)::float8 as n from ${from} group by 1 order by 2 desc limit 1`,
  );
  const writer = text(top ?? {}, 'x');
  if (!top || writer === null) return counted;
  return {
    ...counted,
    topTransaction: {
      rows: Math.round(number(top, 'n') / sampled),
      at: await committedAt(ask, 'select $1::text as x', [writer], now),
    },
  };
}

function storageOf(kind: string, persistence: string | null): TableSeen['storage'] {
  if (kind === 'v' || kind === 'm') return 'view';
  if (kind === 'f') return 'other';
  return persistence === 'u' ? 'unlogged' : 'logged';
}

function countersOf(row: SqlRow): TableSeen['counters'] {
  if (optional(row, 'ins') === null) return null;
  return {
    inserted: number(row, 'ins'),
    updated: number(row, 'upd'),
    deleted: number(row, 'del'),
    live: number(row, 'live'),
  };
}
