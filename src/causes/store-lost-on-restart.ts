import { defineCause } from './cause.ts';

export const storeLostOnRestart = defineCause({
  id: 'store-lost-on-restart',
  title: 'The session store restarted and came back without its data',
  hop: 'store',
  story:
    'The store keeps sessions in memory only, loads an old snapshot, or lost its volume. A restart, crash or failover brought it back empty, and replicas then copied the empty primary. Cookies are fine, their sessions are not there any more. With OIDC the loss shows over one access-token lifetime, when refreshes fail.',
  prior: -3,
  signals: {
    'symptoms/pattern-lost-once': 3,
    'symptoms/oldSessions-rejected': 'weak',
    'symptoms/oldSessions-accepted': 'against',
    'symptoms/login-fails': -2,
    'symptoms/login-private-window-only': 'against',
    'symptoms/newLogin-dies': 'against',
    'symptoms/affected-some': -2,
  },
  doNow: [
    'If a replica still holds the data: cut it off (REPLICAOF NO ONE) and promote it BEFORE it resynchronises from the empty primary.',
    'Stop the supervisor from restarting the primary empty again.',
    'Look for a snapshot, AOF or volume of before: another dir, another mount, a backup; load it on a side server and check it first.',
    'If nothing is left, accept the re-login and protect the login path.',
    'Tell users: “You were signed out by a fault on our side. Please sign in again.”',
    'Watch uptime and key count of primary and replicas until the key count grows steadily.',
  ],
  doNot: [
    'Do not restart it again: each restart loses the new logins too.',
    'Do not switch appendonly on in the file and restart: Redis would then ignore the RDB that holds the data. Use CONFIG SET appendonly yes on the running server.',
    'Do not restore a backup over the live store without looking at its age: expired or revoked sessions must not come back.',
  ],
  prevent: [
    'Turn on AOF (appendonly yes, appendfsync everysec) and put it on a volume that outlives the container.',
    'Where a primary has no persistence, never restart it automatically; fail over to a replica instead.',
    'Keep session tables logged (not UNLOGGED, not ENGINE=MEMORY); wait for rebalancing between restarts of in-memory clusters.',
  ],
  confirmWith: [
    'Compare the store’s uptime with the incident, and read its persistence settings: --redis URL --since TIME',
    'Ask the replicas: an uptime longer than the primary’s, a high memory peak and no keys prove the wipe.',
    'For SQL stores: --database URL --session-table NAME',
    'Look at pod or unit events for an out-of-memory kill or a reschedule.',
  ],
});
