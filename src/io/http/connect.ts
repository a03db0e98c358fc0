/**
 * Opens the connection of one exchange, phase by phase: name, TCP, proxy, TLS.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { connect as dial, isIP, type Socket } from 'node:net';
import { connect as dialTls, type DetailedPeerCertificate, rootCertificates, type TLSSocket } from 'node:tls';
import type { CertificateSeen, HttpDoorOptions, HttpRequest, Lookup, TlsSeen } from '../http.ts';
import { resolveHost } from '../resolve.ts';
import { DoorError } from './failure.ts';
import type { Progress } from './progress.ts';
import { parseProxy, proxyAddress, proxyFromEnv, tunnel } from './proxy.ts';

export interface Connected {
  readonly socket: Socket;
  /** Set when a plain http request must name its whole URL to a proxy. */
  readonly forwarder: URL | undefined;
}

/** Connects for `request`. Rejects with the runtime's error; `progress` then says in which phase. */
export async function connect(
  request: HttpRequest,
  url: URL,
  options: HttpDoorOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Connected> {
  const env = options.env ?? process.env;
  const host = progress.hostname;
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const proxy = chooseProxy(request, url, env);
  const dialled = request.pin ?? (proxy ? proxyAddress(proxy) : { host, port });
  progress.hostname = dialled.host;
  if (proxy) progress.via = `${dialled.host}:${dialled.port}`;
  let socket = await openTcp(dialled, options.lookup ?? resolveHost, progress, signal);
  const ca = () => trusted(request.ca, env);
  if (proxy) {
    const done = progress.measure('proxyMs');
    progress.phase = 'proxy';
    if (proxy.protocol === 'https:')
      socket = await openTls(socket, { host: dialled.host, ca: ca(), insecure: false }, () => {});
    const forwards = url.protocol === 'http:' && !proxy.protocol.startsWith('socks5');
    if (forwards) {
      progress.forwarded = true;
      progress.socket = socket;
      return { socket, forwarder: proxy };
    }
    await tunnel(socket, proxy, host, port);
    done();
  }
  if (url.protocol === 'https:') {
    progress.phase = 'tls';
    const done = progress.measure('tlsMs');
    socket = await openTls(socket, { host, ca: ca(), insecure: request.insecure ?? false }, (seen) => {
      progress.tls = seen;
      done();
    });
  }
  progress.socket = socket;
  return { socket, forwarder: undefined };
}

function chooseProxy(
  request: HttpRequest,
  url: URL,
  env: NonNullable<HttpDoorOptions['env']>,
): URL | undefined {
  if (request.pin) return undefined;
  if (request.via === undefined) return proxyFromEnv(url, env);
  const proxy = parseProxy(request.via);
  if (!proxy) throw new DoorError('proxy', 'PROXY_NOT_UNDERSTOOD');
  return proxy;
}

async function openTcp(
  to: { readonly host: string; readonly port: number },
  lookup: Lookup,
  progress: Progress,
  signal: AbortSignal,
): Promise<Socket> {
  const family = isIP(to.host);
  let addresses = [{ address: to.host, family }];
  if (family === 0) {
    const done = progress.measure('dnsMs');
    addresses = [...(await lookup(to.host, signal))];
    done();
    if (addresses.length === 0) throw Object.assign(new Error('no address'), { code: 'ENODATA' });
  }
  signal.throwIfAborted();
  progress.phase = 'tcp';
  const done = progress.measure('tcpMs');
  return new Promise((resolve, reject) => {
    const socket = dial({
      host: to.host,
      port: to.port,
      autoSelectFamily: true,
      // Node asks for all addresses or for one, as it likes; the name has been looked up already.
      lookup: (_name, lookupOptions, callback) => {
        const first = addresses[0];
        if (lookupOptions.all) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family);
      },
    });
    progress.socket = socket;
    // Stays for the socket's life: an error that comes when nobody reads must not end the process.
    socket.on('error', reject);
    socket.once('connect', () => {
      progress.remoteAddress = socket.remoteAddress ?? null;
      socket.setNoDelay(true);
      done();
      resolve(socket);
    });
  });
}

async function openTls(
  socket: Socket,
  options: { readonly host: string; readonly ca: string[] | undefined; readonly insecure: boolean },
  seen: (tls: TlsSeen) => void,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = dialTls({
      socket,
      ...(isIP(options.host) === 0 && { servername: options.host }),
      // Without a server name Node checks the certificate against this instead.
      host: options.host,
      ...(options.ca && { ca: options.ca }),
      ALPNProtocols: ['http/1.1'],
      // Read first, judge afterwards: a chain that does not verify is what an operator needs to see.
      rejectUnauthorized: false,
    });
    secure.on('error', reject);
    secure.once('close', () => reject(new DoorError('closed', 'ECONNRESET')));
    secure.once('secureConnect', () => {
      const reason = secure.authorized ? null : reasonOf(secure.authorizationError);
      seen({ protocol: secure.getProtocol(), authorizationError: reason, chain: chainOf(secure) });
      if (reason !== null && !options.insecure) {
        secure.destroy();
        reject(new DoorError('tls', reason));
      } else resolve(secure);
    });
  });
}

function reasonOf(error: Error | string | undefined): string {
  const code = typeof error === 'string' ? error : (error as { code?: string } | undefined)?.code;
  return code && /^[A-Z0-9_]{1,80}$/.test(code) ? code : 'CERT_NOT_ACCEPTED';
}

const MAX_CHAIN = 10;
const MAX_NAMES = 100;

function chainOf(socket: TLSSocket): CertificateSeen[] {
  const chain: CertificateSeen[] = [];
  const known = new Set<string>();
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.fingerprint256 && !known.has(next.fingerprint256) && chain.length < MAX_CHAIN) {
    known.add(next.fingerprint256);
    const subject = distinguished(next.subject);
    const issuer = distinguished(next.issuer);
    chain.push({
      subject,
      issuer,
      validFrom: Date.parse(next.valid_from),
      validTo: Date.parse(next.valid_to),
      names: (next.subjectaltname ?? '')
        .slice(0, 16_384)
        .split(', ')
        .filter(Boolean)
        .slice(0, MAX_NAMES)
        .map((name) => name.replace(/^(?:DNS|IP Address|URI|email):/, '').slice(0, 253)),
      fingerprint256: next.fingerprint256,
      selfSigned: subject === issuer,
      namesIssuer: next.infoAccess?.['CA Issuers - URI'] !== undefined,
    });
    next = next.issuerCertificate;
  }
  return chain;
}

function distinguished(name: unknown): string {
  return Object.entries((name ?? {}) as Record<string, unknown>)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(', ')
    .slice(0, 300);
}

/** The roots with an extra one; undefined leaves Node's own, which hold NODE_EXTRA_CA_CERTS already. */
function trusted(extra: string | undefined, env: NonNullable<HttpDoorOptions['env']>): string[] | undefined {
  if (extra === undefined) return undefined;
  const file = env['NODE_EXTRA_CA_CERTS'];
  return [...rootCertificates, ...(file ? [readQuietly(file)] : []), extra].filter((pem) => pem !== '');
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
