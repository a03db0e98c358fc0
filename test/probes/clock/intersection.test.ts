import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { majorityIntersection } from '../../../src/probes/clock/intersection.ts';

const around = (at: number, by: number) => ({ low: at - by, high: at + by });
const interval = fc
  .tuple(fc.integer({ min: -10_000, max: 10_000 }), fc.integer({ min: 0, max: 3000 }))
  .map(([at, by]) => around(at, by));

describe('majorityIntersection', () => {
  it('holds the truth whenever more than half of the witnesses allow it', () => {
    const right = fc.tuple(fc.integer({ min: -500, max: 500 }), fc.integer({ min: 500, max: 900 }));
    fc.assert(
      fc.property(
        fc.array(right, { minLength: 1, maxLength: 6 }),
        fc.array(interval, { maxLength: 6 }),
        (good, bad) => {
          const wrong = bad.slice(0, good.length - 1);
          const agreed = majorityIntersection([...good.map(([at, by]) => around(at, by)), ...wrong]);
          expect(agreed).toBeDefined();
          expect(agreed?.low).toBeLessThanOrEqual(0);
          expect(agreed?.high).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it('exists exactly when some point lies in more than half of the intervals', () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 7 }), (intervals) => {
        const depth = (point: number) => intervals.filter((i) => i.low <= point && point <= i.high).length;
        const majority = intervals.map((i) => i.low).filter((point) => depth(point) > intervals.length / 2);
        const agreed = majorityIntersection(intervals);
        expect(agreed?.low).toBe(majority.length === 0 ? undefined : Math.min(...majority));
        expect(agreed === undefined || agreed.low <= agreed.high).toBe(true);
      }),
    );
  });

  it('moves with its witnesses and does not care for their order', () => {
    fc.assert(
      fc.property(
        fc.array(interval, { maxLength: 7 }),
        fc.integer({ min: -9999, max: 9999 }),
        (intervals, by) => {
          const moved = intervals.map(({ low, high }) => ({ low: low + by, high: high + by })).reverse();
          const [here, there] = [majorityIntersection(intervals), majorityIntersection(moved)];
          expect(there?.low).toBe(here === undefined ? undefined : here.low + by);
          expect(there?.high).toBe(here === undefined ? undefined : here.high + by);
        },
      ),
    );
  });

  it.each([
    ['one false ticker of three', [around(0, 5), around(1, 5), around(3_600_000, 5)], [0, 1], [2]],
    ['a slow way there is no lie', [around(0, 5), around(1, 5), around(200, 201)], [0, 1, 2], []],
  ])('%s', (_, intervals, agreeing, dissenting) => {
    expect(majorityIntersection(intervals)).toMatchObject({ agreeing, dissenting });
  });

  it.each([
    ['two that disagree', [around(0, 5), around(3_600_000, 5)]],
    ['three that all disagree', [around(0, 5), around(3_600_000, 5), around(-3_600_000, 5)]],
    ['two against two', [around(0, 5), around(0, 5), around(999, 5), around(999, 5)]],
    ['nobody', []],
  ])('has no verdict for %s', (_, intervals) => {
    expect(majorityIntersection(intervals)).toBeUndefined();
  });
});
