import { describe, expect, it } from 'vitest';
import { edge } from '../../../src/probes/edge/index.ts';
import {
  type Edge,
  type NginxOptions,
  startHaproxy,
  startNginx,
  startSquid,
  startVarnish,
} from '../../support/edges.ts';
import { keeper } from '../../support/keep.ts';
import { look } from '../../support/look.ts';
import {
  type SessionApp,
  type SessionAppOptions,
  signIn,
  startSessionApp,
} from '../../support/session-app.ts';

const keep = keeper();

type Build = (app: SessionApp) => Promise<Edge>;

/** A real app behind a real edge, looked at as a user would: with its origin, and with a session if wanted. */
async function behind(
  build: Build,
  options: SessionAppOptions & { readonly path?: string; readonly signedIn?: boolean } = {},
) {
  const app = keep(await startSessionApp({ cookie: { secure: false }, ...options }));
  const front = keep(await build(app));
  const cookie = options.signedIn ? await signIn(app.url) : undefined;
  const secret = cookie && { cookie: 'env:SESSION' };
  const url = `${front.url}${options.path ?? '/page'}`;
  return look(edge, { edge: { url, origin: app.url, ...secret } }, { env: { SESSION: cookie ?? '' } });
}

const nginx =
  (server: string, more: NginxOptions = {}): Build =>
  ({ port }) =>
    startNginx([port], { ...more, server });
const varnish =
  (vcl = ''): Build =>
  ({ port }) =>
    startVarnish(port, vcl);
const haproxy =
  (): Build =>
  ({ port }) =>
    startHaproxy([port], {
      sections: 'cache shared\n  total-max-size 4\n  max-age 60',
      backend: '  http-request cache-use shared\n  http-response cache-store shared',
    });
const squid =
  (lines = ''): Build =>
  ({ port }) =>
    startSquid(port, lines);

const CACHE = 'proxy_cache c; proxy_cache_valid any 60s;';
const IGNORE = `${CACHE} proxy_ignore_headers Set-Cookie Cache-Control Expires Vary;`;
const SHOWN = 'add_header X-Cache-Status $upstream_cache_status always;';
const STORE_ALL = `
  sub vcl_recv { return (hash); }
  sub vcl_backend_response { set beresp.ttl = 60s; set beresp.uncacheable = false; return (deliver); }`;
const UNSET = `
  sub vcl_recv { unset req.http.Cookie; }
  sub vcl_backend_response { unset beresp.http.Set-Cookie; set beresp.ttl = 60s; }`;

const unsure = (verdict: string) => ['unlikely', 'ruled-out', 'untested'].includes(verdict);

describe('healthy defaults get no verdict', () => {
  const cases: readonly (readonly [string, Build, SessionAppOptions])[] = [
    ['nginx without a cache', nginx(''), {}],
    ['nginx proxy_cache', nginx(`${CACHE} ${SHOWN}`), {}],
    ['nginx proxy_cache and public', nginx(`${CACHE} ${SHOWN}`), { cacheControl: 'public, max-age=60' }],
    ['Varnish, built-in VCL', varnish(), {}],
    ['Varnish, built-in VCL and public', varnish(), { cacheControl: 'public, max-age=60' }],
    // With an ETag it would store: HAProxy takes a validator for leave.
    ['HAProxy cache, no header', haproxy(), { routes: (app) => app.set('etag', false) }],
    ['HAProxy cache, private', haproxy(), { cacheControl: 'private, max-age=60' }],
    ['HAProxy cache, no-store', haproxy(), { cacheControl: 'no-store' }],
    [
      'HAProxy cache, no-cache="Set-Cookie"',
      haproxy(),
      { cacheControl: 'public, max-age=60, no-cache="Set-Cookie"' },
    ],
    ['Squid, no header', squid(), {}],
    ['Squid, private', squid(), { cacheControl: 'private, max-age=60' }],
  ];
  it.each(cases)('%s', async (_name, build, options) => {
    const { suspects, codes, cause } = await behind(build, options);
    expect(suspects).toEqual([]);
    expect(codes).toEqual(expect.arrayContaining(['edge/no-storage', 'edge/cookies-intact']));
    expect(cause('edge-strips-cookie').verdict).toBe('ruled-out');
    expect(unsure(cause('edge-caches-session').verdict)).toBe(true);
  });

  it('and say so of a signed-in session too', async () => {
    const { codes, suspects } = await behind(nginx('proxy_cache c;'), { path: '/me', signedIn: true });
    expect(codes).toContain('edge/session-accepted');
    expect(suspects).toEqual([]);
  });

  it('mentions what may be stored as a weakness, and not what may not', async () => {
    const open = await behind(nginx(''), { cacheControl: 'public, max-age=60' });
    expect(open.codes).toContain('edge/may-be-stored');
    const closed = await behind(nginx(''), { cacheControl: 'private, no-store' });
    expect(closed.codes).not.toContain('edge/may-be-stored');
  });
});

describe('caches that store sessions', () => {
  const cases: readonly (readonly [string, Build, SessionAppOptions])[] = [
    ['nginx proxy_ignore_headers', nginx(`${IGNORE} ${SHOWN}`), {}],
    [
      'nginx proxy_ignore_headers, even with no-store',
      nginx(`${IGNORE} ${SHOWN}`),
      { cacheControl: 'no-store' },
    ],
    ['nginx that says nothing about it', nginx(IGNORE), { cacheControl: 'private' }],
    ['nginx with the cookie in the key', nginx(`${IGNORE} proxy_cache_key $uri$cookie_sid$args;`), {}],
    ['Varnish hash and ttl for all', varnish(STORE_ALL), {}],
    ['HAProxy cache with an ETag and no Cache-Control', haproxy(), {}],
    ['HAProxy cache with public', haproxy(), { cacheControl: 'public, max-age=60' }],
    ['HAProxy cache with s-maxage', haproxy(), { cacheControl: 's-maxage=60' }],
    [
      'Varnish with Vary: Cookie',
      varnish(STORE_ALL),
      {
        routes: (app) => {
          app.use((_request, response, next) => {
            response.vary('Cookie');
            next();
          });
        },
      },
    ],
  ];
  it.each(cases)('%s', async (_name, build, options) => {
    const { codes, cause } = await behind(build, options);
    expect(codes).toContain('edge/same-cookie');
    expect(codes).not.toContain('edge/no-storage');
    expect(cause('edge-caches-session').verdict).toBe('confirmed');
  });

  it('are seen without an origin to compare with', async () => {
    const app = keep(await startSessionApp());
    const front = keep(await startNginx([app.port], { server: IGNORE }));
    const { codes, cause } = await look(edge, { edge: { url: `${front.url}/page` } });
    expect(codes).toEqual(expect.arrayContaining(['edge/same-cookie', 'edge/origin-not-given']));
    expect(cause('edge-caches-session').verdict).toBe('confirmed');
  });

  it('are seen by Age and by two X-Varnish ids', async () => {
    const { findings } = await behind(varnish(STORE_ALL));
    const stored = findings.find(({ code }) => code === 'edge/stored-with-cookie');
    expect(stored?.detail).toMatch(/x-varnish: \d+ \d+.*age: [1-9]/);
  });

  it('hide in the favicon and in what is not found', async () => {
    const build = varnish(`
      sub vcl_recv { if (req.url !~ "^/page") { return (hash); } return (pass); }
      sub vcl_backend_response { if (bereq.url !~ "^/page") { set beresp.ttl = 60s; return (deliver); } }`);
    const { findings, cause } = await behind(build);
    const same = findings.filter(({ code }) => code === 'edge/same-cookie').map(({ subject }) => subject);
    expect(same).toHaveLength(2);
    expect(same[0]).toMatch(/\/favicon\.ico$/);
    expect(cause('edge-caches-session').verdict).toBe('confirmed');
  });

  it('hide in the login page that a page redirects to, and in a file that it names', async () => {
    const only = (path: string) =>
      varnish(`
        sub vcl_recv { if (req.url ~ "^${path}") { return (hash); } return (pass); }
        sub vcl_backend_response { if (bereq.url ~ "^${path}") { set beresp.ttl = 60s; return (deliver); } }`);
    const login = await behind(only('/login-form'), { path: '/protected' });
    const file = await behind(only('/assets/'), {
      path: '/shop',
      routes: (app) => {
        app.get('/shop', (_request, response) => {
          response.send('<head><link rel=stylesheet href="/assets/shop.css?v=2"></head>');
        });
      },
    });
    for (const { findings, cause } of [login, file]) {
      const same = findings.filter(({ code }) => code === 'edge/same-cookie');
      expect(same.map(({ subject }) => subject?.replace(/^.*:\d+/, ''))).toEqual([
        findings === login.findings ? '/login-form' : '/assets/shop.css?v=…',
      ]);
      expect(cause('edge-caches-session').verdict).toBe('confirmed');
    }
  });

  it('give a signed-in visitor the stranger’s answer', async () => {
    const { codes, cause } = await behind(varnish(STORE_ALL), { path: '/me', signedIn: true });
    expect(codes).toContain('edge/stored-for-session');
    expect(cause('edge-caches-session').verdict).toBe('confirmed');
    expect(unsure(cause('client-binding-broken').verdict)).toBe(true);
  });

  it('hand a signed-in visitor’s page to strangers: it has no Set-Cookie that would forbid it', async () => {
    const { findings, codes, cause } = await behind(nginx(CACHE), { path: '/me', signedIn: true });
    expect(findings.find(({ code }) => code === 'edge/private-page-stored')?.detail).toMatch(
      /strangers got HTTP 401, 401 before .* and HTTP 200 afterwards; .* still HTTP 401/,
    );
    expect(codes).not.toContain('edge/no-storage');
    expect(cause('edge-caches-session').verdict).toBe('confirmed');
  });

  it('are confirmed where the signed-in get their own pages', async () => {
    const keyed = nginx(`${IGNORE} ${SHOWN} proxy_cache_key $uri$cookie_sid$args;`);
    const { codes, cause } = await behind(keyed, { path: '/me', signedIn: true });
    expect(codes).toEqual(expect.arrayContaining(['edge/same-cookie', 'edge/session-accepted']));
    expect(codes).not.toContain('edge/stored-refusal');
    expect(cause('edge-caches-session').verdict).toBe('confirmed');
  });

  it('make a browser delete its own session once the stored lifetime is used up', async () => {
    const { codes } = await behind(nginx(`${IGNORE} proxy_hide_header Nothing;`), {
      cookie: { maxAge: 1000 },
    });
    expect(codes).toContain('edge/stored-cookie-expired');
  });

  it('hand out a stored redirect to the login', async () => {
    const { codes, cause } = await behind(squid(), {
      path: '/protected',
      saveUninitialized: false,
      routes: (app) => {
        app.use((_request, response, next) => {
          response.set('Cache-Control', 'public, s-maxage=60');
          next();
        });
      },
    });
    expect(codes).toContain('edge/stored-refusal');
    expect(cause('edge-caches-session').verdict).toBe('likely');
  });
});

describe('edges that lose cookies', () => {
  it.each([
    ['nginx proxy_hide_header', nginx(`${IGNORE} ${SHOWN} proxy_hide_header Set-Cookie;`)],
    ['Varnish that unsets them', varnish(UNSET)],
  ] as const)('%s', async (_name, build) => {
    const { codes, cause } = await behind(build);
    expect(codes).toContain('edge/cookie-stripped');
    expect(cause('edge-strips-cookie').verdict).toBe('confirmed');
  });

  it('Varnish that unsets them, with a session: not a matter of the client', async () => {
    const { codes, cause } = await behind(varnish(UNSET), { path: '/me', signedIn: true });
    expect(codes).toContain('edge/cookie-stripped');
    expect(codes).not.toContain('edge/refused-by-path');
    expect(cause('edge-strips-cookie').verdict).toBe('confirmed');
    expect(unsure(cause('client-binding-broken').verdict)).toBe(true);
  });

  it('Squid, which keeps a page and not its cookie', async () => {
    const { codes, cause } = await behind(squid(), { cacheControl: 'public, s-maxage=60' });
    expect(codes).toContain('edge/cookie-missing-from-stored');
    expect(cause('edge-strips-cookie').verdict).toBe('likely');
  });

  it.each([
    ['without a session, by the anonymous echo', '/page', false],
    ['with a session', '/me', true],
    ['with a session and a redirect', '/protected', true],
  ])('nginx that forwards no Cookie, %s', async (_name, path, signedIn) => {
    const { codes, cause } = await behind(nginx('proxy_set_header Cookie "";'), { path, signedIn });
    expect(codes).toContain('edge/cookie-not-forwarded');
    expect(codes).not.toContain('edge/cookies-intact');
    expect(cause('edge-strips-cookie').verdict).toBe('confirmed');
  });

  it('does not blame a cache for leaving cookies off files', async () => {
    const { codes, suspects } = await behind(({ port }) =>
      startNginx([port], {
        server: `} location ~ \\.(ico|js)$ { proxy_pass http://apps; ${IGNORE} proxy_hide_header Set-Cookie;`,
      }),
    );
    expect(codes).toContain('edge/asset-without-cookie');
    expect(suspects).toEqual([]);
  });

  it.each([
    ['Path', 'proxy_cookie_path / /app/;', 'edge/cookie-rewritten'],
    ['SameSite', 'proxy_cookie_flags sid samesite=strict;', 'edge/cookie-rewritten'],
    ['Secure, which only protects', 'proxy_cookie_flags sid secure;', 'edge/cookie-hardened'],
  ])('that rewrite %s', async (_name, server, code) => {
    const { codes, cause } = await behind(nginx(server), { cookie: { sameSite: 'lax' } });
    expect(codes).toContain(code);
    const blamed = code === 'edge/cookie-rewritten';
    expect(unsure(cause('edge-strips-cookie').verdict)).toBe(!blamed);
  });
});

describe('instances behind the edge that disagree', () => {
  it.each([['/page'], ['/me']])('are not taken for an edge that keeps cookies back (%s)', async (path) => {
    const other = keep(await startSessionApp());
    const { codes, cause } = await behind(({ port }) => startNginx([port, other.port]), {
      path,
      signedIn: true,
    });
    expect(codes).not.toContain('edge/cookie-not-forwarded');
    expect(codes).not.toContain('edge/refused-by-path');
    expect(unsure(cause('edge-strips-cookie').verdict)).toBe(true);
  });
});

describe('what the session is bound to', () => {
  it('is told from a cookie that does not arrive', async () => {
    const { codes, cause } = await behind(nginx('proxy_set_header X-Forwarded-For $remote_addr;'), {
      path: '/me',
      signedIn: true,
      routes: (app) => {
        app.use('/me', (request, response, next) => {
          if (request.session.user !== undefined && request.get('x-forwarded-for') !== undefined)
            response.status(401).send('your address has changed');
          else next();
        });
      },
    });
    expect(codes).toContain('edge/refused-by-path');
    expect(['likely', 'confirmed']).toContain(cause('client-binding-broken').verdict);
    expect(unsure(cause('edge-strips-cookie').verdict)).toBe(true);
  });
});
