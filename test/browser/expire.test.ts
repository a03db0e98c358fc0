import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CookieFacts } from '../../src/browser/describe.ts';
import { chromium } from '../../src/browser/engines.ts';
import { lineAndSender, lineThatExpires } from '../../src/browser/expire.ts';
import { CookieStore } from '../../src/browser/store.ts';
import { parseSetCookie } from '../../src/parse/set-cookie.ts';

const facts = (over: Partial<CookieFacts>): CookieFacts => ({
  name: 'sid',
  domain: 'example.com',
  hostOnly: false,
  path: '/',
  maxAge: 2_592_000,
  expires: null,
  lifetime: 2_592_000,
  secure: true,
  httpOnly: true,
  sameSite: 'lax',
  partitioned: false,
  bytes: 40,
  format: 'opaque',
  ...over,
});

const shapes = fc.record({
  hostOnly: fc.boolean(),
  path: fc.constantFrom('/', '/app', '/app/deep'),
  secure: fc.boolean(),
  sameSite: fc.constantFrom('strict' as const, 'lax' as const, null),
  httpOnly: fc.boolean(),
});

describe('the line that takes a cookie out of browsers', () => {
  it('is exact', () => {
    expect(lineThatExpires(facts({}))).toBe(
      'Set-Cookie: sid=; Domain=example.com; Path=/; Secure; Max-Age=0',
    );
    expect(lineAndSender(facts({ hostOnly: true, domain: 'www.example.com', path: '/app' }))).toBe(
      'Set-Cookie: sid=; Path=/app; Secure; Max-Age=0 from www.example.com',
    );
    expect(lineThatExpires(facts({ sameSite: 'none', partitioned: true }))).toBe(
      'Set-Cookie: sid=; Domain=example.com; Path=/; SameSite=None; Secure; Partitioned; Max-Age=0',
    );
  });

  it('leaves nothing of it, and nothing else is touched', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const domain = shape.hostOnly ? 'www.example.com' : 'example.com';
        const url = new URL('https://www.example.com/app/deep/page');
        const arrival = { url, now: 1_790_000_000_000, date: null };
        const store = new CookieStore(chromium);
        const attributes = [
          shape.hostOnly ? '' : 'Domain=example.com',
          `Path=${shape.path}`,
          shape.secure ? 'Secure' : '',
          shape.sameSite ? `SameSite=${shape.sameSite}` : '',
          'Max-Age=2592000',
        ];
        store.receive(parseSetCookie(`sid=old; ${attributes.filter(Boolean).join('; ')}`), arrival);
        store.receive(parseSetCookie('sid=other; Path=/app/deep/page; Max-Age=60'), arrival);
        const line = lineThatExpires(facts({ ...shape, domain })).replace('Set-Cookie: ', '');
        expect(store.receive(parseSetCookie(line), arrival)).toMatchObject({ kind: 'expired', hit: true });
        expect(store.cookies().map(({ value }) => value)).toEqual(['other']);
      }),
    );
  });
});
