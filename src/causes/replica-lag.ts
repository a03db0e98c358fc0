import { defineCause } from './cause.ts';

export const replicaLag = defineCause({
  id: 'replica-lag',
  title: 'Sessions are read from a replica that does not have them yet',
  hop: 'store',
  story:
    'A login writes the session to the primary and the next request reads it from a replica that is a moment behind. The user is sent back to the login although the same request would pass two seconds later. Established sessions are fine. A few hundredths of a second of lag are enough.',
  selfHealing: true,
  prior: -4.5,
  signals: {
    'redis/replica-link-down': 4,
    'redis/replica-behind': 'strong',
    'redis/replica-in-step': -1,
    'symptoms/pattern-fresh-dies': 4,
    'symptoms/newLogin-dies': 1,
    'symptoms/affected-some': 1,
    'symptoms/oldSessions-rejected': 'against',
    'symptoms/affected-everyone': -2,
    'symptoms/login-private-window-only': 'against',
    'replay/fails-then-passes': 6.5,
    'replay/mixed-opaque': 2,
    'replay/mixed-signed-id': 2,
    // Another kind of credential was replayed: that explains nothing of this, and disproves nothing either.
    'replay/mixed-self-contained': 'against',
    'replay/all-accepted': -1,
    'database/replica-misses-rows': 'decisive',
    'database/replica-behind': 5.5,
    'database/replica-close': 'against',
  },
  doNow: [
    'Read sessions from the primary {and not from the replica|database/replica-misses-rows database/replica-behind redis/replica-behind}: pin the session and token tables, or switch the replica off for this app.',
    'If the lag has a cause (a long query, a full disk, a restore), stop that.',
    'Tell users: “If sign-in fails, wait a few seconds and try once more.”',
    'Watch failures among sessions younger than ten seconds until they stop.',
  ],
  doNot: [
    'Do not rule it out because the lag looks small, or because the same request passes a moment later: that is the sign.',
    'Do not clear the cookie on a miss for a session that was issued seconds ago.',
    'Do not add sleeps after login: they hide it until the next peak.',
  ],
  prevent: [
    'Session reads go to the primary, always.',
    'Read your own writes: pin a user to the primary for some seconds after a write.',
    'Test with a replica that is held back on purpose.',
  ],
  confirmWith: [
    'Replay a session that is seconds old: it fails at first, then passes (--replay URL --samples FILE)',
    'Read the same row on primary and replica in the same second; look at replication state: --database URL',
    'Ask whether a replica was added or a failover took place when it began.',
  ],
});
