// Inputs on which a hasty judge convicts: healthy apps whose samples hold more than one thing, or did not
// arrive whole. Each was once called rotated, split, withdrawn or changed.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { credentials } from '../../../src/probes/credentials/index.ts';
import type { CredentialsInput } from '../../../src/probes/credentials/observe.ts';
import { judged } from '../../support/look.ts';
import { samples } from '../../formats/samples.ts';
import { file, hs256, jwksFile, look, now, pair, type scene, secret } from './support.ts';

const APP = 'the-secret-of-the-app-0123456789';
const OTHER = 'another-secret-0123456789-another';
const app = { app: secret(APP) };

/** As express-session writes it. */
function express(key: string, id = randomBytes(24).toString('base64url')): string {
  const mac = createHmac('sha256', key).update(id).digest('base64').replace(/=+$/, '');
  return `connect.sid=${encodeURIComponent(`s:${id}.${mac}`)}`;
}

/** Digits as Django writes its times. */
function base62(number: number): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  return number === 0 ? '' : `${base62(Math.floor(number / 62))}${digits[number % 62]}`;
}

/** Slugs, after making sure that no cause is likely. */
async function acquitted(
  told: Partial<CredentialsInput>,
  where: Parameters<typeof scene>[0] = {},
): Promise<string[]> {
  const { seen, facts, slugs } = await look(told, where);
  expect(facts.filter((fact) => credentials.findings[fact.slug as 'no-key'].level === 'critical')).toEqual(
    [],
  );
  const { suspects, cause } = judged(credentials, seen);
  expect(suspects.filter((id) => cause(id).verdict !== 'possible')).toEqual([]);
  return slugs;
}

const access = (claims = {}) => hs256(APP, { exp: now + 300, ...claims });
const refresh = (claims = {}) => hs256(OTHER, { exp: now + 7 * 86_400, ...claims });

describe('two secrets for two uses', () => {
  const both = async (n: number) => [await access({ sub: `u${n}` }), await refresh({ sub: `u${n}` })];

  it('are no split brain when both are given', async () => {
    const slugs = await acquitted({
      samples: [file(...(await both(1)))],
      after: [file(...(await both(2)), ...(await both(3)))],
      secrets: { access: secret(APP), refresh: secret(OTHER) },
    });
    expect(slugs).toContain('same-key-after');
  });

  it('are no rotation when one is given', async () => {
    const slugs = await acquitted({
      samples: [file(...(await both(1)))],
      after: [file(...(await both(2)))],
      secrets: { access: secret(APP) },
    });
    expect(slugs).toEqual(expect.arrayContaining(['verifies-current', 'verifies-nothing']));
  });

  it('are none even where nothing but the secret tells them apart, if it was so before', async () => {
    const two = () => file(`Cookie: ${express(APP)}`, `Cookie: ${express(OTHER)}`);
    const told = { samples: [two()], after: [two()] };
    expect(await acquitted({ ...told, secrets: { a: secret(APP), b: secret(OTHER) } })).toContain(
      'verifies-current',
    );
    expect(await acquitted({ ...told, secrets: app })).toContain('verifies-current');
  });
});

describe('a recording made after a rotation', () => {
  const recording = (sent: string, issued: string) =>
    file(
      `> GET / HTTP/1.1\n> Host: a.test\n> Cookie: ${sent}\n>\n< HTTP/1.1 200 OK\n< Set-Cookie: ${issued}; Path=/\n<\n`,
    );

  it('holds the old cookie, too, which is no sign of a split', async () => {
    const { slugs } = await look({
      samples: [file(`Cookie: ${express(OTHER)}`)],
      after: [recording(express(OTHER), express(APP))],
      secrets: app,
      previousSecrets: { old: secret(OTHER) },
    });
    expect(slugs).toContain('verifies-previous-only');
    for (const slug of ['split-keys', 'split-unverified']) expect(slugs).not.toContain(slug);
  });

  it('may hold the old cookie beside the new one, which proves no split', async () => {
    const { seen, slugs } = await look({
      samples: [file(`Cookie: ${express(OTHER)}`)],
      after: [file(`Cookie: ${express(OTHER)}; ${express(APP)}`)],
      secrets: app,
      previousSecrets: { old: secret(OTHER) },
    });
    expect(slugs).toContain('split-with-previous');
    expect(judged(credentials, seen).cause('secret-split-brain').verdict).toBe('possible');
  });

  it('still shows two instances that set cookies under two keys', async () => {
    const { slugs } = await look({
      samples: [file(`Cookie: ${express(APP)}`)],
      after: [recording(express(APP), express(APP)), recording(express(APP), express(OTHER))],
      secrets: { ...app, b: secret(OTHER) },
    });
    expect(slugs).toContain('split-keys');
  });

  it('that holds nothing new says so', async () => {
    const old = `Cookie: ${express(APP)}`;
    const { slugs, seen } = await look({ samples: [file(old)], after: [file(old)], secrets: app });
    expect(slugs).toContain('samples-repeated');
    expect(seen.after?.count).toBe(0);
  });

  it('whose old tokens all end before the new ones begin is a switch, no split', async () => {
    const { slugs } = await look({
      samples: [file(await hs256(OTHER, { iat: now - 900 }))],
      after: [
        file(await hs256(OTHER, { iat: now - 800 }), await hs256(APP, { iat: now - 60, exp: now + 3500 })),
      ],
      secrets: app,
      previousSecrets: { old: secret(OTHER) },
    });
    expect(slugs).not.toContain('split-keys');
  });
});

describe('a newline at the end of the secret', () => {
  it('is part of it where old and new alike have it', async () => {
    const one = () => file(`Cookie: ${express(`${APP}\n`)}`);
    const slugs = await acquitted({ samples: [one()], after: [one()], secrets: app });
    expect(slugs).toContain('newline-everywhere');
  });

  it('is told where only some have it', async () => {
    const { slugs } = await look({
      samples: [file(`Cookie: ${express(APP)}`)],
      after: [file(`Cookie: ${express(APP)}`, `Cookie: ${express(`${APP}\n`)}`)],
      secrets: app,
    });
    expect(slugs).toEqual(expect.arrayContaining(['newline-in-secret', 'split-keys']));
  });
});

describe('what did not arrive whole', () => {
  it.each([1, 7, 20, 37])('a token that lost its last %i characters convicts no key', async (lost) => {
    const es = await pair('k1');
    const slugs = await acquitted({
      samples: [file((await hs256(APP)).slice(0, -lost), (await es.sign()).slice(0, -lost))],
      jwks: jwksFile(es),
      secrets: app,
    });
    expect(slugs).toContain('samples-damaged');
  });

  it('half a token breaks no contract', async () => {
    const half = (await hs256(APP)).slice(0, 40);
    const slugs = await acquitted(
      { samples: [file(half)], secrets: app },
      { expect: { audience: ['web'], algorithms: ['HS256'], issuer: 'https://id.test' } },
    );
    expect(slugs).toEqual(['samples-damaged']);
  });

  it('a chunked cookie with a gap convicts no key', async () => {
    const sample = samples.find(({ file: name, id }) => name === 'authjs' && id === 'session');
    const value = sample?.value ?? '';
    const slugs = await acquitted({
      samples: [file(`Cookie: s.0=${value.slice(0, 90)}; s.2=${value.slice(120)}`)],
      secrets: { app: secret(sample?.secret ?? '') },
    });
    expect(slugs).not.toContain('every-signature-fails');
  });
});

describe('what takes more than the key', () => {
  const wanted = [
    ['phoenix-plug', 'plug-signed'],
    ['aspnetcore', 'aspnetcore-dataprotection'],
    ['cakephp', 'cakephp-encrypted'],
    ['spring-security-rememberme', 'spring-security-remember-me'],
  ] as const;

  it.each(wanted)('%s: its right key without the rest proves nothing', async (name, format) => {
    const sample = samples.find((one) => one.file === name && one.expected.format === format && one.secret);
    const cookie = `Cookie: ${sample?.cookieName}=${sample?.value}`;
    const slugs = await acquitted({
      samples: [file(cookie)],
      secrets: { app: secret(sample?.secret ?? '') },
    });
    // A default may happen to be what the app uses.
    expect(slugs.filter((slug) => slug === 'no-key' || slug === 'verifies-current')).toHaveLength(1);
  });

  describe('a cookie of Django, signed under its name as salt', () => {
    const cookie = (key: string, value: string, salt = '', name = 'remember') => {
      const signed = `${value}:${base62(now)}`;
      const own = createHash('sha256').update(`${name}${salt}signerdjango.http.cookies${key}`).digest();
      return `Set-Cookie: ${name}=${signed}:${createHmac('sha256', own).update(signed).digest('base64url')}\n`;
    };

    it('proves nothing alone: its app may add a salt, which is named', async () => {
      const { detail, slugs } = await look({ samples: [file(cookie(OTHER, 'user-1'))], secrets: app });
      expect(slugs).toEqual(['no-key']);
      expect(detail('no-key')).toMatch(
        /a salt of the app’s own.*, for a cookie of Django, its name.*credentials\.salts/,
      );
    });

    it('is refused by the key beside one of its name that shows the app to add none', async () => {
      const told = { samples: [file(cookie(OTHER, 'user-1'))], secrets: app };
      const one = await look({ ...told, after: [file(cookie(APP, 'user-2'))] });
      expect(one.slugs).toContain('key-replaced');
      expect(judged(credentials, one.seen).suspects[0]).toBe('secret-rotated-no-grace');
      const other = await look({ ...told, after: [file(cookie(APP, 'user-2', '', 'hint'))] });
      expect(other.slugs).not.toContain('key-replaced');
    });
  });

  it('a key set says nothing of cookies, nor a shared secret of a provider’s tokens', async () => {
    const es = await pair('k1');
    expect(await acquitted({ samples: [file(`Cookie: ${express(APP)}`)], jwks: jwksFile(es) })).toContain(
      'no-key',
    );
    expect(await acquitted({ samples: [file(await es.sign())], secrets: app })).toContain('no-key');
  });
});

describe('a key that is published for one alg', () => {
  it('says nothing of a token under another', async () => {
    const key = await pair('k1', 'RS256');
    const jwks = file(JSON.stringify({ keys: [{ ...key.jwk, alg: 'PS256' }] }));
    const { slugs } = await look({ samples: [file(await key.sign())], jwks });
    expect(slugs).toContain('no-key');
    expect(slugs).not.toContain('signature-bad-right-kid');
  });
});

describe('tokens for others among the app’s', () => {
  it('a third party’s token is not missed in the key set', async () => {
    const [own, foreign] = [await pair('k1'), await pair('widget-1')];
    const slugs = await acquitted(
      {
        samples: [file(await own.sign(), await foreign.sign({ iss: 'https://widget.test', aud: 'w' }))],
        jwks: jwksFile(own),
      },
      { expect: { issuer: 'https://id.test', audience: ['web'] } },
    );
    expect(slugs).toEqual(expect.arrayContaining(['kid-in-jwks', 'claims-mixed']));
  });

  it('a withdrawn key of the own issuer still is', async () => {
    const [old, fresh] = [await pair('k1'), await pair('k2')];
    const { slugs } = await look({
      samples: [file(await old.sign())],
      after: [file(await fresh.sign())],
      jwks: jwksFile(fresh),
    });
    expect(slugs).toContain('kid-not-in-jwks');
  });

  it('an ID token beside the access token breaks no contract', async () => {
    const slugs = await acquitted(
      { samples: [file(await access(), await access({ aud: 'spa', nonce: 'n' }))], secrets: app },
      { expect: { audience: ['web'] } },
    );
    expect(slugs).toContain('claims-mixed');
  });

  it('a contract that none of a generation fits is broken', async () => {
    const { slugs } = await look(
      { samples: [file(await access())], after: [file(await access({ aud: 'web2' }))], secrets: app },
      { expect: { audience: ['web'] } },
    );
    expect(slugs).toContain('audience-unexpected');
  });
});

describe('what is no change of form', () => {
  it.each(['connect.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'connect.sid=deleted; Max-Age=0'])(
    'a cleared cookie: %s',
    async (cleared) => {
      const slugs = await acquitted({
        samples: [file(`Cookie: ${express(APP)}`)],
        after: [file(`Set-Cookie: ${cleared}`)],
        secrets: app,
      });
      expect(slugs).not.toContain('form-changed');
    },
  );

  it('an ASP.NET Core cookie that grew into chunks', async () => {
    const sealed = (bytes: number) =>
      Buffer.concat([Buffer.from('09f0c9f0', 'hex'), Buffer.alloc(16, 7), randomBytes(64 + bytes)]).toString(
        'base64url',
      );
    const long = sealed(6400);
    const slugs = await acquitted({
      samples: [file(`Cookie: .AspNetCore.Cookies=${sealed(320)}`)],
      after: [
        file(
          `Cookie: .AspNetCore.Cookies=chunks-2; .AspNetCore.CookiesC1=${long.slice(0, 4000)}; .AspNetCore.CookiesC2=${long.slice(4000)}`,
        ),
      ],
    });
    expect(slugs).toContain('form-unchanged');
  });
});

describe('a straggler', () => {
  it('under the previous secret among many that verify is not the reason', async () => {
    const many = Array.from({ length: 30 }, () => `Cookie: ${express(APP)}`);
    const slugs = await acquitted({
      samples: [file(...many, `Cookie: ${express(OTHER)}`)],
      secrets: app,
      previousSecrets: { old: secret(OTHER) },
    });
    expect(slugs).toEqual(expect.arrayContaining(['few-verify-previous', 'verifies-current']));
  });
});

describe('a third party in a recording', () => {
  const entry = (host: string, cookie: string, set: string[] = []) => ({
    startedDateTime: '2026-11-21T10:00:00Z',
    request: {
      method: 'GET',
      url: `https://${host}/`,
      headers: cookie ? [{ name: 'Cookie', value: cookie }] : [],
    },
    response: { status: 200, headers: set.map((value) => ({ name: 'Set-Cookie', value })) },
  });
  const har = (...entries: object[]) => file(JSON.stringify({ log: { version: '1.2', entries } }));
  const widget = (key = OTHER) => entry('chat.widget.test', express(key).replace('connect.sid', 'wsid'));

  it('signs its cookies with keys that are not the app’s', async () => {
    const told = {
      samples: [
        har(
          entry('www.shop.test', express(APP)),
          entry('api.shop.test', express(APP)),
          ...Array.from({ length: 5 }, () => entry('static.cdn.test', '')),
          widget(),
        ),
      ],
      secrets: app,
    };
    const slugs = await acquitted(told);
    expect(slugs).toEqual(['verifies-current', 'site-left-out']);
    const { detail, seen } = await look(told);
    expect(detail('site-left-out')).toBe(
      '1 cookie of "widget.test"; the app’s site was taken to be "shop.test"',
    );
    expect(seen.before?.count).toBe(2);
  });

  it('is looked at where it was asked for by name, and is the app where its host was', async () => {
    const samples = [har(entry('www.shop.test', express(APP)), widget(), widget())];
    const named = await look({ samples, secrets: app, names: ['connect.sid'] });
    expect(named.slugs).toEqual(['verifies-current', 'site-left-out']);
    const hosted = await look({ samples, secrets: app, hosts: ['www.shop.test'] });
    expect(hosted.slugs).toEqual(['verifies-current', 'site-left-out']);
  });

  it('may be the API that the tokens are for', async () => {
    const bearer = {
      ...entry('api.elsewhere.test', ''),
      request: {
        method: 'GET',
        url: 'https://api.elsewhere.test/',
        headers: [{ name: 'Authorization', value: `Bearer ${await access()}` }],
      },
    };
    const { seen } = await look({
      samples: [har(entry('www.shop.test', express(APP)), bearer)],
      secrets: app,
    });
    expect(seen.before?.count).toBe(2);
  });
});
