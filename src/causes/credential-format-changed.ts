import { defineCause } from './cause.ts';

export const credentialFormatChanged = defineCause({
  id: 'credential-format-changed',
  title: 'The app writes its cookies or tokens in a format that other builds cannot read',
  hop: 'app',
  story:
    'A release changed the serialiser, digest, cipher or form of the credential while the secret stayed the same. The new build cannot read old cookies, or old builds cannot read new ones, so during a roll-out users are thrown back and forth and the losing side overwrites their cookie. Other readers (an edge worker, a gateway, a second app) break as well.',
  prior: -4,
  signals: {
    'symptoms/pattern-lost-once': 3,
    'symptoms/oldSessions-mixed': 3,
    'symptoms/oldSessions-rejected': 'weak',
    'symptoms/onset-ramp': 'weak',
    'symptoms/oldSessions-accepted': 'against',
    'symptoms/login-fails': -2,
    'symptoms/onset-healed': 'against',
    'replay/fleet-formats-refused': 'decisive',
    'replay/fleet-formats': 4,
    'replay/follows-build': 3,
    'replay/mixed-self-contained': 2,
    'replay/old-accepted': -6,
    'replay/fleet-uniform': -2,
    'replay/instances-agree': 'against',
    'credentials/form-changed-same-secret': 'decisive',
    'credentials/form-changed': 'strong',
    'credentials/form-unchanged': 'against',
    'credentials/verifies-previous-only': 'against',
    'edge/edge-reads-other-format': 3,
  },
  doNow: [
    'Make every build read both formats, and go on writing the OLD one until all readers know both.',
    'If that is not at hand, go back to the previous release through the deploy pipeline, completely; a half-rolled fleet is the worst state.',
    'List every reader of the cookie besides the app (edge worker, gateway, websocket server, other services) and check each.',
    'Tell users: “If you see an error, please sign in again in a little while.” Wait until the fleet writes one format.',
    'Watch refused credentials by build until both shapes are accepted everywhere.',
  ],
  doNot: [
    'Do not roll back by hand on single hosts: it leaves a mixed fleet and cookies of both kinds.',
    'Do not answer an unreadable cookie with a 500; treat it as “not logged in” and leave the cookie alone until the fleet agrees.',
    'Do not change the secret as well: then no reader can be made to accept the old cookies.',
  ],
  prevent: [
    'Two releases: first accept the new format everywhere, later write it.',
    'In CI, open a credential of the previous release with the new build, and the reverse.',
    'Pin framework defaults (load_defaults, serialisers, digests) and change them on purpose.',
  ],
  confirmWith: [
    'Decode a credential from before and one from after: same secret, other parts, digest or cipher (--samples, --samples-after, --secret).',
    'Replay one credential and group by build: --replay URL --samples FILE',
    'Compare framework versions and defaults between the two releases.',
  ],
});
