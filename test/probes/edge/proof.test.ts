/** What looks like an edge's fault and is none, and what is proof of one where little is said. */
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { edge } from '../../../src/probes/edge/index.ts';
import { startHaproxy, startNginx } from '../../support/edges.ts';
import { keeper } from '../../support/keep.ts';
import { look } from '../../support/look.ts';
import { startNodeEdge } from '../../support/node-edge.ts';
import { close, listen, type SessionAppOptions, signIn, startSessionApp } from '../../support/session-app.ts';

const keep = keeper();

const IGNORE =
  'proxy_cache c; proxy_cache_valid any 60s; proxy_ignore_headers Set-Cookie Cache-Control Expires Vary;';
const SHOWN = 'add_header X-Cache-Status $upstream_cache_status always;';

async function site(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  const port = await listen(server);
  keep({ stop: () => close(server) });
  return port;
}

const unsure = (verdict: string) => ['unlikely', 'ruled-out', 'untested'].includes(verdict);

describe('a fleet without a cache, in which each instance keeps its own sessions', () => {
  const fleets = [
    [2, 'roundrobin', true],
    [2, 'random', false],
    [3, 'roundrobin', true],
    [4, 'random', true],
    [10, 'roundrobin', true],
    [10, 'random', false],
  ] as const;
  it.each(fleets)('%i of them, %s, a cookie for strangers: %s', async (size, balance, saveUninitialized) => {
    const apps = await Promise.all(
      Array.from({ length: size }, () => startSessionApp({ saveUninitialized })),
    );
    apps.forEach(keep);
    const front = keep(
      await startHaproxy(
        apps.map(({ port }) => port),
        { backend: `  balance ${balance}` },
      ),
    );
    const origin = apps[0]?.url ?? '';
    const { codes, cause } = await look(
      edge,
      { edge: { url: `${front.url}/me`, origin, cookie: 'env:SESSION' } },
      { env: { SESSION: await signIn(origin) } },
    );
    expect(codes).not.toContain('edge/stored-for-session');
    expect(codes).not.toContain('edge/edge-picks-duplicate');
    expect(unsure(cause('edge-caches-session').verdict)).toBe(true);
    expect(['confirmed', 'likely']).not.toContain(cause('edge-strips-cookie').verdict);
    expect(['confirmed', 'likely']).not.toContain(cause('client-binding-broken').verdict);
  });
});

describe('two releases behind the edge', () => {
  it.each([[1], [0]])('are no code at the edge (the origin is the one that answers %i)', async (index) => {
    const release = (mark: string, status: number) =>
      site((request, response) => {
        const fresh = request.headers.cookie === undefined;
        const id = `sid=${Math.random().toString(36).slice(2).repeat(3)}; Path=/`;
        response.writeHead(fresh ? 200 : status, { [mark]: '1', ...(fresh && { 'set-cookie': id }) });
        response.end('page');
      });
    const ports = [await release('x-one', 200), await release('x-two', 403)];
    const front = keep(await startNginx(ports));
    const { codes, cause } = await look(edge, {
      edge: { url: `${front.url}/page`, origin: `http://127.0.0.1:${ports[index]}` },
    });
    expect(codes).not.toContain('edge/edge-reads-other-format');
    expect(codes).not.toContain('edge/edge-refuses-session');
    expect(['confirmed', 'likely']).not.toContain(cause('edge-strips-cookie').verdict);
  });
});

describe('a session that only its own cache key shows', () => {
  it('is proven stored where no header says so and strangers get no cookie', async () => {
    const app = keep(await startSessionApp({ saveUninitialized: false }));
    const front = keep(await startNginx([app.port], { server: IGNORE }));
    const { findings, cause } = await look(
      edge,
      { edge: { url: `${front.url}/me`, origin: app.url, cookie: 'env:SESSION' } },
      { env: { SESSION: await signIn(app.url) } },
    );
    expect(findings.find(({ code }) => code === 'edge/stored-for-session')?.detail).toMatch(
      /refusing it 6 of 6 times, and URLs that no cache has seen accepting it 6 of 6 times/,
    );
    expect(cause('edge-caches-session').verdict).toBe('confirmed');
  });

  it.each([
    ['/me', true, SHOWN],
    ['/protected', false, SHOWN],
    ['/me', true, ''],
  ])(
    'is the cache’s where queries make no difference (%s, %s, "%s")',
    async (path, saveUninitialized, more) => {
      const app = keep(await startSessionApp({ saveUninitialized }));
      const front = keep(await startNginx([app.port], { server: `${IGNORE} ${more} proxy_cache_key $uri;` }));
      const { codes, cause } = await look(
        edge,
        { edge: { url: `${front.url}${path}`, origin: app.url, cookie: 'env:SESSION' } },
        { env: { SESSION: await signIn(app.url) } },
      );
      expect(codes).toContain('edge/stored-for-session');
      expect(cause('edge-caches-session').verdict).toBe('confirmed');
      expect(unsure(cause('edge-strips-cookie').verdict)).toBe(true);
    },
  );
});

describe('a session that is bound to the client’s address', () => {
  const bound = (saveUninitialized: boolean): SessionAppOptions => ({
    saveUninitialized,
    routes: (app) => {
      app.use('/me', (request, response, next) => {
        if (request.session.user !== undefined && request.get('x-forwarded-for') !== undefined)
          response.status(401).send('your address has changed');
        else next();
      });
    },
  });
  it.each([true, false])('is told from a lost cookie (a cookie for strangers: %s)', async (strangers) => {
    const app = keep(await startSessionApp(bound(strangers)));
    const front = keep(
      await startNginx([app.port], { server: 'proxy_set_header X-Forwarded-For $remote_addr;' }),
    );
    const { codes, cause } = await look(
      edge,
      { edge: { url: `${front.url}/me`, origin: app.url, cookie: 'env:SESSION' } },
      { env: { SESSION: await signIn(app.url) } },
    );
    expect(codes).toContain('edge/refused-by-path');
    expect(cause('client-binding-broken').verdict).toBe('likely');
    expect(unsure(cause('edge-strips-cookie').verdict)).toBe(true);
  });
});

describe('what may be stored', () => {
  it('a cookie that the origin gives to everybody', async () => {
    const port = await site((_request, response) => {
      response.setHeader('Set-Cookie', 'prefs=Y3VycmVuY3k9RVVSOmNvdW50cnk9REU6bG9jYWxlPWRl; Path=/');
      response.setHeader('Cache-Control', 'public, max-age=60');
      response.end('hello');
    });
    const front = keep(await startNginx([port], { server: `${IGNORE} ${SHOWN}` }));
    const { codes, suspects } = await look(edge, {
      edge: { url: `${front.url}/page`, origin: `http://127.0.0.1:${port}` },
    });
    expect(codes).toEqual(expect.arrayContaining(['edge/same-at-origin', 'edge/stored-other-cookie']));
    expect(suspects).toEqual([]);
  });

  it('a redirect, unless a whole word of it says login', async () => {
    const places = ['/authors', '/blog/loginess', '/users/sign_in', '/auth/realms/shop', '/login-form'];
    const port = await site((request, response) => {
      const to = places[Number(request.url?.slice(1, 2))];
      if (to === undefined) response.end('here');
      else response.writeHead(302, { location: to, 'cache-control': 'public, max-age=60' }).end();
    });
    const front = keep(await startNginx([port], { server: `proxy_cache c; ${SHOWN}` }));
    const { findings } = await look(edge, {
      edge: { url: places.map((_place, index) => `${front.url}/${index}`) },
    });
    const refusals = findings.filter(({ code }) => code === 'edge/stored-refusal');
    expect(refusals.map(({ subject }) => subject)).toEqual([2, 3, 4].map((n) => `${front.url}/${n}`));
  });
});

describe('redirects', () => {
  const circle = async (listener: RequestListener, path: string) => {
    const url = `http://127.0.0.1:${await site(listener)}${path}`;
    const { codes, findings } = await look(edge, { edge: { url } });
    return { codes, detail: findings.find(({ code }) => code === 'edge/redirects-to-itself')?.detail };
  };

  it('of two pages to each other are a circle', async () => {
    const { detail } = await circle((request, response) => {
      response.writeHead(302, { location: request.url?.startsWith('/a') ? '/b' : '/a' }).end();
    }, '/a');
    expect(detail).toMatch(/^HTTP 302 to \/b, HTTP 302 to \/a,/);
  });

  it('with a query are one as well', async () => {
    const { detail } = await circle((request, response) => {
      response.writeHead(302, { location: request.url }).end();
    }, '/a?next=1');
    expect(detail).toMatch(/^HTTP 302 to \/a,/);
  });

  it('without an end are one', async () => {
    let n = 0;
    const { detail } = await circle((_request, response) => {
      response.writeHead(302, { location: `/step/${n++}` }).end();
    }, '/a');
    expect(detail).toMatch(/(?:HTTP 302 to \/step\/\d+(?:, )?){8}/);
  });

  it('to the same page once a cookie has been set are none', async () => {
    const { codes } = await circle((request, response) => {
      if (request.headers.cookie === undefined)
        response.writeHead(302, { location: '/a', 'set-cookie': `seen=${'x'.repeat(9)}` }).end();
      else response.end('hello');
    }, '/a');
    expect(codes).not.toContain('edge/redirects-to-itself');
  });

  it('to https are none', async () => {
    const { codes } = await circle((request, response) => {
      response.writeHead(301, { location: `https://127.0.0.1${request.url}` }).end();
    }, '/a');
    expect(codes).not.toContain('edge/redirects-to-itself');
  });

  it('never lead to a logout', async () => {
    const asked: string[] = [];
    const { codes } = await circle((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(302, { location: '/logout' }).end();
    }, '/a');
    expect(codes).not.toContain('edge/redirects-to-itself');
    expect(asked).not.toContain('/logout');
  });
});

describe('two lines of one name', () => {
  const id = () => Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join('');
  const both: RequestListener = (request, response) => {
    if (request.headers.cookie === undefined)
      response.setHeader('Set-Cookie', [`sid=${id()}; Path=/`, `sid=${id()}; Path=/app`]);
    response.end('hello');
  };

  it('pass a transparent nginx', async () => {
    const port = await site(both);
    const front = keep(await startNginx([port]));
    const { codes, suspects } = await look(edge, {
      edge: { url: `${front.url}/page`, origin: `http://127.0.0.1:${port}` },
    });
    expect(codes).toContain('edge/cookies-intact');
    expect(suspects).toEqual([]);
  });

  it('are missed where the edge keeps the last', async () => {
    const port = await site(both);
    const front = keep(await startNodeEdge(port, { setCookie: (lines) => lines.slice(-1) }));
    const { codes, cause } = await look(edge, {
      edge: { url: `${front.url}/page`, origin: `http://127.0.0.1:${port}` },
    });
    expect(codes).toContain('edge/cookies-collapsed');
    expect(codes).not.toContain('edge/cookies-intact');
    expect(cause('edge-strips-cookie').verdict).toBe('confirmed');
  });

  it('of which one release sends one only are no edge’s doing', async () => {
    const port = await site(both);
    const other = await site((request, response) => {
      if (request.headers.cookie === undefined) response.setHeader('Set-Cookie', `sid=${id()}; Path=/`);
      response.end('hello');
    });
    const front = keep(await startNginx([port, other]));
    const { codes } = await look(edge, {
      edge: { url: `${front.url}/page`, origin: `http://127.0.0.1:${port}` },
    });
    expect(codes).not.toContain('edge/cookies-collapsed');
    expect(codes).not.toContain('edge/cookie-rewritten');
  });
});
