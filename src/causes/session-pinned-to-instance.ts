import { defineCause } from './cause.ts';

export const sessionPinnedToInstance = defineCause({
  id: 'session-pinned-to-instance',
  title: 'Sessions live in the memory of one instance, and traffic no longer reaches it',
  hop: 'app',
  story:
    'There is no shared session store. Each instance keeps its own sessions and routing must send a user back to the same one. A scale-out, a deploy, a lost affinity cookie or a changed balancer breaks that, and users bounce to the login by chance, about one time in n.',
  prior: -4,
  signals: {
    'symptoms/pattern-fleet-disagrees': 4.5,
    'symptoms/oldSessions-mixed': 4,
    'symptoms/pattern-still-dying': 'weak',
    'symptoms/affected-some': 1,
    'symptoms/newLogin-sticks': 'against',
    'symptoms/login-private-window-only': 'against',
    'symptoms/onset-healed': -2,
    'edge/refused-by-edge-way': 'weak',
    'replay/mixed-self-contained': 'refutes',
    'replay/mixed-signed-id': 5.5,
    'replay/mixed-opaque': 7,
    'replay/cross-refused-signed-id': 6,
    'replay/cross-refused-opaque': 7,
    'replay/cross-refused-self-contained': 'refutes',
    'replay/affinity-hides': 6,
    'replay/follows-instance': 2,
    'replay/all-accepted': 'refutes',
    'replay/instances-agree': 'refutes',
    'replay/echo-kept': -6,
    'replay/fails-then-passes': 'against',
    // Formats that the others cannot read explain the same mix.
    'replay/fleet-formats-refused': -8,
    'replay/some-errors': -2,
    'replay/echo-all-replaced': 1,
    'replay/overwritten': 1,
  },
  doNow: [
    'If the old instances still run, bring them back into rotation and drain them slowly instead.',
    'Restore affinity at the balancer (cookie, not source address), or scale to a single instance if it carries the load.',
    'Stop autoscaling and deploys until a shared store is in place.',
    'Tell users: “You may need to sign in again.” Say it once affinity holds.',
    'Watch a replay of one session without affinity: the mix must end.',
  ],
  doNot: [
    'Do not restart instances: each restart drops its sessions.',
    'Do not add instances: the chance to hit the right one gets smaller.',
    'Do not use source-address affinity behind a CDN: all users share a few addresses.',
  ],
  prevent: [
    'A shared store; refuse the in-memory store in production.',
    'Test with two instances and no affinity.',
  ],
  confirmWith: [
    'Replay one session with and without the affinity cookie, and against each instance: --replay URL --samples FILE --instance URL…',
    'Read the app’s configuration: which store does it use?',
    'Compare the logouts with the replacement of instances.',
  ],
});
