import { defineCause } from './cause.ts';

export const sessionTableDestroyed = defineCause({
  id: 'session-table-destroyed',
  title: 'A migration or statement emptied or replaced the session table',
  hop: 'store',
  story:
    'DROP, TRUNCATE, DELETE, a mass UPDATE or a restore of an old dump hit the table that holds the sessions. The rows are gone, or still there but no longer match the app’s lookup (expired in one stroke, a new column NULL). Everyone is logged out once; when the table itself is missing, answers are 500 rather than 401.',
  prior: -4,
  signals: {
    'symptoms/pattern-lost-once': 3,
    'symptoms/oldSessions-rejected': 'weak',
    'symptoms/oldSessions-error': 'weak',
    'symptoms/oldSessions-accepted': 'against',
    'symptoms/oldSessions-mixed': -2,
    'symptoms/login-private-window-only': 'against',
    'symptoms/newLogin-dies': 'against',
    'symptoms/onset-ramp': 'against',
    'symptoms/onset-healed': 'against',
    'replay/old-accepted': -6,
  },
  doNow: [
    'Stop further migrations, and stop any job that would purge or vacuum what is left.',
    'If the table is missing, create it by its migration so that logins work again.',
    'If the lost sessions are worth it: restore that one table by point-in-time recovery into a side table and insert only rows that are unexpired and not revoked.',
    'If only a column is wrong, repair the rows by an UPDATE that counts them first by the app’s own lookup.',
    'Tell users: “You were signed out by maintenance on our side. Please sign in again.”',
    'Watch the row count by age: it must grow from the incident on.',
  ],
  doNot: [
    'Do not restore the whole database over the live one for the sake of sessions.',
    'Do not bring back rows that were revoked or belong to users who have since changed their password.',
    'Do not run the down migration blindly: it often drops the new table too.',
  ],
  prevent: [
    'Lint migrations for DROP, TRUNCATE, DELETE and UPDATE on session tables.',
    'Expand, migrate, contract; count rows by the app’s own lookup query before and after.',
    'Announce a deliberate purge as what it is.',
  ],
  confirmWith: [
    'Read the table’s counters, identity and oldest row: --database URL --session-table NAME --since TIME',
    'Read the migrations that ran: --migrations DIR',
    'Ask whoever ran the last migration or restore.',
  ],
});
