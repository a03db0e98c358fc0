/**
 * What the `cookies` probe can say of cookies that browsers refuse or keep back.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';

/** The words of each finding. Codes never change their meaning. */
export const refusalFindings = {
  refused: {
    level: 'critical',
    title: 'Browsers refuse the new cookie',
    why: 'A refused Set-Cookie never sticks: new logins end where they began. Those who hold an older cookie stay signed in.',
    fix: 'mend the one attribute that breaks the rule and roll that forward; do not drop Secure or widen Domain on the way',
  },
  'refused-both': {
    level: 'warning',
    weakness: true,
    title: 'Browsers refuse this cookie, as they did before',
    why: 'It never sticks, in either deploy: not what changed.',
    fix: 'mend the attribute that breaks the rule',
  },
  'not-set': {
    level: 'warning',
    title: 'The new deploy no longer sets the cookie where the old one did',
    why: 'Frameworks keep a Secure cookie back, silently, when they take the request for http; a proxy may have dropped it; or this URL no longer starts a session.',
    fix: 'check X-Forwarded-Proto and the trusted proxy, and compare with the origin behind the edge (--edge, --origin)',
  },
  'samesite-tightened': {
    level: 'warning',
    title: 'SameSite became stricter',
    why: 'The cookie no longer comes along on some cross-site requests: the return from an identity provider, frames, or posts from other sites find nobody signed in.',
    fix: 'use SameSite=Lax for sessions that must survive a link or a redirect from elsewhere, None with Secure for frames',
  },
  'samesite-strict': {
    level: 'critical',
    title: 'The session cookie became SameSite=Strict: who comes from another site is not signed in',
    why: 'The browser keeps the cookie back on the first request that another site leads to: from a link in a mail, and on the way back from an identity provider together with the page that follows. People find themselves logged out there; where that page starts a new session it takes the place of theirs for good.',
    fix: 'set SameSite=Lax again; ask people who arrive from a mail to open the site by its address until then',
  },
  'samesite-strict-return': {
    level: 'critical',
    title: 'The session cookie became SameSite=Strict, and the recorded login comes back from another site',
    why: 'The browser sends the cookie neither with the return from that site nor with the page that it redirects to: the app finds nobody signed in, and no state of the sign-in that it had begun. A login ends where it started.',
    fix: 'set SameSite=Lax again',
  },
  accepted: {
    level: 'ok',
    title: 'Browsers accept every cookie of the new deploy',
    why: 'By the rules of current Chromium and Firefox, new logins keep their cookie.',
  },
} as const satisfies Readonly<Record<string, FindingDoc>>;
