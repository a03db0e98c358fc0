import { describe, expect, it } from 'vitest';
import type { Cause } from '../../src/causes/cause.ts';
import { rank } from '../../src/diagnose/rank.ts';
import { followsChange, timelineOf } from '../../src/diagnose/timeline.ts';
import type { Finding, Outcome } from '../../src/model.ts';

const T = Date.parse('2026-03-01T03:00:00Z');
const iso = (minutes: number): string => new Date(T + minutes * 60_000).toISOString();
const finding = (code: string, more: Partial<Finding> = {}): Finding => ({
  code,
  level: 'warning',
  title: code,
  detail: code,
  ...more,
});
const cause = (id: string, code: string, weight: number): Cause => ({
  id,
  title: id,
  hop: 'store',
  story: '',
  prior: -3,
  signals: { [code]: weight },
  doNow: [],
  doNot: [],
  prevent: [],
  confirmWith: [],
});

describe('the timeline', () => {
  it('holds changes, the onset and dated findings in order, and leaves health out', () => {
    const incident = {
      since: iso(0),
      sinceSlackMs: 60_000,
      changes: [{ at: iso(-5), what: 'deploy 812', note: 'eu' }],
      symptoms: {},
    };
    const entries = timelineOf(incident, [
      finding('redis/flushed', { at: iso(-1) }),
      finding('redis/serving', { at: iso(-2), level: 'ok' }),
      finding('redis/undated'),
    ]);
    expect(entries.map(({ kind, what }) => `${kind}: ${what}`)).toEqual([
      'change: deploy 812 (eu)',
      'finding: redis/flushed',
      'onset: it began, as reported',
    ]);
  });

  it('lets no effect precede its cause', () => {
    expect(followsChange(T, [T - 60_000], 0)).toBe(true);
    expect(followsChange(T, [T + 30_000], 60_000)).toBe(true);
    expect(followsChange(T, [T + 120_000], 60_000)).toBe(false);
    expect(followsChange(T, [T - 3_600_000], 60_000)).toBe(false);
  });

  const outcomes: Outcome[] = [
    { probe: 'a', status: 'ran', durationMs: 1, findings: [finding('a/x')] },
    { probe: 'b', status: 'ran', durationMs: 1, findings: [finding('b/y', { at: iso(-4) })] },
  ];
  const first = (weight: number, changes: number[]): string | undefined =>
    rank(
      [cause('other', 'a/x', weight), cause('dated', 'b/y', 5)],
      outcomes,
      { since: T, slackMs: 60_000, now: T, healed: false, changes },
      () => false,
    )[0]?.id;

  it('breaks a tie by a change, and does no more than that: mechanism beats timing', () => {
    expect(first(5, [])).toBe('other');
    expect(first(5, [T - 5 * 60_000])).toBe('dated');
    expect(first(5.1, [T - 5 * 60_000])).toBe('other');
  });
});
