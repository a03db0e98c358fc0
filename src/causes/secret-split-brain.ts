import { defineCause } from './cause.ts';

export const secretSplitBrain = defineCause({
  id: 'secret-split-brain',
  title: 'Instances hold different secrets',
  hop: 'app',
  story:
    'Two or more instances answer the same users with different keys: one reloaded and one did not, a region lags, one copy of the secret carries a trailing newline. A credential is good on some instances and refused on others, so users drop out at random, and an instance that refuses often overwrites the good cookie. Sticky routing hides it until traffic moves.',
  prior: -4,
  signals: {
    'symptoms/oldSessions-mixed': 4,
    'symptoms/pattern-still-dying': 3,
    'symptoms/affected-some': 'weak',
    'symptoms/newLogin-sticks': 'against',
    'symptoms/login-private-window-only': 'against',
    'symptoms/onset-healed': 'against',
    'credentials/split-keys': 'decisive',
    'credentials/newline-in-secret': 'strong',
    'credentials/split-unverified': 'strong',
    'credentials/same-key-after': -2,
  },
  doNow: [
    'Compare the secret fingerprint of every instance (SHA-256 of the bytes, not the printed text: a newline counts).',
    'Send traffic only to the group of instances that agrees and is the largest; take the others out of rotation.',
    'Push one secret to all instances, keep the other value for verification only, and reload them group by group.',
    'Tell users: “If you were signed out, please sign in again.” Say it after the fleet agrees, not before.',
    'Watch a replay of one session against every instance until all accept it.',
  ],
  doNot: [
    'Do not turn on sticky sessions and call it fixed: the next scale event brings it back.',
    'Do not restart everything at once before you know which secret they will load.',
    'Do not let instances that refuse a credential go on clearing the cookie.',
  ],
  prevent: [
    'Put the secret fingerprint in the health check and compare it across the fleet before an instance takes traffic.',
    'Trim secrets on load, or fail on surrounding white space.',
    'Let one job create keys; an instance that cannot load them must fail, not invent one.',
  ],
  confirmWith: [
    'Replay one credential 20 times and pin each instance: --replay URL --samples FILE --instance URL…',
    'Compare secret fingerprints and byte lengths across instances, regions and colours.',
  ],
});
