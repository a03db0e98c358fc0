import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/model.ts';
import { redis } from '../../../src/probes/redis/index.ts';
import { evidenceOf, incidents } from '../../score/recorded.ts';
import { scene } from '../../support/look.ts';

describe('an older observation', () => {
  it('is examined whatever it lacks, and what it lacks is never health', () => {
    const recorded = incidents().flatMap(({ name }) => {
      const found = evidenceOf(name).observations.find(({ probe }) => probe === 'redis');
      return found?.status === 'ran' ? [found.seen] : [];
    });
    expect(recorded.length).toBeGreaterThan(3);
    const keys = [
      'elsewhere',
      'replicas',
      'sample',
      'slowlog',
      'denied',
      'config',
      'info',
      'dangerous',
      'dbsize',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...recorded), fc.subarray(keys), (seen, missing) => {
        const nodes = (seen as { readonly nodes: readonly Readonly<Record<string, Json>>[] }).nodes.map(
          (node) => Object.fromEntries(Object.entries(node).filter(([key]) => !missing.includes(key))),
        );
        const facts = [...redis.examine({ ...(seen as object), nodes } as never, scene)];
        if (missing.includes('info'))
          expect(facts.map(({ slug }) => slug)).not.toEqual(expect.arrayContaining(['no-flush-counted']));
      }),
    );
    expect([...redis.examine({} as never, scene)]).toEqual(expect.any(Array));
  });
});
