/**
 * Everything the database probe can say.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';
import { migrationFindings } from './migration-findings.ts';

const LOSS_FIX =
  'If it is worth it: restore this one table by point-in-time recovery into a side table and insert from it only rows that are unexpired and not revoked.';

const blind = (title: string, why: string, fix?: string) =>
  ({ level: 'warning', title, why, blind: true, ...(fix && { fix }) }) as const satisfies FindingDoc;
const lost = (title: string, why: string) =>
  ({ level: 'critical', title, why, fix: LOSS_FIX }) as const satisfies FindingDoc;
const fine = (title: string, why: string) => ({ level: 'ok', title, why }) as const satisfies FindingDoc;
const note = (title: string, why: string) => ({ level: 'info', title, why }) as const satisfies FindingDoc;

/** Words of findings about the server and the way to it. */
const reach = {
  answers: fine(
    'The database answers and the session table can be read',
    'Look-ups that fail must fail elsewhere.',
  ),
  unreachable: blind(
    'The database could not be reached',
    'Name or route is missing, from this host at least.',
  ),
  refused: blind(
    'The database refused the connection',
    'Nothing listens there, from this host’s point of view.',
  ),
  'file-missing': blind(
    'The SQLite file is not there',
    'The path is wrong, or the volume that held it is gone: a new deploy then begins without sessions.',
  ),
  'no-answer': blind(
    'The database does not answer in time',
    'The app waits as well, and takes a timeout for “no session”.',
  ),
  tls: blind(
    'The encrypted connection to the database fails',
    'Apps that check the certificate fail in the same way.',
  ),
  'login-denied': blind(
    'The database refuses the login',
    'Wrong for the app as well if it uses the same credential; perhaps only this one is wrong.',
    'Use a role of its own, as printed in the detail.',
  ),
  'no-connections': {
    level: 'critical',
    title: 'The database has no connection left',
    why: 'Session look-ups fail with an error, and many apps treat that as “not logged in”.',
    fix: 'Find who holds the connections (pg_stat_activity, SHOW PROCESSLIST) and shrink that pool; put a pooler in front.',
    blind: true,
  },
  starting: {
    level: 'critical',
    title: 'The database is starting up or shutting down',
    why: 'It refuses everybody until it has finished; sessions come back with it.',
    blind: true,
  },
  'connections-nearly-full': note(
    'Nearly all connections of the database are in use',
    'Once the limit is reached, look-ups fail for whoever comes next.',
  ),
  'not-a-database': blind(
    'What answers there is not this kind of database',
    'Check scheme, port and what stands in front.',
  ),
  'driver-missing': blind(
    'The driver for this database is not installed',
    'Nothing was looked at.',
    'npm install sql.js',
  ),
  'too-large': blind('The SQLite file is too large to be read from here', 'Nothing was looked at.'),
  damaged: {
    level: 'critical',
    title: 'The SQLite file is damaged, or not a database',
    why: 'Every look-up in it fails.',
    fix: 'Copy the file away first, then: sqlite3 copy.db ".recover" | sqlite3 new.db',
    blind: true,
  },
  denied: blind(
    'This role may not read the session table',
    'Counts and ages of sessions could not be looked at; what the catalogue says was.',
    'Grant what the detail names: it allows reading this one table and nothing else.',
  ),
  'partly-denied': note(
    'This role may not read all of the session table',
    'The rows were counted by what it may read; ages or empty sessions may be hidden from it.',
  ),
  'app-denied': {
    level: 'critical',
    title: 'The app’s own role may not use the session table any more',
    why: 'Look-ups fail with “permission denied”: an error, not a loss. The rows are still there.',
    fix: 'GRANT SELECT, INSERT, UPDATE, DELETE on the table to the app’s role again; new tables need their grants.',
  },
  'table-locked': {
    level: 'critical',
    title: 'Somebody holds an exclusive lock on the session table',
    why: 'All look-ups wait behind it until they time out: a migration, VACUUM FULL or a forgotten transaction.',
    fix: 'Find the holder in pg_locks joined with pg_stat_activity; let it finish or end it. Set lock_timeout in migrations.',
  },
  standby: note('This database is a standby', 'It may lag, and apps that write to it fail.'),
  'counters-reset': note(
    'The database’s counters were reset by hand',
    'They can say nothing about the time before.',
  ),
  'counters-lost': note(
    'The database lost its counters, as it does after a crash or a restore',
    'Logged tables keep their rows through it; UNLOGGED ones do not.',
  ),
  'rows-unread': blind(
    'The sessions could not be counted',
    'Whether any from before the incident is left is not known; what the catalogue says was looked at.',
  ),
  'not-told': note('Part of what was asked got no answer', 'The rest was looked at; this was not.'),
} as const satisfies Record<string, FindingDoc>;

/** Words of findings about the table’s rows. */
const table = {
  'table-missing': lost(
    'The session table does not exist',
    'Every look-up fails: most apps answer 500 or send people to the login.',
  ),
  'table-outside-search-path': lost(
    'The session table is in a schema that the search path does not hold',
    'The app’s unqualified name finds nothing, although the rows are there.',
  ),
  'renamed-away': lost(
    'The session table was renamed, and its rows went with it',
    'The app looks into a new, empty table of the old name.',
  ),
  'no-table-known': blind(
    'No session table was found',
    'None of the well-known layouts is there.',
    '--session-table NAME',
  ),
  truncated: lost(
    'The session table was truncated',
    'All rows went at once, without being counted as deleted.',
  ),
  restored: lost(
    'The session table was reloaded from a copy',
    'One transaction wrote nearly all rows: what was newer than the copy is gone.',
  ),
  recreated: lost(
    'The session table was dropped and created anew',
    'It is younger than what surrounds it, and holds nothing from before.',
  ),
  'emptied-by-delete': lost(
    'The session table was emptied by DELETE',
    'The room that the rows took is still there; the rows are not.',
  ),
  'expired-at-once': lost(
    'Most sessions were expired in one stroke',
    'The rows are there, but the app’s look-up passes over them.',
  ),
  'data-blanked': lost(
    'The data of most sessions was blanked',
    'The look-up succeeds and finds nobody logged in.',
  ),
  'lookup-null': lost(
    'Most rows have no value in the column that the app looks up',
    'A new column was added and old rows were not filled in.',
  ),
  'column-null': note(
    'Most rows have no value in a column that may be looked up',
    'If the app now looks sessions up by it, old ones are not found.',
  ),
  'rows-all-newer': {
    level: 'warning',
    title: 'No live session is older than the incident',
    why: 'Sessions live longer than that here, so what there was before has gone.',
  },
  'rows-hole': note(
    'Sessions from long before the incident are there, those from just before it are not',
    'Nobody was there at that hour, or the table was reloaded from an older copy.',
  ),
  'rows-all-blank': {
    level: 'warning',
    title:
      'Sessions from before the incident are there, but the column that seems to hold their data is empty',
    why: 'Either their data was blanked, or nobody fills that column: compare it with a session of today.',
  },
  'rows-all-young': {
    level: 'warning',
    title: 'All live sessions are much younger than the incident',
    why: 'Something has removed sessions again since: a job that clears too early, or a statement that runs more than once.',
  },
  'table-empty': { level: 'warning', title: 'The session table is empty', why: 'Nobody is logged in by it.' },
  'rows-survive': fine(
    'Live sessions from before the incident are in the table',
    'They were not lost, expired or replaced.',
  ),
  'rows-survive-guessed': fine(
    'Live sessions seem to be older than the incident',
    'Their age is inferred from their expiry; with --config database.lifetime it can be known.',
  ),
  'counters-whole': fine(
    'The table holds what was inserted, less normal clean-up',
    'Since its counters began nothing was emptied.',
  ),
  'rewritten-kept': note(
    'The table’s storage was rewritten, without a loss of rows',
    'VACUUM FULL, CLUSTER or some ALTER TABLE do that.',
  ),
  'cannot-tell-age': note(
    'The age of the sessions cannot be told',
    'Without a time of creation or expiry, or when sessions are too short-lived.',
  ),
  'statements-remembered': note(
    'Destructive statements on the session table are remembered',
    'pg_stat_statements does not say when they ran.',
  ),
} as const satisfies Record<string, FindingDoc>;

/** Words of findings about storage that forgets. */
const restart = {
  'unlogged-emptied': lost(
    'An UNLOGGED session table was emptied by a crash',
    'PostgreSQL empties unlogged tables when it recovers from a crash.',
  ),
  unlogged: {
    level: 'warning',
    title: 'The session table is UNLOGGED',
    why: 'A crash or failover empties it; replicas and backups never hold it.',
    fix: 'ALTER TABLE … SET LOGGED (rewrites the table under a lock: at a quiet hour)',
    weakness: true,
  },
  'memory-emptied': lost(
    'A session table in memory was emptied by a restart',
    'ENGINE=MEMORY keeps rows only as long as the server runs.',
  ),
  'memory-engine': {
    level: 'warning',
    title: 'The session table is kept in memory only (ENGINE=MEMORY)',
    why: 'Every restart of the server empties it.',
    fix: 'ALTER TABLE … ENGINE=InnoDB',
    weakness: true,
  },
  'file-new': lost(
    'The SQLite file is younger than the sessions should be',
    'A redeploy or reschedule began with a new file: the old one was not on a lasting volume.',
  ),
} as const satisfies Record<string, FindingDoc>;

/** Words of findings about replicas, revocations and clean-up. */
const life = {
  'replica-misses-rows': {
    level: 'critical',
    title: 'Rows that are on the primary are not on the replica',
    why: 'Whoever reads sessions from the replica does not find fresh logins.',
    fix: 'Read sessions from the primary.',
  },
  'replica-behind': {
    level: 'warning',
    title: 'The replica is behind the primary',
    why: 'A login is not found there until it has caught up.',
    fix: 'Read sessions from the primary.',
  },
  'replica-close': fine(
    'The newest rows are on the replica too',
    'At this moment; a few hundredths of a second are enough to miss a login.',
  ),
  'replica-blind': blind('The replica could not be looked at', 'Whether it holds fresh logins is not known.'),
  'reuse-bursts': {
    level: 'critical',
    title: 'Refresh tokens are revoked for reuse, several in the same second',
    why: 'Parallel refreshes with one token look like theft, and end the session on all devices.',
    fix: 'Allow a reuse interval of some seconds and return the same successor within it.',
  },
  'reuse-revocations': {
    level: 'warning',
    title: 'Refresh tokens are revoked for reuse',
    why: 'Either parallel refreshes or real theft: look at the networks they came from.',
  },
  'tokens-forked': {
    level: 'warning',
    title: 'Some tokens have more than one successor',
    why: 'Two refreshes used the same token: rotation is not atomic.',
  },
  'no-reuse': fine(
    'No revocation for reuse since the incident',
    'Reuse detection did not end these sessions.',
  ),
  'revoked-for-security': {
    level: 'critical',
    title: 'Many sessions were revoked at one moment, with a reason of security or administration',
    why: 'Somebody ended them on purpose.',
    fix: 'Speak to whoever ordered it before anything is restored.',
  },
  'revoked-at-once': {
    level: 'warning',
    title: 'Many sessions were revoked at one moment',
    why: 'One statement or one call ended them.',
  },
  'no-revocations': fine(
    'No wave of revocations near the incident',
    'Sessions were not revoked in this table.',
  ),
  'idle-cliff': {
    level: 'warning',
    title: 'No session is idle longer than a fixed age, well below its lifetime',
    why: 'Something deletes sessions that are still valid.',
    fix: 'Find the job (cron, pg_cron, EVENT, the app’s own clean-up) and raise the age where it reads it.',
  },
  'idle-kept': fine(
    'Sessions that were idle for most of their lifetime are still there',
    'Nothing cleans them away early.',
  ),
} as const satisfies Record<string, FindingDoc>;

/** The catalogue. */
export const databaseFindings = { ...reach, ...table, ...restart, ...life, ...migrationFindings };

export type DatabaseSlug = keyof typeof databaseFindings;
