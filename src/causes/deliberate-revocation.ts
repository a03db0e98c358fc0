import { defineCause } from './cause.ts';

export const deliberateRevocation = defineCause({
  id: 'deliberate-revocation',
  title: 'Sessions were revoked on purpose',
  hop: 'people',
  story:
    'Security, an administrator or a planned change ended the sessions: after a leak, with a “log out everywhere”, by a migration that says so. All systems are healthy; the cut falls on one round moment or an exact list. What is missing is the announcement.',
  prior: -4,
  signals: {
    'symptoms/intended-yes': 'decisive',
    'symptoms/intended-no': 'refutes',
    'symptoms/pattern-lost-once': 1.5,
    'symptoms/oldSessions-accepted': 'against',
    'symptoms/oldSessions-error': 'against',
    'symptoms/oldSessions-mixed': 'against',
    'symptoms/login-fails': -2,
    'symptoms/login-private-window-only': 'against',
    'symptoms/newLogin-dies': 'against',
    'symptoms/onset-healed': 'against',
    'database/revoked-for-security': 'decisive',
    'database/revoked-at-once': 6,
    'database/no-revocations': 'against',
    'credentials/cut-at-round-time': 3,
    'credentials/key-id-revoked': 'decisive',
    'replay/all-refused': 1,
  },
  doNow: [
    'Speak to whoever ordered it, and agree on what may be said before anything is touched.',
    'Protect the login path: rate limits, capacity, mail and MFA providers; everybody comes at once.',
    'Tell users: “We signed you out as a precaution. Please sign in again; you need do nothing else.” Use security’s wording if they have one.',
    'Brief support and the status page.',
    'Watch the login rate until it is back to normal, and look out for phishing that rides on the notice.',
  ],
  doNot: [
    'Do NOT restore the sessions, the old key or a backup of the store: they were ended for a reason.',
    'Do not relax MFA or password checks to shorten the queue.',
    'Do not roll anything back before security has agreed.',
  ],
  prevent: [
    'Tell support and on-call before a revocation; write it to an audit log with reason, scope and moment.',
    'Revoke in waves where the threat allows it.',
  ],
  confirmWith: [
    'Ask security, the DBA and the administrators: did anybody end sessions on purpose? Then: --symptom intended=yes (or no)',
    'Look for revocation rows with a reason, or a cut at one round time: --database URL --session-table NAME',
  ],
});
