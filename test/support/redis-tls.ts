import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from './port.ts';
import { login, type RedisServer, startRedis } from './redis.ts';

/** A Redis with some sessions, that also listens with TLS, under a certificate of its own for localhost. */
export interface TlsServer {
  readonly server: RedisServer;
  /** Of its TLS side. */
  readonly port: string;
  /** File that its certificate can be checked with. */
  readonly ca: string;
}

export async function startTls(): Promise<TlsServer> {
  const server = await startRedis({ port: await freePort() });
  // A server's start is known to the second: sessions of that second may be from before or after it.
  await login(server.client, 50, { ttlSeconds: 86_340 });
  const pem = (name: string): string => join(server.folder, name);
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '1',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
      '-keyout',
      pem('key.pem'),
      '-out',
      pem('cert.pem'),
    ],
    { stdio: 'ignore' },
  );
  await server.restart([
    '--tls-port',
    String(await freePort()),
    '--tls-cert-file',
    pem('cert.pem'),
    '--tls-key-file',
    pem('key.pem'),
    '--tls-ca-cert-file',
    pem('cert.pem'),
    '--tls-auth-clients',
    'no',
  ]);
  const [, port = ''] = await server.client.config('GET', 'tls-port');
  return { server, port, ca: join(server.folder, 'cert.pem') };
}
