import { describe, expect, it } from 'vitest';
import { probeOf } from '../../src/diagnose/rank.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import type { Report } from '../../src/model.ts';
import { evidenceOf, incidents, without } from './recorded.ts';

const ranked = (report: Report, id: string) => report.causes.find((cause) => cause.id === id);

describe('evidence that is missing', () => {
  it.each(incidents())(
    '$name: dropping a probe convicts nobody else, lowers whom it convicted, and is asked for',
    ({ name, causes }) => {
      const evidence = evidenceOf(name);
      const whole = reportOf(evidence);
      for (const { probe, status } of evidence.observations) {
        if (status !== 'ran') continue;
        const report = reportOf(without(evidence, probe));
        const wrong = report.causes.filter(
          ({ id, verdict }) => verdict === 'confirmed' && !causes.includes(id),
        );
        expect(wrong.map(({ id }) => `${id} without ${probe}`)).toEqual([]);
        for (const id of causes) {
          const before = ranked(whole, id);
          const after = ranked(report, id);
          const [heaviest] = before?.for ?? [];
          if (!heaviest || probeOf(heaviest.code) !== probe) continue;
          expect(after?.bits, `${id} without ${probe}`).toBeLessThan(before?.bits ?? 0);
          expect(after?.untested.map((one) => one.probe)).toContain(probe);
          // Nothing is settled any more, so there is a best question, unless nothing seems to be wrong.
          const settled = report.causes.some(({ verdict }) => verdict === 'confirmed');
          if (!settled && report.status !== 'clear')
            expect(report.next, `next without ${probe}`).not.toBeNull();
        }
      }
    },
  );
});
