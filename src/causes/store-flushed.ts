import { defineCause } from './cause.ts';

export const storeFlushed = defineCause({
  id: 'store-flushed',
  title: 'The session store was emptied by a flush',
  hop: 'store',
  story:
    'Somebody or something ran FLUSHALL or FLUSHDB (or a cache clear that does it underneath) on the server that also holds the sessions. Everyone is logged out within the same second; carts, queues and other data in it are gone too. The server never restarted and looks healthy. New logins last until the next flush.',
  prior: -3,
  signals: {
    'redis/flushed': 'decisive',
    'redis/emptied': 'strong',
    'redis/flush-counted': 'weak',
    'redis/no-keys': 1,
    'redis/mass-deleted': 1,
    'redis/no-flush': 'refutes',
    'redis/no-flush-counted': 'against',
    'redis/flush-spared': 'against',
    'redis/sessions-survive': 'refutes',
    'symptoms/pattern-lost-once': 3,
    'symptoms/oldSessions-rejected': 'weak',
    'symptoms/oldSessions-accepted': 'against',
    'symptoms/oldSessions-error': -2,
    'symptoms/login-fails': -2,
    'symptoms/login-private-window-only': 'against',
    'symptoms/newLogin-dies': 'against',
    'symptoms/affected-some': -2,
    'symptoms/onset-ramp': 'against',
    'symptoms/onset-healed': 'against',
    'replay/old-accepted': -6,
  },
  doNow: [
    'Find and stop what flushed {the store|redis/flushed redis/emptied}: a deploy step with a cache clear, a cron job, a person with redis-cli. SLOWLOG and the deploy log name it.',
    'If AOF is on: CONFIG SET auto-aof-rewrite-percentage 0, copy the AOF files away, cut the FLUSH from the copy and load it on another server. What was there before the flush is still in it.',
    'If AOF is off, the sessions are gone: accept the re-login and protect the login path (rate limit, scale out, queue).',
    'Tell users: “You were signed out by a fault on our side. Please sign in again.”',
    'Watch the number of keys and the flush counter: it must not move again.',
  ],
  doNot: [
    'Do not restart Redis and do not run BGREWRITEAOF or SAVE: it destroys what can still be recovered, and the counters that prove the flush.',
    'Do not run CONFIG RESETSTAT or SLOWLOG RESET before they have been saved.',
    'Do not let the app hand out temporary sessions, and do not relax MFA to shorten the login wave.',
  ],
  prevent: [
    'Keep sessions and cache on separate instances; a second DB number does not protect against FLUSHALL.',
    'Give the app an ACL user without @dangerous (-flushall -flushdb -swapdb), or rename these commands.',
    'Alert on a sudden drop of the key count and on cmdstat_flushall / cmdstat_flushdb.',
  ],
  confirmWith: [
    'Read the flush counters, uptime, last save and SLOWLOG: --redis URL --since TIME',
    'Ask the replica as well: its counters survive a restart of the primary.',
    'Compare the moment with deploys and cache clears: one flush per deploy is the usual pattern.',
  ],
});
