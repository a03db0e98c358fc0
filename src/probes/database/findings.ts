/**
 * Everything the database probe can say.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';
import { storageFindings, tableFindings } from './findings-table.ts';
import { blind, fine, note } from './findings-words.ts';
import { migrationFindings } from './migration-findings.ts';

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
  'file-not-sqlite': blind(
    'What was given is no SQLite database',
    'Nothing was looked at. If the app uses this very path, its file was replaced, emptied or written over, and every look-up fails.',
    'Compare the path with the app’s own configuration: file PATH; ls -l PATH',
  ),
  unfinished: {
    level: 'info',
    title: 'The run ended before the database had been looked at',
    why: 'Nothing more is known of it from this run.',
    blind: true,
  },
  'driver-missing': blind(
    'The driver for this database is not installed',
    'Nothing was looked at.',
    'npm install sql.js',
  ),
  'too-large': blind('The SQLite file is too large to be read from here', 'Nothing was looked at.'),
  damaged: {
    level: 'critical',
    title: 'The SQLite file is damaged',
    why: 'Look-ups that meet the damage fail.',
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
  'idle-cliff-or-quiet': {
    level: 'warning',
    title: 'No session is idle longer than a part of its lifetime, which a quiet time explains as well',
    why: 'A job deletes sessions that are still valid, or nobody was there before: a night or a weekend looks the same.',
    fix: 'Look again in an hour: the cliff that a job leaves stays at its age, what a quiet time left grows older.',
  },
  'idle-kept': fine(
    'Sessions that were idle for most of their lifetime are still there',
    'Nothing cleans them away early.',
  ),
} as const satisfies Record<string, FindingDoc>;

/** The catalogue. */
export const databaseFindings = {
  ...reach,
  ...tableFindings,
  ...storageFindings,
  ...life,
  ...migrationFindings,
};

export type DatabaseSlug = keyof typeof databaseFindings;
