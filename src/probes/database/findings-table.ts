/**
 * What the database probe can say about the session table, its rows and what keeps them.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';
import { blind, fine, lost, note } from './findings-words.ts';

/** Words of findings about the table’s rows. */
export const tableFindings = {
  'table-missing': lost(
    'The session table does not exist',
    'Every look-up fails: most apps answer 500 or send people to the login.',
  ),
  'table-not-found': blind(
    'There is no table of the name that was given, but one that is named alike',
    'Either the name that was given is not the app’s, or its table was dropped.',
    '--session-table NAME',
  ),
  'table-never-seen': blind(
    'There is no session table of that name, and nothing shows that this database ever had one',
    'Perhaps the app uses another database or another name. If it is the app’s own, every look-up fails.',
    'Compare the database and the table with the app’s configuration: --database URL --session-table NAME',
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
  'truncated-once': {
    level: 'warning',
    title: 'The session table was truncated at some time',
    why: 'Rows went without being counted as deleted. Whether that was at the incident or long before is not to be seen from here.',
    fix: 'Grant SELECT on the table to this role, or ask who truncated it: the server’s log, the migrations, pg_stat_statements.',
  },
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
  'rows-newer-or-quiet': {
    level: 'warning',
    title: 'No live session is older than the incident, and a quiet time before it would look the same',
    why: 'Sessions of before have gone, by a loss or by their own time: after a night or a weekend without logins there are none either.',
    fix: 'Compare with a backup of just before the incident, or say what people report: symptoms.oldSessions.',
  },
  'rows-few-newer': note(
    'The few sessions there are began after the incident',
    'So few prove nothing: a new or quiet site looks the same as one that lost its sessions.',
  ),
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
    why: 'Nobody logged in for long before those, or something has removed sessions again since: a job that clears too early, or a statement that runs more than once.',
  },
  'rows-only-young': {
    level: 'warning',
    title: 'All live sessions are young, and the table shows that there were others',
    why: 'It was emptied or made anew at that time, or a job removes sessions that are still valid. Nobody said when the incident began.',
    fix: 'Give the time of the incident: --since TIME. Look again in an hour: what a job leaves stays as young as it is now.',
  },
  'expired-together': {
    level: 'warning',
    title: 'Most sessions expired within one minute',
    why: 'A statement set their expiry, or all sessions here end at one time of the day. Nobody said when the incident began.',
    fix: 'Give the time of the incident: --since TIME.',
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
export const storageFindings = {
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
  'memory-restarted': {
    level: 'warning',
    title: 'The session table is kept in memory, and the server restarted lately',
    why: 'What was in it before the start is gone. Nobody said when the incident began.',
    fix: 'Give the time of the incident: --since TIME.',
  },
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
