/**
 * A partitioned table has neither storage nor counters of its own: they are its partitions', summed.
 *
 * @module
 */
import type { SqlRow } from '../../io/sql.ts';
import type { Asker } from './ask.ts';

/** `rewritten` when each partition that was ever written to has new storage (PostgreSQL 12 or later). */
const PARTS = `select bool_and(c.relfilenode <> c.oid) filter (where s.n_tup_ins > 0) as rewritten,
    sum(greatest(c.reltuples, 0))::float8 as reltuples, sum(c.relpages)::float8 as relpages,
    sum(s.n_tup_ins)::float8 as ins, sum(s.n_tup_upd)::float8 as upd, sum(s.n_tup_del)::float8 as del, sum(s.n_live_tup)::float8 as live,
    sum(pg_relation_size(c.oid))::float8 as heap, sum(pg_indexes_size(c.oid))::float8 as indexes
  from pg_partition_tree($1::oid) t join pg_class c on c.oid = t.relid join pg_stat_user_tables s on s.relid = c.oid where t.isleaf`;

/** When a table was last defined, in transactions before now: of partitions, the one whose definition is oldest. */
export const DEFINED = {
  plain: 'select age(xmin) as defined from pg_class where oid = $1',
  parts: `select max(age(c.xmin)) filter (where s.n_tup_ins > 0) as defined from pg_partition_tree($1::oid) t
    join pg_class c on c.oid = t.relid join pg_stat_user_tables s on s.relid = c.oid where t.isleaf`,
} as const;

/** What the catalogue says of all partitions together; nothing where the server cannot say it. */
export async function factsOfParts(ask: Asker, oid: number): Promise<SqlRow> {
  const [row = {}] = await ask.tried(PARTS, [oid]);
  return row['ins'] === null ? {} : row;
}
