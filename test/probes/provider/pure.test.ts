import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyEnds, maxAge, verifierCaches } from '../../../src/probes/provider/caching.ts';
import { provider } from '../../../src/probes/provider/index.ts';
import { isIssuedBy, quirkOf, quirks, usualJwks } from '../../../src/probes/provider/quirks.ts';
import type { ProviderSeen } from '../../../src/probes/provider/seen.ts';
import { isNearMiss } from '../../../src/probes/provider/kin.ts';
import { difference } from '../../../src/probes/provider/words.ts';
import { scene } from './support.ts';

describe('well-known providers', () => {
  test.each([
    [
      'https://idp.test/realms/shop',
      'keycloak',
      'https://idp.test/realms/shop/protocol/openid-connect/certs',
    ],
    [
      'https://idp.test/auth/realms/shop/',
      'keycloak',
      'https://idp.test/auth/realms/shop/protocol/openid-connect/certs',
    ],
    ['https://shop.eu.auth0.com/', 'auth0', 'https://shop.eu.auth0.com/.well-known/jwks.json'],
    ['https://shop.okta.com', 'okta-org', 'https://shop.okta.com/oauth2/v1/keys'],
    ['https://shop.okta.com/oauth2/default', 'okta', 'https://shop.okta.com/oauth2/default/v1/keys'],
    [
      'https://login.microsoftonline.com/common/v2.0',
      'entra',
      'https://login.microsoftonline.com/common/discovery/v2.0/keys',
    ],
    [
      'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC',
      'cognito',
      'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC/.well-known/jwks.json',
    ],
    [
      'https://shop.b2clogin.com/shop.onmicrosoft.com/B2C_1_signin/v2.0',
      'entra-external',
      'https://shop.b2clogin.com/shop.onmicrosoft.com/B2C_1_signin/discovery/v2.0/keys',
    ],
    [
      'https://shop.ciamlogin.com/11111111-2222-3333-4444-555555555555/v2.0',
      'entra-external',
      'https://shop.ciamlogin.com/11111111-2222-3333-4444-555555555555/discovery/v2.0/keys',
    ],
    ['https://accounts.google.com', 'google', 'https://www.googleapis.com/oauth2/v3/certs'],
    [
      'https://securetoken.google.com/shop',
      'firebase',
      'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
    ],
    [
      'https://session.firebase.google.com/shop',
      'firebase-session',
      'https://identitytoolkit.googleapis.com/v1/sessionCookiePublicKeys',
    ],
  ])('%s is %s, with its keys in their usual place', (issuer, id, jwks) => {
    const quirk = quirkOf(issuer);
    expect(quirk?.id).toBe(id);
    expect(quirk && usualJwks(quirk, issuer)).toBe(jwks);
  });

  test.each(['https://idp.test', 'https://auth0.com.evil.test/', 'https://x.test/?a=/realms/b', 'nonsense'])(
    '%s is none of them',
    (issuer) => expect(quirkOf(issuer)).toBeUndefined(),
  );

  test('each has an id of its own', () => {
    expect(new Set(quirks.map((quirk) => quirk.id)).size).toBe(quirks.length);
  });

  const entra = quirks.find((quirk) => quirk.id === 'entra');
  const google = quirks.find((quirk) => quirk.id === 'google');
  const template = 'https://login.microsoftonline.com/{tenantid}/v2.0';
  const tenant = 'https://login.microsoftonline.com/11111111-2222/v2.0';
  test.each([
    ['https://login.microsoftonline.com/11111111-2222/v2.0', template, entra, true],
    ['https://sts.windows.net/11111111-2222/', template, entra, true],
    ['https://sts.windows.net/11111111-2222/', tenant, entra, true],
    ['https://sts.windows.net/another-tenant/', tenant, entra, false],
    ['https://login.microsoftonline.com/a/b/v2.0', template, entra, false],
    ['https://login.microsoftonline.com//v2.0', template, entra, false],
    ['accounts.google.com', 'https://accounts.google.com', google, true],
    ['https://idp.test/', 'https://idp.test', undefined, false],
    ['https://idp.test', 'https://idp.test', undefined, true],
  ])('iss %s of %s', (iss, discovered, quirk, expected) => {
    expect(isIssuedBy(iss, discovered, quirk)).toBe(expected);
  });
});

describe('issuers that nearly agree', () => {
  test.each([
    ['https://idp.test', 'https://idp.test/', 'they differ only in the trailing slash', true],
    ['https://idp.test/A', 'https://idp.test/a', 'they differ only in upper and lower case', true],
    ['http://idp.test', 'https://idp.test', 'they differ only in the scheme', true],
    ['https://idp.test/auth/realms/a', 'https://idp.test/realms/a', 'they differ from character 18 on', true],
    ['https://idp.test', 'https://other.test', 'they differ from character 9 on', false],
    ['https://idp.test', 'https://idp.test', 'they are equal', false],
  ])('%s and %s', (a, b, words, near) => {
    expect(difference(a, b)).toBe(words);
    expect(isNearMiss(a, b)).toBe(near);
  });
});

describe('the issuer as it was typed', () => {
  const said = (told: { issuer: string; typed?: string | null; named: string }, expected?: string) => {
    const seen = {
      issuer: told.issuer,
      known: quirkOf(told.issuer)?.id ?? null,
      ...(told.typed !== undefined && { typed: told.typed }),
      discovery: {
        url: 'https://x/.well-known/openid-configuration',
        form: 'oidc',
        issuer: told.named,
        algorithms: [],
      },
      asked: [],
    } as unknown as ProviderSeen;
    const settings = { leewayMs: 60_000, expect: expected === undefined ? {} : { issuer: expected } };
    return [...provider.examine(seen, { ...scene, settings })].map(({ slug, detail }) => [slug, detail]);
  };
  const slash = (asked: string, named: string) => [
    'issuer-slash',
    `asked as "${asked}", discovery says "${named}": they differ only in the trailing slash`,
  ];
  const root = 'https://idp.test';

  test('a slash too many or too few is said, and nothing is claimed of the address', () => {
    expect(said({ issuer: root, typed: `${root}/`, named: root })).toEqual([slash(`${root}/`, root)]);
    expect(said({ issuer: root, typed: root, named: `${root}/` })).toEqual([slash(root, `${root}/`)]);
    expect(said({ issuer: `${root}/a`, typed: `${root}/a`, named: `${root}/a/` })).toEqual([
      slash(`${root}/a`, `${root}/a/`),
    ]);
  });

  test('the very bytes are a match', () => {
    for (const one of [root, `${root}/`])
      expect(said({ issuer: root, typed: one, named: one })).toEqual([
        ['issuer-match', `"${one}" in discovery and the address that was asked`],
      ]);
  });

  test('what is not known to the byte is no match and no fault', () => {
    expect(said({ issuer: root, typed: 'https://IDP.test:443', named: root })).toEqual([]);
    expect(said({ issuer: root, typed: null, named: `${root}/` })).toEqual([]);
    expect(said({ issuer: root, named: `${root}/` })).toEqual([]);
  });

  test.each([
    ['https://login.microsoftonline.com/shop.onmicrosoft.com/v2.0', 'https://login.microsoftonline.com/'],
    ['https://login.microsoftonline.com/consumers/v2.0', 'https://login.microsoftonline.com/'],
    ['https://login.microsoftonline.com/shop.onmicrosoft.com', 'https://sts.windows.net/'],
    ['https://shop.b2clogin.com/shop.onmicrosoft.com/B2C_1_x/v2.0', 'https://shop.b2clogin.com/'],
    ['https://shop.ciamlogin.com/shop.onmicrosoft.com/v2.0', 'https://11111111.ciamlogin.com/'],
  ])('%s is by design another than its document names', (typed, host) => {
    const form = host.includes('sts') ? '' : 'v2.0';
    const named = `${host}11111111-2222-3333-4444-555555555555/${form}${host.includes('b2c') ? '/' : ''}`;
    expect(said({ issuer: typed, typed, named })).toEqual([]);
    expect(said({ issuer: typed, typed, named: 'https://evil.test/v2.0' })[0]?.[0]).toBe('issuer-mismatch');
  });

  test('a verifier that expects other bytes is a strong sign', () => {
    const [, second] = said({ issuer: root, typed: `${root}/`, named: root }, `${root}/`);
    expect(second?.[0]).toBe('issuer-not-expected');
  });
});

describe('how long a copy lives', () => {
  test.each([
    [null, null],
    ['', null],
    ['public', null],
    ['max-age=60', 60],
    ['public, max-age=60, s-maxage=30', 30],
    ['max-age="15"', 15],
    ['no-store, max-age=60', 0],
  ])('%j allows %j seconds', (header, seconds) => {
    expect(maxAge(header)).toBe(seconds);
  });

  test('what is left of it counts from now', () => {
    const copy = {
      vantage: 'here',
      url: '',
      set: { ok: false, problem: 'not-json' },
      hit: true,
      date: null,
    } as const;
    expect(copyEnds({ ...copy, cacheControl: 'max-age=600', age: 100 }, 1_000_000)).toBe(1_500_000);
    expect(copyEnds({ ...copy, cacheControl: 'max-age=600', age: 900 }, 1_000_000)).toBe(1_000_000);
    expect(copyEnds({ ...copy, cacheControl: null, age: 900 }, 1_000_000)).toBeNull();
  });

  test('what verifiers do by themselves is known for those that were measured', () => {
    const jose = verifierCaches.find((one) => one.library === 'jose');
    expect(jose).toMatchObject({ keepsMs: 600_000, coolDownMs: 30_000 });
  });
});

describe('examine survives', () => {
  test('an observation of an older version, with everything missing', () => {
    expect([...provider.examine({} as ProviderSeen, scene)]).toEqual([]);
  });

  const text = fc.oneof(fc.string(), fc.webUrl(), fc.constant(null));
  const key = fc.record({
    kid: fc.option(fc.constantFrom('a', 'b')),
    kty: fc.constantFrom('RSA', 'EC', 'oct', '?'),
    use: fc.option(fc.constantFrom('sig', 'enc')),
    alg: fc.option(fc.string()),
    crv: fc.constant(null),
    thumbprint: fc.option(fc.string()),
    certificate: fc.option(fc.record({ validFrom: fc.double(), validTo: fc.double() })),
    secret: fc.boolean(),
  });
  const set = fc.oneof(
    fc.record({ ok: fc.constant(true), form: fc.constant('jwks'), keys: fc.array(key), beyond: fc.nat() }),
    fc.record({ ok: fc.constant(false), problem: fc.constantFrom('not-json', 'no-keys-member') }),
  );
  const timings = fc.record({ totalMs: fc.nat(9000), tcpMs: fc.option(fc.nat(), { nil: undefined }) });
  const common = {
    endpoint: fc.constantFrom('discovery', 'jwks', 'token', 'introspection', 'userinfo', 'site'),
    vantage: fc.constantFrom('here', 'fresh', 'origin', 'via'),
    url: fc.string(),
    through: text,
    timings,
    empty: fc.constantFrom(undefined, true),
  };
  const asked = fc.oneof(
    fc.record({
      ...common,
      answered: fc.constant(true),
      status: fc.integer({ min: 100, max: 599 }),
      contentType: text,
      shape: fc.constantFrom('json', 'html', 'other', 'empty'),
      cacheControl: text,
      age: fc.option(fc.nat()),
      hit: fc.boolean(),
      retryAfter: text,
      location: text,
      loop: fc.boolean(),
      date: fc.option(fc.integer()),
      error: text,
    }),
    fc.record({
      ...common,
      answered: fc.constant(false),
      phase: fc.string(),
      kind: fc.constantFrom('refused', 'timeout', 'dns', 'aborted', 'tls', 'odd'),
      code: fc.string(),
      message: fc.string(),
      status: fc.option(fc.nat(599)),
    }),
  );
  const certificate = fc.record({
    subject: fc.string(),
    issuer: fc.string(),
    validFrom: fc.double(),
    validTo: fc.double(),
    names: fc.array(fc.string()),
    fingerprint256: fc.string(),
    selfSigned: fc.boolean(),
  });
  const seen = fc.record({
    issuer: text,
    known: fc.option(fc.constantFrom('entra', 'gone')),
    discovery: fc.option(
      fc.record({
        url: fc.string(),
        form: fc.constant('oidc'),
        issuer: text,
        algorithms: fc.array(fc.string()),
      }),
    ),
    asked: fc.array(asked),
    keySets: fc.array(
      fc.record({
        vantage: fc.constantFrom('here', 'fresh', 'origin', 'via'),
        url: fc.string(),
        set,
        age: fc.option(fc.nat()),
        hit: fc.boolean(),
        cacheControl: text,
        date: fc.constant(null),
      }),
    ),
    certificates: fc.array(
      fc.record({
        host: fc.string(),
        tls: fc.record({
          protocol: text,
          authorizationError: fc.option(
            fc.constantFrom('CERT_HAS_EXPIRED', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'X'),
          ),
          chain: fc.array(certificate),
        }),
      }),
    ),
    dryCall: fc.boolean(),
    unposted: fc.option(fc.record({ token: fc.string() })),
    before: fc.option(fc.record({ shown: fc.string(), takenAt: text, set })),
    saml: fc.array(
      fc.oneof(
        fc.record({ shown: fc.string(), live: fc.boolean(), ok: fc.constant(false), message: fc.string() }),
        fc.record({
          shown: fc.string(),
          live: fc.boolean(),
          ok: fc.constant(true),
          entities: fc.array(
            fc.record({
              entityId: fc.string(),
              role: fc.constant('idp'),
              validUntil: fc.option(fc.double()),
              certificates: fc.array(certificate.map((one) => ({ ...one, use: 'signing' }))),
              unreadable: fc.nat(),
            }),
          ),
        }),
      ),
    ),
  });

  test('anything of its own shape, however odd, and says only what its catalogue holds', () => {
    fc.assert(
      fc.property(seen, (one) => {
        for (const fact of provider.examine(one as unknown as ProviderSeen, scene)) {
          expect(Object.keys(provider.findings)).toContain(fact.slug);
          expect(fact.detail).toBeTypeOf('string');
        }
      }),
      { numRuns: 100 },
    );
  });
});
