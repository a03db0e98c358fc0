/**
 * What the edge probe can say of answers that a shared cache stores.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';

const purge =
  'Bypass the cache for this path first, then purge what is stored; never store an answer that has Set-Cookie.';

export const storageFindings = {
  'same-cookie': {
    level: 'critical',
    title: 'Two strangers were given the same session cookie',
    why: 'The edge stored an answer with its Set-Cookie and hands the same session to everybody: people lose their own session and share somebody else’s. This is a privacy breach.',
    fix: purge,
  },
  'same-cookie-unproved': {
    level: 'warning',
    title: 'Two strangers were given the same cookie, and nothing shows whether it is the edge’s doing',
    why: 'A stored answer looks like this, and so does an app that gives everybody the same value.',
    fix: 'Ask the origin as well: --origin URL',
  },
  'same-at-origin': {
    level: 'info',
    title: 'The origin itself gives every stranger the same cookie',
    why: 'Then it holds no session of one visitor; the edge is not to blame for it.',
  },
  'same-by-edge': {
    level: 'info',
    title: 'The edge gives every stranger one and the same cookie, which the origin does not set',
    why: 'It is the edge’s own and holds no session of the app.',
  },
  'stored-with-cookie': {
    level: 'critical',
    title: 'An answer that sets a session cookie comes out of a shared cache',
    why: 'Whoever asks gets the session that was made for the first visitor.',
    fix: purge,
  },
  'stored-other-cookie': {
    level: 'info',
    title: 'A stored answer sets a cookie that holds no session',
    why: 'A language or consent cookie of one visitor reaches others; nobody is logged out by it.',
  },
  'stored-cookie-expired': {
    level: 'critical',
    title: 'The stored cookie is already expired: it deletes the visitor’s own session',
    why: 'Its Expires lies before the Date that comes with it, so a browser drops the cookie of that name, the good one included.',
    fix: purge,
  },
  'stored-deletion': {
    level: 'critical',
    title: 'A stored answer deletes the session cookie of whoever gets it',
    why: 'It was made for somebody without a good session; the cache hands its deletion to everybody.',
    fix: purge,
  },
  'stored-refusal': {
    level: 'critical',
    title: 'A redirect to the login, or a refusal, comes out of a shared cache',
    why: 'Whoever is signed in may get the answer that was made for a stranger.',
    fix: 'Never store answers of paths that depend on the session: Cache-Control: private, no-store.',
  },
  'stored-redirect': {
    level: 'info',
    title:
      'A redirect to the login comes out of a shared cache; whether the signed-in get it as well is not known',
    why: 'Where a site’s door leads everybody to the login, a stored copy hurts nobody. Where it lets the signed-in pass, they meet the stranger’s answer.',
    fix: 'Give a signed-in session (edge.cookie in sessdoctor.yaml): it shows whether they are sent on as well.',
  },
  'stored-for-session': {
    level: 'critical',
    title: 'A signed-in visitor gets a stored answer in place of their own',
    why: 'The session is good at the origin; what came by way of the edge was made for somebody else.',
    fix: purge,
  },
  'private-page-stored': {
    level: 'critical',
    title: 'A page made for a signed-in visitor is handed to strangers',
    why: 'A shared cache stored the answer to one session and gives it to everybody. This is a privacy breach, and whoever signs in next sees somebody else’s page.',
    fix: purge,
  },
  'plain-url-refused': {
    level: 'warning',
    title: 'A session that passes with one URL is refused with another, and nothing shows why',
    why: 'A stored answer looks like this, and so do instances behind the edge that disagree.',
    fix: 'Ask again with --replay URL and --instance URL…: do the instances agree?',
  },
} as const satisfies Readonly<Record<string, FindingDoc>>;
