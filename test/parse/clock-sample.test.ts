import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClockSample, clocksBehind, offsetBounds } from '../../src/parse/clock-sample.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-03-01T03:00:00Z');

/** What a clock that is off by `offset` answers to a question sent at `sentAt`, in ticks of `tick`. */
function reading(sentAt: number, there: number, back: number, offset: number, tick = 1000): ClockSample {
  const serverTime = Math.floor((sentAt + there + offset) / tick) * tick;
  return {
    sentAt: Math.floor(sentAt),
    answeredAt: Math.floor(sentAt + there + back),
    serverTime,
    resolutionMs: tick,
  };
}

const way = fc.double({ min: 0, max: 400, noNaN: true });
const offset = fc.integer({ min: -400 * DAY, max: 400 * DAY });
const asked = fc.array(fc.tuple(fc.double({ min: 0, max: 3000, noNaN: true }), way, way), {
  minLength: 1,
  maxLength: 12,
});

describe('clocksBehind', () => {
  it('finds one clock, with the truth within its bounds, whatever the way took', () => {
    fc.assert(
      fc.property(asked, offset, fc.constantFrom(1000, 1), (questions, off, tick) => {
        const samples = questions.map(([at, there, back]) => reading(START + at, there, back, off, tick));
        const clocks = clocksBehind(samples);
        expect(clocks).toHaveLength(1);
        expect(clocks[0]?.low).toBeLessThanOrEqual(off);
        expect(clocks[0]?.high).toBeGreaterThanOrEqual(off);
        expect(clocks[0]?.readings).toBe(samples.length);
      }),
    );
  });

  it('holds the truth where a busy server renews its Date late, by as much as it is slow', () => {
    const slow = fc.integer({ min: 2, max: 150 });
    fc.assert(
      fc.property(
        offset,
        fc.integer({ min: 0, max: 999 }),
        slow,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 10, maxLength: 10 }),
        (off, phase, roundTrip, lates) => {
          const samples = lates.map((late, index) => {
            const sentAt = START + phase + index * 100;
            const then = sentAt + off - late * (49 + roundTrip);
            return {
              sentAt,
              answeredAt: sentAt + roundTrip,
              serverTime: Math.floor(then / 1000) * 1000,
              resolutionMs: 1000,
            };
          });
          const [clock, ...others] = clocksBehind(samples);
          expect(others).toEqual([]);
          expect(clock?.low).toBeLessThanOrEqual(off);
          expect(clock?.high).toBeGreaterThanOrEqual(off);
          expect((clock?.high ?? 0) - (clock?.low ?? 0)).toBeLessThan(260 + 3 * roundTrip);
        },
      ),
    );
  });

  it('narrows a one-second Date to the spacing of the questions', () => {
    fc.assert(
      fc.property(offset, fc.integer({ min: 0, max: 999 }), (off, phase) => {
        const samples = Array.from({ length: 10 }, (_, index) =>
          reading(START + phase + index * 100, 1, 1, off),
        );
        const [clock] = clocksBehind(samples);
        expect((clock?.high ?? 0) - (clock?.low ?? 0)).toBeLessThanOrEqual(157);
      }),
    );
  });

  it('tells two clocks that are further apart than a tick and the way there', () => {
    fc.assert(
      fc.property(offset, fc.integer({ min: 2200, max: DAY }), way, (off, apart, there) => {
        const samples = Array.from({ length: 8 }, (_, index) =>
          reading(START + index * 100, there, 0, index % 2 === 0 ? off : off + apart),
        );
        expect(clocksBehind(samples).map(({ readings }) => readings)).toEqual([4, 4]);
      }),
    );
  });

  it('does not make two clocks of a Date that a busy server wrote a little late', () => {
    const samples = Array.from({ length: 10 }, (_, index) => {
      const one = reading(START + index * 100, 0, 0, 0);
      return index === 5 ? { ...one, serverTime: one.serverTime - 1000, sentAt: one.sentAt - 80 } : one;
    });
    expect(clocksBehind(samples.slice(4, 7))).toHaveLength(1);
  });

  it('leaves out what is no number, and never throws', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            sentAt: fc.double(),
            answeredAt: fc.double(),
            serverTime: fc.double(),
            resolutionMs: fc.double(),
          }),
          { maxLength: 6 },
        ),
        (samples) => {
          for (const { low, high } of clocksBehind(samples)) {
            expect(Number.isFinite(low)).toBe(true);
            expect(low).toBeLessThanOrEqual(high);
          }
        },
      ),
    );
    expect(clocksBehind([])).toEqual([]);
  });
});

describe('offsetBounds', () => {
  it('is as wide as the tick and the way there and back', () => {
    const { low, high } = offsetBounds({ sentAt: 0, answeredAt: 30, serverTime: 5000, resolutionMs: 1000 });
    expect([low, high]).toEqual([4969, 6000]);
  });
});
