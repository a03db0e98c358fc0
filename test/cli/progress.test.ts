import { expect, it } from 'vitest';
import { progressFor } from '../../src/cli/progress.ts';
import type { Finding, Level, Outcome } from '../../src/model.ts';
import { testTerminal } from '../support/terminal.ts';

const finding = (level: Level, over: Partial<Finding> = {}): Finding => ({
  code: 'edge/x',
  level,
  title: 'what was found',
  detail: 'here',
  ...over,
});
const ran = (...findings: Finding[]): Outcome => ({ probe: 'edge', status: 'ran', durationMs: 1, findings });

it('keeps a line to the width, and what others wrote visible', async () => {
  const drawn = testTerminal({ interactive: true, width: 50 });
  (await progressFor(drawn)).ended(ran(finding('ok', { title: 'a long title '.repeat(9) })));
  expect(drawn.err().trimEnd().length).toBeLessThanOrEqual(50);
  const plain = testTerminal();
  (await progressFor(plain)).ended({
    probe: 'edge',
    status: 'failed',
    durationMs: 1,
    reason: 'a\u001b[2Jb\u0007',
  });
  expect(plain.err()).toBe('edge: could not look: ab\\u{7}\n');
});

it.each<[string, Outcome]>([
  ['✖', ran(finding('critical', { blind: true }))],
  ['!', ran(finding('ok'), finding('warning'))],
  ['?', ran(finding('warning', { blind: true }), finding('ok'))],
  ['?', { probe: 'edge', status: 'failed', durationMs: 1, reason: 'too late' }],
  ['-', ran(finding('info'), finding('ok'))],
  ['✔', ran(finding('ok'))],
])('%s is the mark of %j', async (mark, outcome) => {
  const terminal = testTerminal({ interactive: true });
  (await progressFor(terminal)).ended(outcome);
  expect(terminal.err()).toMatch(new RegExp(`^\\${mark} edge `));
});
