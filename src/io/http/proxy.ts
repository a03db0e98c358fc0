/**
 * Which proxy a request goes through, and the ways through one: CONNECT (RFC 9110 section 9.3.6) and
 * SOCKS5 (RFC 1928, 1929), so that `ssh -D` on another machine can be a second vantage.
 *
 * @module
 */
import { isIP, type Socket } from 'node:net';
import { DoorError } from './failure.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a URL, as curl and Go read it, or undefined. Loopback is never
 * proxied; upper-case HTTP_PROXY is not read (a CGI request header can set it).
 */
export function proxyFromEnv(url: URL, env: Env): URL | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)) return undefined;
  const named =
    (url.protocol === 'https:' ? env['https_proxy'] || env['HTTPS_PROXY'] : env['http_proxy']) ||
    env['all_proxy'] ||
    env['ALL_PROXY'];
  if (!named || isExempt(host, url.port, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  return parseProxy(named);
}

/** A proxy's URL; a bare `host:port` is an http proxy. Undefined when it is none that is understood. */
export function parseProxy(text: string): URL | undefined {
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
    return ['http:', 'https:', 'socks5:', 'socks5h:'].includes(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

/** NO_PROXY: names (and what is below them), `host:port`, IP addresses, or `*`. */
function isExempt(host: string, port: string, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = entry, entryPort] = /^(.*?)(?::(\d{1,5}))?$/.exec(entry) ?? [];
      if (entryPort && entryPort !== port) return false;
      const bare = name.replace(/^\*?\./, '');
      return host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`));
    });
}

/** The address to dial for a proxy. */
export function proxyAddress(proxy: URL): { host: string; port: number } {
  const usual = proxy.protocol === 'https:' ? 443 : proxy.protocol === 'http:' ? 80 : 1080;
  return { host: proxy.hostname.replace(/^\[|\]$/g, ''), port: Number(proxy.port) || usual };
}

/** Opens a tunnel to `host:port` on a connection to the proxy. Rejects with a DoorError of kind proxy. */
export async function tunnel(socket: Socket, proxy: URL, host: string, port: number): Promise<void> {
  const reader = readerOf(socket);
  try {
    await (proxy.protocol.startsWith('socks5')
      ? socks(reader, proxy, host, port)
      : connect(reader, proxy, host, port));
  } finally {
    reader.release();
  }
}

/** The proxy's credentials as a header, if it has any. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined;
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** A proxy's answer to CONNECT is a few lines; anything longer is not one. Bytes. */
const MAX_ANSWER = 16_384;

async function connect(reader: Reader, proxy: URL, host: string, port: number): Promise<void> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const credentials = proxyAuthorization(proxy);
  reader.socket.write(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${
      credentials ? `Proxy-Authorization: ${credentials}\r\n` : ''
    }\r\n`,
  );
  const head = await reader.until('\r\n\r\n', MAX_ANSWER);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1'))?.[1];
  if (status === undefined) throw new DoorError('proxy', 'PROXY_NOT_HTTP');
  if (!status.startsWith('2')) throw new DoorError('proxy', `PROXY_${status}`);
}

const SOCKS_REPLIES: Readonly<Record<number, string>> = {
  1: 'SOCKS_GENERAL_FAILURE',
  2: 'SOCKS_NOT_ALLOWED',
  3: 'SOCKS_NETWORK_UNREACHABLE',
  4: 'SOCKS_HOST_UNREACHABLE',
  5: 'SOCKS_CONNECTION_REFUSED',
  6: 'SOCKS_TTL_EXPIRED',
};

async function socks(reader: Reader, proxy: URL, host: string, port: number): Promise<void> {
  const user = Buffer.from(decodeURIComponent(proxy.username));
  const password = Buffer.from(decodeURIComponent(proxy.password));
  const methods = user.length > 0 ? [0, 2] : [0];
  reader.socket.write(Buffer.from([5, methods.length, ...methods]));
  const [version, method] = await reader.take(2);
  if (version !== 5) throw new DoorError('proxy', 'PROXY_NOT_SOCKS5');
  if (method === 2 && user.length > 0 && user.length < 256 && password.length < 256) {
    reader.socket.write(
      Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]),
    );
    if ((await reader.take(2))[1] !== 0) throw new DoorError('proxy', 'SOCKS_WRONG_PASSWORD');
  } else if (method !== 0) throw new DoorError('proxy', 'SOCKS_NO_METHOD');
  // The name goes out unresolved: the far side's DNS is part of the second vantage.
  const name = Buffer.from(host);
  if (name.length > 255) throw new DoorError('proxy', 'SOCKS_NAME_TOO_LONG');
  reader.socket.write(
    Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([port >> 8, port & 255])]),
  );
  const reply = await reader.take(4);
  if (reply[1] !== 0) throw new DoorError('proxy', SOCKS_REPLIES[reply[1] ?? 1] ?? 'SOCKS_FAILURE');
  const rest = reply[3] === 1 ? 4 : reply[3] === 4 ? 16 : ((await reader.take(1))[0] ?? 0);
  await reader.take(rest + 2);
}

interface Reader {
  readonly socket: Socket;
  take(length: number): Promise<Buffer>;
  until(mark: string, max: number): Promise<Buffer>;
  release(): void;
}

/** Reads exact pieces off a socket and leaves the rest on it for whoever comes next. */
function readerOf(socket: Socket): Reader {
  let pending = Buffer.alloc(0);
  let ended = false;
  let wake = () => {};
  const onReadable = () => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null)
      pending = Buffer.concat([pending, chunk]);
    wake();
  };
  const onEnd = () => {
    ended = true;
    wake();
  };
  socket.on('readable', onReadable).on('end', onEnd).on('close', onEnd);
  const next = () =>
    new Promise<void>((resolve, reject) => {
      wake = () => (ended ? reject(new DoorError('proxy', 'PROXY_CLOSED')) : resolve());
      if (ended) wake();
    });
  const cut = (length: number) => {
    const piece = pending.subarray(0, length);
    pending = pending.subarray(length);
    return piece;
  };
  return {
    socket,
    async take(length) {
      while (pending.length < length) await next();
      return cut(length);
    },
    async until(mark, max) {
      let found = pending.indexOf(mark);
      while (found < 0) {
        if (pending.length > max) throw new DoorError('proxy', 'PROXY_NOT_HTTP');
        await next();
        found = pending.indexOf(mark);
      }
      return cut(found + mark.length);
    },
    release() {
      socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd);
      if (pending.length > 0) socket.unshift(pending);
    },
  };
}
