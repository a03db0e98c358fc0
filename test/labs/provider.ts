import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import { issue } from '../support/certificates.ts';
import { CLIENT, type Idp, signingKey, startIdp } from '../support/oidc.ts';
import { freePort } from '../support/port.ts';
import type { Lab } from './lab.ts';

async function tokensOf(idp: Idp, folder: string, name: string): Promise<string> {
  const tokens = await Promise.all([idp.token(), idp.token(), idp.token()]);
  writeFileSync(join(folder, name), `${tokens.join('\n')}\n`);
  return name;
}

export const providerLabs: readonly Lab[] = [
  {
    name: 'kid-withdrawn',
    title: 'The provider withdrew a signing key while tokens signed with it were alive',
    demo: true,
    causes: ['jwks-key-withdrawn'],
    verdict: 'confirmed',
    exitCode: 1,
    async make(folder) {
      const idp = await startIdp(await signingKey('2026-01'));
      idp.use(await signingKey('2026-01'));
      const samples = await tokensOf(idp, folder, 'withdrawn.txt');
      idp.use(await signingKey('2026-11'));
      return {
        args: [
          '--samples',
          samples,
          '--issuer',
          idp.issuer,
          '--ntp',
          'none',
          '--symptom',
          'oldSessions=rejected',
          'onset=ramp',
        ],
        stop: () => idp.close(),
      };
    },
  },
  {
    name: 'provider-refusing',
    title: 'The provider refuses connections',
    demo: true,
    causes: ['idp-outage'],
    verdict: 'likely',
    exitCode: 1,
    async make() {
      const port = await freePort();
      return { args: ['--issuer', `http://127.0.0.1:${port}`, '--ntp', 'none'], stop: async () => {} };
    },
  },
  {
    name: 'provider-healthy',
    title: 'A healthy provider whose keys verify the tokens',
    demo: false,
    causes: [],
    exitCode: 0,
    async make(folder) {
      const key = await signingKey('2026-11');
      const idp = await startIdp(key);
      idp.use(key);
      const samples = await tokensOf(idp, folder, 'healthy.txt');
      return {
        args: ['--samples', samples, '--issuer', idp.issuer, '--ntp', 'none'],
        stop: () => idp.close(),
      };
    },
  },
  {
    name: 'key-set-stale',
    title: 'The provider signs with a new key that the edge’s copy of the key set does not hold yet',
    demo: true,
    causes: ['jwks-stale-or-throttled'],
    verdict: 'likely',
    exitCode: 1,
    async make(folder) {
      const [old, next] = await Promise.all([signingKey('2026-01'), signingKey('2026-11')]);
      const idp = await startIdp(old);
      const before = await tokensOf(idp, folder, 'old-key.txt');
      const copy = await (await fetch(`${idp.issuer}/jwks`)).text();
      idp.use(next, old);
      idp.front((provider) => (request, response) => {
        if (request.url !== '/jwks') return provider(request, response);
        response.setHeader('Age', '840');
        response.setHeader('Cache-Control', 'public, max-age=3600');
        response.setHeader('X-Cache', 'HIT');
        response.end(copy);
      });
      const after = await tokensOf(idp, folder, 'new-key.txt');
      const samples = ['--samples', before, '--samples-after', after];
      const reported = ['oldSessions=accepted', 'login=fails'];
      return {
        args: [...samples, '--issuer', idp.issuer, '--ntp', 'none', '--symptom', ...reported],
        stop: () => idp.close(),
      };
    },
  },
  {
    name: 'client-secret-rejected',
    title: 'The client’s secret at the provider has expired',
    demo: true,
    causes: ['trust-credential-expired'],
    verdict: 'confirmed',
    exitCode: 1,
    async make(folder) {
      const idp = await startIdp(await signingKey('2026-11'));
      writeFileSync(join(folder, 'client-secret'), 'the-secret-of-last-year');
      const provider = { issuer: idp.issuer, clientId: CLIENT.id, clientSecret: 'file:client-secret' };
      writeFileSync(join(folder, 'client.yaml'), JSON.stringify({ clock: { servers: 'none' }, provider }));
      return { args: ['--config', 'client.yaml', '--symptom', 'login=fails'], stop: () => idp.close() };
    },
  },
  {
    name: 'certificate-expired',
    title: 'The provider serves a TLS certificate that ran out',
    demo: true,
    causes: ['trust-credential-expired'],
    verdict: 'confirmed',
    exitCode: 1,
    async make() {
      const ended = { from: new Date('2025-01-01T00:00:00Z'), to: new Date('2026-01-01T00:00:00Z') };
      const { cert, key } = issue({ name: '127.0.0.1', names: ['IP:127.0.0.1'], ...ended });
      const server = createServer({ cert, key }, (request, response) => {
        const issuer = `https://${request.headers.host}`;
        response.end(JSON.stringify(request.url === '/keys' ? JWKS : { issuer, jwks_uri: `${issuer}/keys` }));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      return {
        args: ['--issuer', `https://127.0.0.1:${port}`, '--ntp', 'none'],
        stop: () =>
          new Promise((resolve) => {
            server.closeAllConnections();
            server.close(() => resolve());
          }),
      };
    },
  },
  {
    name: 'saml-certificate-expired',
    title: 'The signing certificate in the SAML metadata ran out',
    demo: false,
    causes: ['trust-credential-expired'],
    verdict: 'confirmed',
    exitCode: 1,
    async make(folder) {
      const ended = { from: new Date('2025-01-01T00:00:00Z'), to: new Date('2026-01-01T00:00:00Z') };
      const signer = new X509Certificate(issue({ name: 'saml signing', ...ended }).cert).raw.toString(
        'base64',
      );
      writeFileSync(
        join(folder, 'metadata.xml'),
        `<EntityDescriptor entityID="https://idp.example/saml"><IDPSSODescriptor><KeyDescriptor use="signing"><X509Certificate>${signer}</X509Certificate></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>`,
      );
      return { args: ['--saml', 'metadata.xml', '--ntp', 'none'], stop: async () => {} };
    },
  },
];

/** Any key set will do where only the certificate matters. */
const JWKS = { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'BB', kid: '2026-11', use: 'sig' }] };
