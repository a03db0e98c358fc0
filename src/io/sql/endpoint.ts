/**
 * What a database URL says: host, login, and how the connection is to be encrypted.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { Address } from '../../config/secret.ts';

export interface Endpoint {
  /** A name, an address, or a folder with a socket (`?host=/run/postgresql`). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Safe to print. */
  readonly shown: string;
}

/** The parts of a server's URL, percent-decoded. */
export function endpointOf(address: Address, defaultPort: number): Endpoint {
  const url = new URL(address.href());
  const host = url.searchParams.get('host') ?? url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || defaultPort;
  return {
    host,
    port,
    user: decoded(url.username),
    password: decoded(url.password),
    database: decoded(url.pathname.slice(1)),
    shown: host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`,
  };
}

export interface Encryption {
  readonly never: boolean;
  /** May go on in the clear when the server offers no TLS. */
  readonly optional: boolean;
  readonly options: ConnectionOptions;
}

/**
 * libpq's `sslmode` and MySQL's `ssl-mode`: disable(d), prefer(red) (default), require(d) (encrypted, not
 * verified), verify-ca, verify-full / verify_identity. `sslrootcert` or `ssl-ca` names a PEM file.
 */
export function encryptionOf(address: Address): Encryption {
  const query = new URL(address.href()).searchParams;
  const mode = (query.get('sslmode') ?? query.get('ssl-mode') ?? 'prefer').toLowerCase().replace('_', '-');
  const caFile = query.get('sslrootcert') ?? query.get('ssl-ca');
  const verify = mode.startsWith('verify') || mode === 'no-verify' ? mode.startsWith('verify') : false;
  return {
    never: mode === 'disable' || mode === 'disabled',
    optional: ['prefer', 'preferred', 'allow'].includes(mode),
    options: {
      rejectUnauthorized: verify,
      ...(caFile && { ca: readSafely(caFile) }),
      ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
    },
  };
}

/** `work`, or a rejection once `ms` have passed or `signal` is aborted. Does not stop the work itself. */
export async function bounded<T>(work: Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = () => reject(Object.assign(new Error('did not answer in time'), { code: 'ETIMEDOUT' }));
    timer = setTimeout(fail, ms);
    stop = fail;
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    if (stop) signal.removeEventListener('abort', stop);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readSafely(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
