import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration, parseMoment, resolveMoment } from '../../src/config/time.ts';

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const unit = fc.constantFrom('ms', 's', 'm', 'h', 'd');
const DAY = 86_400_000;
/** 1970 to 2100, to the second: what an operator can type. */
const instant = fc.integer({ min: 0, max: 4_102_444_800 }).map((seconds) => seconds * 1000);

describe('parseDuration', () => {
  it('reads a number and a unit, with blanks around it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), unit, (count, name) => {
        expect(parseDuration(` ${count}${name} `)).toBe(count * (UNITS[name] ?? 0));
      }),
    );
  });

  it.each(['', '10', 's', '-5s', '1e3s', '10 s', '5w', '1h30m', 'Infinitys', '١s'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('never throws, and gives whole milliseconds or nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseDuration(text);
        expect(ms === undefined || (Number.isInteger(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe('formatDuration', () => {
  it('rounds by a twentieth at most, and reads back part by part', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * DAY }), (ms) => {
        const parts = formatDuration(ms).split(' ').map(parseDuration);
        const sum = parts.reduce<number>((total, part) => total + (part ?? Number.NaN), 0);
        expect(Math.abs(sum - ms)).toBeLessThanOrEqual(Math.max(50, ms / 20));
      }),
    );
  });

  it('says the same of a negative one, with a sign', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 * DAY }), (ms) => {
        expect(formatDuration(-ms)).toBe(`-${formatDuration(ms)}`);
      }),
    );
  });
});

describe('parseMoment', () => {
  it('reads back every instant that ISO 8601 can write', () => {
    fc.assert(
      fc.property(instant, (at) => {
        expect(parseMoment(new Date(at).toISOString())).toEqual({ kind: 'instant', at });
      }),
    );
  });

  it('reads an offset, a blank for the T, and a fraction', () => {
    const at = Date.parse('2026-03-01T03:00:00.000Z');
    expect(parseMoment('2026-03-01T05:00:00+02:00')).toEqual({ kind: 'instant', at });
    expect(parseMoment('2026-03-01 03:00:00.000Z')).toEqual({ kind: 'instant', at });
    expect(parseMoment('2026-03-01')).toEqual({ kind: 'instant', at: Date.parse('2026-03-01') });
  });

  it('reads clock times and ages', () => {
    expect(parseMoment('03:00')).toEqual({ kind: 'clock', hours: 3, minutes: 0, seconds: 0 });
    expect(parseMoment('23:59:58')).toEqual({ kind: 'clock', hours: 23, minutes: 59, seconds: 58 });
    expect(parseMoment('45m')).toEqual({ kind: 'age', ms: 2_700_000 });
    expect(parseMoment('45m ago')).toEqual({ kind: 'age', ms: 2_700_000 });
  });

  it.each(['2026-02-30', '2026-13-01', '24:00', '3:60', '03:00pm', 'yesterday', '', '1741000000'])(
    'refuses %j rather than guess',
    (text) => expect(parseMoment(text)).toBeUndefined(),
  );

  it('never throws, and never gives a moment that is no number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9T: .Z+-]{0,30}$/)), (text) => {
        const moment = parseMoment(text);
        expect(Number.isNaN(resolveMoment(moment ?? { kind: 'age', ms: 0 }, 0))).toBe(false);
      }),
    );
  });
});

describe('resolveMoment', () => {
  it('takes a clock time for its latest occurrence that is not in the future', () => {
    fc.assert(
      fc.property(
        instant,
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        (now, hours, minutes) => {
          const at = resolveMoment({ kind: 'clock', hours, minutes, seconds: 0 }, now);
          expect(at).toBeLessThanOrEqual(now);
          // A day of 25 hours ends summer time; an hour that does not exist is moved on by one.
          expect(now - at).toBeLessThan(DAY + 2 * 3_600_000);
        },
      ),
    );
  });

  it('counts an age back, and leaves an instant where it is', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: DAY }), (now, ms) => {
        expect(resolveMoment({ kind: 'age', ms }, now)).toBe(now - ms);
        expect(resolveMoment({ kind: 'instant', at: ms }, now)).toBe(ms);
      }),
    );
  });
});
