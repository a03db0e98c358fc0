import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import type { Discovered } from '../../../src/probes/provider/discover.ts';
import { emptyPosts } from '../../../src/probes/provider/empty-post.ts';
import { type Asked, listOf, type ProviderSeen } from '../../../src/probes/provider/seen.ts';
import { runBin } from '../../support/bin.ts';
import { freePort } from '../../support/port.ts';
import { CLIENT, signingKey, startIdp } from '../../support/oidc.ts';
import { again, diagnose, file, type Run, site } from './support.ts';

const open: { close(): unknown }[] = [];
afterAll(async () => {
  await Promise.all(open.map((one) => one.close()));
});

function keep<T extends { close(): unknown }>(one: T): T {
  open.push(one);
  return one;
}

function seenBy(run: Run): ProviderSeen {
  const found = run.evidence.observations.find((one) => one.probe === 'provider');
  if (found?.status !== 'ran') throw new Error('the probe did not run');
  return found.seen as unknown as ProviderSeen;
}

const endpoint = (run: Run, name: Asked['endpoint']) =>
  listOf(seenBy(run).asked).find((one) => one.endpoint === name);

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
type Reply = readonly [
  status: number,
  type: string,
  body: string,
  headers?: Readonly<Record<string, string>>,
];

const JSON_TYPE = 'application/json';
const reply =
  ([status, type, body, headers = {}]: Reply): Handler =>
  (_request, response) => {
    response.writeHead(status, { ...headers, ...(type && { 'content-type': type }) }).end(body);
  };
const ALIVE: Reply = [400, JSON_TYPE, '{"error":"invalid_request"}'];

interface Told {
  readonly token?: Handler;
  readonly introspection?: Handler;
  readonly userinfo?: Handler;
  /** Further members of the discovery document. */
  readonly document?: (origin: string) => object;
  readonly provider?: object;
  readonly symptoms?: object;
  readonly timeout?: string;
}

/** A provider whose every GET is healthy, and what its POST endpoints were sent. */
async function look({ token, introspection, userinfo, document, provider, symptoms, timeout }: Told) {
  const sent: string[] = [];
  const { origin } = keep(
    await site((request, response) => {
      const own = `http://${request.headers.host}`;
      const path = request.url ?? '';
      if (request.method !== 'GET') sent.push(`${request.method} ${path}`);
      if (path === '/.well-known/openid-configuration')
        reply([
          200,
          JSON_TYPE,
          JSON.stringify({
            issuer: own,
            jwks_uri: `${own}/keys`,
            userinfo_endpoint: `${own}/me`,
            token_endpoint: `${own}/token`,
            ...(introspection && { introspection_endpoint: `${own}/introspect` }),
            ...document?.(own),
          }),
        ])(request, response);
      else if (path === '/keys') reply([200, JSON_TYPE, '{"keys":[]}'])(request, response);
      else if (path === '/token') (token ?? reply(ALIVE))(request, response);
      else if (path === '/introspect') introspection?.(request, response);
      else if (path === '/me') (userinfo ?? reply([401, JSON_TYPE, '{}']))(request, response);
      else reply([404, '', ''])(request, response);
    }),
  );
  const run = await diagnose({
    provider: { issuer: origin, emptyPost: true, ...provider },
    incident: { symptoms: symptoms ?? {} },
    ...(timeout && { limits: { timeout } }),
  });
  return { run, sent, origin };
}

describe('a real provider', () => {
  const key = signingKey('k-a');
  const start = async () => {
    const idp = keep(await startIdp(await key));
    const posts: object[] = [];
    idp.front((next) => (request, response) => {
      const { authorization, cookie, 'content-length': length, 'content-type': type } = request.headers;
      if (request.method === 'POST') posts.push({ path: request.url, authorization, cookie, length, type });
      next(request, response);
    });
    return { idp, posts };
  };
  const bare = {
    authorization: undefined,
    cookie: undefined,
    length: '0',
    type: 'application/x-www-form-urlencoded',
  };

  test.concurrent('gets no POST unless that was asked for, and is told which flag does it', async () => {
    const { idp } = await start();
    const run = await diagnose({ provider: { issuer: idp.issuer, clientId: CLIENT.id } });
    expect(new Set(idp.requests.map((line) => line.split(' ')[0]))).toEqual(new Set(['GET']));
    expect(run.finding('provider/healthy-but-token-unasked')?.detail).toMatch(
      /; the token endpoint was not asked \(that takes --empty-post, or provider\.clientId and clientSecret\)$/,
    );
  });

  test.concurrent('refuses each empty POST, and that is health', async () => {
    const { idp, posts } = await start();
    const run = await diagnose({ provider: { issuer: idp.issuer, emptyPost: true } });
    expect(posts).toEqual([
      { path: '/token', ...bare },
      { path: '/token/introspection', ...bare },
    ]);
    for (const name of ['token', 'introspection'] as const)
      expect(endpoint(run, name)).toMatchObject({ status: 400, error: 'invalid_request', empty: true });
    expect(run.finding('provider/healthy')?.detail).toMatch(
      /end-session, the token endpoint and introspection answered within/,
    );
    expect(run.finding('provider/latency')?.detail).toMatch(/; introspection \d+ ms \(tcp/);
    expect(run.cause('idp-outage').verdict).toBe('ruled-out');
  });

  test.concurrent('gets no second question beside a dry call', async () => {
    const { idp, posts } = await start();
    const client = { clientId: CLIENT.id, clientSecret: `file:${file(CLIENT.secret)}` };
    const run = await diagnose({ provider: { issuer: idp.issuer, emptyPost: true, ...client } });
    expect(posts).toMatchObject([
      { path: '/token', authorization: expect.stringMatching(/^Basic /) },
      { path: '/token/introspection', ...bare },
    ]);
    expect(run.codes).toEqual(expect.arrayContaining(['provider/client-accepted', 'provider/healthy']));
  });

  test.concurrent.each([
    ['the flag', ['--empty-post'], {}],
    ['the environment', [], { SESSDOCTOR_EMPTY_POST: 'true' }],
  ] as const)('is asked so by %s too', async (_name, flags, env) => {
    const { idp, posts } = await start();
    const args = ['diagnose', '--issuer', idp.issuer, '--ntp', 'none', '--format', 'json', ...flags];
    const run = await runBin(args, { env });
    expect(posts).toHaveLength(2);
    expect(run.stdout).toContain('"provider/healthy"');
  });
});

describe('a token endpoint that answers an empty POST', () => {
  const healthy: readonly [string, Reply][] = [
    ['with 401 and an OAuth error', [401, JSON_TYPE, '{"error":"invalid_client"}']],
    ['with 403 and an OAuth error', [403, JSON_TYPE, '{"error":"access_denied"}']],
    ['with 200 and an OAuth error', [200, JSON_TYPE, '{"error":"incorrect_client_credentials"}']],
    ['with a bare 401', [401, '', '']],
  ];
  test.concurrent.each(healthy)('%s is alive', async (_name, answer) => {
    const { run, sent } = await look({ token: reply(answer) });
    expect(sent).toEqual(['POST /token']);
    expect(run.codes).toContain('provider/healthy');
  });

  const unlike: readonly [string, Reply, string][] = [
    ['404 in plain text', [404, 'text/plain', 'no'], '404 and a body that is not JSON (text/plain)'],
    ['405', [405, '', ''], '405 and an empty body'],
    ['a firewall’s page', [403, 'text/html', '<html>Blocked'], '403 and a web page (text/html)'],
    ['a front page', [200, 'text/html', '<html>Welcome'], '200 and a web page (text/html)'],
    ['JSON of another kind', [400, JSON_TYPE, '{"message":"no"}'], '400 and JSON without an OAuth error'],
    ['a gateway’s 403', [403, JSON_TYPE, '{"error":"Forbidden"}'], '403 and the error Forbidden'],
    ['a redirect', [307, '', '', { location: '/elsewhere' }], '307 and an empty body'],
  ];
  test.concurrent.each(unlike)('with %s was reached, which is no outage', async (_name, answer, words) => {
    const { run, sent, origin } = await look({ token: reply(answer) });
    expect(sent).toEqual(['POST /token']);
    expect(run.finding('provider/unlike-oauth')).toMatchObject({
      subject: 'token',
      detail: `from this host, the token endpoint (${origin}/token) answered an empty POST with ${words}`,
    });
    expect(run.codes.filter((code) => /healthy|failing|unobtainable/.test(code))).toEqual([]);
    expect(run.cause('idp-outage')).toMatchObject({ verdict: 'possible', bits: -1 });
  });

  test.concurrent('with 503 is a possible outage, and a likely one when nobody can log in', async () => {
    const token = reply([503, JSON_TYPE, '{}']);
    const { run, sent, origin } = await look({ token });
    // A limiter's 503 is asked about again elsewhere; a POST is not.
    expect(sent).toEqual(['POST /token']);
    expect(run.finding('provider/tokens-unobtainable')?.detail).toBe(
      `from this host, the token endpoint (${origin}/token) answered 503 to an empty POST, while 3 of the other endpoints answered`,
    );
    expect(run.finding('provider/endpoint-failing')?.detail).toMatch(/answered 503; 3 other endpoints/);
    expect(run.cause('idp-outage').verdict).toBe('possible');
    const told = await look({ token, symptoms: { login: 'fails' } });
    expect(told.run.cause('idp-outage').verdict).toBe('likely');
  });

  test.concurrent('with 503, as introspection does, is a likely outage', async () => {
    const [token, introspection] = [reply([503, '', '']), reply([502, '', ''])];
    const { run, sent } = await look({ token, introspection });
    expect(sent).toEqual(['POST /token', 'POST /introspect']);
    expect(run.finding('provider/errors')?.detail).toMatch(
      /2 of 5 endpoints fail: the token endpoint 503 and introspection 502$/,
    );
    expect(run.cause('idp-outage').verdict).toBe('likely');
  });

  test.concurrent('with its program’s own error may just be careless', async () => {
    const { run } = await look({ token: reply([500, '', '']) });
    expect(run.finding('provider/endpoint-failing')?.detail).toMatch(/500 to a request without parameters; /);
    expect(run.codes).not.toContain('provider/tokens-unobtainable');
  });

  test.concurrent('with 429 limits requests', async () => {
    const { run, sent } = await look({ token: reply([429, '', '', { 'retry-after': '30' }]) });
    expect(sent).toEqual(['POST /token']);
    expect(run.finding('provider/throttled')).toMatchObject({
      subject: 'token',
      detail: expect.stringMatching(/\/token\) answered 429 with Retry-After: 30$/),
    });
  });

  test.concurrent('with nothing stalls in the headers', async () => {
    const { run, sent } = await look({ token: () => {} });
    expect(sent).toEqual(['POST /token']);
    expect(endpoint(run, 'token')).toMatchObject({ answered: false, kind: 'timeout', phase: 'headers' });
    expect(run.finding('provider/endpoint-failing')?.detail).toMatch(
      /^the token endpoint: from this host, .* had not answered the request after \d\.\d s; 3 other endpoints/,
    );
    expect(run.cause('idp-outage').verdict).toBe('possible');
  });

  test.concurrent('by refusing the connection denies tokens', async () => {
    const port = await freePort();
    const { run } = await look({ document: () => ({ token_endpoint: `http://127.0.0.1:${port}/token` }) });
    expect(endpoint(run, 'token')).toMatchObject({ answered: false, kind: 'refused', phase: 'tcp' });
    expect(run.finding('provider/tokens-unobtainable')?.detail).toMatch(
      /gave no answer \(refused in tcp\) to an empty POST, while 3 of/,
    );
  });
});

describe('introspection', () => {
  test.concurrent.each([
    ['an answer for nobody', [200, JSON_TYPE, '{"active":false}'], 'healthy'],
    ['a refusal', ALIVE, 'healthy'],
    ['a web page', [200, 'text/html', '<html>'], 'unlike-oauth'],
  ] as const)('gives %s', async (_name, answer, slug) => {
    const { run } = await look({ introspection: reply(answer) });
    expect(run.codes).toContain(`provider/${slug}`);
  });

  test.concurrent('alone that fails is an endpoint that fails, and login does not need it', async () => {
    const { run } = await look({ introspection: reply([503, '', '']) });
    expect(run.finding('provider/endpoint-failing')).toMatchObject({ subject: 'introspection' });
    expect(run.codes).not.toContain('provider/tokens-unobtainable');
  });
});

describe('where an empty POST goes', () => {
  test.concurrent('not to another host that a document without TLS names', async () => {
    const other = keep(await site(reply(ALIVE)));
    const { run, sent } = await look({
      introspection: reply(ALIVE),
      document: () => ({ token_endpoint: `http://localhost:${other.port}/shutdown` }),
    });
    expect(sent).toEqual(['POST /introspect']);
    expect(endpoint(run, 'token')).toBeUndefined();
    expect(run.finding('provider/healthy-but-token-unasked')?.detail).toMatch(
      /; the token endpoint was not asked \(discovery names it on another host, localhost, and did not itself come over verified TLS without a redirect\)$/,
    );
  });

  test.concurrent('to the token endpoint where the secret is kept back', async () => {
    const { run, sent } = await look({
      document: () => ({ token_endpoint_auth_methods_supported: ['private_key_jwt'] }),
      provider: { clientId: 'web', clientSecret: `file:${file('a-secret-that-stays-at-home')}` },
    });
    expect(sent).toEqual(['POST /token']);
    expect(run.codes).toEqual(expect.arrayContaining(['provider/client-not-tried', 'provider/healthy']));
  });

  const discovered = (urls: Discovered['facts']['urls'], proven: boolean): Discovered => ({
    url: 'https://id.test/.well-known/openid-configuration',
    form: 'oidc',
    facts: { issuer: 'https://id.test', urls, algorithms: [], clientAuthentication: null },
    proven,
    redirected: false,
  });
  const asked = (...given: Parameters<typeof discovered>) =>
    emptyPosts(discovered(...given), false, 1).questions.map((one) => `${one.endpoint} ${one.url}`);

  test('to another host by a document over verified TLS only, and to the same host in any case', () => {
    const urls = { token_endpoint: 'https://oauth2.test/token' };
    expect(asked(urls, true)).toEqual(['token https://oauth2.test/token']);
    expect(asked(urls, false)).toEqual([]);
    expect(asked({ token_endpoint: 'https://id.test:8443/t' }, false)).toEqual([
      'token https://id.test:8443/t',
    ]);
  });

  test('once where two endpoints are one, and without what the URL holds as a credential', () => {
    const url = 'https://web:hunter2@id.test/oauth';
    expect(asked({ token_endpoint: url, introspection_endpoint: url }, true)).toEqual([
      'token https://id.test/oauth',
    ]);
  });

  test.concurrent('nowhere when the probe’s time is up, and that is no fault of the endpoint’s', async () => {
    const { run, sent } = await look({ userinfo: () => {}, timeout: '1s' });
    expect(sent).toEqual([]);
    expect(endpoint(run, 'token')).toMatchObject({ answered: false, kind: 'aborted', code: 'NOT_STARTED' });
    expect(run.finding('provider/endpoint-failing')?.subject).toBe('userinfo');
    expect(run.codes).not.toContain('provider/tokens-unobtainable');
  });
});

test('an observation of before that could be asked for is examined as it was', async () => {
  const { run } = await look({ provider: { emptyPost: false } });
  const { unposted, ...old } = seenBy(run);
  expect(unposted).toBeNull();
  const observations = run.evidence.observations.map((one) =>
    one.probe === 'provider' && one.status === 'ran' ? { ...one, seen: old } : one,
  );
  const examined = again(run.evidence, { observations });
  expect(examined.report).toEqual(run.report);
  expect(examined.codes).toContain('provider/healthy-but-token-unasked');
});
