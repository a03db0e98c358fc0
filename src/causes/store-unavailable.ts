import { defineCause } from './cause.ts';

export const storeUnavailable = defineCause({
  id: 'store-unavailable',
  title: 'The session store does not answer, or refuses',
  hop: 'store',
  story:
    'The lookup fails with an error instead of a clean “not found”: out of memory with noeviction, no quorum, a failover, a lock, a changed password, no endpoints. The app takes the error for “no session” and sends people to the login, which fails as well. The sessions are still there and come back with the store, unless somebody clears the cookies first.',
  selfHealing: true,
  prior: -3,
  signals: {
    'symptoms/pattern-errors': 5,
    'symptoms/oldSessions-error': 3,
    'symptoms/onset-healed': 'weak',
    'symptoms/login-works': 'against',
    'symptoms/newLogin-sticks': 'against',
    'symptoms/login-private-window-only': 'against',
  },
  doNow: [
    'Make the app answer 503 and leave cookies alone while the store fails: no redirect to the login, no Set-Cookie.',
    'Mend the store: memory (raise maxmemory or free space), credentials, primary and replica roles, quorum, connection limit.',
    'Stop clients from refreshing or retrying in a tight loop; protect the store as it comes back.',
    'Tell users: “Please wait, do not sign out and do not clear cookies. You will still be signed in when we are back.”',
    'Watch errors per second from the store through the app’s own client, until zero for ten minutes.',
  ],
  doNot: [
    'Never hand out a temporary or in-memory session on a store error: it overwrites the good cookie and logs the user out for good.',
    'Do not flush or rebuild the store to get it back: the sessions are in it.',
    'Do not tell users to log out, and do not log them out from the apps.',
    'Do not restart a replica set before you know which member has the newest data.',
  ],
  prevent: [
    'An error is not a miss: the session middleware must tell them apart and answer 503.',
    'Probe the store by reading and writing one canary session through the app’s own client library.',
    'Alert on memory, refused connections and role changes well before the limit.',
  ],
  confirmWith: [
    'Look at the store from here: reachability, role, memory, refused writes, authentication errors: --redis URL (or --database URL)',
    'Compare the app’s 401s with store timeouts minute by minute.',
    'Ask whether sessions from before work again once the store is back.',
  ],
});
