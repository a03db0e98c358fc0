import { describe, expect, test } from 'vitest';
import type { Scene } from '../../../src/probes/probe.ts';
import { provider } from '../../../src/probes/provider/index.ts';
import type { ProviderSeen } from '../../../src/probes/provider/seen.ts';
import { scene } from './support.ts';

describe('dates with a clock that nobody checked', () => {
  const day = 86_400_000;
  const real = Date.parse('2026-06-01T00:00:00Z');
  const observed = (validFrom: number, validTo: number, code: string): ProviderSeen =>
    ({
      issuer: 'https://idp.test',
      asked: [{ answered: true, endpoint: 'site', vantage: 'via', url: 'https://idp.test/', date: real }],
      certificates: [
        {
          host: 'idp.test',
          tls: {
            protocol: null,
            authorizationError: code,
            chain: [{ subject: 'CN=idp.test', validFrom, validTo }],
          },
        },
      ],
    }) as unknown as ProviderSeen;
  const codes = (seen: ProviderSeen, now: number) =>
    [...provider.examine(seen, { ...scene, now })].map((fact) => fact.slug);

  test.each([
    [400, 'CERT_HAS_EXPIRED'],
    [-400, 'CERT_NOT_YET_VALID'],
  ])(
    'a local clock off by %d days: the provider’s own Date keeps its certificate from being convicted',
    (days, code) => {
      const seen = observed(real - 30 * day, real + 60 * day, code);
      expect(codes(seen, real + days * day)).toEqual(['certificate-disputed']);
    },
  );

  test('a certificate that is out of date by both is', () => {
    const seen = observed(real - 90 * day, real - day, 'CERT_HAS_EXPIRED');
    expect(codes(seen, real + 400 * day)).toEqual(['certificate-expired']);
  });
});

describe('whose clock it was is said with every date', () => {
  const day = 86_400_000;
  const date = Date.parse('2026-06-01T00:00:00Z');
  const at = (days: number) => ({ subject: 'CN=a', validFrom: date - 90 * day, validTo: date + days * day });
  const key = { kid: 'a', kty: 'RSA', use: null, alg: null, crv: null, thumbprint: 'x', secret: false };
  const entity = (days: number, validUntil: number | null = null) => ({
    entityId: 'https://idp.test/saml',
    role: 'idp',
    validUntil,
    certificates: [{ ...at(days), fingerprint256: 'AA', use: 'signing' }],
    unreadable: 0,
  });
  const seen = (more: object): ProviderSeen =>
    ({
      asked: [
        // What a cache held for a day was dated when it was fetched.
        { answered: true, endpoint: 'site', vantage: 'via', url: 'x', date: date - day, age: 86_400 },
      ],
      ...more,
    }) as unknown as ProviderSeen;
  const hosts = (days: number) => ({
    certificates: [{ host: 'h', tls: { protocol: null, authorizationError: null, chain: [at(days)] } }],
  });
  const saml = (...of: object[]) => ({ saml: [{ shown: 's', live: false, ok: true, entities: of }] });
  const sets = {
    keySets: [
      {
        vantage: 'here',
        url: 'u',
        set: { ok: true, keys: [{ ...key, certificate: at(-3) }], beyond: 0 },
        age: null,
        hit: false,
        cacheControl: null,
        date: null,
      },
    ],
  };

  test.each([
    ['certificate-valid', hosts(90)],
    ['certificate-expiring', hosts(5)],
    ['certificate-expired', hosts(-3)],
    ['key-certificate-expired', sets],
    ['saml-expired', saml(entity(90, date - 3 * day))],
    ['saml-certificate-expired', saml(entity(-3))],
    ['saml-certificate-expiring', saml(entity(3))],
    ['saml-valid', saml(entity(90))],
    ['own-token-valid', { ownToken: { readable: true, begins: null, ends: date + 9 * day } }],
    ['own-token-expired', { ownToken: { readable: true, begins: null, ends: date - 3 * day } }],
  ])('%s', (slug, more) => {
    const told = (one: Scene) =>
      [...provider.examine(seen(more), one)].find((fact) => fact.slug === slug)?.detail;
    // The scene's own time is months from the provider's.
    expect(told(scene)).toContain('by the provider’s own Date, as this host’s clock was not checked');
    expect(told({ ...scene, now: date, uncertaintyMs: 20 })).toContain('by corrected time');
  });
});
