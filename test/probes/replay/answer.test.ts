import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpResponse } from '../../../src/io/http.ts';
import { createVault } from '../../../src/io/vault.ts';
import { learnValue, seeAnswer, sessionCookies } from '../../../src/probes/replay/answer.ts';

const answered = (headers: HttpResponse['headers']): HttpResponse =>
  ({ ok: true, status: 302, headers, body: Buffer.alloc(0), truncated: false, answeredAt: 0 }) as never;

const placeOf = (location: string) => {
  const seen = seeAnswer(answered([['Location', location]]), 'http://shop.example/account', createVault());
  return seen.ok ? seen.location : undefined;
};

describe('what is kept of a Location', () => {
  it.each([
    ['/login;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9', '/login'],
    ['/login;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9/more', '/login/more'],
    ['/login%3Bjsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9', '/login'],
    ['/u/9b2e61c4a7d04f3b8e5c/home', '/u/…/home'],
    ['/u/0f8fad5b-d9cb-469f-a165-70867728950e/home?x=1#y', '/u/…/home'],
    ['/(S(lit3py55t21z5v55vlm25s55))/start', '/(S(…))/start'],
    ['/account/sign-in', '/account/sign-in'],
    ['https://id.example/oauth2/authorize', 'https://id.example/oauth2/authorize'],
  ])('%s becomes %s', (location, place) => {
    expect(placeOf(location)).toBe(place);
  });

  it('never holds an id, wherever in the path it stands', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z/;=.()]{0,20}$/), fc.nat(), (prefix, salt) => {
        const id = randomBytes(16).toString('hex') + salt;
        expect(placeOf(`/x/${prefix}/${id}`) ?? '').not.toContain(id);
      }),
    );
  });
});

it('learns the id inside a signed cookie, not only the cookie', () => {
  const vault = createVault();
  const id = 'Zk3Jm5Qw8Rt1Yp4Lx7Vb2Nc6Hd9Fs0Ga';
  learnValue(`s%3A${id}.pN3sOqzGkT7m1vHcXb5yRfW0eJ8dLuA2iQ4oZt6CgKE`, vault);
  expect(vault.redactText(`/u/${id}/home`)).not.toContain(id);
  expect(vault.redactText('nobody was signed in')).toBe('nobody was signed in');
});

describe('what could be a session id', () => {
  const ids = (value: string) => {
    const line: HttpResponse['headers'] = [['Set-Cookie', `name=${value}; Path=/`]];
    const seen = seeAnswer(answered(line), 'http://shop.example/', createVault());
    return seen.ok ? sessionCookies(seen).length : 0;
  };

  it('is random text of any common alphabet', () => {
    const bytes = () => fc.uint8Array({ minLength: 16, maxLength: 32 }).map((list) => Buffer.from(list));
    const drawn = fc.oneof(
      bytes().map(() => randomBytes(16).toString('hex')),
      bytes().map(({ length }) => randomBytes(length).toString('base64url')),
      bytes().map(({ length }) => encodeURIComponent(randomBytes(length).toString('base64'))),
      fc.constant(null).map(() => crypto.randomUUID()),
    );
    fc.assert(
      fc.property(drawn, (value) => {
        expect(ids(value)).toBe(1);
      }),
    );
  });

  it.each([
    'control-homepage-hero',
    'web-frontend-2.prod.eu-west-1',
    'currency.EUR-country.DE-locale.de_DE',
    '%7B%22analytics%22%3Afalse%2C%22version%22%3A12%7D',
    'Europe%2FBerlin_2025-11-21_pending',
  ])('is not %s', (value) => {
    expect(ids(value)).toBe(0);
  });
});
