import { defineCause } from './cause.ts';

export const rollbackRemnant = defineCause({
  id: 'rollback-remnant',
  title: 'What the bad release wrote outlives the rollback',
  hop: 'client',
  kind: 'amplifier',
  story:
    'The release is gone but its cookies, tokens or records are still in browsers and stores. Whoever visited between deploy and revert is a second group of victims, and errors go on or change sides after the rollback.',
  prior: -4,
  signals: {
    'symptoms/login-private-window-only': 1,
    'symptoms/onset-healed': -2,
    'edge/edge-reads-other-format': 5,
    'edge/edge-refuses-session': 3,
  },
  doNow: [
    'List who came between deploy and revert; their cookies or records are of the new kind.',
    'Let the restored build also read, or at least expire in its own scope, what the other one wrote.',
    'Tell users: “If you still see errors, use a private window or delete this site’s cookies.”',
    'Watch errors by time of the last visit.',
  ],
  doNot: ['Do not roll forward and back again: each turn makes another group.'],
  prevent: ['Test a rollback with a browser that has visited the new release.'],
  confirmWith: [
    'Compare victims by their visit time; compare cookies of both deploys: --before FILE --after FILE',
  ],
});
