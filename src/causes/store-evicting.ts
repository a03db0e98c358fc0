import { defineCause } from './cause.ts';

export const storeEvicting = defineCause({
  id: 'store-evicting',
  title: 'The store is full and evicts sessions to make room',
  hop: 'store',
  story:
    'Memory has reached its limit and the eviction policy lets the store delete keys before their time, so sessions die while their cookies live. Idle users go first; under pressure new logins die within minutes. It comes and goes with load and feels like repeated flushes. As a rule something else in the same store grew: a cache, a queue, a campaign.',
  prior: -3,
  signals: {
    'redis/evicting': 'decisive',
    'redis/evicted': 'weak',
    'redis/evicting-others': 1,
    'redis/no-eviction': 'refutes',
    'symptoms/pattern-dying-by-times': 4,
    'symptoms/pattern-still-dying': 3.5,
    'symptoms/newLogin-dies': 'weak',
    'symptoms/onset-recurring': 'weak',
    'symptoms/newLogin-sticks': 'against',
    'symptoms/oldSessions-accepted': -2,
    'symptoms/login-fails': -2,
    'symptoms/login-private-window-only': 'against',
    'replay/passes-then-fails': 2,
  },
  doNow: [
    'Raise maxmemory on {the running server|redis/evicting} if the host has room: CONFIG SET maxmemory …',
    'Find what fills it (sample key prefixes and sizes) and stop or shrink that: cache TTLs, a runaway queue, a campaign.',
    'Move the sessions to an instance of their own with maxmemory-policy noeviction, as soon as can be.',
    'Tell users: “You may be signed out repeatedly; please wait before signing in again.” Until evictions stop, a new login dies too.',
    'Watch evicted_keys: two readings ten seconds apart must be equal.',
  ],
  doNot: [
    'Do not restart Redis: it loses the remaining sessions, resets the counters that prove it, and it fills up again.',
    'Do not flush “the cache part” by hand while sessions share the instance.',
    'Do not switch to noeviction while the store is still full: then every new login fails with OOM.',
    'Do not lower maxmemory, not even briefly.',
  ],
  prevent: [
    'An instance for sessions alone, sized for the peak, with noeviction.',
    'Alert on evicted_keys > 0 and on used_memory above 80 % of maxmemory.',
    'Give every cache key a TTL and a budget.',
  ],
  confirmWith: [
    'Read evicted_keys twice, used_memory, maxmemory and the policy: --redis URL',
    'Compare the age at which sessions vanish with their TTL: --redis URL --key-prefix sess:',
  ],
});
