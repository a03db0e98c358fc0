import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicatesOf, parseCookieHeader } from '../../src/parse/cookie-header.ts';
import { effectiveAttributes, parseSetCookie, splitJoinedSetCookie } from '../../src/parse/set-cookie.ts';

describe('parseSetCookie', () => {
  it.each([
    ['sid=a=b; Path=/', 'sid', 'a=b'],
    ['  sid = "x" ; Path=/', 'sid', '"x"'],
    ['=NEW', '', 'NEW'],
    ['NEW; Path=/', '', 'NEW'],
    ['sid=NEW;tail=1', 'sid', 'NEW'],
    ['', '', ''],
  ])('%j', (line, name, value) => {
    expect(parseSetCookie(line)).toMatchObject({ name, value, control: false });
  });

  it('sees control characters, and a tab inside name or value', () => {
    expect(parseSetCookie('sid=a\tb').control).toBe(true);
    expect(parseSetCookie('sid=a\u0001b').control).toBe(true);
    expect(parseSetCookie('sid=a;\tPath=/').control).toBe(false);
  });

  it('takes the last of each attribute, whatever its case', () => {
    const { attributes } = parseSetCookie(
      'a=1; domain=.Example.COM; DOMAIN=www.example.com; HTTPONLY; samesite=lax; SameSite=bogus; max-age=1d; expires=x',
    );
    expect(effectiveAttributes(attributes)).toEqual({
      domain: 'www.example.com',
      secure: false,
      httpOnly: true,
      partitioned: false,
      expires: 'x',
    });
  });

  it('ignores an attribute over 1024 octets, so that an earlier one counts', () => {
    const { attributes } = parseSetCookie(`a=1; Path=/x; Path=/${'p'.repeat(1024)}; Max-Age=-5`);
    expect(effectiveAttributes(attributes)).toMatchObject({ path: '/x', maxAge: -5 });
  });

  it('never throws and keeps the name free of separators', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        const parsed = parseSetCookie(line);
        effectiveAttributes(parsed.attributes);
        expect(parsed.name).not.toMatch(/[;=]/);
      }),
    );
  });
});

describe('splitJoinedSetCookie', () => {
  it('leaves the comma of a date alone', () => {
    expect(
      splitJoinedSetCookie('a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/, b=2; HttpOnly, c=3').map(
        (line) => line.trim(),
      ),
    ).toEqual(['a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/', 'b=2; HttpOnly', 'c=3']);
  });
});

describe('parseCookieHeader', () => {
  it('keeps duplicates and their order, and splits at the first =', () => {
    const pairs = parseCookieHeader('sid=OLD; b=a=b==; sid=NEW;; lone ;=x');
    expect(pairs).toEqual([
      ['sid', 'OLD'],
      ['b', 'a=b=='],
      ['sid', 'NEW'],
      ['', 'lone'],
      ['', 'x'],
    ]);
    expect([...duplicatesOf(pairs)]).toEqual([
      ['sid', ['OLD', 'NEW']],
      ['', ['lone', 'x']],
    ]);
  });

  it('gives back what a browser would have joined', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(token, token)), (pairs) => {
        expect(parseCookieHeader(pairs.map(([name, value]) => `${name}=${value}`).join('; '))).toEqual(pairs);
      }),
    );
  });
});
