import { defineCause } from './cause.ts';

export const sessionReaper = defineCause({
  id: 'session-reaper',
  title: 'A clean-up job deletes sessions that are still in use',
  hop: 'store',
  story:
    'A garbage collector, tmp cleaner, cron job or TTL monitor removes session records at an age below the one that the app promises, or removes by user and takes the active session along. People fall out at a fixed idle age or at the job’s minute; never all at once.',
  prior: -4.5,
  signals: {
    'redis/mass-deleted': 'strong',
    'redis/mass-expired': 'strong',
    'symptoms/pattern-idle-out': 4.5,
    'symptoms/onset-recurring': 3,
    'symptoms/affected-some': 1,
    'symptoms/affected-everyone': 'against',
    'symptoms/oldSessions-error': -2,
    'symptoms/login-fails': 'against',
    'symptoms/login-private-window-only': 'against',
    'symptoms/onset-healed': -2,
    'database/idle-cliff': 6,
    'database/idle-cliff-or-quiet': 4,
    'database/rows-only-young': 'strong',
    'database/rows-all-young': 'strong',
    'database/idle-kept': 'against',
  },
  doNow: [
    'Stop the job, and note when it last ran and how much it deleted.',
    'Raise the age where the REAPER reads it (the ini of the PHP that runs the clean-up, the cron line, tmpfiles.d), not only in the app.',
    'If a second app shares the session folder, give each its own: the shorter setting wins for both.',
    'Tell users: “If you were signed out while idle, please sign in again.”',
    'Watch the age of the oldest idle session: it must grow past the old limit.',
  ],
  doNot: [
    'Do not raise only the cookie lifetime: the record dies all the same.',
    'Do not switch the clean-up off for good; the store will fill.',
    'Do not run the job by hand to see what it does; use its dry run.',
  ],
  prevent: [
    'Check at start that the reaper’s age is not below the app’s session lifetime.',
    'Give clean-up jobs a dry run that lists rows active in the last minutes.',
    'Delete by expiry, never by user or by creation time alone.',
  ],
  confirmWith: [
    'Look at the age histogram: nothing older than one fixed idle age (--database URL --session-table NAME, or --redis URL --key-prefix sess:)',
    'Look again an hour later: the cliff that a job leaves stays at its age, what a quiet night left grows older.',
    'Compare the minutes of the logouts with cron and job logs.',
    'Compare the garbage-collection age with the configured session lifetime.',
  ],
});
