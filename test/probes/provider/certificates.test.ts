import type { Server } from 'node:net';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { describe, expect, test } from 'vitest';
import type { HttpDoorOptions } from '../../../src/io/http.ts';
import { type Issued, issue } from '../../support/certificates.ts';
import { keeper } from '../../support/keep.ts';
import { again, diagnose, file, site } from './support.ts';

const keep = keeper();

const https = async (options: ServerOptions) => {
  const server: Server = createTlsServer(options, (request, response) => {
    const origin = `https://${request.headers.host}`;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(
        request.url === '/keys'
          ? { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'BB', kid: 'a' }] }
          : { issuer: origin, jwks_uri: `${origin}/keys`, token_endpoint: `${origin}/token` },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  keep({ close: () => server.close() });
  return `https://idp.test:${typeof address === 'object' && address ? address.port : 0}`;
};
const door: HttpDoorOptions = { lookup: async () => [{ address: '127.0.0.1', family: 4 }] };

describe('certificates, by corrected time', () => {
  const names = ['DNS:idp.test'];
  const day = 86_400_000;
  const root = issue({ name: 'Test Root', ca: true, from: new Date(Date.now() - 2000 * day) });
  const middle = issue({ name: 'Test Intermediate', ca: true, by: root });
  const look = async (leaf: Issued, more: object = {}, chain = '') => {
    const issuer = await https({ key: leaf.key, cert: leaf.cert + chain });
    return diagnose({ provider: { issuer, caFile: file(root.cert), ...more } }, door);
  };

  test('expired: dated, decisive, and the documents behind it are read all the same', async () => {
    const to = new Date(Date.now() - 2 * day);
    const run = await look(
      issue({ name: 'idp.test', names, by: root, from: new Date(Date.now() - 9 * day), to }),
    );
    expect(run.finding('provider/certificate-expired')).toMatchObject({
      at: `${to.toISOString().slice(0, 19)}.000Z`,
    });
    expect(run.finding('provider/certificate-expired')?.detail).toMatch(
      /valid until .*: 2d ago by the provider’s own Date, as this host’s clock was not checked/,
    );
    expect(run.report.causes[0]).toMatchObject({ id: 'trust-credential-expired', verdict: 'confirmed' });
    expect(run.codes).toContain('provider/healthy-but-token-unasked');
  });

  test('a local clock that is 400 days fast convicts nobody’s certificate', async () => {
    const leaf = issue({
      name: 'idp.test',
      names,
      by: root,
      from: new Date(Date.now() - 500 * day),
      to: new Date(Date.now() - 400 * day),
    });
    const run = await look(leaf);
    const corrected = again(run.evidence, {
      startedAt: new Date(Date.now() - 450 * day).toISOString(),
      uncertaintyMs: 20,
    });
    expect(corrected.codes).toContain('provider/certificate-clock');
    expect(corrected.codes).not.toContain('provider/certificate-expired');
    expect(corrected.finding('provider/certificate-clock')?.detail).toContain(
      'judged by corrected time, every certificate it serves is valid',
    );
    expect(corrected.cause('trust-credential-expired').verdict).not.toBe('confirmed');
  });

  test('not valid yet', async () => {
    const run = await look(
      issue({
        name: 'idp.test',
        names,
        by: root,
        from: new Date(Date.now() + 2 * day),
        to: new Date(Date.now() + 9 * day),
      }),
    );
    expect(run.finding('provider/certificate-not-yet-valid')?.detail).toMatch(
      /^idp\.test:\d+ serves CN=idp\.test, valid from .* UTC: in .* by the provider’s own Date/,
    );
  });

  test('for another host', async () => {
    const run = await look(issue({ name: 'x.test', names: ['DNS:x.test'], by: root }));
    expect(run.finding('provider/certificate-name')?.detail).toContain('x.test');
    expect(run.cause('trust-credential-expired').verdict).toBe('likely');
  });

  test('without its intermediate, and with it', async () => {
    const leaf = issue({ name: 'idp.test', names, by: middle });
    const bare = await look(leaf);
    expect(bare.finding('provider/chain-incomplete')?.detail).toContain(
      'not that of its issuer, CN=Test Intermediate',
    );
    const full = await look(leaf, {}, middle.cert);
    expect(full.codes).toContain('provider/certificate-valid');
    expect(full.codes).not.toContain('provider/chain-incomplete');
  });

  test('a leaf alone is a missing intermediate only where its issuer is public, or its authority was named', async () => {
    const other = issue({ name: 'Other Root', ca: true });
    const alone = async (issuerUrl?: string) => {
      const leaf = issue({ name: 'idp.test', names, by: other, ...(issuerUrl && { issuerUrl }) });
      const issuer = await https({ key: leaf.key, cert: leaf.cert });
      return diagnose({ provider: { issuer } }, door);
    };
    const own = await alone();
    expect(own.codes).toContain('provider/certificate-untrusted');
    expect(own.codes).not.toContain('provider/chain-incomplete');
    expect(own.cause('trust-credential-expired').verdict).toBe('unlikely');
    const open = await alone('http://ca.test/issuer.crt');
    expect(open.codes).toContain('provider/chain-incomplete');
    expect(open.cause('trust-credential-expired').verdict).toBe('likely');
  });

  test('what the origin serves behind the edge convicts nobody', async () => {
    const issuer = await https(issue({ name: 'idp.test', names, by: root }));
    const inner = await https(
      issue({ name: 'x', to: new Date(Date.now() - day), from: new Date(Date.now() - 9 * day) }),
    );
    const origin = `https://127.0.0.1:${new URL(inner).port}`;
    const run = await diagnose({ provider: { issuer, origin, caFile: file(root.cert) } }, door);
    expect(run.finding('provider/origin-certificate')?.subject).toMatch(/\(origin\)$/);
    expect(run.codes).toContain('provider/certificate-valid');
    expect(run.cause('trust-credential-expired').verdict).toBe('unlikely');
  });

  test('self-signed, and of an authority that is not trusted here', async () => {
    const own = await look(issue({ name: 'idp.test', names }));
    expect(own.finding('provider/certificate-untrusted')?.detail).toMatch(
      /its certificate is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\); 1 certificate was sent/,
    );
    const other = issue({ name: 'Other Root', ca: true });
    const foreign = await look(issue({ name: 'idp.test', names, by: other }), {}, other.cert);
    expect(foreign.codes).toContain('provider/certificate-untrusted');
    expect(foreign.cause('trust-credential-expired').verdict).toBe('unlikely');
  });

  test('about to expire is a weakness that convicts nobody', async () => {
    const run = await look(issue({ name: 'idp.test', names, by: root, to: new Date(Date.now() + 5 * day) }));
    expect(run.report.weaknesses.map((one) => one.code)).toContain('provider/certificate-expiring');
    expect(run.report.status).toBe('clear');
  });

  test('a client secret is never sent over a connection that does not verify', async () => {
    const run = await look(issue({ name: 'idp.test', names }), {
      clientId: 'me',
      clientSecret: `file:${file('never-sent')}`,
    });
    expect(run.codes).toContain('provider/client-not-tried');
  });

  test('expired wins over an authority that is not known, as it does in OpenSSL', async () => {
    const other = issue({ name: 'Other Root', ca: true });
    const from = new Date(Date.now() - 9 * day);
    const run = await look(
      issue({ name: 'idp.test', names, by: other, from, to: new Date(Date.now() - day) }),
    );
    expect(run.codes).toContain('provider/certificate-expired');
    expect(run.codes).not.toContain('provider/certificate-untrusted');
  });

  test('an authority that is not known wins over a wrong name', async () => {
    const other = issue({ name: 'Other Root', ca: true });
    const run = await look(issue({ name: 'x.test', names: ['DNS:x.test'], by: other }), {}, other.cert);
    expect(run.finding('provider/certificate-untrusted')?.detail).toContain('SELF_SIGNED_CERT_IN_CHAIN');
    expect(run.codes).not.toContain('provider/certificate-name');
  });
});

describe('no TLS connection at all', () => {
  test('to a plain http port', async () => {
    const plain = keep(await site((_, response) => response.end('{}')));
    const run = await diagnose({ provider: { issuer: plain.origin.replace('http:', 'https:') } });
    expect(run.finding('provider/tls-failed')).toMatchObject({
      blind: true,
      data: { phase: 'tls', kind: 'tls', code: 'ERR_SSL_WRONG_VERSION_NUMBER' },
    });
    expect(run.finding('provider/tls-failed')?.detail).toMatch(
      /^from this host, the TLS connection to 127\.0\.0\.1:\d+ failed: it does not speak TLS on this port \(ERR_SSL_WRONG_VERSION_NUMBER\); 2 of 2 /,
    );
    expect(run.cause('idp-outage').verdict).toBe('possible');
    expect(run.cause('trust-credential-expired').for).toEqual([]);
  });

  test('to a server that speaks only versions of long ago', async () => {
    const { cert, key } = issue({ name: 'idp.test', names: ['DNS:idp.test'] });
    const old = await https({
      cert,
      key,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const run = await diagnose({ provider: { issuer: old } }, door);
    expect(run.finding('provider/tls-failed')?.detail).toMatch(
      /^from this host, the TLS connection to idp\.test:\d+ failed: it wants another version of TLS \(ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION\)/,
    );
    expect(run.finding('provider/tls-failed')?.data).toMatchObject({ phase: 'tls' });
  });
});
