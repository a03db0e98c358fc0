import { describe, expect, it } from 'vitest';
import { edge } from '../../../src/probes/edge/index.ts';
import { keeper } from '../../support/keep.ts';
import { look } from '../../support/look.ts';
import { type EdgeCode, startNodeEdge } from '../../support/node-edge.ts';
import { type SessionAppOptions, signIn, startSessionApp } from '../../support/session-app.ts';

const keep = keeper();

async function behind(
  code: EdgeCode,
  options: SessionAppOptions & { path?: string; signedIn?: boolean } = {},
) {
  const app = keep(await startSessionApp(options));
  const front = keep(await startNodeEdge(app.port, code));
  const cookie = options.signedIn === false ? undefined : await signIn(app.url);
  return look(
    edge,
    {
      edge: {
        url: `${front.url}${options.path ?? '/me'}`,
        origin: app.url,
        ...(cookie !== undefined && { cookie: 'env:SESSION' }),
      },
      cookies: { names: ['sid'] },
    },
    { env: { SESSION: cookie ?? '' } },
  );
}

const sid = (header: string | undefined) => /(?:^|;\s*)sid=([^;]*)/.exec(header ?? '')?.[1];
const last = (header: string) => [...header.matchAll(/(?:^|;\s*)sid=([^;]*)/g)].at(-1)?.[1] ?? '';
const jwt = (value: string | undefined) => value !== undefined && /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(value);

const origins: readonly (readonly [string, SessionAppOptions])[] = [
  ['with a header of its own', { mark: 'X-Origin-Made' }],
  ['that nothing marks', {}],
  ['that gives strangers nothing', { saveUninitialized: false }],
];
// Not every pair: each look takes the second by which two strangers must be apart.
const grid = ([0, 1, 1, 2] as const).map((index, row) => {
  const [name, options] = origins[index] as (typeof origins)[number];
  const path = row % 2 === 0 ? '/me' : '/protected';
  return [name, path, { ...options, path }] as const;
});
const onlyJwt: EdgeCode = {
  answer(incoming, response) {
    const value = sid(incoming.headers.cookie);
    if (value === undefined || jwt(value)) return false;
    response.writeHead(302, { location: '/login-form' }).end();
    return true;
  },
};

describe.each(grid)(
  'code at the edge that reads cookies, before an origin %s (%s)',
  (_name, _path, options) => {
    it('says nothing about an edge that lets everything through', async () => {
      const { codes, suspects } = await behind({}, options);
      expect(codes).toContain('edge/session-accepted');
      expect(suspects).toEqual([]);
    });

    it('understands only the other format', async () => {
      const { codes, cause } = await behind(onlyJwt, options);
      expect(codes).toContain('edge/edge-reads-other-format');
      expect(codes).not.toContain('edge/edge-refuses-session');
      expect(cause('edge-strips-cookie').verdict).toBe('confirmed');
      expect(cause('rollback-remnant').verdict).toMatch(/^(?:possible|likely)$/);
    });

    it('takes any cookie for a signed-in visitor', async () => {
      const { codes, cause } = await behind(
        {
          answer(incoming, response) {
            if (sid(incoming.headers.cookie) === undefined) return false;
            response.writeHead(200).end('welcome back');
            return true;
          },
        },
        options,
      );
      expect(codes).toContain('edge/edge-trusts-presence');
      expect(codes).not.toContain('edge/session-accepted');
      expect(cause('edge-strips-cookie').verdict).toBe('likely');
    });

    it('strips what it cannot read', async () => {
      const { codes, cause } = await behind(
        { cookie: (cookie) => (jwt(sid(cookie)) ? cookie : '') },
        options,
      );
      // Where strangers get no cookie, a fleet that shares nothing looks the same.
      const blind = options.saveUninitialized === false;
      expect(codes).toContain(blind ? 'edge/refused-by-edge-way' : 'edge/cookie-not-forwarded');
      expect(cause('edge-strips-cookie').verdict).toBe(blind ? 'possible' : 'confirmed');
      expect(['unlikely', 'untested']).toContain(cause('client-binding-broken').verdict);
    });

    it.each([
      ['and clears the cookie', { 'set-cookie': 'sid=; Max-Age=0; Path=/' }],
      ['without a word', {}],
    ])('holds an old secret, %s', async (_how, more) => {
      const { codes, cause } = await behind(
        {
          answer(incoming, response) {
            if (sid(incoming.headers.cookie) === undefined) return false;
            response.writeHead(302, { location: '/login-form', ...more }).end();
            return true;
          },
        },
        options,
      );
      expect(codes).toContain('edge/edge-refuses-session');
      expect(codes).not.toContain('edge/edge-reads-other-format');
      expect(cause('edge-strips-cookie').verdict).toBe('confirmed');
    });

    it('picks another duplicate than the origin', async () => {
      const { codes, cause } = await behind(
        {
          answer(incoming, response) {
            const header = incoming.headers.cookie ?? '';
            if ((header.match(/sid=/g) ?? []).length < 2 || last(header).startsWith('s%3A')) return false;
            response.writeHead(302, { location: '/login-form' }).end();
            return true;
          },
          cookie: (header) => ((header.match(/sid=/g) ?? []).length > 1 ? `sid=${last(header)}` : header),
        },
        options,
      );
      expect(codes).toContain('edge/edge-picks-duplicate');
      expect(cause('edge-strips-cookie').verdict).toBe('likely');
    });
  },
);

describe('without any session', () => {
  it.each(origins.slice(0, 2))('understands only the other format, origin %s', async (_name, options) => {
    const { codes } = await behind(onlyJwt, { ...options, signedIn: false, path: '/page' });
    expect(codes).toContain('edge/edge-reads-other-format');
  });
});

describe('Set-Cookie lines', () => {
  const two: SessionAppOptions = {
    routes: (app) => {
      app.use((_request, response, next) => {
        response.cookie('csrf', 'a-token-that-comes-along', { path: '/' });
        next();
      });
    },
  };

  it('collapsed into the last one', async () => {
    const { codes, findings, cause } = await behind(
      { setCookie: (lines) => lines.filter((line) => line.startsWith('sid=') || lines.length === 1) },
      { ...two, path: '/page', signedIn: false },
    );
    expect(codes).toContain('edge/cookies-collapsed');
    expect(findings.find(({ code }) => code === 'edge/cookies-collapsed')?.detail).toMatch(
      /lost at the edge: csrf/,
    );
    expect(cause('edge-strips-cookie').verdict).toBe('confirmed');
  });

  it('whole', async () => {
    const { codes, suspects } = await behind({}, { ...two, path: '/page', signedIn: false });
    expect(codes).toContain('edge/cookies-intact');
    expect(suspects).toEqual([]);
  });

  it('of a bot shield that writes its own into stored answers are no session', async () => {
    const { codes, suspects } = await behind(
      {
        answer(incoming, response) {
          if (incoming.headers.cookie !== undefined) return false;
          const own = `__cf_bm=${Math.random().toString(36).repeat(5)}; Path=/; HttpOnly`;
          response.writeHead(200, { 'cf-cache-status': 'HIT', age: '7', 'set-cookie': own }).end('page');
          return true;
        },
      },
      { path: '/page', signedIn: false, saveUninitialized: false },
    );
    expect(codes).not.toContain('edge/stored-with-cookie');
    expect(suspects).toEqual([]);
  });
});

describe('manners', () => {
  it('a redirect to itself', async () => {
    const { codes } = await behind(
      {
        answer(incoming, response) {
          response.writeHead(302, { location: (incoming.url ?? '/').split('?')[0] }).end();
          return true;
        },
      },
      { path: '/page', signedIn: false },
    );
    expect(codes).toContain('edge/redirects-to-itself');
  });

  it('errors of the edge’s own', async () => {
    const { codes } = await behind(
      {
        answer(_incoming, response) {
          response.writeHead(503).end('edge says no');
          return true;
        },
      },
      { path: '/page', signedIn: false },
    );
    expect(codes).toContain('edge/edge-errors');
  });
});

describe('what it sends', () => {
  it('is GET, counted, and holds no secret afterwards', async () => {
    const asked: string[] = [];
    const app = keep(await startSessionApp());
    const front = keep(
      await startNodeEdge(app.port, {
        answer(incoming) {
          asked.push(`${incoming.method} ${incoming.headers['user-agent']}`);
          return false;
        },
      }),
    );
    const cookie = await signIn(app.url);
    const { seen, findings } = await look(
      edge,
      { edge: { url: `${front.url}/me`, origin: app.url, cookie: 'env:SESSION' } },
      { env: { SESSION: cookie } },
    );
    expect(asked.every((one) => one.startsWith('GET sessdoctor'))).toBe(true);
    expect(seen.sent).toBeLessThanOrEqual(40);
    const value = decodeURIComponent(cookie.split('=')[1] ?? '').slice(2, 34);
    expect(JSON.stringify([seen, findings])).not.toContain(value);
  });
});
