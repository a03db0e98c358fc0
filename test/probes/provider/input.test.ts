import { expect, test } from 'vitest';
import { mergeLayers } from '../../../src/config/config.ts';
import type { Layer } from '../../../src/config/schema.ts';
import { Address, Secret } from '../../../src/config/secret.ts';
import { Skip } from '../../../src/probes/probe.ts';
import { inputOf } from '../../../src/probes/provider/input.ts';

const url = (href: string) => new Address(href);
const of = (layer: Layer) => {
  const input = inputOf(mergeLayers([layer]));
  if (input instanceof Skip) throw new Error(input.reason);
  return input;
};

test('nothing to look at is a skip that names the flag', () => {
  expect(inputOf(mergeLayers([{}]))).toMatchObject({ enable: '--issuer URL' });
  expect(inputOf(mergeLayers([{ provider: { clientId: 'web' } }]))).toBeInstanceOf(Skip);
});

test('the app’s origin is the provider’s only under the same public name', () => {
  const edge = { url: [url('https://app.test/login')], origin: url('https://10.0.0.5') };
  expect(of({ edge, provider: { issuer: url('https://app.test/realms/a') } }).origin?.hostname).toBe(
    '10.0.0.5',
  );
  expect(of({ edge, provider: { issuer: url('https://idp.test') } }).origin).toBeUndefined();
  const own = url('https://10.0.0.9');
  expect(of({ edge, provider: { issuer: url('https://app.test'), origin: own } }).origin).toBe(own);
});

test('a key set by URL is enough, and a client is one only with id and secret', () => {
  const jwks = {
    kind: 'url',
    address: url('https://idp.test/keys'),
    shown: 'https://idp.test/keys',
  } as const;
  expect(of({ credentials: { jwks } }).jwksUri).toBe(jwks.address);
  const issuer = url('https://idp.test');
  expect(of({ provider: { issuer, clientId: 'web' } }).client).toBeUndefined();
  const clientSecret = new Secret(Buffer.from('hidden'));
  expect(of({ provider: { issuer, clientId: 'web', clientSecret } }).client?.id).toBe('web');
});
