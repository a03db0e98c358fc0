import { describe, expect, it } from 'vitest';
import { examineAll } from '../../../src/diagnose/examine.ts';
import { evidenceOf, incidents } from '../../score/recorded.ts';

const told = incidents().flatMap(({ name }) => {
  const evidence = evidenceOf(name);
  const findings = examineAll(evidence).flatMap((one) => (one.status === 'ran' ? one.findings : []));
  const finding = findings.find(({ code }) => code === 'redis/restarted-young');
  return finding ? [{ name, finding, evidence }] : [];
});

describe('a store that was started anew', () => {
  it('is told with and without persistence in a title that holds for both', () => {
    expect(told.some(({ finding }) => finding.detail.includes('with snapshots'))).toBe(true);
    for (const { finding, name } of told) expect(finding.title, name).not.toMatch(/persistence|lately/);
  });

  it('asks for the time of the incident only where nobody gave it', () => {
    expect(told.some(({ evidence }) => evidence.incident.since !== null)).toBe(true);
    for (const { finding, evidence, name } of told)
      expect(finding.fix?.includes('--since'), name).toBe(evidence.incident.since === null);
  });
});
