import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVault } from '../../../src/io/vault.ts';
import { credentialOf, firstFound, headersOf } from '../../../src/probes/replay/credential.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlMTIzNA';
const SIGNED = 's%3A8anDZQTqm4uMOw2j8fqMwUBr5sYUlzYX.yY8F4eBXgbf18DMnn70CHPIqqI7Tonyt1nmnM8vGdCI';
const io = { vault: createVault() };

describe('the first credential', () => {
  it.each([
    ['a Cookie line', `Cookie: sid=${SIGNED}; SERVERID=a\nCookie: sid=other`, { cookie: `sid=${SIGNED}` }],
    ['a Set-Cookie line', `Set-Cookie: sid=${SIGNED}; Path=/; HttpOnly`, { cookie: `sid=${SIGNED}` }],
    ['a bearer line', `Authorization: Bearer ${JWT}`, { authorization: `Bearer ${JWT}` }],
    ['a bare token', `${JWT}\n`, { authorization: `Bearer ${JWT}` }],
    [
      'a transcript',
      `> GET /me HTTP/1.1\n> Host: a.example\n> Cookie: sid=${SIGNED}\n>\n< HTTP/1.1 200 OK\n< Set-Cookie: sid=new\n`,
      { cookie: `sid=${SIGNED}` },
    ],
    [
      'cookies.txt',
      `# Netscape HTTP Cookie File\na.example\tFALSE\t/\tTRUE\t0\tsid\t${SIGNED}\na.example\tFALSE\t/\tTRUE\t0\tlang\ten\n`,
      { cookie: `sid=${SIGNED}; lang=en` },
    ],
  ])('of %s, as it was carried, without affinity', (_name, text, headers) => {
    const found = firstFound(text);
    const credential = found && credentialOf(found, [], io);
    if (!credential || typeof credential === 'string') throw new Error(credential ?? 'nothing found');
    expect(headersOf(credential, 'dropped')).toEqual(headers);
  });

  it('with affinity where it was carried', () => {
    const found = firstFound(`Cookie: sid=${SIGNED}; SERVERID=a`);
    const credential = found && credentialOf(found, [], io);
    if (!credential || typeof credential === 'string') throw new Error('nothing found');
    expect(credential).toMatchObject({ name: 'sid', kind: 'signed-id' });
    expect(headersOf(credential, 'kept')).toEqual({ cookie: `sid=${SIGNED}; SERVERID=a` });
  });

  it('names a bare value when told its cookie', () => {
    expect(firstFound('0123456789abcdef0123456789abcdef', 'PHPSESSID')).toEqual({
      cookies: [['PHPSESSID', '0123456789abcdef0123456789abcdef']],
    });
  });

  it('survives anything, and sends no control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const found = firstFound(text, 'sid');
        const credential = found && credentialOf(found, [], io);
        if (!credential || typeof credential === 'string') return;
        for (const value of Object.values(headersOf(credential, 'kept')))
          expect(value).not.toMatch(/[\u0000-\u001f\u007f]/);
      }),
    );
  });
});
