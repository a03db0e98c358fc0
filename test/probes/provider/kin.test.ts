import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foreignIssuers, isNearMiss } from '../../../src/probes/provider/kin.ts';

const here = 'https://idp.test/realms/a';
const token = (iss: string | null, kid: string | null = 'k') => ({ iss, kid });

describe('issuers that a key set is not for', () => {
  test('are all that the discovery document does not name, but for a slip of the pen', () => {
    const tokens = [
      token(here),
      token(`${here}/`),
      token('http://idp.test/realms/a'),
      token('https://idp.test/auth/realms/a'),
      token('https://idp.test/realms/b'),
      token('https://other.test'),
      token(null),
    ];
    expect([...foreignIssuers(tokens, here, new Set())]).toEqual([
      'https://idp.test/realms/b',
      'https://other.test',
    ]);
  });

  test('are, without a document, those of whom no key is listed beside one of whom all are', () => {
    const tokens = [token('a', 'k1'), token('b', 'k2'), token('c', null)];
    expect([...foreignIssuers(tokens, null, new Set(['k1']))]).toEqual(['b', 'c']);
    expect([...foreignIssuers(tokens, null, new Set(['other']))]).toEqual([]);
    expect([...foreignIssuers([token('a', 'k1'), token('a', 'k2')], null, new Set(['k1']))]).toEqual([]);
  });

  test('never are the document’s own, whatever it is', () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.array(fc.webUrl()), (issuer, others) => {
        const tokens = [issuer, ...others].map((iss) => token(iss));
        expect(foreignIssuers(tokens, issuer, new Set()).has(issuer)).toBe(false);
      }),
    );
  });
});

test('two issuers nearly agree or not whichever is named first, and never with themselves', () => {
  const text = fc.oneof(fc.webUrl(), fc.string({ maxLength: 40 }));
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(isNearMiss(a, b)).toBe(isNearMiss(b, a));
      expect(isNearMiss(a, a)).toBe(false);
    }),
  );
});
