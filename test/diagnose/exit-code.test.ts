import { describe, expect, it } from 'vitest';
import { exitCode, FAIL_ON } from '../../src/diagnose/exit-code.ts';
import type { Finding, Outcome, RankedCause, Report, Verdict } from '../../src/model.ts';

const finding: Finding = { code: 'redis/refused', level: 'critical', title: '', detail: '' };
const blind: Outcome = {
  probe: 'redis',
  status: 'ran',
  durationMs: 1,
  findings: [{ ...finding, blind: true }],
};
const failed: Outcome = { probe: 'redis', status: 'failed', durationMs: 1, reason: '' };
const fine: Outcome = { probe: 'redis', status: 'ran', durationMs: 1, findings: [] };

const report = (
  status: Report['status'],
  verdicts: Verdict[],
  probes: Outcome[],
  weaknesses: Finding[] = [],
): Report =>
  ({
    status,
    causes: verdicts.map((verdict) => ({ verdict }) as RankedCause),
    probes,
    weaknesses,
  }) as unknown as Report;

describe('exitCode', () => {
  it.each([
    ['clear', [], [fine], [], [0, 0, 0, 0, 0]],
    ['clear', ['unlikely', 'ruled-out'], [fine], [finding], [0, 0, 0, 1, 0]],
    ['diagnosed', ['confirmed'], [fine], [], [1, 1, 1, 1, 0]],
    ['diagnosed', ['likely'], [blind], [], [0, 1, 1, 1, 0]],
    ['inconclusive', ['possible'], [fine], [], [0, 0, 1, 1, 0]],
    ['inconclusive', ['possible'], [blind], [], [3, 3, 1, 1, 3]],
    ['incomplete', ['unlikely'], [failed], [], [3, 3, 3, 3, 3]],
    ['incomplete', [], [], [], [3, 3, 3, 3, 3]],
  ] as const)('%s with %j', (status, verdicts, probes, weaknesses, codes) => {
    const value = report(status, [...verdicts], [...probes], [...weaknesses]);
    expect(FAIL_ON.map((failOn) => exitCode(value, failOn))).toEqual(codes);
  });
});
