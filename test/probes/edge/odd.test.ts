import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EdgeReply } from '../../../src/probes/edge/ask.ts';
import { edge } from '../../../src/probes/edge/index.ts';
import type { EdgeSeen } from '../../../src/probes/edge/observe.ts';
import { judged } from '../../support/look.ts';

const nothing: EdgeSeen = {
  origin: null,
  targets: [],
  echo: null,
  cookieName: null,
  shapes: [],
  session: false,
  now: 0,
  local: 0,
  uncertaintyMs: null,
  sent: 0,
  cut: true,
};

const text = fc.string({ unit: 'binary', maxLength: 30 });
const cookie = fc.record({
  name: fc.constantFrom('sid', 'lang', '__cf_bm', 'SERVERID', ''),
  value: fc.constantFrom('11111111', '22222222'),
  bits: fc.integer({ min: 0, max: 500 }),
  format: fc.constantFrom('opaque', 'cookie-signature'),
  kind: fc.constantFrom('opaque' as const, 'signed-id' as const, 'self-contained' as const),
  rewritten: fc.boolean(),
  cleared: fc.boolean(),
  attributes: fc.constantFrom('', 'Path=/', 'Path=/app; Secure'),
  expires: fc.constantFrom('Thu, 01 Jan 1970 00:00:00 GMT', 'never', undefined),
});
const reply: fc.Arbitrary<EdgeReply> = fc.oneof(
  fc.record({
    ok: fc.constant(true as const),
    status: fc.constantFrom(200, 301, 302, 401, 404, 500, 503),
    location: fc.option(text, { nil: undefined }),
    cookies: fc.array(cookie, { maxLength: 3 }),
    headers: fc.dictionary(fc.constantFrom('date', 'age', 'x-cache', 'x-varnish', 'cache-control'), text),
    at: fc.integer({ min: 0, max: 10_000 }),
    bytes: fc.nat(),
    truncated: fc.boolean(),
    names: fc.array(fc.constantFrom('x-powered-by', 'date', 'set-cookie'), { maxLength: 3 }),
  }),
  fc.record({
    ok: fc.constant(false as const),
    kind: fc.constantFrom('timeout', 'not-http'),
    message: text,
    at: fc.nat(),
  }),
);
const maybe = fc.option(reply, { nil: null });
const observation: fc.Arbitrary<EdgeSeen> = fc.record({
  origin: fc.constantFrom('http://10.0.0.1/', null),
  targets: fc.array(
    fc.record({
      url: fc.constantFrom('http://a.example/page', 'not a url'),
      kind: fc.constantFrom('page' as const, 'asset' as const),
      edge: fc.array(reply, { maxLength: 2 }),
      busted: maybe,
      origin: fc.array(reply, { maxLength: 2 }),
    }),
    { maxLength: 3 },
  ),
  echo: fc.option(
    fc.record({
      issued: fc.array(cookie, { maxLength: 2 }),
      edge: maybe,
      origin: maybe,
      own: fc.array(reply, { maxLength: 2 }),
      ownIssued: fc.array(cookie, { maxLength: 2 }),
    }),
    {
      nil: null,
    },
  ),
  cookieName: fc.constantFrom('sid', null),
  shapes: fc.array(
    fc.record({
      shape: fc.constantFrom('garbage', 'jwt', 'own', 'session', 'session-first', 'session-last'),
      edge: maybe,
      origin: maybe,
      cached: maybe,
    }),
    { maxLength: 6 },
  ),
  session: fc.boolean(),
  now: fc.nat(),
  local: fc.nat(),
  uncertaintyMs: fc.constantFrom(null, 5),
  sent: fc.nat(),
  cut: fc.boolean(),
});

describe('an odd observation of the edge', () => {
  it('of nothing at all blames nobody', () => {
    expect(judged(edge, nothing).suspects).toEqual([]);
  });

  it('of anything is examined without a throw, the same each time', () => {
    fc.assert(
      fc.property(observation, (seen) => {
        expect(judged(edge, seen).findings).toEqual(judged(edge, seen).findings);
      }),
      { numRuns: 300 },
    );
  });

  it('never calls an edge healthy and sick for the same reason', () => {
    fc.assert(
      fc.property(observation, (seen) => {
        const { codes } = judged(edge, seen);
        const both = (healthy: string, sick: string) => codes.includes(healthy) && codes.includes(sick);
        expect(both('edge/no-storage', 'edge/same-cookie')).toBe(false);
        expect(both('edge/cookies-intact', 'edge/cookie-stripped')).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
