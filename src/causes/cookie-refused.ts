import { defineCause } from './cause.ts';

export const cookieRefused = defineCause({
  id: 'cookie-refused',
  title: 'The session cookie is refused by the browser, or the app does not dare to send it',
  hop: 'client',
  story:
    'The login succeeds but its cookie never sticks: Secure on a hop that looks like plain http, SameSite=None without Secure, a __Host- cookie with a Domain, a Domain that does not match. Frameworks often leave the cookie out silently when they think the request was not https. curl works, browsers do not. Those who hold an older cookie stay in.',
  prior: -4,
  signals: {
    'cookies/refused': 'decisive',
    'cookies/not-set': 5.5,
    'cookies/samesite-tightened': 'weak',
    'cookies/samesite-strict': 4,
    'cookies/samesite-strict-return': 6,
    'cookies/accepted': 'refutes',
    'symptoms/pattern-new-refused': 3,
    'symptoms/login-fails': 'weak',
    'symptoms/login-works': 'against',
    'symptoms/newLogin-sticks': 'against',
    'symptoms/login-private-window-only': 'against',
    'symptoms/onset-healed': 'against',
  },
  doNow: [
    'Look at the login’s response through the public URL: is there a Set-Cookie at all?',
    'If there is none: make the proxy send X-Forwarded-Proto: https (and not overwrite an outer one), and let the app trust that proxy.',
    'If there is one: mend the attribute that breaks the browser’s rule, and nothing else.',
    '{If SameSite became Strict|cookies/samesite-strict cookies/samesite-strict-return}: set it back to Lax; those who hold the cookie are signed in as soon as they open the site by its address.',
    'Tell users: “Please do not sign out; sign-in is being repaired.”',
    'Watch the rate of new session ids per login: it must fall back to one.',
  ],
  doNot: [
    'Do not drop Secure or HttpOnly to get the cookie through.',
    'Do not set SameSite=None without Secure, nor widen Domain on the way: that brings a second cookie.',
    'Do not trust X-Forwarded-Proto from everybody; name the proxy.',
  ],
  prevent: [
    'A start-up self-test that logs in through the public URL and checks the cookie.',
    'Check every Set-Cookie against the browser’s rules in CI.',
  ],
  confirmWith: [
    'Check the Set-Cookie lines against the browser’s rules: --after URL (or a HAR of a real browser)',
    'Ask the origin with and without X-Forwarded-Proto: https and compare: --edge URL --origin URL',
    'Look in the browser’s developer tools: the blocked cookie says why.',
  ],
});
