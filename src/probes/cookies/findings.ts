/**
 * Everything the `cookies` probe can say. Codes never change their meaning.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';
import { refusalFindings } from './findings-refusals.ts';

const FORWARD =
  'roll forward: on every response also send NAME=; Max-Age=0 with the OLD Domain and Path, until the old lifetime is over; a plain revert makes a second group of victims';

/** The words of each finding. */
export const findings = {
  // Identity: name, domain, host-only, path.
  renamed: {
    level: 'critical',
    title: 'The cookie has a new name; browsers go on sending the old one',
    why: 'The new deploy reads a name that nobody holds, so everybody is signed out at once; a new login works.',
    fix: 'read the old name too, and write the new one when it validates; do not simply revert: those who signed in since hold only the new name',
  },
  'login-loop': {
    level: 'critical',
    title: 'Old and new cookie arrive together, and the app reads the dead one',
    why: `The new cookie is stored beside the old one, not over it. After a new login the browser sends both, and an app that reads the first of them still gets the old one: people sign in and are asked to sign in again.`,
    fix: FORWARD,
  },
  'login-loop-last': {
    level: 'critical',
    title: 'Old and new cookie arrive together; apps that read the last one get the dead one',
    why: 'The new cookie is stored beside the old one, not over it. After a new login the browser sends both, and an app that reads the last of them still gets the old one: people sign in and are asked to sign in again.',
    fix: FORWARD,
  },
  'path-excluded': {
    level: 'critical',
    title: 'The app itself gives no session outside the new Path',
    why: 'express-session skips requests outside its cookie.path even when the browser sends the old cookie: those pages are anonymous from the deploy on.',
    fix: 'set cookie.path back to the old Path in a forward release, and expire the cookies of the new Path: a plain revert leaves them in the browsers of those who came since',
  },
  'scope-coexists': {
    level: 'warning',
    title: 'The new cookie is stored beside the old one',
    why: 'Both live until the old one ends. By itself this signs nobody out at the deploy; logouts may not stick, and URLs outside the new scope lose the session as old cookies end.',
    fix: FORWARD,
  },
  'old-scope-deleted': {
    level: 'warning',
    title: 'The new deploy moves the cookie and deletes the old one in its own scope',
    why: 'This leaves one cookie and no loop, but whoever only held the old one has none after the first response, unless that response carries the session over.',
    fix: 'set the new cookie from the old session in the same response in which you delete the old one',
  },
  'duplicate-sent': {
    level: 'critical',
    title: 'A returning browser sends the same cookie name twice',
    why: 'This proves that two scopes of one name are alive in browsers. Which one counts depends on who reads: some stacks take the first, some the last, and edge and app may disagree.',
    fix: 'expire the scope that is no longer set, by its own Domain and Path; where both arrive, use the one that validates; do not revert plainly',
  },
  'duplicate-same': {
    level: 'info',
    title: 'A returning browser sends the same name twice with one value',
    why: 'Two scopes of one name are alive, but they agree, so whoever reads either is right for now.',
  },
  'identity-kept': {
    level: 'ok',
    title: 'Name, Domain and Path of the session cookie are the same in both deploys',
    why: 'The new cookie replaces the old one in browsers; there is no second cookie of that name from this change.',
  },
  'single-in-request': {
    level: 'ok',
    title: 'Returning browsers send each cookie name once',
    why: 'No second scope of the same name is alive in the browsers that were recorded.',
  },
  'other-changed': {
    level: 'info',
    title: 'A cookie that does not look like a session changed',
    why: 'It is told for completeness; name it with --cookie if it carries the login.',
  },
  ...refusalFindings,
  // Size.
  oversize: {
    level: 'critical',
    title: 'The cookie is too large: browsers refuse it',
    why: 'Name and value together may be 4096 bytes. A larger one is dropped without a word, and an older, smaller one stays.',
    fix: 'keep the session on the server and its id in the cookie, or take groups and claims out of it',
  },
  'header-refused': {
    level: 'critical',
    title: 'A request with very large cookies was refused',
    why: 'The server answered 400 or 431 because of the size of the headers; the app never saw the request. Clearing cookies helps those who are hit.',
    fix: 'raise the header buffers on the hop that answers, and expire cookies that are no longer used, each in its own scope',
  },
  'header-large': {
    level: 'warning',
    title: 'The Cookie header is near or over what servers take',
    why: 'nginx and Varnish answer 400 from 8 KiB, HAProxy from about 15 KiB, Node 431 from 16 KiB.',
    fix: 'expire cookies that are no longer used, each in its own scope',
  },
  evicted: {
    level: 'critical',
    title: 'The new deploy sets so many cookies that browsers throw the session away',
    why: 'Chromium keeps 180 cookies a site and then drops the least recently used ones, Firefox likewise.',
    fix: 'stop setting a cookie per item; expire those that were set',
  },
  'near-limit': {
    level: 'warning',
    weakness: true,
    title: 'The cookie is close to 4096 bytes',
    why: 'A user with a few more claims goes over, and the browser refuses the cookie.',
    fix: 'keep the session on the server and its id in the cookie',
  },
  'too-many': {
    level: 'warning',
    title: 'More or longer headers than can be real',
    why: 'What is beyond the bounds was not looked at.',
  },
  'sizes-small': {
    level: 'ok',
    title: 'All cookies are small',
    why: 'Neither a single cookie nor the header as a whole is near a limit.',
  },
  // Lifetime.
  'expired-on-arrival': {
    level: 'critical',
    title: 'The new cookie has already ended when it arrives',
    why: 'Browsers treat that as a deletion: every response that carries it signs the user out.',
    fix: 'set a Max-Age greater than 0; with Expires, check the clock, the time zone and the unit of the server that writes it',
  },
  'lifetime-unit': {
    level: 'critical',
    title: "The cookie's lifetime changed by a factor of a thousand",
    why: 'Seconds were taken for milliseconds, or the reverse (Max-Age is in seconds; express takes maxAge in milliseconds).',
    fix: 'set the unit right and roll forward',
  },
  'lifetime-collapsed': {
    level: 'critical',
    title: 'The cookie lives less than a tenth of what it did',
    why: 'As responses replace the old cookie, people are signed out at the new, short age.',
    fix: 'restore the lifetime; the next response mends cookies that are still alive',
  },
  'lifetime-shortened': {
    level: 'warning',
    title: "The cookie's lifetime became shorter",
    why: 'As responses replace the old cookie, people are signed out at the new, shorter age.',
    fix: 'restore the lifetime if that was not meant',
  },
  'lifetime-dropped': {
    level: 'warning',
    title: 'The cookie no longer has a lifetime: it ends with the browser',
    why: 'It works until the browser is closed; then people are signed out, each at their own time.',
    fix: 'set Max-Age again (seconds, digits only: browsers ignore "1d" or "undefined")',
  },
  'lifetime-ignored': {
    level: 'warning',
    title: 'Browsers cannot read the lifetime and ignore it',
    why: 'An unreadable Max-Age or Expires counts as none: the cookie ends with the browser.',
    fix: 'write Max-Age in seconds, digits only',
  },
  'outlives-store': {
    level: 'info',
    weakness: true,
    title: 'The cookie outlives the session in the store',
    why: 'Browsers send it after its record has ended: people are signed out earlier than the cookie promises.',
    fix: "make the cookie's Max-Age and the store's TTL agree",
  },
  'lifetime-kept': {
    level: 'ok',
    title: "The cookie's lifetime is as before",
    why: 'Nobody is signed out earlier by the cookie itself.',
  },
  // Deletion.
  deleted: {
    level: 'critical',
    title: 'The new deploy deletes the session cookie',
    why: 'Its responses clear the cookie in the scope in which browsers hold it: whoever receives one is signed out.',
    fix: 'find the code path that clears it (error handler, middleware, logout) and stop it',
  },
  emptied: {
    level: 'critical',
    title: 'The new deploy overwrites the session cookie with an empty value',
    why: 'Browsers keep the cookie and send it with nothing in it: whoever receives such a response is signed out.',
    fix: 'find the code path that writes the empty value, and stop it',
  },
  'logout-misses': {
    level: 'warning',
    weakness: true,
    title: 'The logout clears another scope than the one that is set',
    why: 'A cookie is deleted by its own name, Domain and Path only: people who sign out stay signed in on this browser.',
    fix: 'clear the cookie with the Domain and Path with which it is set',
  },
  cleared: {
    level: 'critical',
    title: 'The new deploy sends Clear-Site-Data: "cookies"',
    why: 'Chromium deletes every cookie of the whole site, sibling hosts and the Set-Cookie of the same response included; Firefox those of this host.',
    fix: 'send Clear-Site-Data on the logout response only',
  },
  // Browsers.
  'firefox-differs': {
    level: 'info',
    title: 'Firefox sends something else than Chromium',
    why: 'The same change strikes differently by browser.',
  },
  'samesite-default': {
    level: 'info',
    weakness: true,
    title: "The cookie relies on the browser's default for SameSite",
    why: 'Chromium takes it as Lax and lets it go with a cross-site POST for its first two minutes only; other browsers decide differently.',
    fix: 'say SameSite=Lax, or SameSite=None; Secure where other sites must send it',
  },
  'over-400-days': {
    level: 'info',
    weakness: true,
    title: 'The cookie asks for more than 400 days',
    why: 'Browsers cut every lifetime to 400 days.',
    fix: 'ask for 400 days at most and refresh the cookie while it is in use',
  },
  'policy-hit': {
    level: 'warning',
    title: 'Nothing changed between the deploys, and the cookie relies on what browsers decide',
    why: 'With some users hit and numbers growing slowly, a stricter browser release is a possible reason.',
    fix: 'state SameSite and a Max-Age within 400 days explicitly, and split the logouts by browser',
  },
  // What could not be looked at.
  unreachable: {
    level: 'warning',
    blind: true,
    title: 'A deploy could not be asked for its cookies',
    why: 'Its URL did not answer from this host.',
  },
  sanitized: {
    level: 'warning',
    blind: true,
    title: 'The HAR was saved without its cookies',
    why: 'Chrome leaves them out unless told otherwise; there is nothing to compare.',
    fix: 'DevTools, Settings > Preferences > Network: tick "Allow to generate HAR with sensitive data", then export "with sensitive data"',
  },
  'no-such-cookie': {
    level: 'warning',
    blind: true,
    title: 'The cookie that was asked for is on neither side',
    why: 'Nothing can be told of a cookie that no response sets. A misspelt name looks like this, and so does a recording of something else than a login.',
    fix: 'leave --cookie out to see which cookies there are, or record the response of a login',
  },
  'name-not-set': {
    level: 'info',
    title: 'One of the cookies that were asked for is on neither side',
    why: 'Nothing can be told of it; the others were compared.',
  },
  'beginning-left-out': {
    level: 'warning',
    blind: true,
    title: 'The site on which the recording begins was not looked at',
    why: 'Most recorded answers are another site’s, an identity provider’s perhaps, and only the most frequent site is compared. What is said of cookies here is about that one, and clears nobody.',
    fix: 'name the app’s session cookie: --cookie NAME',
  },
  'site-left-out': {
    level: 'info',
    title: 'Another site of the recording sets a session that was not looked at',
    why: 'Only the most frequent site is compared.',
    fix: 'name that site’s session cookie to look at it instead: --cookie NAME',
  },
  'not-compared': {
    level: 'info',
    blind: true,
    title: 'The session cookie of the old deploy was not seen in the new one',
    why: 'The new deploy was recorded doing something else: other requests, or those of a browser that already had its cookie. Nothing can be told of the one that carries the login.',
    fix: 'record the same request of both deploys, best a login in a private window',
  },
  'no-cookies': {
    level: 'info',
    blind: true,
    title: 'The responses set no cookie',
    why: 'Without a Set-Cookie there is nothing to compare: record the response of a login.',
    fix: 'record a login, or give the URL that sets the cookie',
  },
} as const satisfies Readonly<Record<string, FindingDoc>>;

export type Slug = keyof typeof findings;
