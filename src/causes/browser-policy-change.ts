import { defineCause } from './cause.ts';

export const browserPolicyChange = defineCause({
  id: 'browser-policy-change',
  title: 'A browser changed how it treats this cookie',
  hop: 'client',
  story:
    'Nothing was deployed; one browser family began to apply a stricter rule: SameSite=Lax by default, seven days for script-written or cloaked cookies, a cap of 400 days, no third-party cookies. The site relied on the old default. It grows over weeks as versions roll out and hits one browser only.',
  prior: -5,
  signals: {
    'cookies/policy-hit': 'weak',
    'cookies/firefox-differs': 1,
    'symptoms/pattern-one-browser': 4,
    'symptoms/onset-ramp': 'weak',
    'symptoms/affected-some': 'weak',
    'symptoms/affected-everyone': 'against',
    'symptoms/onset-step': 'against',
    'symptoms/onset-healed': 'against',
    'symptoms/oldSessions-error': 'against',
  },
  doNow: [
    'Split the logouts by browser family and version; if one stands out, read its release notes for cookies.',
    'State the attributes that you rely on: SameSite explicitly, Secure, a Max-Age within 400 days.',
    'Set the cookie from the server, on the site’s own host, and refresh it while it is in use.',
    'Tell users: “Some browser versions sign you out early; please sign in again, a fix is under way.”',
    'Watch the share of logouts per browser over days, not minutes.',
  ],
  doNot: [
    'Do not answer with SameSite=None everywhere: it opens the cookie to cross-site requests and needs Secure.',
    'Do not roll back a deploy that did not cause it.',
    'Do not sniff user agents to work around it for longer than needed.',
  ],
  prevent: [
    'Rely on no cookie default; check every Set-Cookie in CI.',
    'Follow the release notes and beta channels of the browsers.',
  ],
  confirmWith: [
    'Split 401s and logins by browser family and version.',
    'Check which defaults the Set-Cookie relies on: --after URL',
    'Compare the last visit of affected users: seven days is a telling figure.',
  ],
});
