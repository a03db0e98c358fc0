import { defineCause } from './cause.ts';

export const secretEphemeral = defineCause({
  id: 'secret-ephemeral',
  title: 'The signing secret is made anew at every start or release',
  hop: 'app',
  story:
    'No fixed secret is configured, so the app, the chart or the sync makes a random one at start, or keeps its key ring inside the container. Each restart or release throws the old key away and with it every session. It looks like a one-time fault until the next deploy.',
  prior: -4,
  signals: {
    'symptoms/pattern-lost-again': 4.5,
    'symptoms/pattern-lost-once': 3,
    'symptoms/oldSessions-rejected': 'weak',
    'symptoms/onset-recurring': 'weak',
    'symptoms/oldSessions-accepted': 'against',
    'symptoms/login-fails': -2,
    'symptoms/login-private-window-only': 'against',
    'symptoms/onset-healed': 'against',
    'credentials/key-replaced': 'weak',
    'credentials/resealed': 'weak',
    'credentials/every-signature-fails': 3,
    'credentials/verifies-previous-only': 'against',
    'credentials/verifies-current': 'refutes',
    'replay/old-accepted': -6,
    'replay/echo-all-replaced': 1,
    'credentials/key-id-not-in-ring': 'decisive',
    'credentials/key-id-changed': 'weak',
    'replay/all-refused': 1,
  },
  doNow: [
    'Stop restarts, deploys and autoscaling of this service: each one logs everybody out again.',
    'Read the secret that runs now and pin it in the configuration of all instances before anything restarts.',
    'If the previous value can still be found (old Secret revision, old container), accept it for verification only, next to the pinned one.',
    'Tell users: “Please sign in once more; you will stay signed in.” Say it only once the value is pinned.',
    'Watch the secret fingerprint over one deliberate restart of a single instance: it must not change.',
  ],
  doNot: [
    'Do not restore the previous value alone: the newest logins use the present one.',
    'Do not restart “to see if it helps”: it is what breaks it.',
    'Do not scale out before the value is pinned; each new instance would bring its own secret.',
  ],
  prevent: [
    'Refuse to start in production when the secret is unset.',
    'Look up or create the secret once, first writer wins; no random function in a template without a lookup, and remember that a lookup finds nothing when manifests are rendered outside the cluster.',
    'Keep key rings (ASP.NET Data Protection and the like) on shared storage with a fixed application name.',
    'In CI, render the manifests twice and compare the Secret objects.',
  ],
  confirmWith: [
    'Compare instance start times with the moment of the first failure.',
    'Look for the start-up warning that a random or in-memory key is used.',
    'Ask whether earlier deploys logged people out as well.',
    'Decode an old and a new cookie: the key id differs and the old one is in no key ring (--samples, --samples-after).',
  ],
});
