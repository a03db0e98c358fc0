import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { readEvidence, writeEvidence } from '../../src/diagnose/evidence.ts';
import { exitCode } from '../../src/diagnose/exit-code.ts';
import { bitsOf, probeOf, rank, reaches } from '../../src/diagnose/rank.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import type { Finding, FindingDoc, Outcome } from '../../src/model.ts';
import { probes } from '../../src/probes/index.ts';
import { evidenceOf, incidents, without } from '../score/recorded.ts';

const names = incidents().map(({ name }) => name);
const docs: readonly (readonly [string, FindingDoc])[] = probes.flatMap(({ id, findings }) =>
  Object.entries(findings).map(([slug, doc]): readonly [string, FindingDoc] => [`${id}/${slug}`, doc]),
);
const weaknesses = new Set(docs.filter(([, doc]) => doc.weakness).map(([code]) => code));
const time = { since: null, slackMs: 0, now: 0, healed: false };

const said = (code: string, doc: FindingDoc): Outcome => {
  const finding: Finding = { code, level: doc.level, title: doc.title, detail: code };
  return { probe: probeOf(code), status: 'ran', durationMs: 0, findings: [finding] };
};

describe('every recorded incident', () => {
  it.each(names)('%s: evidence written and read again gives the identical report', (name) => {
    const evidence = evidenceOf(name);
    const again = readEvidence(writeEvidence(evidence), name);
    expect(JSON.stringify(reportOf(again))).toBe(JSON.stringify(reportOf(evidence)));
  });

  it.each(names)('%s: what is not observed any more lifts no cause that nothing speaks for', (name) => {
    const evidence = evidenceOf(name);
    const before = reportOf(evidence).causes;
    for (const { probe, status } of evidence.observations) {
      if (status !== 'ran') continue;
      for (const cause of reportOf(without(evidence, probe)).causes) {
        const prior = causes.find(({ id }) => id === cause.id)?.prior ?? 0;
        if (cause.for.length === 0) {
          expect(cause.bits, `${cause.id} without ${probe}`).toBeLessThanOrEqual(prior);
          expect(reaches(cause.verdict, 'possible'), `${cause.id} without ${probe}`).toBe(false);
        }
        const known = before.find(({ id }) => id === cause.id);
        const gone = cause.for.filter(({ code }) => probeOf(code) === probe);
        expect(gone, `${cause.id} without ${probe}`).toEqual([]);
        // It may rise by what no longer speaks against it, never by more.
        const against = (known?.against ?? []).reduce((sum, { bits }) => sum - bits, 0);
        const lifted = cause.for
          .filter(({ code }) => !known?.for.some((vote) => vote.code === code))
          .reduce((sum, { bits }) => sum + bits, 0);
        expect(cause.bits).toBeLessThanOrEqual((known?.bits ?? 0) + against + lifted + 0.01);
      }
    }
  });
});

it('the summary says of further causes what their verdicts say', () => {
  const { causes: ranked, summary } = reportOf(evidenceOf('two-provider-and-store'));
  expect(ranked.slice(0, 2).map(({ verdict }) => verdict)).toEqual(['confirmed', 'confirmed']);
  expect(summary).toContain('1 more cause is confirmed too.');
  expect(reportOf(evidenceOf('pinned-affinity')).summary).toContain('1 more cause is likely too.');
});

describe('a finding alone', () => {
  it('that is a mere weakness lifts no cause and leaves the answer clear', () => {
    expect(weaknesses.size).toBeGreaterThan(15);
    for (const [code, doc] of docs.filter(([, each]) => each.weakness)) {
      const ranked = rank(causes, [said(code, doc)], time, (each) => weaknesses.has(each));
      expect(
        ranked.filter(({ bits, id }) => bits > (causes.find((cause) => cause.id === id)?.prior ?? 0)),
        code,
      ).toEqual([]);
    }
  });

  it('that says somebody could not look never counts as health', () => {
    // Except that where this host reaches nothing, the host is the suspect they share.
    const cleared = docs
      .filter(([code, doc]) => doc.blind && code !== 'vantage/host-cut-off')
      .flatMap(([code]) =>
        causes
          .filter(({ signals }) => {
            const weight = Object.entries(signals).find(([known]) => known === code)?.[1];
            return weight !== undefined && bitsOf(weight) < 0;
          })
          .map(({ id }) => `${code} against ${id}`),
      );
    expect(cleared).toEqual([]);
  });
});

describe('half a look', () => {
  const half = evidenceOf('redis-healthy');
  it('is incomplete, exit 3, where the other half failed and nothing was found', () => {
    const report = reportOf({
      ...half,
      observations: half.observations.map((observation) =>
        observation.probe === 'database'
          ? { probe: 'database', status: 'failed', durationMs: 1, reason: 'did not finish within 10s' }
          : observation,
      ),
    });
    expect(report.status).toBe('incomplete');
    expect(exitCode(report, 'likely')).toBe(3);
    expect(report.summary).toContain('database');
  });

  it('is clear, exit 0, where nothing else was asked for, whatever weaknesses there are', () => {
    const report = reportOf(evidenceOf('redis-risky'));
    expect(report.weaknesses.length).toBeGreaterThan(2);
    expect(report.status).toBe('clear');
    expect(exitCode(report, 'likely')).toBe(0);
    expect(exitCode(report, 'weakness')).toBe(1);
  });
});

describe('a clean bill', () => {
  it('says in its sentence what no cause explains', () => {
    const flushed = evidenceOf('redis-flushed');
    const report = reportOf({ ...flushed, incident: { ...flushed.incident, symptoms: {} } }, []);
    expect(report.status).toBe('clear');
    expect(report.unexplained).toContain('redis/flushed');
    expect(report.summary).toMatch(/^No known cause was found, but one thing is not explained: /);
    expect(reportOf(evidenceOf('redis-healthy')).summary).toMatch(/^Nothing found that logs people out/);
  });
});
