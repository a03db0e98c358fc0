import { createRemoteJWKSet, type JWK, jwtVerify } from 'jose';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { exitCode } from '../../../src/diagnose/exit-code.ts';
import { CLIENT, type Idp, signingKey, startIdp } from '../../support/oidc.ts';
import { freePort } from '../../support/port.ts';
import { diagnose, file, type Site, site } from './support.ts';

const open: { close(): Promise<void> }[] = [];
let old: JWK;
let fresh: JWK;

beforeAll(async () => {
  [old, fresh] = await Promise.all([signingKey('k-old'), signingKey('k-new')]);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function idp(...keys: JWK[]): Promise<Idp> {
  const started = await startIdp(...keys);
  open.push(started);
  return started;
}

async function front(handler: Parameters<typeof site>[0]): Promise<Site> {
  const started = await site(handler);
  open.push(started);
  return started;
}

test('a healthy provider clears itself, its keys and its issuer', async () => {
  const { issuer, token, requests } = await idp(old);
  const samples = [file(await token())];
  requests.length = 0;
  const run = await diagnose({ provider: { issuer }, credentials: { samples } });
  expect(run.codes).toEqual(
    expect.arrayContaining([
      'provider/healthy-but-token-unasked',
      'provider/kid-present',
      'provider/issuer-match',
      'provider/latency',
    ]),
  );
  // The token endpoint was not looked at.
  expect(run.cause('idp-outage').verdict).toBe('unlikely');
  expect(run.cause('jwks-key-withdrawn').verdict).toBe('ruled-out');
  expect(run.report.status).toBe('clear');
  expect(exitCode(run.report, 'likely')).toBe(0);
  expect(requests.every((line) => line.startsWith('GET '))).toBe(true);
  expect(requests.join()).not.toContain('/token');
});

test('health an hour later does not rule out an outage that ended before', async () => {
  const { issuer } = await idp(old);
  const run = await diagnose({ provider: { issuer }, incident: { since: '1h' } });
  expect(run.codes).toContain('provider/healthy-but-token-unasked');
  expect(run.cause('idp-outage').verdict).toBe('unlikely');
});

test('a kid withdrawn from the real provider is named, and confirmed', async () => {
  const started = await idp(old);
  const samples = [file(await started.token())];
  started.use(fresh);
  const run = await diagnose({ provider: { issuer: started.issuer }, credentials: { samples } });
  expect(run.finding('provider/kid-missing')).toMatchObject({ subject: 'k-old', level: 'critical' });
  expect(run.finding('provider/kid-missing')?.detail).toContain('lists k-new');
  expect(run.report.causes[0]).toMatchObject({ id: 'jwks-key-withdrawn', verdict: 'confirmed' });
  expect(run.cause('idp-outage').verdict).toBe('unlikely');
});

test('a kid that is gone after its tokens had expired is a rotation well done', async () => {
  const started = await idp(old);
  const token = await started.token();
  started.use(fresh);
  const run = await diagnose({
    provider: { issuer: started.issuer },
    credentials: { samples: [file(token)] },
  });
  const later = new Date(Date.now() + 86_400_000 * 30).toISOString();
  const { again } = await import('./support.ts');
  const replay = again(run.evidence, { startedAt: later });
  expect(replay.codes).toContain('provider/kid-retired');
  expect(replay.codes).not.toContain('provider/kid-missing');
});

test('a saved key set that still lists a withdrawn key clears nobody of withdrawing it', async () => {
  const started = await idp(old);
  const samples = [file(await started.token())];
  const jwks = file(await (await fetch(`${started.issuer}/jwks`)).text());
  started.use(fresh);
  const run = await diagnose({
    provider: { issuer: started.issuer },
    credentials: { samples, after: [file(await started.token())], jwks },
  });
  expect(run.finding('provider/kid-in-old-copy-only')?.detail).toContain(`${jwks} still has it`);
  expect(run.report.causes[0]).toMatchObject({ id: 'jwks-key-withdrawn', verdict: 'likely' });
  expect(exitCode(run.report, 'likely')).toBe(1);
});

test('a kid that the origin has and the edge’s copy has not is stale, not withdrawn', async () => {
  const started = await idp(old);
  const jwks = await (await fetch(`${started.issuer}/jwks`)).text();
  started.use(old, fresh);
  // The edge keeps the old copy whatever it is asked with.
  started.front((next) => (request, response) => {
    if (!request.url?.startsWith('/jwks')) return next(request, response);
    response.setHeader('Age', '1200');
    response.setHeader('Cache-Control', 'public, max-age=3600');
    response.setHeader('Content-Type', 'application/jwk-set+json');
    response.end(jwks);
  });
  const origin = await front(started.bare);
  started.use(fresh, old);
  const samples = [file(await started.token())];
  const run = await diagnose({
    provider: { issuer: started.issuer, origin: origin.origin },
    credentials: { after: samples },
  });
  const finding = run.finding('provider/kid-at-origin-only');
  expect(finding).toMatchObject({ subject: 'k-new' });
  expect(finding?.detail).toMatch(/public copy \(1200 s old\) does not; that copy may live until \d{4}-/);
  expect(run.report.causes[0]).toMatchObject({ id: 'jwks-stale-or-throttled', verdict: 'confirmed' });
  expect(run.cause('jwks-key-withdrawn').verdict).not.toBe('likely');
});

test('without an origin, a copy fetched past the cache tells the same', async () => {
  const started = await idp(old);
  const jwks = await (await fetch(`${started.issuer}/jwks`)).text();
  started.front((next) => (request, response) => {
    if (request.url !== '/jwks') return next(request, response);
    response.setHeader('X-Cache', 'HIT');
    response.end(jwks);
  });
  started.use(fresh, old);
  const samples = [file(await started.token())];
  const run = await diagnose({ provider: { issuer: started.issuer }, credentials: { after: samples } });
  expect(run.finding('provider/kid-at-origin-only')?.detail).toContain('copy fetched past the cache has it');
});

test('when only a cached copy can be seen, nobody is convicted', async () => {
  const started = await idp(old);
  const samples = [file(await started.token())];
  started.use(fresh);
  started.front((next) => (request, response) => {
    if (request.url?.startsWith('/jwks?')) {
      response.statusCode = 403;
      response.end();
      return;
    }
    if (request.url === '/jwks') response.setHeader('Age', '10');
    next(request, response);
  });
  const run = await diagnose({ provider: { issuer: started.issuer }, credentials: { samples } });
  expect(run.codes).toContain('provider/kid-missing-in-cached-copy');
  expect(run.codes).not.toContain('provider/kid-missing');
});

test('refused: likely an outage, in the words of this host', async () => {
  const issuer = `http://127.0.0.1:${await freePort()}`;
  const run = await diagnose({ provider: { issuer } });
  expect(run.finding('provider/refused')).toMatchObject({ blind: true });
  expect(run.finding('provider/refused')?.detail).toMatch(
    /^from this host, 127\.0\.0\.1:\d+ refused the connection \(ECONNREFUSED\); 2 of 2/,
  );
  expect(run.cause('idp-outage').verdict).toBe('likely');
  expect(exitCode(run.report, 'likely')).toBe(1);
});

test('the client’s secret: right, wrong, and never shown', async () => {
  const started = await idp(old);
  const wrong = 'a-wrong-client-secret-of-the-tests';
  const of = (secret: string) =>
    diagnose({
      provider: { issuer: started.issuer, clientId: CLIENT.id, clientSecret: `file:${file(secret)}` },
    });
  const good = await of(CLIENT.secret);
  expect(good.codes).toContain('provider/client-accepted');
  expect(good.cause('trust-credential-expired').verdict).not.toBe('confirmed');
  const bad = await of(wrong);
  expect(bad.finding('provider/client-rejected')?.detail).toContain('401 invalid_client');
  expect(bad.report.causes[0]).toMatchObject({ id: 'trust-credential-expired', verdict: 'confirmed' });
  expect(started.requests.filter((line) => line.startsWith('POST'))).toEqual([
    'POST /token',
    'POST /token',
    'POST /token',
  ]);
  for (const run of [good, bad])
    for (const secret of [
      CLIENT.secret,
      wrong,
      Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64'),
    ])
      expect(JSON.stringify([run.evidence, run.report])).not.toContain(secret);
});

test('an earlier copy of the keys tells what was removed, added and replaced', async () => {
  const started = await idp(old);
  const { evidence } = await diagnose({ provider: { issuer: started.issuer } });
  const before = file(JSON.stringify(evidence));
  const same = await diagnose({ provider: { issuer: started.issuer, before } });
  expect(same.codes).toContain('provider/keys-unchanged');
  started.use(fresh);
  const rotated = await diagnose({ provider: { issuer: started.issuer, before } });
  expect(rotated.finding('provider/key-removed')?.subject).toBe('k-old');
  expect(rotated.finding('provider/key-added')?.subject).toBe('k-new');
  started.use({ ...fresh, kid: 'k-old' });
  const reused = await diagnose({ provider: { issuer: started.issuer, before } });
  expect(reused.finding('provider/key-reused')?.subject).toBe('k-old');
  const { d, p, q, dp, dq, qi, ...publicKey } = old;
  expect([d, p, q, dp, dq, qi].every((part) => typeof part === 'string')).toBe(true);
  const jwks = file(JSON.stringify({ keys: [publicKey] }));
  const byJwks = await diagnose({ provider: { issuer: started.issuer, before: jwks } });
  expect(byJwks.codes).toContain('provider/key-reused');
});

test('the slash that was typed behind a root issuer is not tidied away', async () => {
  const { issuer } = await idp(old);
  const run = await diagnose({ provider: { issuer: `${issuer}/` } });
  expect(run.finding('provider/issuer-slash')?.detail).toContain(`asked as "${issuer}/"`);
  expect(run.codes).not.toContain('provider/issuer-match');
  expect(run.cause('token-contract-changed').verdict).toBe('unlikely');
  const hidden = issuer.replace('//', '//somebody:p%40ss-canary@');
  const secret = await diagnose({ provider: { issuer: hidden } });
  expect(secret.codes).toContain('provider/issuer-match');
  expect(JSON.stringify(secret.evidence)).not.toMatch(/canary|somebody/);
});

test('a provider asked under another name than its own is a mismatch, to the character', async () => {
  const { issuer, token } = await idp(old);
  const asked = issuer.replace('127.0.0.1', 'localhost');
  const run = await diagnose({ provider: { issuer: asked } });
  expect(run.finding('provider/issuer-mismatch')?.detail).toBe(
    `asked as "${asked}", discovery says "${issuer}": they differ from character 8 on`,
  );
  expect(run.cause('token-contract-changed').verdict).toBe('possible');
  // A verifier that is configured so refuses every token; one slash is enough.
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  for (const wrong of [asked, `${issuer}/`])
    await expect(jwtVerify(await token(), keys, { issuer: wrong })).rejects.toMatchObject({
      code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
      claim: 'iss',
    });
});

test('an issuer that is not what the verifiers expect, by one byte', async () => {
  const started = await idp(old);
  const samples = [file(await started.token())];
  const run = await diagnose({
    provider: { issuer: started.issuer },
    credentials: { samples, expect: { issuer: `${started.issuer}/` } },
  });
  expect(run.finding('provider/issuer-not-expected')?.detail).toContain('differ only in the trailing slash');
  expect(run.report.causes[0]).toMatchObject({ id: 'token-contract-changed' });
});
