import { defineCause } from './cause.ts';

export const mixedFleet = defineCause({
  id: 'mixed-fleet',
  title: 'Two builds answer at the same time and disagree',
  hop: 'app',
  kind: 'amplifier',
  story:
    'During a roll-out, a canary or a half-done rollback, the same user reaches both builds. What one writes the other refuses, and often overwrites, so that a difference which would be harmless alone logs people out again and again.',
  prior: -4,
  signals: {
    'symptoms/oldSessions-mixed': 'weak',
    'symptoms/onset-ramp': 1,
    'replay/follows-build': 6,
    'replay/follows-instance': 4,
    'replay/fleet-names': 6,
    'replay/fleet-formats-refused': 6,
    'replay/fleet-formats': 5,
    'replay/fleet-attributes': 8.5,
    'replay/fleet-scopes': 'decisive',
    'replay/fleet-sessionless': 6,
    'replay/mixed-self-contained': 4,
    'replay/mixed-signed-id': 4,
    'replay/accepted-one-way': 4,
    'replay/mixed-opaque': 4,
    'replay/all-accepted': 'against',
    'replay/instances-agree': 'against',
  },
  doNow: [
    'End the mix: finish or undo the roll-out through the pipeline, at once and completely.',
    'Meanwhile keep each user on one build (affinity at the balancer).',
    'Watch the build header over 20 requests: one value only.',
  ],
  doNot: ['Do not stop half-way “to look into it”: the mix is the damage.'],
  prevent: ['Every release must read what its neighbour writes, in both directions.'],
  confirmWith: [
    'Replay one session and group by build: --replay URL --samples FILE, replay.instanceHeader in sessdoctor.yaml',
  ],
});
