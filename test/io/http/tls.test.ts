import { createServer, type Server, type ServerOptions } from 'node:https';
import { createServer as createProxy } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpRequest, httpDoor } from '../../../src/io/http.ts';
import { type Issued, issue } from '../../support/certificates.ts';

const past = { from: new Date('2020-01-01T00:00:00Z'), to: new Date('2020-03-01T00:00:00Z') };
const future = { from: new Date('2090-01-01T00:00:00Z'), to: new Date('2090-03-01T00:00:00Z') };
const names = ['DNS:idp.test', 'DNS:www.idp.test'];

const servers: Server[] = [];
let root: Issued;
let intermediate: Issued;

beforeAll(() => {
  root = issue({ name: 'Test Root', ca: true });
  intermediate = issue({ name: 'Test Intermediate', ca: true, by: root });
});
afterAll(() => {
  for (const server of servers) server.close();
});

const door = httpDoor({ env: {}, lookup: async () => [{ address: '127.0.0.1', family: 4 }] });

async function serve(options: ServerOptions): Promise<number> {
  const server = createServer(options, (request, response) =>
    response.end(`${request.headers.host} ${request.url}`),
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function ask(options: ServerOptions, more: Partial<HttpRequest> = {}) {
  const port = await serve(options);
  return door.request({
    url: `https://idp.test:${port}/keys`,
    ca: root.cert,
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    ...more,
  });
}

test('a good chain: protocol, names and dates are read, phases measured', async () => {
  const leaf = issue({ name: 'idp.test', names, by: intermediate, to: new Date('2032-01-02T03:04:05Z') });
  const answer = await ask({ key: leaf.key, cert: leaf.cert + intermediate.cert });
  expect(answer).toMatchObject({
    ok: true,
    status: 200,
    tls: { protocol: 'TLSv1.3', authorizationError: null },
  });
  expect(answer.tls?.chain.map((one) => one.subject)).toEqual([
    'CN=idp.test',
    'CN=Test Intermediate',
    'CN=Test Root',
  ]);
  expect(answer.tls?.chain[0]).toMatchObject({
    issuer: 'CN=Test Intermediate',
    names: ['idp.test', 'www.idp.test'],
    validTo: Date.parse('2032-01-02T03:04:05Z'),
    selfSigned: false,
    namesIssuer: false,
  });
  for (const phase of ['dnsMs', 'tcpMs', 'tlsMs', 'firstByteMs'] as const)
    expect(answer.timings[phase]).toBeGreaterThanOrEqual(0);
});

const broken: readonly [string, string, () => ServerOptions][] = [
  ['expired', 'CERT_HAS_EXPIRED', () => issue({ name: 'idp.test', names, by: root, ...past })],
  ['not yet valid', 'CERT_NOT_YET_VALID', () => issue({ name: 'idp.test', names, by: root, ...future })],
  ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT', () => issue({ name: 'idp.test', names })],
  [
    'for another host',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    () => issue({ name: 'x.test', names: ['DNS:x.test'], by: root }),
  ],
  [
    'without its intermediate',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    () => issue({ name: 'idp.test', names, by: intermediate }),
  ],
];

test.each(broken)('%s: refused as %s, with the chain read all the same', async (_name, code, make) => {
  const options = make();
  const refused = await ask(options);
  expect(refused).toMatchObject({
    ok: false,
    phase: 'tls',
    kind: 'tls',
    code,
    tls: { authorizationError: code },
  });
  expect(refused.tls?.chain[0]?.validTo).toBeGreaterThan(0);
  const read = await ask(options, { insecure: true });
  expect(read).toMatchObject({ ok: true, status: 200, tls: { authorizationError: code } });
});

test('an authority that is not trusted, with its whole chain sent', async () => {
  const leaf = issue({ name: 'idp.test', names, by: root });
  const port = await serve({ key: leaf.key, cert: leaf.cert + root.cert });
  const answer = await door.request({
    url: `https://idp.test:${port}/`,
    signal: new AbortController().signal,
  });
  expect(answer).toMatchObject({ ok: false, kind: 'tls', code: 'SELF_SIGNED_CERT_IN_CHAIN' });
});

test('pinning keeps the name for SNI, Host and the certificate', async () => {
  const leaf = issue({ name: 'idp.test', names, by: root });
  const asked: (string | undefined)[] = [];
  const port = await serve({
    key: leaf.key,
    cert: leaf.cert,
    SNICallback: (name, done) => {
      asked.push(name);
      done(null);
    },
  });
  const nowhere = httpDoor({ env: {}, lookup: () => Promise.reject(new Error('must not be asked')) });
  const answer = await nowhere.request({
    url: 'https://idp.test/keys',
    pin: { host: '127.0.0.1', port },
    ca: root.cert,
    signal: new AbortController().signal,
  });
  expect(answer.ok && answer.body.toString()).toBe('idp.test /keys');
  expect(asked).toEqual(['idp.test']);
});

test('a server that asks for a client certificate', async () => {
  const leaf = issue({ name: 'idp.test', names, by: root });
  const answer = await ask({
    key: leaf.key,
    cert: leaf.cert,
    ca: root.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
  expect(answer).toMatchObject({ ok: false });
  expect(answer.ok || ['tls', 'closed']).toContain(answer.ok || answer.kind);
});

test('a server that speaks only another TLS version', async () => {
  const leaf = issue({ name: 'idp.test', names, by: root });
  const answer = await ask({
    key: leaf.key,
    cert: leaf.cert,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  expect(answer).toMatchObject({ ok: false, phase: 'tls', kind: 'tls' });
});

test('through a proxy, by CONNECT, the certificate is still the target’s', async () => {
  const leaf = issue({ name: 'idp.test', names, by: root });
  const port = await serve({ key: leaf.key, cert: leaf.cert });
  const proxy = createProxy();
  const sockets: Socket[] = [];
  proxy.on('connect', (_request, socket: Socket) => {
    const out = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\nX-Proxy: a\r\n\r\n');
      out.pipe(socket).pipe(out);
    });
    sockets.push(out, socket);
    for (const one of [out, socket]) one.on('error', () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  const answer = await httpDoor({
    env: { HTTPS_PROXY: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}` },
  }).request({ url: 'https://idp.test/keys', ca: root.cert, signal: new AbortController().signal });
  for (const socket of sockets) socket.destroy();
  proxy.close();
  expect(answer.ok && answer.body.toString()).toBe('idp.test /keys');
  expect(answer.tls?.chain[0]?.subject).toBe('CN=idp.test');
  expect(answer.timings.proxyMs).toBeGreaterThanOrEqual(0);
});
