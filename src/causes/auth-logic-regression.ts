import { defineCause } from './cause.ts';

export const authLogicRegression = defineCause({
  id: 'auth-logic-regression',
  title: 'A release broke the login or session code itself',
  hop: 'app',
  story:
    'With keys, stores, cookies and provider healthy, the code itself takes a wrong branch or fails: a hook that throws, a class path stored in sessions that has moved, a logout that clears the wrong cookie. It follows the ring of the release and ends with it. What is left when everything else is proved innocent, and it should be proved, not assumed.',
  prior: -4,
  signals: {
    'cookies/deleted': 'strong',
    'cookies/emptied': 6,
    'cookies/cleared': 6,
    'cookies/not-set': 1,
    'symptoms/oldSessions-error': 'weak',
    'symptoms/onset-healed': -2,
    'symptoms/onset-recurring': -2,
    'replay/fleet-sessionless': 1,
    'replay/follows-build': 3,
    'replay/all-errors': 2,
    'replay/some-errors': 2,
    'replay/all-accepted': 'against',
  },
  doNow: [
    'Where a hook, plugin or feature flag is new, switch that off: it is quicker than a rollback.',
    'Compare the error rate of the auth path by build: if it follows the new one, roll back through the pipeline, completely.',
    'Keep one failing request with its stack and its session, for the fix.',
    'Tell users: “Sign-in is disturbed, we are restoring the previous version.”',
    'Watch 5xx and 401 in the auth path by build until both are flat.',
  ],
  doNot: [
    'Do not roll back by hand on single hosts.',
    'Do not revert if cookie names, scopes or formats changed as well: those need a step forward.',
    'Do not clear all sessions to get rid of the bad ones before you know that they are the cause.',
    'Do not blame the provider before a login with the hook bypassed has failed too.',
  ],
  prevent: [
    'Release session changes alone, to a small ring first.',
    'Keep an alias for moved classes for one session lifetime.',
    'Test with sessions made by the previous release.',
  ],
  confirmWith: [
    'Replay one session against instances of both builds: --replay URL --samples FILE --instance URL…',
    'Group errors by class and build.',
    'Check that it began with the release and not before: --since TIME and incident.changes in sessdoctor.yaml',
  ],
});
