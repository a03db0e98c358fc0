import { defineCause } from './cause.ts';

export const clientWipe = defineCause({
  id: 'client-wipe',
  title: 'Apps threw their credentials away because of a passing error',
  hop: 'client',
  kind: 'amplifier',
  story:
    'A client took a short spell of 401 or 5xx for the end of the session and deleted its tokens. The server would still accept them, but nobody holds them any more: a fault of minutes becomes a logout for good.',
  prior: -4,
  signals: {
    'symptoms/onset-healed': 1,
    'symptoms/oldSessions-accepted': 1,
    'symptoms/oldSessions-rejected': -2,
    'replay/cleared': 2,
  },
  doNow: [
    'Answer 503 with Retry-After, never 401, while the fault lasts.',
    'Tell users of the app: “Please sign in again”; those in browsers that kept the cookie need not.',
    'Watch unused but valid tokens on the server: they show how many were hit.',
  ],
  doNot: [
    'Do not revoke the “orphaned” tokens in bulk before clients are known to be back.',
    'Do not ship a client that clears its storage on any error.',
  ],
  prevent: [
    'A client drops its credentials only on an explicit invalid_grant or a signed-out answer, never on a time-out or 5xx.',
  ],
  confirmWith: ['Look for valid, unused tokens of users who report a logout, after a short error window.'],
});
