/**
 * PostgreSQL's answers. A role with CONNECT and USAGE sees all of it but the rows, which need SELECT.
 *
 * @module
 */
import type { SqlConnection, SqlRow } from '../../io/sql.ts';
import { type Asker, askerOf, troubleOf } from './ask.ts';
import type { DatabaseInput } from './input.ts';
import { bareName, type Column, chooseColumns, type Layout, layoutOf, lookupColumns } from './layouts.ts';
import {
  type Candidate,
  candidatesFor,
  columnsOf,
  firstKnown,
  isInSomePath,
  lookalikes,
  renamedTo,
} from './postgres-find.ts';
import { DEFINED, factsOfParts } from './postgres-parts.ts';
import { appDenied, committedAt, exclusiveLock, rememberedStatements } from './postgres-history.ts';
import { readRevocations } from './revocations.ts';
import { countInZone, number, optional, type Pieces, text } from './rows.ts';
import { type ColumnsSeen, ROW_SECURITY, type RowsSeen, type TableSeen } from './seen.ts';
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
  startOf: (column) => `left(${column}::text, 8)`,
  // Read as text: JSON's own operators refuse the whole statement for one row that holds \u0000.
  lifetimeIn: (column, type) =>
    type.startsWith('json')
      ? `(substring(${column}::text from '"originalMaxAge"\\s{0,9}:\\s{0,9}(\\d{1,15})')::float8 / 1000)`
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

/** The session table, found and measured. Each question that is refused is a trouble, not the end. */
export async function readPostgresTable(
  connection: SqlConnection,
  input: DatabaseInput,
  clock: () => number,
): Promise<TableSeen> {
  const now = clock();
  const ask = askerOf(connection);
  const candidates = await candidatesFor(ask, input.table);
  const exact =
    input.table !== undefined && input.table.includes('.') ? input.table.split('.')[0] : undefined;
  const fitting = candidates.filter((each) =>
    exact === undefined ? each.visible : each.schema === exact.replaceAll('"', ''),
  );
  const inPath = input.table === undefined ? await firstKnown(ask, fitting) : fitting[0];
  const usable = candidates.filter((each) => each.usable);
  const only =
    input.table !== undefined && exact === undefined && usable.length === 1 ? usable[0] : undefined;
  const found = inPath ?? only;
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
      ...(input.table !== undefined && (await lookalikes(ask))),
      renamedTo: input.table === undefined ? null : await renamedTo(ask, bareName(input.table), null),
      troubles: ask.troubles,
    };
  }
  const columns = await columnsOf(ask, found.oid);
  const layout = layoutOf(found.name, columns);
  const chosen = chooseColumns(columns, layout, input.columns);
  const [own = {}] = await ask.rows(
    `select c.relpersistence::text as persistence, c.relfilenode <> c.oid and c.relfilenode <> 0 as rewritten,
       c.reltuples::float8 as reltuples, c.relpages::float8 as relpages,
       s.n_tup_ins::float8 as ins, s.n_tup_upd::float8 as upd, s.n_tup_del::float8 as del, s.n_live_tup::float8 as live,
       row_security_active(c.oid) as filtered,
       o.neighbours, o.newer
     from pg_class c left join pg_stat_user_tables s on s.relid = c.oid
       cross join lateral (select count(*)::float8 as neighbours, count(*) filter (where n.oid > c.oid)::float8 as newer
         from pg_class n join pg_namespace m on m.oid = n.relnamespace
         where n.relkind = 'r' and n.oid <> c.oid and m.nspname not in ('pg_catalog', 'information_schema') and m.nspname !~ '^pg_t') o
     where c.oid = $1`,
    [found.oid],
  );
  const lockedFor = await exclusiveLock(ask, found.oid);
  const parts = found.kind === 'p' && lockedFor === null ? await factsOfParts(ask, found.oid) : {};
  const facts = { ...own, ...parts };
  const sizes =
    lockedFor === null
      ? await ask.rows(
          'select pg_relation_size($1::oid)::float8 as heap, pg_indexes_size($1::oid)::float8 as indexes',
          [found.oid],
        )
      : [];
  const size = { ...sizes[0], ...parts };
  const heap = optional(size, 'heap');
  const target: Target = { ask, found, columns, chosen, layout, input };
  const filtered = facts['filtered'] === true;
  if (filtered)
    ask.troubles.push({
      kind: 'denied',
      code: ROW_SECURITY,
      message: `from this host, row-level security hides rows of ${found.schema}.${found.name} from this role, which needs a policy of its own: CREATE POLICY sessdoctor ON ${found.schema}.${found.name} FOR SELECT TO the_role USING (true), or BYPASSRLS`,
    });
  const rows = lockedFor === null && !filtered ? await readRows(target, heap ?? 0, clock) : null;
  const pieces = layout?.utc ? utcPieces : postgresPieces;
  const [order = {}] = await ask.tried(ORDER, [found.oid]);
  const checkpointAge = optional(order, 'checkpoint_age');
  const afterCheckpoint = (column: string) =>
    order[column] === true && checkpointAge !== null ? Math.round(clock() - checkpointAge) : null;
  return {
    ...noTable(input.table ?? null),
    name: `${found.schema}.${found.name}`,
    outsidePath: inPath === undefined && !(await isInSomePath(ask, found.schema)),
    layout: layout?.title ?? null,
    renamedTo: await renamedTo(ask, found.name, found.oid),
    storage: storageOf(found.kind, text(facts, 'persistence')),
    rewritten: typeof facts['rewritten'] === 'boolean' ? facts['rewritten'] : null,
    neighbours: { all: number(facts, 'neighbours'), newer: number(facts, 'newer') },
    counters: countersOf(facts),
    bytes: heap === null ? null : { table: heap, indexes: number(size, 'indexes'), free: 0 },
    remembered: { rows: number(facts, 'reltuples'), pages: number(facts, 'relpages') },
    madeAt: await committedAt(ask, 'select xmin::text as x from pg_class where oid = $1', [found.oid], clock),
    bornAt: await committedAt(ask, BIRTH, [found.oid], clock),
    bornAfter: afterCheckpoint('born_after'),
    definedAfter: afterCheckpoint('defined_after'),
    columns: chosen,
    expiresType: columns.find((column) => column.name === chosen.expires)?.type ?? null,
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

/** A system column's entry is written when the table is created, and never again. */
const BIRTH = 'select xmin::text as x from pg_attribute where attrelid = $1 and attnum = -6';

/** Whether the table was created, and last defined, by a transaction that began after the last checkpoint. */
const ORDER = `select extract(epoch from now() - k.checkpoint_time)::float8 * 1000 as checkpoint_age,
  age(a.xmin) <= age(split_part(k.next_xid, ':', 2)::xid) as born_after,
  age(c.xmin) <= age(split_part(k.next_xid, ':', 2)::xid) as defined_after
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum = -6, pg_control_checkpoint() k where c.oid = $1`;

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

function sampledFrom(found: Candidate, share: number): string {
  return share < 1 ? `${quoted(found)} tablesample system (${(share * 100).toFixed(4)})` : quoted(found);
}

async function readRows(target: Target, heap: number, clock: () => number): Promise<RowsSeen | null> {
  const { ask, found, columns, chosen, layout, input } = target;
  const pages = heap / 8192;
  const count = (share: number) =>
    countInZone(
      {
        connection: ask.connection,
        pieces: layout?.utc ? utcPieces : postgresPieces,
        from: sampledFrom(found, share),
        sampled: share,
        columns: chosen,
        types: columns,
        lookups: lookupColumns(columns, chosen.id),
        lifetime: input.lifetime,
      },
      layout?.utc ? postgresPieces : utcPieces,
    );
  let sampled = found.kind === 'r' && pages > PAGES_IN_FULL ? PAGES_IN_FULL / pages : 1;
  let counted = await count(sampled);
  if (counted.rows === null && counted.trouble?.kind === 'statement-timeout' && pages > 100) {
    sampled /= 50;
    counted = await count(sampled);
  }
  const from = sampledFrom(found, sampled);
  if (counted.trouble) ask.troubles.push(troubleOf(counted.trouble));
  if (!counted.rows || !/[rp]/.test(found.kind)) return counted.rows;
  const [top] = await ask.tried(
    `select x::text as x, n::float8 as n, (sum(n) filter (where age(x) > d.defined) over ())::float8 as older,
       d.defined::float8 as defined, (max(age(x)) over ())::float8 as oldest_write
       from (select xmin as x, count(*) as n from ${from} group by xmin) w, (${found.kind === 'p' ? DEFINED.parts : DEFINED.plain}) d
      order by 2 desc limit 1`,
    [found.oid],
  );
  const writer = text(top ?? {}, 'x');
  if (!top || writer === null) return counted.rows;
  return {
    ...counted.rows,
    beforeDefinition: Math.round(number(top, 'older') / sampled),
    definedAge: optional(top, 'defined'),
    oldestWriteAge: optional(top, 'oldest_write'),
    topTransaction: {
      rows: Math.round(number(top, 'n') / sampled),
      at: await committedAt(ask, 'select $1::text as x', [writer], clock),
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
