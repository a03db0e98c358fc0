import { defineCause } from './cause.ts';

export const restartMasksCause = defineCause({
  id: 'restart-masks-cause',
  title: 'A restart hid the cause and reset the evidence',
  hop: 'people',
  kind: 'amplifier',
  story:
    'Somebody restarted the store, the verifiers or the app and it seemed to help. Counters began at zero and caches were emptied, so what happened before can no longer be read, and the fault will be back.',
  prior: -4,
  signals: {
    'redis/restarted-after': 'strong',
    'redis/counters-reset': 'weak',
    'database/counters-reset': 'weak',
    'database/counters-lost': 1,
    'symptoms/onset-healed': 1,
  },
  doNow: [
    'Write down who restarted what and when.',
    'Save what is left before it rolls over: logs, snapshots, replicas’ counters, dashboards of before.',
    'Watch for the return: the same hour, load or deploy.',
  ],
  doNot: ['Do not close the incident because a restart ended it.', 'Do not restart the next thing.'],
  prevent: ['Save the evidence first: sessdoctor diagnose --save FILE takes seconds.'],
  confirmWith: ['Compare the uptimes with the incident: --redis URL --since TIME'],
});
