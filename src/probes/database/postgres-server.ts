/**
 * PostgreSQL's server: its age, its counters' age, its role. Any role may ask.
 *
 * @module
 */
import type { Asker } from './ask.ts';
import { number, optional, text } from './rows.ts';
import type { ServerSeen } from './seen.ts';

/**
 * Counters that belong to no table begin anew, all at the same time, when the server recovers from a crash
 * (`pgstat_reset_after_failure`); also when the cluster is made, which the upper half of its identifier dates.
 * A time that is still to come was told by a clock that has been set back since: it dates nothing.
 */
const ANEW = `select extract(epoch from b.stats_reset)::float8 * 1000 as at
  from pg_stat_bgwriter b, pg_stat_archiver a, pg_control_system() s
  where abs(extract(epoch from b.stats_reset - a.stats_reset)) < 1 and b.stats_reset <= clock_timestamp()
    and (b.stats_reset >= pg_postmaster_start_time() or extract(epoch from b.stats_reset) - (s.system_identifier >> 32) > 60)`;

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
       (select tup_inserted::float8 from pg_stat_database where datname = current_database())
         - (select coalesce(sum(s.n_tup_ins), 0)::float8 from pg_stat_all_tables s join pg_class c on c.oid = s.relid where not c.relisshared) as dropped,
       (select coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 from pg_class c join pg_stat_user_tables s on s.relid = c.oid) as remembered,
       (select count(*)::float8 from pg_stat_activity where backend_type = 'client backend') as used,
       current_setting('max_connections')::float8 as most`,
  );
  const [checkpoint = {}] = await ask.tried(
    'select extract(epoch from checkpoint_time)::float8 * 1000 as at from pg_control_checkpoint()',
  );
  const [anew = {}] = await ask.tried(ANEW);
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
    crashedAt: local(optional(anew, 'at')),
    droppedRows: Math.max(0, number(row, 'dropped')),
    standby: row['standby'] === true,
    replayAgeMs: optional(row, 'replay_age'),
    searchPath: (text(row, 'path') ?? '').split(',').filter((name) => name !== ''),
    connections: used !== null && most !== null ? { used, most } : null,
    statements: null,
  };
}
