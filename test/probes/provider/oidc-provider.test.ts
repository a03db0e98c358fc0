import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Asked, listOf, type ProviderSeen } from '../../../src/probes/provider/seen.ts';
import { CLIENT, type Idp, signingKey, startIdp } from '../../support/oidc.ts';
import { diagnose, file, type Run } from './support.ts';

// The answers of the real oidc-provider, and how each is read.

let idp: Idp;
let run: Run;
let asked: readonly Asked[];

beforeAll(async () => {
  idp = await startIdp(await signingKey('k-a'));
  run = await diagnose({ provider: { issuer: idp.issuer } });
  const seen = run.evidence.observations.find((one) => one.probe === 'provider');
  asked = listOf(seen?.status === 'ran' ? (seen.seen as unknown as ProviderSeen).asked : []);
});
afterAll(() => idp.close());

test.each([
  ['discovery', { status: 200, contentType: 'application/json; charset=utf-8', shape: 'json' }],
  ['jwks', { status: 200, contentType: 'application/jwk-set+json; charset=utf-8', cacheControl: null }],
  ['userinfo', { status: 401, shape: 'json', error: 'invalid_token' }],
  ['authorization', { status: 400 }],
  ['end-session', { status: 200, shape: 'html' }],
] as const)('%s is alive, whatever its status', (endpoint, answer) => {
  expect(asked.find((one) => one.endpoint === endpoint)).toMatchObject({ answered: true, ...answer });
  expect(run.finding('provider/latency')?.detail).toMatch(
    new RegExp(`${endpoint === 'jwks' ? 'the key set' : endpoint}.* \\d+ ms \\(tcp \\d+, first byte \\d+\\)`),
  );
});

test('its key set sets no cache time, and that is said', () => {
  expect(run.finding('provider/cache-window')?.detail).toMatch(/^the answer sets no cache time; /);
});

test('what takes a POST is not asked without being told to, as a GET of it is a 404 at a healthy provider', async () => {
  expect(idp.requests.filter((line) => !line.startsWith('GET ') || line.includes('/token'))).toEqual([]);
  for (const path of ['/token', '/token/introspection'])
    expect((await fetch(`${idp.issuer}${path}`)).status).toBe(404);
  expect(run.codes).not.toContain('provider/healthy');
  expect(run.finding('provider/healthy-but-token-unasked')?.detail).toMatch(
    /^from this host, discovery, the key set, userinfo, the authorization endpoint and end-session answered within \d+ms; the token endpoint was not asked /,
  );
});

test.each([
  ['the right secret', CLIENT.secret, 'client-accepted', '400 invalid_grant', 'healthy'],
  ['a wrong one', 'a-wrong-secret-of-the-tests', 'client-rejected', '401 invalid_client', 'healthy'],
])('%s, by a refresh with a token that nobody issued', async (_, secret, slug, words, health) => {
  const told = { clientId: CLIENT.id, clientSecret: `file:${file(secret)}` };
  const dry = await diagnose({ provider: { issuer: idp.issuer, ...told } });
  expect(dry.finding(`provider/${slug}`)?.detail).toContain(
    `/token answered ${words} to a refresh with a token`,
  );
  expect(dry.codes).toContain(`provider/${health}`);
});

test('without a checked clock the provider’s Date judges the verifier’s token, and the message says so', async () => {
  const claims = (exp: number) => Buffer.from(JSON.stringify({ exp })).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const look = (exp: number) =>
    diagnose({ provider: { issuer: idp.issuer, verifierToken: `file:${file(`e30.${claims(exp)}.x`)}` } });
  const words = 'by the provider’s own Date, as this host’s clock was not checked';
  const [ended, good] = [await look(now - 86_400), await look(now + 9 * 86_400)];
  expect(ended.finding('provider/own-token-expired')?.detail).toMatch(new RegExp(`ago ${words}$`));
  expect(good.finding('provider/own-token-valid')?.detail).toMatch(new RegExp(`in .*d.* ${words}$`));
});
