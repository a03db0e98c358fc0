import { describe, expect, it } from 'vitest';
import { exitCode } from '../../src/diagnose/exit-code.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import { renderers } from '../../src/render/index.ts';
import { evidenceOf } from '../score/recorded.ts';

const recorded = evidenceOf('redis-flushed');
const flushed = { ...recorded, incident: { ...recorded.incident, since: null, symptoms: {} } };
// It was recorded within seconds of the flush.
const at = Date.parse(flushed.startedAt);

/** The same store, had people said that it began so many minutes before the flush. */
const begun = (minutes: number) =>
  reportOf({
    ...flushed,
    incident: {
      ...flushed.incident,
      since: new Date(at - minutes * 60_000).toISOString(),
      sinceSlackMs: 60_000,
    },
  });
const verdictOf = (report: ReturnType<typeof begun>) =>
  report.causes.find(({ id }) => id === 'store-flushed')?.verdict;

describe('a flush after the beginning that people gave', () => {
  it('does not count, and is not passed over either', () => {
    const report = begun(72);
    expect(['confirmed', 'likely', 'possible']).not.toContain(verdictOf(report));
    expect(report.status).toBe('inconclusive');
    expect(report.summary).toMatch(/7[12] min after the reported beginning/);
    expect(report.summary).toContain('not the cause of what began then');
    expect(report.unexplained).toContain('redis/flushed');
    expect(exitCode(report, 'likely')).toBe(0);
  });

  it('is told in days where it is days, and once only', () => {
    const { summary } = begun(5 * 24 * 60);
    expect(summary).toContain('5 days after the reported beginning');
    expect(summary).not.toContain('best candidate');
  });

  it('is what to ask about first, with the flag that counts it', () => {
    const { next } = begun(72);
    expect(next?.wouldSettle[0]).toBe('store-flushed');
    const given = /^--since (\S+)$/.exec(next?.enable ?? '')?.[1];
    const again = reportOf({
      ...flushed,
      incident: { ...flushed.incident, since: new Date(given ?? '').toISOString(), sinceSlackMs: 60_000 },
    });
    expect(verdictOf(again)).toBe('confirmed');
  });

  it('is confirmed, and asked about no more, within the minute that nobody knows exactly', () => {
    const report = begun(0.5);
    expect(verdictOf(report)).toBe('confirmed');
    expect(report.next?.enable ?? '').not.toMatch(/--since/);
  });

  it('is told in every format for people', async () => {
    const report = begun(72);
    const options = { width: 200, colorLevel: 0, failOn: 'likely' } as const;
    for (const format of ['terminal', 'markdown', 'html'] as const)
      expect((await renderers[format]())(report, options)).toContain('not the cause of what began then');
  });
});
