import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/model.ts';
import { clock } from '../../../src/probes/clock/index.ts';
import type { ClockSeen } from '../../../src/probes/clock/seen.ts';
import { clocks } from '../../../src/probes/clocks/index.ts';
import type { Scene } from '../../../src/probes/probe.ts';

const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
const odd = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | Json> =>
  fc.oneof({ weight: 4, arbitrary: value }, json);
const number = odd(fc.double());
const text = odd(fc.string({ maxLength: 20 }));
const sample = fc.record(
  {
    sentAt: number,
    answeredAt: number,
    serverTime: number,
    resolutionMs: number,
    lifetimeMs: number,
    name: text,
  },
  { requiredKeys: [] },
);
/** An observation of an older version, a newer one, or a hand that edited the file. */
const oddSeen = fc.record(
  {
    servers: odd(
      fc.array(
        odd(
          fc.record(
            {
              host: text,
              port: number,
              status: odd(fc.constantFrom('answered', 'timeout', 'refused', 'unsynchronised', 'toString')),
              offsetMs: number,
              boundMs: number,
              delayMs: number,
              detail: text,
              address: text,
            },
            { requiredKeys: [] },
          ),
        ),
        { maxLength: 5 },
      ),
    ),
    tracking: odd(
      fc.record(
        {
          status: odd(fc.constantFrom('synchronised', 'unsynchronised', 'absent')),
          correctionMs: number,
          boundMs: number,
          stratum: number,
          source: text,
          sources: number,
          detail: text,
        },
        { requiredKeys: [] },
      ),
    ),
    hosts: odd(
      fc.array(
        odd(
          fc.record(
            {
              host: text,
              dates: odd(fc.array(odd(sample), { maxLength: 4 })),
              cookies: odd(fc.array(odd(sample), { maxLength: 4 })),
              bornExpired: odd(fc.array(odd(fc.record({ name: text, byMs: number })), { maxLength: 2 })),
              cached: number,
              answers: number,
              failure: odd(fc.constant(null)),
            },
            { requiredKeys: [] },
          ),
        ),
        { maxLength: 3 },
      ),
    ),
  },
  { requiredKeys: [] },
);

function sceneWith(seen: ClockSeen, leewayMs = 60_000): Scene {
  return {
    now: Date.parse('2026-03-01T03:00:00Z'),
    uncertaintyMs: 5,
    since: null,
    changes: [],
    symptoms: {},
    settings: { leewayMs, expect: {} },
    findings: [],
    seen: ((probe: { readonly id: string }) => (probe.id === 'clock' ? seen : undefined)) as Scene['seen'],
  };
}

describe('examine', () => {
  it('survives an odd observation, says only what it has words for, and says the same twice', () => {
    fc.assert(
      fc.property(oddSeen, fc.integer({ min: 0, max: 120_000 }), (odd, leeway) => {
        const seen = odd as unknown as ClockSeen;
        const facts = [...clock.examine(seen, sceneWith(seen, leeway))];
        expect(facts.filter(({ slug, detail }) => !(slug in clock.findings) || detail === '')).toEqual([]);
        expect([...clock.examine(seen, sceneWith(seen, leeway))]).toEqual(facts);
        expect(facts.filter(({ detail }) => /NaN|undefined|Infinity|\[object/.test(detail))).toEqual([]);
        expect([...clocks.examine(null, sceneWith(seen, leeway))].length).toBeLessThan(100);
        const { offsetMs, uncertaintyMs } = clock.correction?.(seen) ?? {};
        expect([Number.isFinite(offsetMs), Number.isNaN(uncertaintyMs)]).toEqual([true, false]);
      }),
      { numRuns: 600 },
    );
  });
});
