import { defineCause } from './cause.ts';

export const loginStorm = defineCause({
  id: 'login-storm',
  title: 'Everybody logs in again at once',
  hop: 'app',
  kind: 'amplifier',
  story:
    'After a mass logout, logins, refreshes and retries arrive together and overload the login path, the password hashing, the provider or the mail and MFA services. 429 and 502 then look like the fault itself and keep people out after it is mended.',
  prior: -4,
  signals: {
    'symptoms/pattern-lost-once': 1,
    'provider/throttled': 'weak',
    'provider/too-slow': 1,
    'database/connections-nearly-full': 'weak',
    'database/no-connections': 'weak',
    'redis/too-many-clients': 'weak',
    'redis/clients-rejected': 'weak',
  },
  doNow: [
    'Protect the login path: queue or rate-limit with a clear message and Retry-After, scale out, shed bots.',
    'Stop automatic retries of clients; add jitter.',
    'Tell users: “Many people are signing in, please try again in a few minutes.”',
    'Watch login rate and latency until both are back to normal.',
  ],
  doNot: [
    'Do not relax MFA, password hashing or rate limits per account to get through it.',
    'Do not announce “please log in again” to everybody in the same minute.',
  ],
  prevent: ['Know how many logins per second the path can bear; let clients back off with jitter.'],
  confirmWith: ['Look at the rates of logins, refreshes, 429 and 502 since the first fault.'],
});
