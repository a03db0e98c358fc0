import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChronyTracking } from '../../src/parse/chrony-tracking.ts';

describe('parseChronyTracking', () => {
  it('reads a synchronised daemon (chrony 4.3)', () => {
    expect(
      parseChronyTracking(
        'C0A80001,192.168.0.1,3,1795246172.364,0.000125,-0.000045,0.000067,-12.3,0.001,0.05,0.020,0.005,64.2,Normal\n',
      ),
    ).toEqual({
      synchronised: true,
      correctionMs: 0.125,
      boundMs: 15,
      stratum: 3,
      source: '192.168.0.1',
      leap: 'Normal',
    });
  });

  it('keeps the sign: positive is a slow local clock', () => {
    const line = 'C0A80001,ntp,3,1.0,3600.0,0,0,0,0,0,0,0,64,Normal';
    expect(parseChronyTracking(line)?.correctionMs).toBe(3_600_000);
  });

  it.each([
    [
      '00000000,,0,0.000000000,0.0,0.0,0.0,0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised',
      'Not synchronised',
    ],
    [
      '7F7F0101,,8,1795246172.36,0.0,0.0,0.0,0.000,0.000,0.000,0.000000000,0.000000000,0.0,Normal',
      'Local reference',
    ],
  ])('knows a daemon that follows nobody: %s', (line, leap) => {
    expect(parseChronyTracking(line)).toMatchObject({ synchronised: false, leap });
  });

  it.each(['', '506 Cannot talk to daemon', 'a,b,c', 'C0A80001,x,3,1,,0,0,0,0,0,0,0,64,Normal'])(
    'refuses what is not that line: %j',
    (text) => expect(parseChronyTracking(text)).toBeUndefined(),
  );

  it('never throws and never gives a number that is none', () => {
    const field = fc.oneof(fc.string({ maxLength: 12 }), fc.double().map(String), fc.constant('1e999'));
    fc.assert(
      fc.property(fc.array(field, { minLength: 12, maxLength: 12 }), (middle) => {
        const parsed = parseChronyTracking(['C0A80001', ...middle, 'Normal'].join(','));
        for (const value of Object.values(parsed ?? {}))
          expect(typeof value !== 'number' || Number.isFinite(value)).toBe(true);
      }),
    );
  });
});
