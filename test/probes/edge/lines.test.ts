import { expect, it } from 'vitest';
import type { EdgeAnswer } from '../../../src/probes/edge/ask.ts';
import { transportFacts } from '../../../src/probes/edge/transport.ts';

let made = 0;
const answer = (...attributes: string[]): EdgeAnswer => ({
  ok: true,
  status: 200,
  cookies: attributes.map((text) => ({
    name: 'sid',
    value: `v${made++}`,
    bits: 128,
    format: 'opaque',
    kind: 'opaque',
    rewritten: false,
    cleared: false,
    attributes: text,
  })),
  headers: {},
  at: made * 2000,
  bytes: 0,
  truncated: false,
  names: [],
});
const likeness = { among: 1, across: 1 };
const slugs = (edge: EdgeAnswer[], origin: EdgeAnswer[], more: EdgeAnswer[] = []) => {
  const target = { url: 'http://shop.example/', kind: 'page' as const, edge, busted: null, origin, likeness };
  return [...transportFacts(target, { here: more, elsewhere: [], others: [], marks: new Set() })].map(
    ({ slug }) => slug,
  );
};

it('two lines of one name that come through as they are were not rewritten', () => {
  const both = () => answer('Path=/', 'Path=/app');
  expect(slugs([both(), both()], [both(), both()])).toEqual([]);
});

it('one of two lines that changes every time was rewritten', () => {
  const both = () => answer('Path=/', 'Path=/app');
  const changed = () => answer('Path=/', 'Path=/other');
  expect(slugs([changed(), changed()], [both(), both()])).toEqual(['cookie-rewritten']);
});

it('two versions behind the edge are no rewriting', () => {
  const lax = () => answer('Path=/; SameSite=Lax');
  const strict = () => answer('Path=/; SameSite=Strict');
  expect(slugs([strict(), lax()], [lax(), lax()])).toEqual([]);
  expect(slugs([strict(), strict()], [lax(), lax()], [lax()])).toEqual([]);
  expect(slugs([strict(), strict()], [lax(), lax()], [strict()])).toEqual(['cookie-rewritten']);
});

it('one of two lines of one name that is lost each time is missed', () => {
  const both = () => answer('Path=/', 'Path=/app');
  const one = () => answer('Path=/app');
  expect(slugs([one(), one()], [both(), both()])).toEqual(['cookies-collapsed']);
  expect(slugs([one(), one()], [both(), both()], [both()])).toEqual([]);
});

it('an instance that sets no cookie is no edge that strips it', () => {
  const bare = () => answer();
  const set = () => answer('Path=/');
  expect(slugs([bare(), bare()], [set(), set()])).toEqual(['cookie-stripped']);
  expect(slugs([bare(), bare()], [set(), set()], [set()])).toEqual([]);
});
