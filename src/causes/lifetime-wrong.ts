import { defineCause } from './cause.ts';

export const lifetimeWrong = defineCause({
  id: 'lifetime-wrong',
  title: 'Sessions or tokens are issued with the wrong lifetime',
  hop: 'time',
  story:
    'The clocks are right but the arithmetic is not: milliseconds for seconds, local time for UTC, an hour lost at the change to summer time, a Max-Age dropped, a store TTL far below the cookie’s. Credentials are dead on arrival or die at one fixed age, in one time zone or one browser only, whatever the user does.',
  prior: -4,
  signals: {
    'cookies/expired-on-arrival': 'decisive',
    'cookies/lifetime-unit': 'decisive',
    'cookies/lifetime-collapsed': 6,
    'cookies/lifetime-dropped': 'strong',
    'cookies/lifetime-shortened': 4,
    'cookies/lifetime-kept': 'against',
    'redis/ttl-short': 'strong',
    'redis/ttl-as-expected': 'against',
    'clock/host-cookie-born-expired': 3,
    'symptoms/pattern-still-dying': 2.5,
    'symptoms/newLogin-dies': 'weak',
    'symptoms/newLogin-sticks': 'against',
    'symptoms/oldSessions-error': -2,
    'symptoms/login-private-window-only': 'against',
    'credentials/lifetime-absurd': 'decisive',
    'credentials/time-zone-shift': 'strong',
    'credentials/lifetime-changed': 'strong',
    'credentials/lifetime-unexpected': 'strong',
    'credentials/lifetimes-sane': 'against',
    'credentials/alive-at-incident': -2,
  },
  doNow: [
    'Put the unit, zone or setting right where the lifetime is computed, and issue anew.',
    'If a release brought it, roll that back through the pipeline; credentials already issued keep their wrong lifetime.',
    'Make the three ends agree: token exp, cookie Max-Age, store TTL.',
    'Tell users: “Please sign in again; you will then stay signed in.” Say it after the fix.',
    'Watch the age at which sessions end: the fixed age must disappear.',
  ],
  doNot: [
    'Do not hide it with leeway: a wrong lifetime is not a wrong clock.',
    'Do not raise lifetimes without a bound to be safe: then nothing ends.',
    'Do not forget those that were issued too long: list and revoke them later.',
  ],
  prevent: [
    'Check the range on issue: a lifetime below a minute or above the policy is an error.',
    'Assert exp − iat, Max-Age and TTL in a test, with a clock in another zone and across a change of summer time.',
  ],
  confirmWith: [
    'Read iat, exp and Max-Age of credentials from before and after: --samples FILE --samples-after FILE',
    'Compare the Max-Age of both deploys: --before FILE --after FILE',
    'Compare the store’s TTL with the cookie’s Max-Age: --redis URL --key-prefix sess:',
  ],
});
