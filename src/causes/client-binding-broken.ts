import { defineCause } from './cause.ts';

export const clientBindingBroken = defineCause({
  id: 'client-binding-broken',
  title: 'Sessions are bound to an address or device mark that no longer stays the same',
  hop: 'edge',
  story:
    'The app ties a session to the client’s IP address, user agent or fingerprint and ends it when that changes. A new proxy, a CDN, a lost X-Forwarded-For, a mobile network or a browser release makes the mark change between two requests. Users behind it fall out within minutes; from one fixed address all is well.',
  prior: -4.5,
  signals: {
    'symptoms/pattern-fleet-disagrees': 3.5,
    'symptoms/pattern-still-dying': 3,
    'symptoms/affected-some': 1,
    'symptoms/newLogin-sticks': -2,
    'symptoms/login-fails': -2,
    'symptoms/login-private-window-only': 'against',
    'symptoms/oldSessions-error': 'against',
    'replay/follows-pop': 3,
    'replay/passes-then-fails': 2,
    'replay/cleared': 1,
    'replay/all-accepted': -1,
    'edge/refused-by-path': 6.5,
    'edge/refused-unexplained': 'weak',
    'edge/session-accepted': -6,
  },
  doNow: [
    'Restore the real client address: trust the proxy’s ranges and read its header, and only from there.',
    'If that takes long, turn the check off and log the mismatch instead.',
    'Keep the other defences (MFA, rate limits) as they are.',
    'Tell users: “If you were signed out, please sign in again.” Say it after the check is mended.',
    'Watch “address changed” log lines, and the number of users per stored address.',
  ],
  doNot: [
    'Do not trust X-Forwarded-For from everywhere: then anybody can choose an address.',
    'Do not treat the mismatches as theft and revoke the accounts’ sessions.',
    'Do not answer a mismatch by clearing the cookie while the cause is open.',
  ],
  prevent: [
    'No binding to an address; on suspicion ask for re-authentication.',
    'Test through the same proxies as production, from two networks.',
  ],
  confirmWith: [
    'Replay the same session from two egress addresses: --replay URL --samples FILE, on two hosts',
    'Look at the addresses stored with sessions: a CDN’s, or one shared by many users?',
    'Search the app’s configuration for an IP or user-agent check.',
  ],
});
