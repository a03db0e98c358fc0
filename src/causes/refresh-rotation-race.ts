import { defineCause } from './cause.ts';

export const refreshRotationRace = defineCause({
  id: 'refresh-rotation-race',
  title: 'Parallel refreshes use one refresh token twice, and reuse detection ends the session',
  hop: 'app',
  story:
    'Refresh tokens are used once and replaced. Several tabs, server-side renderings or instances refresh at the same moment; one wins, the others present a token that is already spent, and the provider takes it for theft and revokes the family, on all devices. It strikes at multiples of the access-token lifetime, heavy users first.',
  prior: -4.5,
  signals: {
    'symptoms/pattern-dying-by-times': 4,
    'symptoms/pattern-still-dying': 3,
    'symptoms/onset-recurring': 2.5,
    'symptoms/affected-some': 1,
    'symptoms/affected-everyone': 'against',
    'symptoms/login-fails': 'against',
    'symptoms/login-private-window-only': 'against',
    'symptoms/onset-healed': -2,
    'database/reuse-bursts': 'decisive',
    'database/reuse-revocations': 'strong',
    'database/tokens-forked': 'strong',
    'database/no-reuse': 'against',
  },
  doNow: [
    'Rule out theft first: single revocations from two distant networks are theft, not a race.',
    'Widen the reuse interval (grace window) of {rotation|database/reuse-bursts} to some seconds, and return the same successor within it.',
    'Let one process or tab refresh and the others wait for its result.',
    'The losers of a race must not clear cookies: let them retry with the newer token.',
    'Tell users: “If you were signed out, please sign in again.” Say it once the window is in place.',
    'Watch revocations with the reason “reuse” per minute.',
  ],
  doNot: [
    'Do not switch reuse detection off for good: it is what catches a stolen token.',
    'Do not lengthen access tokens to days to make refreshes rare.',
    'Do not retry a refresh with the same token in a loop.',
  ],
  prevent: [
    'Atomic rotation in the store, with one successor for each token.',
    'Refresh in one place per user agent (a lock or a broadcast between tabs); test with two instances in parallel.',
  ],
  confirmWith: [
    'Group revocations by reason, minute and family: bursts in the same instant, several successors of one token: --database URL',
    'Compare the age of sessions at logout with multiples of the access-token lifetime.',
    'Ask whether rotation was turned on, or an instance or tab-heavy feature added.',
  ],
});
