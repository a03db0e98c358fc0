import { createCipheriv } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/config/errors.ts';
import { advised } from '../../../src/diagnose/advice.ts';
import { Address } from '../../../src/config/secret.ts';
import { credentials } from '../../../src/probes/credentials/index.ts';
import type { Finding } from '../../../src/model.ts';
import type { Slug } from '../../../src/probes/credentials/findings.ts';
import { judged } from '../../support/look.ts';
import { samples, saltsOf } from '../../formats/samples.ts';
import { file, hs256, input, io, jwksFile, look, NOW, now, pair, secret } from './support.ts';

const OLD = 'the-old-secret-of-the-app-0123456789';
const NEW = 'the-new-secret-of-the-app-0123456789';

describe('a rotated secret', () => {
  it('is proved by tokens that verify with the previous one only', async () => {
    const seen = await look({
      samples: [file(await hs256(OLD), await hs256(OLD, { sub: 'b' }))],
      after: [file(await hs256(NEW, { iat: now - 60 }))],
      secrets: { v2: secret(NEW) },
      previousSecrets: { v1: secret(OLD) },
    });
    expect(seen.slugs).toContain('verifies-previous-only');
    expect(seen.detail('verifies-previous-only')).toBe(
      'all 2 credentials from before verify with previous secret "v1" and with no current key',
    );
    expect(seen.slugs).toContain('sharp-cut');
    expect(seen.slugs).not.toContain('verifies-current');
  });

  it('is refuted by tokens that verify with the current one', async () => {
    const seen = await look({
      samples: [file(await hs256(NEW))],
      secrets: { v2: secret(NEW) },
      previousSecrets: { v1: secret(OLD) },
    });
    expect(seen.slugs).toContain('verifies-current');
    expect(seen.slugs).not.toContain('verifies-previous-only');
  });

  it('is likely when only the new ones verify and no previous secret was given', async () => {
    const seen = await look({
      samples: [file(await hs256(OLD))],
      after: [file(await hs256(NEW))],
      secrets: { v2: secret(NEW) },
    });
    expect(seen.slugs).toContain('key-replaced');
  });

  it('is likely, and no more, when only old ones are there and fail with the key given', async () => {
    const told = { samples: [file(await hs256(OLD), await hs256(OLD))], secrets: { v2: secret(NEW) } };
    const seen = await look(told);
    expect(seen.slugs).toContain('every-signature-fails');
    expect(seen.detail('every-signature-fails')).toContain('--previous-secret');
    const { cause } = judged(credentials, seen.seen);
    expect(cause('secret-rotated-no-grace').verdict).toBe('likely');
    expect(cause('secret-ephemeral').verdict).toBe('possible');
    const older = await look({ ...told, previousSecrets: { v1: secret(`${OLD}x`) } });
    expect(older.detail('every-signature-fails')).toContain('a still older secret');
  });

  it('is no more than a thought when fresh ones fail with the same key: it may not be the app’s', async () => {
    const seen = await look({
      samples: [file(await hs256(OLD))],
      after: [file(await hs256(OLD, { sub: 'fresh' }))],
      secrets: { v2: secret(NEW) },
    });
    expect(seen.slugs).not.toContain('every-signature-fails');
    expect(judged(credentials, seen.seen).cause('secret-rotated-no-grace').verdict).toBe('possible');
  });

  it('is not voted for by what no key could verify', async () => {
    const seen = await look({
      samples: [
        file(`Cookie: AWSALB=${'Ab3+'.repeat(32)}; sid=4f2a9c1be07d4c5a9e3b1f60c2d87e11; theme=dark`),
      ],
      secrets: { v2: secret(NEW) },
    });
    expect(seen.slugs.filter((slug) => /verif|signature/.test(slug))).toEqual([]);
    expect(judged(credentials, seen.seen).cause('secret-rotated-no-grace').verdict).toBe('untested');
  });

  it.each([
    ['hex', Buffer.from('00112233445566778899aabbccddeeff', 'hex'), '00112233445566778899aabbccddeeff'],
    ['base64', Buffer.from('c29tZSBiaW5hcnkga2V5IGZvciB0ZXN0', 'base64'), 'c29tZSBiaW5hcnkga2V5IGZvciB0ZXN0'],
    ['base64', Buffer.from('--_-0123456789abcdefghij', 'base64url'), '--_-0123456789abcdefghij'],
  ])('reads a secret’s text as %s too', async (how, key, text) => {
    const token = await new SignJWT({ exp: now + 9 }).setProtectedHeader({ alg: 'HS256' }).sign(key);
    const seen = await look({ samples: [file(token)], secrets: { app: secret(text) } });
    expect(seen.seen.before?.groups[0]).toMatchObject({ verified: 'current', key: 'app', how });
  });

  it('tells a secret with a stray newline', async () => {
    const seen = await look({ samples: [file(await hs256(`${NEW}\n`))], secrets: { app: secret(NEW) } });
    expect(seen.slugs).toContain('newline-in-secret');
  });
});

describe('instances that disagree', () => {
  it('show as two keys after the incident', async () => {
    const seen = await look({
      after: [file(await hs256(OLD), await hs256(NEW), await hs256(NEW, { sub: 'c' }))],
      secrets: { blue: secret(OLD), green: secret(NEW) },
    });
    expect(seen.detail('split-keys')).toContain('2 verify with "green"');
  });

  it('show as some that verify and some that do not', async () => {
    const seen = await look({
      after: [file(await hs256(NEW), await hs256('something else entirely'))],
      secrets: { app: secret(NEW) },
    });
    expect(seen.slugs).toContain('split-unverified');
    expect(seen.slugs).not.toContain('same-key-after');
  });
});

describe('a key set', () => {
  it('that dropped a kid is decisive, and names it', async () => {
    const [gone, kept] = [await pair('k-old'), await pair('k-new', 'RS256')];
    const seen = await look({ samples: [file(await gone.sign())], jwks: jwksFile(kept) });
    expect(seen.detail('kid-not-in-jwks')).toContain('1 token from before name kid "k-old"');
    expect(seen.slugs).not.toContain('kid-in-jwks');
    expect(seen.slugs).not.toContain('verifies-nothing');
  });

  it('that holds every kid is healthy', async () => {
    const key = await pair('k1');
    const seen = await look({ samples: [file(await key.sign())], jwks: jwksFile(key, await pair('k2')) });
    expect(seen.slugs).toEqual(expect.arrayContaining(['kid-in-jwks', 'verifies-current', 'lifetimes-sane']));
    expect(seen.facts.every((fact) => credentials.findings[fact.slug as Slug].level === 'ok')).toBe(true);
  });

  it('with another key under the same kid is told apart from a withdrawn one', async () => {
    const [old, fresh] = [await pair('k1'), await pair('k1')];
    const seen = await look({ samples: [file(await old.sign())], jwks: jwksFile(fresh) });
    expect(seen.slugs).toContain('signature-bad-right-kid');
    expect(seen.slugs).not.toContain('kid-not-in-jwks');
  });

  it('whose key was replaced under its kid is told in words that fit a provider', async () => {
    const [old, fresh] = [await pair('k1'), await pair('k1')];
    const seen = await look({ samples: [file(await old.sign())], jwks: jwksFile(fresh) });
    const told = judged(credentials, seen.seen);
    const found = told.findings.find(({ code }) => code === 'credentials/signature-bad-right-kid');
    expect(found?.title).toMatch(/^The provider’s key under this kid was replaced/);
    const cause = told.cause('secret-rotated-no-grace');
    expect(cause.verdict).toBe('likely');
    const withFix = { ...credentials.findings['signature-bad-right-kid'], ...found } as Finding;
    expect(advised(cause, [withFix]).doNow.join('\n')).toContain(
      'As found (k1): This is the provider’s signing key, not a secret of the app',
    );
    for (const id of ['jwks-key-withdrawn', 'jwks-stale-or-throttled', 'token-contract-changed'])
      expect(['confirmed', 'likely']).not.toContain(told.cause(id).verdict);
  });

  it('that does not list the new signing key yet is another fault', async () => {
    const [old, fresh] = [await pair('k1'), await pair('k2')];
    const seen = await look({
      samples: [file(await old.sign())],
      after: [file(await fresh.sign())],
      jwks: jwksFile(old),
    });
    expect(seen.slugs).toContain('new-kid-not-in-jwks');
    expect(seen.slugs).not.toContain('kid-not-in-jwks');
  });

  it('never verifies an HMAC with a public key as its secret', async () => {
    const key = await pair('k1', 'RS256');
    const forged = await new SignJWT({ exp: now + 99 })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .sign(Buffer.from(JSON.stringify(key.jwk)));
    const seen = await look({ samples: [file(forged)], jwks: jwksFile(key) });
    expect(seen.seen.before?.groups[0]?.verified).toBe('no-key');
  });

  it('that is garbage in a file is the operator’s mistake; at a dead URL it is an observation', async () => {
    const key = await pair('k1');
    const samples = [file(await key.sign())];
    await expect(credentials.observe(input({ samples, jwks: file('{"no": "keys"}') }), io())).rejects.toThrow(
      UsageError,
    );
    const dead = await look({ samples, jwksUri: new Address('http://127.0.0.1:9/jwks') });
    expect(dead.slugs).toContain('jwks-unreachable');
    expect(credentials.findings['jwks-unreachable'].blind).toBe(true);
  });

  it('is found through the provider’s discovery document', async () => {
    const key = await pair('k1');
    const server = createServer((request, response) => {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const body = request.url?.includes('well-known')
        ? { issuer: `${base}/`, jwks_uri: `${base}/keys` }
        : { keys: [key.jwk] };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const seen = await look({ samples: [file(await key.sign({ iss: base }))], issuer: new Address(base) });
      expect(seen.slugs).toContain('verifies-current');
      expect(seen.detail('issuer-unexpected')).toContain('they differ in the trailing slash only');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe('claims', () => {
  it.each([
    ['issuer-unexpected', { issuer: 'https://id.test/' }],
    ['audience-unexpected', { audience: ['api'] }],
    ['algorithm-unexpected', { algorithms: ['RS256'] }],
    ['lifetime-unexpected', { lifetimeMs: 7_200_000 }],
  ])('%s when verifiers are configured otherwise', async (slug, wanted) => {
    const seen = await look({ samples: [file(await hs256(NEW))] }, { expect: wanted });
    expect(seen.slugs).toContain(slug);
    expect(seen.slugs).not.toContain('claims-accepted');
  });

  it('are accepted when they fit, byte for byte', async () => {
    const wanted = {
      issuer: 'https://id.test',
      audience: ['web'],
      algorithms: ['HS256'],
      lifetimeMs: 3_600_000,
    };
    const seen = await look({ samples: [file(await hs256(NEW))] }, { expect: wanted });
    expect(seen.slugs).toEqual(expect.arrayContaining(['claims-accepted', 'lifetimes-sane']));
  });

  it.each([
    ['issuer-changed', { iss: 'https://id.test/' }, {}],
    ['audience-changed', { aud: 'api' }, {}],
    ['type-changed', {}, { typ: 'at+jwt' }],
  ])('%s between before and after', async (slug, claims, header) => {
    const seen = await look({
      samples: [file(await hs256(NEW))],
      after: [file(await hs256(NEW, claims, header))],
    });
    expect(seen.slugs).toContain(slug);
    expect(seen.slugs).not.toContain('contract-unchanged');
  });

  it('tell alg none and a kid in the payload', async () => {
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"exp":1}').toString('base64url')}.`;
    const seen = await look({ samples: [file(none, await hs256(NEW, { kid: 'k1' }))] });
    expect(seen.slugs).toEqual(expect.arrayContaining(['alg-none', 'kid-in-payload']));
  });
});

describe('times', () => {
  it.each([
    ['exp before iat', { iat: now, exp: now - 10 }],
    ['milliseconds', { iat: now, exp: NOW + 3_600_000 }],
  ])('impossible ones: %s', async (_, claims) => {
    const seen = await look({ samples: [file(await hs256(NEW, claims))] });
    expect(seen.slugs).toContain('lifetime-absurd');
    expect(seen.slugs).not.toContain('lifetimes-sane');
  });

  it('decades log nobody out', async () => {
    const seen = await look({
      samples: [file(await hs256(NEW, { iat: now, exp: now + 12 * 365 * 86_400 }))],
    });
    expect(seen.slugs).toContain('lifetime-of-decades');
    expect(judged(credentials, seen.seen).suspects).not.toContain('lifetime-wrong');
  });

  it('a changed lifetime, and the hour of a time zone', async () => {
    const seen = await look({
      samples: [file(await hs256(NEW))],
      after: [file(await hs256(NEW, { iat: now - 60, exp: now - 60 + 7200 }))],
    });
    expect(seen.detail('lifetime-changed')).toBe(
      '60m before, 2h after: exactly 1 h more, as a time zone mistake makes it',
    );
  });

  it('a lifetime that fell to a fraction', async () => {
    const after = (seconds: number) => hs256(NEW, { iat: now - 30, exp: now - 30 + seconds });
    const samples = [file(await hs256(NEW))];
    const collapsed = await look({ samples, after: [file(await after(120))] });
    expect(collapsed.detail('lifetime-collapsed')).toBe('60m before, 2m after');
    const shortened = await look({ samples, after: [file(await after(1800))] });
    expect(shortened.detail('lifetime-shortened')).toBe('60m before, 30m after');
  });

  it('this host’s clock an hour ahead refuses what network time accepts', async () => {
    const seen = await look({ samples: [file(await hs256(NEW))] }, {}, { offsetMs: -3_600_000 });
    expect(seen.slugs).not.toContain('lifetime-absurd');
    // Corrected time is an hour ago: the token's iat is then in the future, off by a whole hour less ten minutes.
    expect(seen.slugs).toContain('issued-in-future');
    const fresh = await look(
      { samples: [file(await hs256(NEW, { iat: now - 7200, exp: now - 600 }))] },
      {},
      { offsetMs: -3_600_000 },
    );
    expect(fresh.detail('clock-rejects')).toContain('60m ahead');
  });

  it.each([
    ['iat', { iat: now + 7200, exp: now + 9000 }],
    ['nbf', { nbf: now + 7200, exp: now + 9000 }],
  ])(
    'says by which clock %s is in the future when it was not checked, and suspects less',
    async (_, claims) => {
      const seen = await look(
        { samples: [file(await hs256(NEW, claims))] },
        {},
        { uncertaintyMs: Number.POSITIVE_INFINITY },
      );
      expect(seen.slugs).not.toContain('issued-in-future');
      expect(seen.detail('future-by-unchecked-clock')).toMatch(
        /^1 token begin .* in the future by this host’s unchecked clock/,
      );
      const unchecked = judged(credentials, seen.seen).cause('clock-skew');
      expect(unchecked.verdict).toBe('possible');
      const checked = judged(credentials, { ...seen.seen, uncertaintyMs: 5 });
      expect(checked.codes).not.toContain('credentials/future-by-unchecked-clock');
    },
  );

  it('an unchecked clock that may be off by a minute suspects nobody for that', async () => {
    const seen = await look(
      { samples: [file(await hs256(NEW, { iat: now + 100 }))] },
      {},
      { uncertaintyMs: Number.POSITIVE_INFINITY },
    );
    expect(seen.slugs).not.toContain('future-by-unchecked-clock');
  });

  it('samples that ended by design say nothing; those that were alive do', async () => {
    const samples = [file(await hs256(NEW, { iat: now - 9000, exp: now - 5400 }), await hs256(NEW))];
    const seen = await look({ samples }, { since: NOW - 60_000 });
    expect(seen.detail('ended-before')).toContain('1 of 2 samples had run out before');
    expect(seen.detail('alive-at-incident')).toContain('1 of 2 samples were valid');
  });
});

/** Bytes that look random, the same in every run. */
function noise(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16)).update(Buffer.alloc(length));
}

describe('input', () => {
  it.each([
    ['nothing at all', ''],
    ['prose', 'hello world, no tokens here'],
    ['html', '<html>\n<p>sign in</p>'],
    ['random bytes', noise(3000)],
  ])('a sample file with %s is the operator’s mistake, named', async (_, text) => {
    const samples = file(text);
    const failure: unknown = await credentials
      .observe(input({ samples: [samples] }), io())
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as UsageError).message).toContain(samples.shown);
    expect((failure as UsageError).hint).toContain('one token or cookie a line');
  });

  it('keeps no part of a token but its header and the claims that matter', async () => {
    const token = await hs256(OLD, { email: 'canary@example.test', sid: 'canary-session-1' });
    const { seen, facts } = await look({ samples: [file(token)], previousSecrets: { v1: secret(OLD) } });
    const said = JSON.stringify([seen, facts]);
    for (const part of [...token.split('.'), OLD, 'canary', 'user-48213']) expect(said).not.toContain(part);
  });
});

describe('forms', () => {
  const sampled = (name: string, id: string) => {
    const sample = samples.find((one) => one.file === name && one.id === id);
    return { line: `Set-Cookie: ${sample?.setCookie[0]}`, secret: sample?.secret ?? '' };
  };

  it('a framework upgrade under the same secret is not a rotation', async () => {
    const [old, fresh] = [sampled('rails-6.1', 'session-cbc'), sampled('rails-6.1', 'session-gcm')];
    const seen = await look({
      samples: [file(old.line)],
      after: [file(fresh.line)],
      secrets: { base: secret(old.secret) },
    });
    expect(seen.detail('form-changed-same-secret')).toContain('rails-encrypted-cbc → rails-encrypted-gcm');
    expect(seen.slugs).not.toContain('verifies-previous-only');
  });

  it('a key derivation that changed shows with the key only', async () => {
    const [old, fresh] = [
      sampled('rails-7.2', 'session-kdf-sha1'),
      sampled('rails-7.2', 'session-kdf-sha256'),
    ];
    const told = { samples: [file(old.line)], after: [file(fresh.line)] };
    const keyless = await look(told);
    expect(keyless.slugs).toContain('form-unchanged');
    const keyed = await look({ ...told, secrets: { base: secret(old.secret) } });
    expect(keyed.detail('form-changed-same-secret')).toContain('PBKDF2-SHA1');
  });

  it('the same content under another signature proves a change without any key', async () => {
    const [old, fresh] = [sampled('cookie-session', 'session'), sampled('cookie-session', 'session-newkey')];
    const lines = (id: string) =>
      samples
        .find((one) => one.file === 'cookie-session' && one.id === id)
        ?.setCookie.map((line) => `Set-Cookie: ${line}`) ?? [];
    expect(old.secret).not.toBe(fresh.secret);
    const seen = await look({
      samples: [file(...lines('session'))],
      after: [file(...lines('session-newkey'))],
    });
    expect(seen.slugs).toContain('resealed');
  });

  it('a Data Protection key id that the ring does not hold is told', async () => {
    const old = sampled('aspnetcore', 'auth');
    const fresh = sampled('aspnetcore', 'auth-newkey');
    const seen = await look({
      samples: [file(old.line)],
      after: [file(fresh.line)],
      secrets: { 'df4a27f5-bb13-532d-833a-ff002807eaef': secret(fresh.secret) },
    });
    expect(seen.detail('key-id-not-in-ring')).toContain('63698805-736b-5415-8e71-bac1dee7fffd');
    expect(seen.slugs).toContain('key-id-changed');
  });

  describe('a Data Protection key ring', () => {
    const [old, fresh] = [sampled('aspnetcore', 'auth'), sampled('aspnetcore', 'auth-newkey')];
    const xml = (id: string, master: string) =>
      `<key id="${id}" version="1"><creationDate>2026-09-01T10:00:00Z</creationDate><activationDate>2026-09-01T10:00:00Z</activationDate><expirationDate>2999-01-01T00:00:00Z</expirationDate><masterKey><value>${master}</value></masterKey></key>`;
    const oldKey = xml('63698805-736b-5415-8e71-bac1dee7fffd', old.secret);
    const freshKey = xml('df4a27f5-bb13-532d-833a-ff002807eaef', fresh.secret);

    it('that was made anew lacks the old id, and leaves no key material', async () => {
      const seen = await look({ samples: [file(old.line)], secrets: { ring: secret(freshKey) } });
      expect(seen.detail('key-id-not-in-ring')).toContain('the oldest made at 2026-09-01T10:00:00Z');
      expect(judged(credentials, seen.seen).cause('secret-ephemeral').verdict).toBe('confirmed');
      expect(JSON.stringify(seen.seen)).not.toContain(fresh.secret.slice(0, 20));
    });

    it('that still holds it speaks against a lost one, and verifies once the application is named', async () => {
      const told = { samples: [file(old.line)], secrets: { ring: secret(freshKey + oldKey) } };
      expect((await look(told)).slugs).toEqual(expect.arrayContaining(['key-id-in-ring', 'no-key']));
      const sample = samples.find((one) => one.file === 'aspnetcore' && one.id === 'auth');
      const named = await look({ ...told, salts: sample ? saltsOf(sample) : [] });
      expect(named.slugs).toContain('verifies-current');
    });

    it('whose keys are encrypted tells its ids, and says that nothing more was checked', async () => {
      const shut = oldKey.replace(/<masterKey>.*<\/masterKey>/, '<encryptedSecret>…</encryptedSecret>');
      const { slugs, detail } = await look({ samples: [file(old.line)], secrets: { ring: secret(shut) } });
      expect(slugs).toContain('key-id-in-ring');
      expect(detail('no-key')).toContain('the only key of the ring is encrypted (by DPAPI or a certificate)');
    });

    it('that revokes it shows a decision', async () => {
      const revoked = `<revocation version="1"><revocationDate>2026-10-01T00:00:00Z</revocationDate><key id="*" /></revocation>`;
      const seen = await look({ samples: [file(old.line)], secrets: { ring: secret(oldKey + revoked) } });
      expect(seen.slugs).toEqual(expect.arrayContaining(['key-id-revoked', 'key-ring-without-live-key']));
      expect(judged(credentials, seen.seen).cause('deliberate-revocation').verdict).toBe('confirmed');
    });
  });

  it('a cookie over 4096 bytes, one near it, and a missing chunk', async () => {
    const seen = await look({
      samples: [
        file(
          `Set-Cookie: big=${'a1'.repeat(2100)}`,
          '',
          `Set-Cookie: near=${'a1'.repeat(1950)}`,
          '',
          `Cookie: t.0=eyJhbGciOiJIUzI1NiJ9; t.2=${'x'.repeat(30)}`,
        ),
      ],
    });
    expect(seen.slugs).toEqual(expect.arrayContaining(['cookie-oversize', 'cookie-large', 'chunk-missing']));
  });

  it('a cut at a full hour under one key', async () => {
    const hour = Math.floor(now / 3600) * 3600 - 7200;
    const many = (from: number) =>
      Promise.all(
        Array.from({ length: 20 }, (_, i) => hs256(NEW, { iat: from + i, exp: from + 90_000, sub: `u${i}` })),
      );
    const seen = await look({
      samples: [file(...(await many(hour - 25)))],
      after: [file(...(await many(hour + 2)))],
      secrets: { app: secret(NEW) },
    });
    expect(seen.facts.find((fact) => fact.slug === 'cut-at-round-time')?.at).toBe(hour * 1000);
  });
});

describe('cookies beside the session', () => {
  it('that another key signs, or none, do not look like a split or a rotation', async () => {
    const seen = await look({
      samples: [file(`Cookie: AWSALB=${'Ab3+'.repeat(32)}; theme=dark; jwt=${await hs256(NEW)}`)],
      after: [file(`Cookie: AWSALB=${'Cd4/'.repeat(32)}; theme=light; jwt=${await hs256(NEW)}`)],
      secrets: { app: secret(NEW) },
    });
    expect(seen.slugs).toContain('verifies-current');
    for (const slug of ['verifies-nothing', 'split-unverified', 'key-replaced'])
      expect(seen.slugs).not.toContain(slug);
  });
});

it('blames no empty key set where a named secret verifies every credential', async () => {
  const token = await hs256('the-current-secret-of-the-app-here');
  const secrets = { v2: secret('the-current-secret-of-the-app-here') };
  const healthy = await look({ samples: [file(token)], secrets, jwks: jwksFile() });
  expect(healthy.slugs).not.toContain('jwks-empty');
  const strange = await look({ samples: [file(await (await pair('k1')).sign())], jwks: jwksFile() });
  expect(strange.slugs).toContain('jwks-empty');
});

it('blames no empty key set for tokens under a shared secret, verified or not', async () => {
  const jwks = jwksFile();
  const olds = await Promise.all(
    ['a', 'b', 'c'].map((sub) => hs256('the-secret-of-the-deploy-before', { sub })),
  );
  const { seen, slugs } = await look({
    samples: [file(...olds)],
    secrets: { v2: secret('the-current-secret-of-the-app-here') },
    jwks,
  });
  expect(slugs).not.toContain('jwks-empty');
  const { suspects, cause } = judged(credentials, seen);
  expect(suspects[0]).toBe('secret-rotated-no-grace');
  expect(cause('jwks-key-withdrawn').verdict).toBe('untested');
});

describe('samples without anything to check', () => {
  it('say that they hold plain text only, and what to give', async () => {
    const { facts } = await look({ samples: [file('Cookie: theme=dark; lang=en')] });
    expect(facts.map(({ slug }) => slug)).toEqual(['no-credential']);
    expect(facts[0]?.detail).toContain('2 values of plain text ("theme", "lang")');
  });

  it('say that they hold ids only', async () => {
    const { facts } = await look({
      samples: [file(`Cookie: sid=${'0123456789abcdef'.repeat(2)}; theme=dark`)],
    });
    expect(facts.map(({ slug }) => slug)).toEqual(['nothing-to-check']);
    expect(facts[0]?.detail).toContain('1 value ("sid": opaque hex-32)');
  });

  it('are silent about that where anything else can be said', async () => {
    const { slugs } = await look({ samples: [file(`theme=dark`, await hs256('some-secret'))] });
    expect(slugs).not.toContain('no-credential');
    expect(slugs).not.toContain('nothing-to-check');
  });
});
