import { defineCause } from './cause.ts';

export const clockSkew = defineCause({
  id: 'clock-skew',
  title: 'A clock is wrong, so good tokens count as expired or not yet valid',
  hop: 'time',
  story:
    'The host that issues or the host that checks has the wrong time by more than the leeway. Fresh tokens are “used before issued” and pass seconds later, or tokens die early; behind one of several instances only. A badly wrong clock also breaks TLS, and makes cookies arrive already expired.',
  prior: -4,
  signals: {
    'cookies/expired-on-arrival': 'weak',
    'clock/local-wrong': 6,
    'clock/daemon-off': 6,
    'clock/local-suspect': 3,
    'clock/local-off-within-leeway': 'weak',
    'clock/host-wrong': 7,
    'clock/host-two-clocks': 7,
    'clock/host-app-clock-wrong': 'decisive',
    'clock/host-differs': 3,
    'clock/host-off-within-leeway': 'weak',
    'clock/host-cookie-born-expired': 'weak',
    // One host that is right says next to nothing about the others.
    'clock/all-in-sync': 'against',
    'clock/in-sync': -0.5,
    'clock/in-sync-unproven': -0.5,
    'clock/daemon-synchronised': -0.5,
    'clock/host-in-sync': -0.5,
    'symptoms/pattern-fresh-dies': 3,
    'symptoms/onset-ramp': 1,
    'symptoms/affected-some': 1,
    'symptoms/login-private-window-only': 'against',
    'credentials/clock-rejects': 'strong',
    'credentials/issued-in-future': 'strong',
  },
  doNow: [
    'Take {the host with the wrong clock|clock/host-wrong clock/host-app-clock-wrong clock/host-two-clocks} out of rotation.',
    'Step its clock (chronyc makestep) and see why its time daemon had stopped, before it comes back.',
    'Set a leeway of 30 to 60 seconds for exp, nbf and iat on the verifiers if there is none.',
    'Tell users: “If sign-in fails, wait a minute and try again.” Sessions that were refused for time come back.',
    'Watch the offset of EVERY host that issues or verifies, not only this one, until all are within a second.',
  ],
  doNot: [
    'Do not raise the leeway to cover minutes or hours: expired and stolen tokens would be accepted.',
    'Do not rotate keys or flush sessions: the credentials are good.',
    'Do not step the clock of a database or a cluster member under load without draining it.',
    'Do not trust a single time server that disagrees with this host: either may be wrong.',
  ],
  prevent: [
    'Alert on the clock offset of all hosts (node_timex_offset_seconds, chronyc tracking).',
    'At least four time sources of different operators; a leeway of 30 to 60 seconds in every verifier.',
  ],
  confirmWith: [
    'Compare this host with several time servers: --ntp HOST HOST HOST, and run it on every issuer and verifier.',
    'Ask instances directly for their Date header: --instance URL…',
    'Look at the refused tokens: iat or nbf in the future, or exp just passed: --samples FILE',
  ],
});
