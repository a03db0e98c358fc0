import { defineCause } from './cause.ts';

export const cookieOversize = defineCause({
  id: 'cookie-oversize',
  title: 'The session cookie, or all cookies together, are too large',
  hop: 'client',
  story:
    'Browsers drop a cookie whose name and value exceed 4096 bytes, and proxies answer 400 or 431 when the whole header grows past their buffer. Users with many groups or long claims are hit first, or returning users after a rename, when old and new cookie add up. The app’s log shows nothing, because the request never arrives.',
  prior: -4.5,
  signals: {
    'cookies/oversize': 'decisive',
    'cookies/header-refused': 'decisive',
    'cookies/evicted': 6,
    'cookies/header-large': 'weak',
    'cookies/sizes-small': 'refutes',
    'symptoms/pattern-some-private': 3.5,
    'symptoms/login-private-window-only': 3,
    'symptoms/affected-some': 1,
    'symptoms/affected-everyone': 'against',
    'symptoms/newLogin-sticks': -2,
    'symptoms/onset-healed': 'against',
    'credentials/cookie-oversize': 'decisive',
    'credentials/chunk-missing': 'weak',
  },
  doNow: [
    'Raise the header buffers on the hop that answers 400 or 431 (nginx large_client_header_buffers, HAProxy tune.bufsize, Node --max-http-header-size).',
    'Expire cookies that are no longer used, each in its own scope.',
    'If one cookie is over 4096 bytes: take claims out, or keep the session server-side with a short id in the cookie.',
    'Tell users: “If you see ‘Bad request’ or ‘header too large’, delete this site’s cookies and sign in again.”',
    'Watch 400 and 431 at the edge until they are back to normal.',
  ],
  doNot: [
    'Do not split the cookie by hand under the same scope as the old one: the sum grows.',
    'Do not raise the buffers on one hop only: the next one refuses.',
    'Do not ask everybody to clear cookies: only those with large ones are hit.',
  ],
  prevent: [
    'Keep sessions server-side; warn at 3.5 kB per cookie and at 6 kB for all of them.',
    'Expire an old name when introducing a new one.',
  ],
  confirmWith: [
    'Measure the cookies: --samples FILE (a HAR or a raw Cookie header of an affected user)',
    'Compare affected and unaffected users by number of groups or claims.',
    'Look for 400 and 431 at the proxy with nothing in the app’s log.',
  ],
});
