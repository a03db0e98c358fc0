import { defineCause } from './cause.ts';

export const storeLookupMoved = defineCause({
  id: 'store-lookup-moved',
  title: 'The app looks for sessions under another key, database or server',
  hop: 'store',
  story:
    'Key prefix, DB number, store address or the rule from cookie to key changed with a release or a library upgrade. The records still exist, unread, under the old name, while their time to live runs down. New logins are written to the new place and work.',
  prior: -4,
  signals: {
    'redis/given-not-primary': 'strong',
    'redis/swapped': 'decisive',
    'redis/sessions-elsewhere': 'decisive',
    'redis/two-families': 'decisive',
    'redis/select-refused': 6,
    'redis/sessions-in-other-db': 'strong',
    'redis/sessions-other-prefix': 6,
    'redis/prefix-absent': 'weak',
    'symptoms/pattern-lost-once': 3,
    'symptoms/oldSessions-rejected': 'weak',
    'symptoms/oldSessions-accepted': 'against',
    'symptoms/oldSessions-error': -2,
    'symptoms/login-fails': -2,
    'symptoms/login-private-window-only': 'against',
    'symptoms/newLogin-dies': 'against',
    'symptoms/onset-healed': 'against',
    'replay/mixed-opaque': 3,
    'replay/mixed-signed-id': 2,
    'replay/cross-refused-opaque': 4,
    'replay/cross-refused-signed-id': 3,
    // Another kind of credential was replayed: that explains nothing of this, and disproves nothing either.
    'replay/mixed-self-contained': 'against',
    'replay/old-accepted': -6,
    'replay/instances-agree': -1,
    'replay/all-refused': 1,
  },
  doNow: [
    'Be quick: the old records expire while nobody reads them.',
    'Let the app read both places, new first, then old; write to the new one only.',
    'If it cannot, put the old prefix, DB number or address back and accept that those who signed in since must do so again.',
    'Tell users: “You may be signed in again shortly; if not, please sign in.” Choose the words by which way you go.',
    'Watch the number of keys per prefix: the family that is read must be the one that grows.',
  ],
  doNot: [
    'Do not delete the “orphaned” keys: they are the lost sessions.',
    'Do not rename keys in bulk on a live store without a copy and a bounded scan.',
    'Do not wait for a proper fix while the time to live runs out.',
  ],
  prevent: [
    'A test that asserts the literal key of a known session id.',
    'Treat prefix, DB number and store address as part of the release’s compatibility check; set them explicitly rather than deriving them from an app name.',
    'Fail loudly when SELECT of the configured DB is refused; some clients silently fall back to DB 0.',
  ],
  confirmWith: [
    'Sample keys by prefix and per DB: two families, and the older one has no new entries: --redis URL --key-prefix sess:',
    'Compare store address, DB number and prefix between the two releases’ configuration.',
    'Take one old session id and look under both names.',
  ],
});
