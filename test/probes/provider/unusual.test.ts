import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exitCode } from '../../../src/diagnose/exit-code.ts';
import { issue } from '../../support/certificates.ts';
import { startNginx } from '../../support/edges.ts';
import { signingKey } from '../../support/oidc.ts';
import { diagnose, file, type Run, site } from './support.ts';

const open: (() => unknown)[] = [];
let [one, two] = [{} as JWK, {} as JWK];

beforeAll(async () => {
  [one, two] = await Promise.all([signingKey('k1'), signingKey('k2')]);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

type Handler = (path: string, request: IncomingMessage, response: ServerResponse) => boolean;

interface Shape {
  readonly keys?: readonly JWK[];
  /** What stands between host and well-known. */
  readonly path?: string;
  readonly issuer?: (origin: string) => string;
  readonly more?: object;
  /** Answers first; true when it did. */
  readonly before?: Handler;
}

function json(response: ServerResponse, value: object, status = 200, headers: object = {}): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
  return true;
}

/** A provider that is healthy, whatever else may be odd about it. */
async function provider({ keys = [shown(one)], path = '', issuer, more, before }: Shape = {}) {
  const requests: string[] = [];
  const started = await site((request, response) => {
    const origin = `http://${request.headers.host}`;
    const at = new URL(request.url ?? '/', origin).pathname;
    requests.push(`${request.method} ${request.url}`);
    if (before?.(at, request, response)) return;
    if (at === `${path}/.well-known/openid-configuration`)
      json(response, {
        issuer: issuer?.(origin) ?? `${origin}${path}`,
        jwks_uri: `${origin}/jwks`,
        token_endpoint: `${origin}/token`,
        userinfo_endpoint: `${origin}/me`,
        authorization_endpoint: `${origin}/auth`,
        ...more,
      });
    else if (at === '/jwks') json(response, { keys });
    else if (at === '/me') json(response, { error: 'invalid_token' }, 401);
    else if (at === '/auth' || at === '/token') json(response, { error: 'invalid_request' }, 400);
    else json(response, {}, 404);
  });
  open.push(started.close);
  return { ...started, requests };
}

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi'];

function shown(key: JWK): JWK {
  return Object.fromEntries(Object.entries(key).filter(([name]) => !PRIVATE.includes(name)));
}

async function token(key: JWK, iss: string, alg = 'RS256'): Promise<string> {
  return new SignJWT({ iss })
    .setProtectedHeader({ alg, ...(key.kid !== undefined && { kid: key.kid }) })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(await importJWK(key, alg));
}

async function anyKey(alg: string, kid?: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), ...(kid !== undefined && { kid }) };
}

function expectAcquitted(run: Run): void {
  expect(run.report.causes.filter((cause) => /^(?:confirmed|likely|possible)$/.test(cause.verdict))).toEqual(
    [],
  );
  expect(run.report.status).toBe('clear');
  const critical = run.codes.filter((code) => run.finding(code)?.level === 'critical');
  expect(critical).toEqual([]);
}

describe('healthy and unusual is not convicted', () => {
  test.each(['EdDSA', 'ES512', 'PS256'])('%s, with neither alg nor use', async (alg) => {
    const key = await anyKey(alg, 'odd');
    const { origin } = await provider({ keys: [shown(key)] });
    const samples = [file(await token(key, origin, alg))];
    const run = await diagnose({ provider: { issuer: origin }, credentials: { samples } });
    expectAcquitted(run);
    expect(run.codes).toContain('provider/kid-present');
  });

  test('one key of each kind without kid', async () => {
    const [rsa, ec] = await Promise.all([anyKey('RS256'), anyKey('ES256')]);
    const { origin } = await provider({ keys: [shown(rsa), shown(ec)] });
    const samples = [file(await token(rsa, origin))];
    const run = await diagnose({ provider: { issuer: origin }, credentials: { samples } });
    expectAcquitted(run);
    expect(run.codes).not.toContain('provider/keys-without-kid');
  });

  test.each([
    ['an encryption key', { use: 'enc', alg: 'RSA-OAEP' }],
    ['the same key for another algorithm', { alg: 'PS256' }],
  ])('%s under the kid of the signing key', async (_, odd) => {
    const { origin } = await provider({ keys: [{ ...shown(one), ...odd }, shown(one)] });
    const samples = [file(await token(one, origin))];
    const run = await diagnose({ provider: { issuer: origin }, credentials: { samples } });
    expectAcquitted(run);
    expect(run.codes).not.toContain('provider/duplicate-kid');
  });

  test('a key that is published as a certificate alone', async () => {
    const { cert, key } = issue({ name: 'signer' });
    const x5c = [cert.replace(/-----[^-]+-----|\s/g, '')];
    const { origin } = await provider({ keys: [{ kty: 'EC', kid: 'x', x5c }] });
    const signed = await new SignJWT({ iss: origin })
      .setProtectedHeader({ alg: 'ES256', kid: 'x' })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(createPrivateKey(key));
    const run = await diagnose({
      provider: { issuer: origin },
      credentials: { samples: [file(signed)] },
    });
    expectAcquitted(run);
    expect(run.codes).toContain('credentials/verifies-current');
  });

  test('hundreds of keys', async () => {
    const many = Array.from({ length: 400 }, (_, index) => ({ ...shown(two), kid: `old-${index}` }));
    const { origin } = await provider({ keys: [...many, shown(one)] });
    const samples = [file(await token(one, origin))];
    const run = await diagnose({ provider: { issuer: origin }, credentials: { samples } });
    expectAcquitted(run);
    expect(run.codes).toContain('provider/kid-present');
  });

  test('an issuer with a path and a slash behind it', async () => {
    const { origin } = await provider({ path: '/realms/a', issuer: (at) => `${at}/realms/a/` });
    const issuer = `${origin}/realms/a/`;
    const run = await diagnose({
      provider: { issuer },
      credentials: { samples: [file(await token(one, issuer))], expect: { issuer } },
    });
    expectAcquitted(run);
    expect(run.codes).toContain('provider/issuer-match');
  });

  test('tokens of a second issuer among those of this one: another host, or another realm', async () => {
    const { origin } = await provider({ path: '/realms/a' });
    for (const other of ['https://login.other.example', `${origin}/realms/b`]) {
      const samples = [file(`${await token(one, `${origin}/realms/a`)}\n${await token(two, other)}`)];
      const run = await diagnose({ provider: { issuer: `${origin}/realms/a` }, credentials: { samples } });
      expectAcquitted(run);
      expect(run.finding('provider/other-issuer')?.subject).toBe(other);
      const bare = await diagnose({ provider: { jwksUri: `${origin}/jwks` }, credentials: { samples } });
      expectAcquitted(bare);
    }
  });

  test('a multi-tenant document', async () => {
    const { origin } = await provider({ path: '/common/v2.0', issuer: (at) => `${at}/{tenantid}/v2.0` });
    const samples = [file(await token(one, `${origin}/8f6c-11/v2.0`))];
    const run = await diagnose({ provider: { issuer: `${origin}/common/v2.0` }, credentials: { samples } });
    expectAcquitted(run);
    expect(run.codes).toContain('credentials/claims-accepted');
  });

  test('an inner address of a provider whose tokens carry its public name', async () => {
    const issuer = 'https://login.app.example';
    const { origin } = await provider({ issuer: () => issuer });
    const samples = [file(await token(one, issuer))];
    const run = await diagnose({ provider: { issuer: origin }, credentials: { samples } });
    expectAcquitted(run);
    expect(run.codes).toContain('provider/issuer-alias');
  });

  test('a redirect to the document is said, and what is behind it is read', async () => {
    const started = await provider({
      before: (at, _, response) => {
        if (!at.startsWith('/.well-known')) return false;
        response.writeHead(302, { location: `/v1${at}` });
        response.end();
        return true;
      },
      path: '/v1',
      issuer: (at) => at,
    });
    const samples = [file(await token(one, started.origin))];
    const run = await diagnose({ provider: { issuer: started.origin }, credentials: { samples } });
    expect(run.report.status).toBe('clear');
    expect(run.codes).toContain('credentials/verifies-current');
    expect(run.finding('provider/redirected')?.detail).toContain('/v1/.well-known/openid-configuration');
    expect(run.codes).toContain('provider/issuer-match');
    expect(started.requests).toContain('GET /jwks');
    expect(run.report.causes.filter((cause) => /^(?:confirmed|likely)$/.test(cause.verdict))).toEqual([]);
  });

  test.each([
    ['429', 'limit_req_status 429;'],
    ['503', ''],
  ])('a limiter that answers %s to several requests at once', async (status, line) => {
    const { port } = await provider();
    const nginx = await startNginx([port], {
      http: `limit_req_zone $binary_remote_addr zone=all:1m rate=2r/s; ${line}`,
      server: 'limit_req zone=all burst=1 nodelay;',
    });
    open.push(nginx.stop);
    const run = await diagnose({ provider: { issuer: nginx.url } });
    expectAcquitted(run);
    expect(run.finding('provider/limits-bursts')?.detail).toContain(`answered ${status} among others`);
  });

  test('a careless 500 to requests without parameters is no outage, beside a 503 it is', async () => {
    for (const [token500, verdict] of [
      [500, 'possible'],
      [503, 'likely'],
    ] as const) {
      const { origin } = await provider({
        before: (at, _, response) => {
          if (at === '/me') return json(response, {}, 500);
          return at === '/auth' && json(response, {}, token500, { 'retry-after': '60' });
        },
      });
      const run = await diagnose({ provider: { issuer: origin } });
      expect(run.cause('idp-outage').verdict).toBe(verdict);
    }
  });
});

describe('copies of the key set behind an nginx that caches and adds no Age', () => {
  async function cached(key: string) {
    let keys = [shown(one)];
    const { origin, port } = await provider({
      before: (at, _, response) =>
        at === '/jwks' && json(response, { keys }, 200, { 'cache-control': 'public, max-age=3600' }),
    });
    const nginx = await startNginx([port], {
      server: `location /jwks { proxy_pass http://apps; proxy_cache c; ${key} }`,
    });
    open.push(nginx.stop);
    await (await fetch(`${nginx.url}/jwks`)).text();
    return { issuer: nginx.url, origin, rotate: (...next: JWK[]) => (keys = next.map(shown)) };
  }

  test('a new key that the cache has not seen is stale, not withdrawn', async () => {
    const { issuer, rotate } = await cached('');
    rotate(one, two);
    const after = [file(await token(two, issuer))];
    const run = await diagnose({ provider: { issuer }, credentials: { after } });
    expect(run.codes).toContain('provider/kid-at-origin-only');
    expect(run.cause('jwks-stale-or-throttled').verdict).toBe('confirmed');
    expect(run.cause('jwks-key-withdrawn').verdict).toBe('ruled-out');
  });

  test('a cache that cannot be passed convicts nobody of withdrawing, and the origin tells', async () => {
    const { issuer, origin, rotate } = await cached('proxy_cache_key $uri;');
    rotate(one, two);
    const after = [file(await token(two, issuer))];
    const blind = await diagnose({ provider: { issuer }, credentials: { after } });
    expect(blind.codes).toContain('provider/new-kid-missing');
    expect(blind.cause('jwks-key-withdrawn').verdict).toMatch(/possible|unlikely/);
    const told = await diagnose({ provider: { issuer, origin }, credentials: { after } });
    expect(told.cause('jwks-stale-or-throttled').verdict).toBe('confirmed');
  });

  test('a key that only the cache still has is on its way out, and its presence clears nobody', async () => {
    const { issuer, rotate } = await cached('');
    rotate(two);
    const run = await diagnose({
      provider: { issuer },
      credentials: { samples: [file(await token(one, issuer))] },
    });
    expect(run.finding('provider/kid-in-old-copy-only')?.detail).toMatch(/still has it, and may live until/);
    expect(run.codes).not.toContain('provider/kid-present');
    expect(run.cause('jwks-key-withdrawn').verdict).toBe('likely');
    expect(exitCode(run.report, 'likely')).toBe(1);
  });
});

describe('the client’s secret', () => {
  const secret = 'a/secret+with=signs&more';
  const client = () => ({ clientId: 'me', clientSecret: `file:${file(secret)}` });

  async function tls(handler: (origin: string, response: ServerResponse) => void) {
    const { cert, key } = issue({ name: 'idp.test', names: ['IP:127.0.0.1'] });
    const posts: string[] = [];
    const server = createTlsServer({ cert, key }, (request, response) => {
      if (request.method === 'POST') posts.push(request.headers.authorization ?? '');
      handler(`https://${request.headers.host}`, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(() => server.close());
    const address = server.address();
    return {
      cert,
      posts,
      origin: `https://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    };
  }

  test('does not follow a discovery document that anybody may have written', async () => {
    const thief = await tls((_, response) => json(response, { error: 'invalid_grant' }, 400));
    const between = await tls((issuer, response) =>
      json(response, { issuer, token_endpoint: `${thief.origin}/token` }),
    );
    const run = await diagnose({
      provider: { issuer: between.origin, caFile: file(thief.cert), ...client() },
    });
    expect(thief.posts).toEqual([]);
    expect(run.finding('provider/client-not-tried')?.detail).toContain('does not verify');
    expect(run.codes).not.toContain('provider/client-accepted');
  });

  test('does not leave TLS, nor, without it, the host', async () => {
    const posts: string[] = [];
    const plain = await provider({
      before: (_, request, response) => {
        posts.push(request.method ?? '');
        return json(response, { error: 'invalid_grant' }, 400);
      },
    });
    const secure = await tls((issuer, response) =>
      json(response, { issuer, token_endpoint: `${plain.origin}/token` }),
    );
    const elsewhere = await provider({
      more: { token_endpoint: `${plain.origin.replace('127.0.0.1', 'localhost')}/token` },
    });
    for (const issuer of [secure.origin, elsewhere.origin]) {
      const run = await diagnose({ provider: { issuer, caFile: file(secure.cert), ...client() } });
      expect(run.codes).toContain('provider/client-not-tried');
    }
    expect(posts).toEqual([]);
  });

  test.each([
    ['the header as RFC 7617 has it, unlike RFC 6749', ['client_secret_basic'], 'bare'],
    ['the body only, and says so', ['client_secret_post'], 'body'],
    ['the body only, and does not say so', undefined, 'body'],
  ])('is accepted by a provider that takes it from %s', async (_, methods, how) => {
    const bodies: string[] = [];
    const { origin } = await provider({
      more: { token_endpoint_auth_methods_supported: methods },
      before: (at, request, response) => {
        if (at !== '/token') return false;
        let text = '';
        request.on('data', (chunk: Buffer) => (text += chunk.toString()));
        request.on('end', () => {
          bodies.push(text);
          const basic = Buffer.from(
            (request.headers.authorization ?? '').replace('Basic ', ''),
            'base64',
          ).toString();
          const posted = new URLSearchParams(text).get('client_secret');
          const right = how === 'bare' ? basic === `me:${secret}` : posted === secret;
          json(response, { error: right ? 'invalid_grant' : 'invalid_client' }, right ? 400 : 401);
        });
        return true;
      },
    });
    const run = await diagnose({ provider: { issuer: origin, ...client() } });
    expect(run.codes).toContain('provider/client-accepted');
    expect(run.cause('trust-credential-expired').verdict).toBe('ruled-out');
    expect(bodies.length).toBeLessThanOrEqual(2);
    expect(bodies.every((body) => body.startsWith('grant_type=refresh_token&'))).toBe(true);
    const said = JSON.stringify([run.evidence, run.report]);
    for (const leak of [secret, encodeURIComponent(secret), Buffer.from(`me:${secret}`).toString('base64')])
      expect(said).not.toContain(leak);
  });

  test('is not sent to a provider that takes none', async () => {
    const { origin, requests } = await provider({
      more: { token_endpoint_auth_methods_supported: ['private_key_jwt'] },
    });
    const run = await diagnose({ provider: { issuer: origin, ...client() } });
    expect(run.finding('provider/client-not-tried')?.detail).toContain('private_key_jwt');
    expect(requests.every((line) => line.startsWith('GET '))).toBe(true);
  });
});

describe('nothing hangs and nothing falls', () => {
  test('an earlier copy that never comes costs the rest nothing', async () => {
    const { origin } = await provider();
    const silent = await site(() => {});
    open.push(silent.close);
    const run = await diagnose({ provider: { issuer: origin, before: `${silent.origin}/jwks` } });
    expect(run.finding('provider/earlier-copy-unread')?.detail).toContain('from this host');
    expect(run.codes).toContain('provider/healthy-but-token-unasked');
  });

  test('a file that is no metadata is the operator’s mistake, while the provider is still being asked', async () => {
    const { origin } = await provider({
      before: (_, __, response) => {
        setTimeout(() => json(response, { issuer: 'https://a.test' }), 300);
        return true;
      },
    });
    await expect(diagnose({ provider: { issuer: origin, saml: [file('none')] } })).rejects.toThrow(
      'is no SAML metadata',
    );
  });

  test('where a login page lies is not kept: it may name the session', async () => {
    const { origin } = await provider({
      before: (at, _, response) => {
        if (at !== '/auth') return false;
        response.writeHead(302, { location: '/login/Secret-Interaction-Id;jsessionid=Secret-Session' });
        response.end();
        return true;
      },
    });
    const { evidence, report } = await diagnose({ provider: { issuer: origin } });
    expect(JSON.stringify([evidence, report])).not.toContain('Secret-');
  });
});

describe('no way there', () => {
  test('the kernel’s own ENETUNREACH, without a packet on any wire', async () => {
    // TCP to a broadcast address has no route by definition.
    const run = await diagnose({ provider: { issuer: 'http://127.255.255.255:8080' } });
    expect(run.finding('provider/unreachable')).toMatchObject({
      blind: true,
      data: { phase: 'tcp', code: 'ENETUNREACH' },
    });
    expect(run.finding('provider/unreachable')?.detail).toContain('from this host, there is no way to');
    expect(exitCode(run.report, 'likely')).toBe(3);
  });
});
