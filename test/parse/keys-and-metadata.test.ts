import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import { readDiscovery } from '../../src/parse/discovery.ts';
import { readKeySet, thumbprintOf } from '../../src/parse/jwks.ts';
import { readSamlMetadata } from '../../src/parse/saml-metadata.ts';
import { issue } from '../support/certificates.ts';

describe('a key set', () => {
  test.each(['RS256', 'ES256', 'ES384', 'EdDSA'])(
    'has the thumbprints that jose computes: %s',
    async (alg) => {
      const { publicKey } = await generateKeyPair(alg, { extractable: true });
      const jwk = await exportJWK(publicKey);
      expect(thumbprintOf(jwk as Record<string, unknown>)).toBe(await calculateJwkThumbprint(jwk));
    },
  );

  test('as a map of certificates has the same keys as their JWKs', () => {
    const { cert } = issue({ name: 'signer' });
    const jwk = new X509Certificate(cert).publicKey.export({ format: 'jwk' });
    const set = readKeySet(JSON.stringify({ 'kid-1': cert }));
    expect(set).toMatchObject({ ok: true, form: 'x509', keys: [{ kid: 'kid-1', kty: 'EC', use: 'sig' }] });
    expect(set.ok && set.keys[0]?.thumbprint).toBe(thumbprintOf(jwk as Record<string, unknown>));
    expect(set.ok && set.keys[0]?.certificate?.validTo).toBeGreaterThan(Date.now());
  });

  test('reads x5c dates, and survives a chain that is none', () => {
    const { cert } = issue({
      name: 'signer',
      from: new Date('2020-01-01T00:00:00Z'),
      to: new Date('2021-01-01T00:00:00Z'),
    });
    const x5c = [new X509Certificate(cert).raw.toString('base64')];
    const set = readKeySet(
      JSON.stringify({
        keys: [
          { kty: 'EC', x5c },
          { kty: 'EC', x5c: ['AAAA'] },
          { kty: 'EC', x5c: [1] },
        ],
      }),
    );
    expect(set.ok && set.keys.map((key) => key.certificate)).toEqual([
      { validFrom: Date.parse('2020-01-01T00:00:00Z'), validTo: Date.parse('2021-01-01T00:00:00Z') },
      null,
      null,
    ]);
  });

  test('keeps nothing of private or symmetric keys, and tells of them', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = privateKey.export({ format: 'jwk' });
    const told: string[] = [];
    const set = readKeySet(
      JSON.stringify({ keys: [jwk, { kty: 'oct', k: 'c2VjcmV0LXNlY3JldA' }] }),
      (value) => told.push(value),
    );
    expect(set.ok && set.keys.map((key) => key.secret)).toEqual([true, true]);
    expect(told).toEqual([jwk.d, 'c2VjcmV0LXNlY3JldA']);
    expect(JSON.stringify(set)).not.toContain(jwk.d);
  });

  test.each([
    ['', 'not-json'],
    ['<html>', 'not-json'],
    ['[]', 'not-json'],
    ['{}', 'no-keys-member'],
    ['{"keys":{}}', 'no-keys-member'],
    ['{"a":"-----BEGIN CERTIFICATE-----","b":1}', 'no-keys-member'],
  ])('%j is none: %s', (text, problem) => {
    expect(readKeySet(text)).toEqual({ ok: false, problem });
  });

  test('of any content is read without a throw, and bounded', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readKeySet(text)));
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.constantFrom('kid', 'kty', 'n', 'e', 'x5c', 'd', 'use'), fc.jsonValue())),
        (keys) => {
          expect(readKeySet(JSON.stringify({ keys })).ok).toBe(true);
        },
      ),
    );
    const many = readKeySet(
      JSON.stringify({ keys: Array.from({ length: 3000 }, () => ({ kty: 'EC', kid: 'x'.repeat(5000) })) }),
    );
    expect(many).toMatchObject({ ok: true, beyond: 2000 });
    expect(JSON.stringify(many).length).toBeLessThan(500_000);
  });
});

describe('a discovery document', () => {
  test('gives the issuer byte for byte, and only URLs that are some', () => {
    const text = JSON.stringify({
      issuer: 'https://idp.test/ ',
      jwks_uri: 'https://idp.test/keys',
      token_endpoint: 'file:///etc/passwd',
      userinfo_endpoint: 7,
      id_token_signing_alg_values_supported: ['RS256', 7],
    });
    expect(readDiscovery(text)).toEqual({
      issuer: 'https://idp.test/ ',
      urls: { jwks_uri: 'https://idp.test/keys' },
      algorithms: ['RS256'],
      clientAuthentication: null,
    });
    expect(
      readDiscovery('{"issuer":"a","token_endpoint_auth_methods_supported":["client_secret_post",7]}'),
    ).toMatchObject({ clientAuthentication: ['client_secret_post'] });
    expect(readDiscovery('{"issuer":1,"jwks_uri":"https://idp.test/keys"}')).toMatchObject({ issuer: null });
    for (const other of ['{"issuer":1}', '{"error":"internal"}', '[]'])
      expect(readDiscovery(other)).toBeNull();
  });

  test('of any content is read without a throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readDiscovery(text)?.issuer ?? null).not.toBeUndefined();
      }),
    );
  });
});

describe('SAML metadata', () => {
  const certificate = new X509Certificate(issue({ name: 'signer' }).cert).raw.toString('base64');

  test('of a federation: each entity with the earliest validUntil that covers it, and its role', () => {
    const text = `<EntitiesDescriptor validUntil='2030-01-01T00:00:00Z'>
      <![CDATA[<EntityDescriptor entityID="hidden">]]>
      <EntityDescriptor entityID='a'><IDPSSODescriptor validUntil="2029-01-01T00:00:00Z"><KeyDescriptor>
        <X509Certificate>${certificate}</X509Certificate></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>
      <EntityDescriptor entityID="b" validUntil="2031-01-01T00:00:00Z"><SPSSODescriptor>
        <KeyDescriptor use="encryption"><X509Certificate>nonsense</X509Certificate></KeyDescriptor></SPSSODescriptor></EntityDescriptor>
    </EntitiesDescriptor>`;
    expect(readSamlMetadata(text)).toMatchObject([
      {
        entityId: 'a',
        role: 'idp',
        validUntil: Date.parse('2029-01-01T00:00:00Z'),
        certificates: [{ use: 'both', subject: 'CN=signer' }],
      },
      {
        entityId: 'b',
        role: 'sp',
        validUntil: Date.parse('2030-01-01T00:00:00Z'),
        certificates: [],
        unreadable: 1,
      },
    ]);
  });

  test.each(['', 'text', '<html></html>', '<!-- <EntityDescriptor> -->', '<!DOCTYPE EntityDescriptor>'])(
    '%j is none',
    (text) => {
      expect(readSamlMetadata(text)).toBeNull();
    },
  );

  test('of any content is read without a throw', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '<!--',
      '-->',
      '<md:EntityDescriptor entityID="',
      '"',
      '<X509Certificate>',
      '<![CDATA[',
      ']]>',
      '</',
      'a',
      ' validUntil="x"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(readSamlMetadata(pieces.join(''))?.length ?? 0).toBeLessThanOrEqual(pieces.length);
      }),
    );
  });

  test('made to be slow is still read in linear time', () => {
    for (const piece of ['<', '<!--', '<!', '<EntityDescriptor entityID=', '<EntityDescriptor entityID="" '])
      expect(readSamlMetadata(piece.repeat(200_000))?.length ?? 0).toBeLessThanOrEqual(500);
  });
});
