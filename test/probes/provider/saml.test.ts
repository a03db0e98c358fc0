import { X509Certificate } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { UsageError } from '../../../src/config/errors.ts';
import { issue } from '../../support/certificates.ts';
import { freePort } from '../../support/port.ts';
import { diagnose, file, site } from './support.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const day = 86_400_000;
const at = (days: number) => new Date(Date.now() + days * day);
const cert = (from: number, to: number) =>
  new X509Certificate(issue({ name: 'idp signing', from: at(from), to: at(to) }).cert).raw.toString('base64');

const good = cert(-30, 300);
const other = cert(-3, 300);
const dead = cert(-30, -2);
const soon = cert(-30, 5);
const early = cert(2.5, 300);

function metadata(certificates: readonly string[], validUntil?: Date): string {
  const keys = certificates
    .map(
      (one) =>
        `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>\n${one.replaceAll(/(.{64})/g, '$1\n')}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
    )
    .join('');
  const until = validUntil ? ` validUntil="${validUntil.toISOString()}"` : '';
  return `<?xml version="1.0"?><!-- <md:EntityDescriptor entityID="commented"> --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.test/saml"${until}><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys}<md:KeyDescriptor use="encryption"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${dead}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>`;
}

const look = (...documents: string[]) => diagnose({ provider: { saml: documents.map((one) => file(one)) } });

test('metadata in date is stated as health', async () => {
  const run = await look(metadata([good], at(20)));
  expect(run.finding('provider/saml-valid')?.detail).toContain('good until');
  expect(run.report.status).toBe('clear');
});

test('metadata past its validUntil is decisive, and dated', async () => {
  const run = await look(metadata([good], at(-1)));
  expect(run.finding('provider/saml-expired')).toMatchObject({ subject: 'https://idp.test/saml' });
  expect(run.report.causes[0]).toMatchObject({ id: 'trust-credential-expired', verdict: 'confirmed' });
});

test('only expired signing certificates are decisive; one valid beside them is not', async () => {
  const all = await look(metadata([dead]));
  expect(all.finding('provider/saml-certificate-expired')?.detail).toContain(
    'the last of 1 signing certificates',
  );
  expect(all.report.causes[0]).toMatchObject({ id: 'trust-credential-expired', verdict: 'confirmed' });
  const some = await look(metadata([dead, good]));
  expect(some.codes).toContain('provider/saml-certificate-old');
  expect(some.cause('trust-credential-expired').verdict).not.toBe('confirmed');
});

test('only signing certificates that are not valid yet are decisive; one valid beside them is health', async () => {
  for (const certificates of [[early], [dead, early]]) {
    const run = await look(metadata(certificates));
    expect(run.finding('provider/saml-certificate-early')?.detail).toMatch(
      /none is valid, the next from .* in 2 ?d/,
    );
    expect(run.codes).not.toContain('provider/saml-valid');
    expect(run.report.causes[0]).toMatchObject({ id: 'trust-credential-expired', verdict: 'confirmed' });
  }
  const beside = await look(metadata([good, early]));
  expect(beside.codes).toContain('provider/saml-valid');
});

test('the last certificate about to expire is a weakness', async () => {
  const run = await look(metadata([soon]));
  expect(run.report.weaknesses.map((one) => one.code)).toEqual(['provider/saml-certificate-expiring']);
});

test('the live metadata against the copy that a service provider has loaded', async () => {
  const live = await site((_request, response) => response.end(metadata([other])));
  open.push(live);
  const differing = await diagnose({
    provider: { saml: [`${live.origin}/metadata`, file(metadata([good]))] },
  });
  expect(differing.finding('provider/saml-copies-differ')?.detail).toContain(
    'no signing certificate in common',
  );
  expect(differing.report.causes[0]).toMatchObject({ id: 'trust-credential-expired', verdict: 'confirmed' });
  const overlapping = await diagnose({
    provider: { saml: [`${live.origin}/metadata`, file(metadata([good, other]))] },
  });
  expect(overlapping.codes).not.toContain('provider/saml-copies-differ');
});

test('a URL that does not answer is an observation, a file that is none is the operator’s mistake', async () => {
  const run = await diagnose({ provider: { saml: [`http://127.0.0.1:${await freePort()}/metadata`] } });
  expect(run.finding('provider/saml-unreadable')).toMatchObject({ blind: true });
  expect(run.report.status).toBe('incomplete');
  await expect(look('<html>sign in</html>')).rejects.toThrow(UsageError);
});
