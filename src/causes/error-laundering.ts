import { defineCause } from './cause.ts';

export const errorLaundering = defineCause({
  id: 'error-laundering',
  title: 'An error is shown as “not logged in”',
  hop: 'app',
  kind: 'amplifier',
  story:
    'A time-out of the store, a failing provider or an expired credential of the app itself comes out as 401, “wrong password”, “corrupted session”, CSRF or theft. It sends responders to the wrong place and makes clients drop good credentials.',
  prior: -4,
  // Neither half says it alone: a hop that errs, and a refusal that users see instead.
  signals: {
    'symptoms/oldSessions-rejected': 'weak',
    'symptoms/oldSessions-error': 'against',
    'replay/all-refused': 2.5,
    'replay/all-errors': 'against',
    'redis/out-of-memory': 'weak',
    'redis/loading': 'weak',
    'redis/busy': 'weak',
    'redis/master-down': 'weak',
    'redis/cluster-down': 'weak',
    'redis/read-only-refusals': 'weak',
    'database/no-connections': 'weak',
    'database/table-locked': 'weak',
    'database/starting': 'weak',
    'provider/errors': 'weak',
    'provider/throttled': 'weak',
    'provider/client-rejected': 'weak',
    'provider/certificate-expired': 'weak',
  },
  doNow: [
    'Look for the first error behind the 401 in the app’s log; believe that one.',
    'Let the session layer answer 503 on errors and keep the cookie.',
    'Watch the ratio of 401 to 5xx: it must follow the truth.',
  ],
  doNot: ['Do not believe the error’s text, nor answer “wrong password” with a password reset campaign.'],
  prevent: ['An error is not a miss: separate the two in the session middleware, and test both.'],
  confirmWith: ['Compare 401s in the app with errors of store and provider minute by minute.'],
});
