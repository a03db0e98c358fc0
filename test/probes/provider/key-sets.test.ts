import {
  createRemoteJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Idp, signingKey, startIdp } from '../../support/oidc.ts';
import { diagnose, file, type Run } from './support.ts';

// What the real oidc-provider serves, what the real jose makes of it, and what is told, row by row.

let [a, b] = [{} as JWK, {} as JWK];
let idp: Idp;
let token = '';
let curve: JWK = {};
let nameless = '';

beforeAll(async () => {
  [a, b] = await Promise.all([signingKey('k-a'), signingKey('k-b')]);
  curve = await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey);
  idp = await startIdp(a);
  token = await idp.token();
  nameless = await signed((jwt) => jwt.setIssuedAt(), null);
});
afterEach(() => {
  idp.front((next) => next);
  idp.use(a);
  idp.requests.length = 0;
});
afterAll(() => idp.close());

async function signed(claims: (jwt: SignJWT) => SignJWT, kid: string | null = 'k-a'): Promise<string> {
  const jwt = claims(new SignJWT({ iss: idp.issuer }).setExpirationTime('3h'));
  return jwt
    .setProtectedHeader({ alg: 'RS256', ...(kid !== null && { kid }) })
    .sign(await importJWK(a, 'RS256'));
}

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi'];

function shown(key: JWK, over: object = {}): object {
  const open = Object.entries(key).filter(([name]) => !PRIVATE.includes(name));
  return { ...Object.fromEntries(open), ...over };
}

/** The provider, but for its key set. */
function serve(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  idp.front((next) => (request, response) => {
    if (!request.url?.startsWith('/jwks')) return next(request, response);
    response.writeHead(status, { 'content-type': 'application/jwk-set+json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

function remote(): ReturnType<typeof createRemoteJWKSet> {
  return createRemoteJWKSet(new URL(`${idp.issuer}/jwks`));
}

/** jose's verdict: `ok`, or its code. */
async function jose(text: string, keys = remote(), options: object = {}): Promise<string> {
  return jwtVerify(text, keys, options).then(
    () => 'ok',
    (error: unknown) => (error as { code: string }).code,
  );
}

async function look(text: string): Promise<Run> {
  return diagnose({ provider: { issuer: idp.issuer }, credentials: { samples: [file(text)] } });
}

const fetched = () => idp.requests.filter((line) => line === 'GET /jwks').length;

interface Row {
  readonly set: () => unknown;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A token without kid. */
  readonly nameless?: true;
  readonly jose: string;
  readonly code: string;
  readonly words: RegExp;
  /** Causes that may be named at all. */
  readonly causes: readonly string[];
}

const rows: Readonly<Record<string, Row>> = {
  'rotated without overlap': {
    set: () => ({ keys: [shown(b)] }),
    jose: 'ERR_JWKS_NO_MATCHING_KEY',
    code: 'kid-missing',
    words: /^1 sampled token \(before\) names k-a, which is not in the public copy, which lists k-b$/,
    causes: ['jwks-key-withdrawn confirmed'],
  },
  'a kid with other material': {
    set: () => ({ keys: [shown(b, { kid: 'k-a' })] }),
    jose: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    code: 'kid-present',
    words: /^k-a of the sampled tokens is in the public copy \(1 key\)$/,
    causes: ['secret-rotated-no-grace likely'],
  },
  'the same key twice': {
    set: () => ({ keys: [shown(a), shown(a)] }),
    jose: 'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
    code: 'duplicate-kid',
    words: /\/jwks lists k-a more than once$/,
    causes: [],
  },
  'two keys without kid': {
    set: () => ({ keys: [shown(a, { kid: undefined }), shown(b, { kid: undefined })] }),
    nameless: true,
    jose: 'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
    code: 'keys-without-kid',
    words: /^2 of 2 signing keys in .*\/jwks have no kid, and others could be meant$/,
    causes: [],
  },
  'no keys': {
    set: () => ({ keys: [] }),
    jose: 'ERR_JWKS_NO_MATCHING_KEY',
    code: 'no-keys',
    words: /\/jwks lists 0 keys, none of them for signatures$/,
    causes: ['jwks-key-withdrawn confirmed'],
  },
  'no member of that name': {
    set: () => ({ jwks: [] }),
    jose: 'ERR_JWKS_INVALID',
    code: 'key-set-unreadable',
    words: /\/jwks is JSON without a list of keys$/,
    causes: ['idp-outage possible'],
  },
  'no JSON': {
    set: () => 'keys',
    jose: 'ERR_JOSE_GENERIC',
    code: 'key-set-unreadable',
    words: /\/jwks is not JSON$/,
    causes: ['idp-outage possible'],
  },
  'a key for encryption': {
    set: () => ({ keys: [shown(a, { use: 'enc' }), shown(b)] }),
    jose: 'ERR_JWKS_NO_MATCHING_KEY',
    code: 'key-unfit',
    words: /^1 sampled token \(before\) names k-a, which is published with use "enc"$/,
    causes: ['token-contract-changed possible'],
  },
  'a key for another algorithm, beside one that fits': {
    set: () => ({ keys: [shown(a, { alg: 'PS256' }), shown(b)] }),
    jose: 'ERR_JWKS_NO_MATCHING_KEY',
    code: 'key-unfit',
    words: /names k-a, which is published with alg PS256, while the tokens are signed with RS256$/,
    causes: ['token-contract-changed possible'],
  },
  'a key for another algorithm alone': {
    set: () => ({ keys: [shown(a, { alg: 'PS256' })] }),
    jose: 'ERR_JWKS_NO_MATCHING_KEY',
    code: 'key-unfit',
    words: /alg PS256, while the tokens are signed with RS256$/,
    causes: ['token-contract-changed possible'],
  },
  'a key of another kind that says nothing of its algorithm': {
    set: () => ({ keys: [{ ...curve, kid: 'k-a' }, shown(b)] }),
    jose: 'ERR_JWKS_NO_MATCHING_KEY',
    code: 'key-unfit',
    words: /names k-a, which is published with an EC key on P-256, while the tokens are signed with RS256$/,
    // The kid has other material too, and a signature that cannot be tried fits nothing.
    causes: ['secret-rotated-no-grace likely', 'token-contract-changed possible'],
  },
  '503': {
    set: () => ({}),
    status: 503,
    headers: { 'retry-after': '60' },
    jose: 'ERR_JOSE_GENERIC',
    code: 'keys-unobtainable',
    words: /^from this host, the key set \(.*\/jwks\) answered 503, while 4 of the other endpoints answered$/,
    causes: ['idp-outage possible'],
  },
  '429': {
    set: () => ({}),
    status: 429,
    headers: { 'retry-after': '60' },
    jose: 'ERR_JOSE_GENERIC',
    code: 'throttled',
    words: /^from this host, the key set \(.*\/jwks\) answered 429 with Retry-After: 60$/,
    causes: ['idp-outage possible', 'jwks-stale-or-throttled possible'],
  },
  '302': {
    set: () => '',
    status: 302,
    headers: { location: '/elsewhere?a=1' },
    jose: 'ERR_JOSE_GENERIC',
    code: 'redirected',
    words: /^from this host, the key set \(.*\/jwks\) answered 302 to http:\/\/127\.0\.0\.1:\d+\/elsewhere$/,
    causes: [],
  },
};

test.each(Object.entries(rows))('%s', async (_, row) => {
  serve(row.set(), row.status, row.headers);
  const text = row.nameless ? nameless : token;
  expect(await jose(text)).toBe(row.jose);
  const run = await look(text);
  expect(run.finding(`provider/${row.code}`)?.detail).toMatch(row.words);
  const named = run.report.causes.filter(({ verdict }) => /^(?:confirmed|likely|possible)$/.test(verdict));
  expect(named.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(row.causes);
  const wellSaid = run.codes.filter((code) => code.startsWith('provider/healthy'));
  // The provider is well wherever it gave a key set, whatever stands in it.
  expect(wellSaid.length > 0).toBe(row.status === undefined && row.code !== 'key-set-unreadable');
});

test('a saved key set that has the kid for something else fits nothing, and says nothing of secrets', async () => {
  const jwks = file(JSON.stringify({ keys: [shown(a, { use: 'enc' }), shown(b)] }));
  const run = await diagnose({ credentials: { samples: [file(token)], jwks } });
  expect(run.codes).toContain('credentials/no-key');
  expect(run.codes).not.toContain('credentials/signature-bad-right-kid');
  expect(run.cause('secret-rotated-no-grace').for).toEqual([]);
});

describe('copies that verifiers hold', () => {
  test('for thirty seconds after a fetch a new kid causes no other, and the key set has it all the same', async () => {
    const held = remote();
    expect(await jose(token, held)).toBe('ok');
    idp.use(b, a);
    const fresh = await idp.token();
    expect(await jose(fresh, held)).toBe('ERR_JWKS_NO_MATCHING_KEY');
    expect(fetched()).toBe(1);
    const run = await look(fresh);
    expect(run.finding('provider/kid-present')?.subject).toBe('k-b');
    expect(run.finding('provider/cache-window')?.detail).toContain('by their own defaults: jose 10m, ');
  });

  test('an old token passes where the old set is held, and fails in a fresh process', async () => {
    const held = remote();
    expect(await jose(token, held)).toBe('ok');
    idp.use(b);
    expect(await jose(token, held)).toBe('ok');
    expect(await jose(token)).toBe('ERR_JWKS_NO_MATCHING_KEY');
    const run = await look(token);
    expect(run.codes).toContain('provider/kid-missing');
    expect(run.cause('jwks-key-withdrawn').story).toContain('the failure spreads in steps');
  });

  test.each([
    [undefined, 'the answer sets no cache time'],
    ['no-store', 'the answer allows 0ms of caching'],
    ['max-age=1', 'the answer allows 1s of caching'],
    ['public, max-age=86400', 'the answer allows 24h of caching'],
  ])('Cache-Control %s is not heeded by jose, and is told beside its own time', async (header, words) => {
    serve({ keys: [shown(a)] }, 200, header === undefined ? {} : { 'cache-control': header });
    const held = remote();
    expect(await jose(token, held)).toBe('ok');
    await new Promise((resolve) => setTimeout(resolve, header === 'max-age=1' ? 1300 : 0));
    expect(await jose(token, held)).toBe('ok');
    expect(fetched()).toBe(1);
    const run = await look(token);
    expect(run.finding('provider/cache-window')?.detail).toContain(
      `${words}; verifiers keep a set by their own defaults: jose 10m`,
    );
  });

  test('a key set slower than jose waits', async () => {
    idp.front((next) => (request, response) => {
      if (request.url !== '/jwks') next(request, response);
    });
    const asked = diagnose({ provider: { issuer: idp.issuer } });
    const [said, run] = await Promise.all([jose(token), asked]);
    expect(said).toBe('ERR_JWKS_TIMEOUT');
    expect(run.finding('provider/endpoint-failing')?.detail).toMatch(
      /^the key set: from this host, .* had not answered the request after 4\.\d s; 4 other endpoints answered$/,
    );
    expect(run.cause('idp-outage').verdict).toBe('possible');
  });
});

describe('tokens of a provider whose clock is ahead', () => {
  const HOUR = 3600;
  const soon = () => Math.floor(Date.now() / 1000) + HOUR;

  test('an iat to come passes jose, but not where it looks at the age', async () => {
    const text = await signed((jwt) => jwt.setIssuedAt(soon()));
    expect(await jose(text)).toBe('ok');
    expect(await jose(text, remote(), { maxTokenAge: '5h' })).toBe('ERR_JWT_CLAIM_VALIDATION_FAILED');
    const run = await look(text);
    expect(run.finding('credentials/future-by-unchecked-clock')?.detail).toMatch(
      /begin.* 59m 5\ds in the future by this host’s unchecked clock \(leeway 60s\)$/,
    );
    expect(run.cause('clock-skew').verdict).toBe('possible');
  });

  test('an nbf to come does not pass', async () => {
    const text = await signed((jwt) => jwt.setIssuedAt().setNotBefore(soon()));
    expect(await jose(text)).toBe('ERR_JWT_CLAIM_VALIDATION_FAILED');
    const run = await look(text);
    expect(run.cause('clock-skew').verdict).toBe('possible');
  });

  test('and to a clock that is ahead, a fresh token has expired', async () => {
    expect(await jose(token, remote(), { currentDate: new Date(Date.now() + HOUR * 1000) })).toBe(
      'ERR_JWT_EXPIRED',
    );
  });
});
