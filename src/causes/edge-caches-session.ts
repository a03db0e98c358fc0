import { defineCause } from './cause.ts';

export const edgeCachesSession = defineCause({
  id: 'edge-caches-session',
  title: 'A shared cache stores and replays answers that carry a session',
  hop: 'edge',
  story:
    'A CDN or proxy stores an answer with Set-Cookie, or a page of a signed-in user, and gives it to others. Each visitor’s own session cookie is overwritten by the stored one: they drop out, or land in somebody else’s account. It can hide in a favicon or a 404. This is a privacy breach as well as a logout.',
  prior: -4.5,
  signals: {
    'symptoms/pattern-fleet-disagrees': 3.5,
    'symptoms/pattern-still-dying': 3,
    'symptoms/affected-some': 1,
    'symptoms/newLogin-sticks': 'against',
    'symptoms/login-private-window-only': -2,
    'symptoms/oldSessions-error': -2,
    'edge/same-cookie': 'decisive',
    'edge/stored-with-cookie': 'decisive',
    'edge/stored-cookie-expired': 'decisive',
    'edge/stored-for-session': 'decisive',
    'edge/private-page-stored': 'decisive',
    'edge/same-cookie-unproved': 5,
    'edge/plain-url-refused': 'weak',
    'edge/stored-deletion': 7,
    'edge/stored-refusal': 6,
    'edge/stored-redirect': 3.5,
    'edge/cookie-missing-from-stored': 2,
    'edge/no-storage': -6,
  },
  doNow: [
    'Bypass the cache for {the affected paths|edge/same-cookie edge/stored-with-cookie edge/stored-cookie-expired edge/stored-for-session edge/private-page-stored} at once, then PURGE what is stored; in this order, or it fills again.',
    'Take back the last cache rule; check that emergency rules still bypass on the session cookie.',
    'Revoke the sessions whose cookies were replayed: strangers hold them.',
    'Call in whoever handles privacy incidents: others may have seen personal pages.',
    'Tell users: “We signed you out to protect your account. Please sign in again.”',
    'Watch two fresh requests to the same URL: their cookies must differ, and differ again after a minute.',
  ],
  doNot: [
    'Do not only purge: the next visitor’s cookie would be stored.',
    'Do not rely on Vary: Cookie; two visitors without a cookie share one entry.',
    'Do not wait for the stored copies to run out: each one is a live session of somebody.',
  ],
  prevent: [
    'At the edge: an answer with Set-Cookie is never stored.',
    'At the origin: Cache-Control: private, no-store wherever a session is touched, including errors and static paths.',
    'Test twice without cookies through the edge after each rule change.',
  ],
  confirmWith: [
    'Ask twice without cookies through the edge and at the origin and compare: --edge URL --origin URL',
    'Look for Age, HIT or an unchanged Date together with Set-Cookie.',
    'Ask support for “I am signed in as somebody else”.',
  ],
});
