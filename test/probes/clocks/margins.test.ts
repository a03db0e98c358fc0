import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consequence, refusals } from '../../../src/probes/clocks/margins.ts';

const NOW = Date.parse('2026-03-01T03:00:00Z');
const at = (ms: number) => ({ low: ms - 5, high: ms + 5 });
const token = (iat: number, exp: number) => ({ iat: NOW / 1000 + iat, exp: NOW / 1000 + exp });

describe('refusals', () => {
  it.each([
    [
      'a clock behind refuses what is younger than it is late',
      [token(-30, 600), token(-400, 600)],
      -300_000,
      1,
      2,
    ],
    [
      'a clock ahead refuses what ends before it is early',
      [token(-30, 200), token(-400, 600)],
      300_000,
      1,
      2,
    ],
    ['the leeway forgives', [token(-30, 600)], -80_000, 0, 1],
    ['what has ended refuses itself', [token(-900, -100)], 300_000, 0, 0],
    ['a clock that may be right refuses nothing', [token(-1, 1)], 3, 0, 1],
  ])('%s', (_, tokens, off, refused, valid) => {
    expect(refusals(tokens, at(off), 60_000, NOW, 0)).toMatchObject({ refused, valid });
  });

  it('says when the first would pass, and it does pass then and not before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 61_000, max: 40_000_000 }),
        fc.integer({ min: 0, max: 60_000 }),
        (age, behind, leeway) => {
          const tokens = [token(-age, 1_000_000)];
          const { passesAt } = refusals(tokens, at(-behind), leeway, NOW, 0);
          const when = passesAt ?? NOW;
          expect(refusals(tokens, at(-behind), leeway, when, 0).refused).toBe(0);
          expect(
            passesAt === undefined || refusals(tokens, at(-behind), leeway, when - 1, 0).refused === 1,
          ).toBe(true);
        },
      ),
    );
  });

  it('says from when the first will be refused, and it is refused then and not before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 61_000, max: 40_000_000 }),
        fc.integer({ min: 0, max: 60_000 }),
        (left, ahead, leeway) => {
          const tokens = [token(-10, left)];
          const { refused, refusedFrom } = refusals(tokens, at(ahead), leeway, NOW, 0);
          expect(refusedFrom === undefined).toBe(refused === 1);
          if (refusedFrom === undefined) return;
          expect(refusals(tokens, at(ahead), leeway, refusedFrom, 0).refused).toBe(1);
          expect(refusals(tokens, at(ahead), leeway, refusedFrom - 1, 0).refused).toBe(0);
        },
      ),
    );
  });

  it('never counts more refused than valid, whatever the times', () => {
    const time = fc.option(fc.double({ noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(fc.record({ iat: time, exp: time, nbf: time }), { maxLength: 8 }),
        fc.integer(),
        fc.integer({ min: 0, max: 600_000 }),
        fc.integer({ min: 0, max: 600_000 }),
        (tokens, off, leeway, slack) => {
          const counted = refusals(tokens, at(off), leeway, NOW, slack);
          expect(counted.refused).toBeLessThanOrEqual(counted.valid);
          expect(counted.valid).toBeLessThanOrEqual(tokens.length);
        },
      ),
    );
  });
});

describe('consequence', () => {
  it('is told beyond the leeway only', () => {
    expect(consequence(at(59_000), 60_000)).toBe('');
    expect(consequence(at(-120_005), 60_000)).toContain('refuses fresh tokens for their first 60s');
    expect(consequence(at(120_005), 60_000)).toContain('refuses tokens 60s before they end');
  });
});
