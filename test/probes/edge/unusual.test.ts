/** Healthy sites of unusual build: a whole look at edge and fleet accuses nobody. */
import type { RequestListener } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { MemoryStore } from 'express-session';
import { afterAll, expect, it } from 'vitest';
import { startHaproxy, startNginx, startVarnish } from '../../support/edges.ts';
import { keeper } from '../../support/keep.ts';
import { startNodeEdge } from '../../support/node-edge.ts';
import { ALICE, app, at, diagnose, id, page, serve, type Site } from '../../support/whole-look.ts';
import { signIn, startSessionApp } from '../../support/session-app.ts';

const keep = keeper(afterAll);
const site = async (listener: RequestListener) => keep(await serve(listener)).port;

const CACHE = 'proxy_cache c; add_header X-Cache-Status $upstream_cache_status always;';

const sites: Readonly<Record<string, () => Promise<Site>>> = {
  async 'stale while revalidate, public pages for strangers'() {
    const port = await site(
      app({
        anonymous: false,
        headers: { 'cache-control': 'public, s-maxage=1, stale-while-revalidate=60' },
      }),
    );
    const { url } = keep(
      await startNginx([port], {
        server: `${CACHE} proxy_cache_use_stale updating; proxy_cache_background_update on;`,
      }),
    );
    return { url, origin: at(port) };
  },
  async 'an A/B cookie of the edge’s own'() {
    const port = await site(app({}));
    const { url } = keep(
      await startNginx([port], { server: 'add_header Set-Cookie "ab=$request_id; Path=/";' }),
    );
    return { url, origin: at(port) };
  },
  async 'an A/B cookie of the edge’s own on a page without sessions'() {
    const port = await site(app({ anonymous: false }));
    const { url } = keep(
      await startNginx([port], {
        server: `${CACHE} proxy_cache_valid any 60s; add_header Set-Cookie "ab=$request_id; Path=/";`,
      }),
    );
    return { url, origin: at(port) };
  },
  async 'a canary chosen by cookie, one store'() {
    const store = new MemoryStore();
    const stable = keep(await startSessionApp({ store, build: 'v1' }));
    const canary = keep(await startSessionApp({ store, build: 'v2' }));
    const { url } = keep(
      await startNginx([stable.port], {
        http: `map $cookie_canary $to { default "127.0.0.1:${stable.port}"; always "127.0.0.1:${canary.port}"; }`,
        server: '} location /me { proxy_pass http://$to; proxy_set_header Host $http_host;',
      }),
    );
    return { url, origin: stable.url, path: '/me', session: await signIn(stable.url) };
  },
  async 'a login on another host'() {
    const port = await site((_request, response) => {
      response.writeHead(302, {
        location: `https://sso.example/authorize?state=${id()}`,
        'cache-control': 'no-store',
      });
      response.end();
    });
    const { url } = keep(await startNginx([port], { server: CACHE }));
    return { url, origin: at(port) };
  },
  async 'a login on another host, with a state cookie each time'() {
    const port = await site((_request, response) => {
      response.writeHead(302, {
        location: `https://sso.example/authorize?state=${id()}`,
        'set-cookie': `oauth_state=${id()}; Path=/; HttpOnly; Max-Age=600`,
      });
      response.end();
    });
    const { url } = keep(await startNginx([port]));
    return { url, origin: at(port) };
  },
  async 'a gate of the edge that leads everybody to another host'() {
    const port = await site(app({}));
    const { url } = keep(
      await startNginx([port], {
        server: 'return 302 https://team.access.example/cdn-cgi/access/login?kid=1;',
      }),
    );
    return { url, origin: at(port), session: ALICE };
  },
  async 'sessions from the login on only'() {
    const one = keep(await startSessionApp({ saveUninitialized: false, cacheControl: 'public, max-age=60' }));
    const { url } = keep(await startVarnish(one.port));
    return { url, origin: one.url };
  },
  async 'sessions from the login on only, signed in'() {
    const one = keep(await startSessionApp({ saveUninitialized: false }));
    const { url } = keep(await startVarnish(one.port));
    return { url, origin: one.url, path: '/me', session: await signIn(one.url) };
  },
  async '__Host- cookies'() {
    const port = await site(app({ name: '__Host-sid', attributes: 'Path=/; Secure; HttpOnly' }));
    const { url } = keep(await startHaproxy([port]));
    return { url, origin: at(port), session: `__Host-${ALICE}` };
  },
  async 'a port that speaks HTTP/2 only'() {
    const server = createHttp2((_request, response) => response.end('hello'));
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    keep({ stop: async () => void server.close() });
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const origin = await site(app({}));
    return { url: at(port), origin: at(origin) };
  },
  async 'gzip on the way'() {
    const port = await site(app({ headers: { etag: '"abc"' } }));
    const { url } = keep(
      await startNginx([port], { server: 'gzip on; gzip_min_length 0; gzip_proxied any;' }),
    );
    return { url, origin: at(port), session: ALICE };
  },
  async 'answers that are compressed in one way or the other'() {
    let n = 0;
    const port = await site((_request, response) => {
      const body = Buffer.from(page());
      const gzip = n++ % 2 === 0;
      response.setHeader('content-encoding', gzip ? 'gzip' : 'br');
      response.setHeader('set-cookie', `sid=${id()}; Path=/`);
      response.end(gzip ? gzipSync(body) : brotliCompressSync(body));
    });
    const { url } = keep(await startNginx([port]));
    return { url, origin: at(port) };
  },
  async 'http that leads to https'() {
    const port = await site(app({}));
    const { url } = keep(await startNginx([port], { server: 'return 301 https://$host$request_uri;' }));
    return { url, origin: at(port), session: ALICE };
  },
  async 'www that leads to the bare name'() {
    const port = await site(app({ guarded: /account/ }));
    const { url } = keep(await startNginx([port], { server: 'return 308 http://shop.example$request_uri;' }));
    return { url, origin: at(port), path: '/account', session: ALICE };
  },
  async 'the edge’s redirect to a language'() {
    const port = await site(app({ guarded: /account/ }));
    const { url } = keep(
      await startNginx([port], {
        server:
          'if ($uri !~ "^/(en|de)/") { return 302 /en$request_uri; } rewrite ^/(?:en|de)(/.*)$ $1 break;',
      }),
    );
    return { url, origin: at(port), path: '/account', session: ALICE };
  },
  async 'maintenance on one path'() {
    const port = await site(app({}));
    const { url } = keep(
      await startNginx([port], {
        server: '} location /shop { default_type text/html; return 503 "<h1>Back soon</h1>";',
      }),
    );
    return { url, origin: at(port), path: '/shop', session: ALICE };
  },
  async 'maintenance on one path, told with 200'() {
    const port = await site(app({ guarded: /shop/ }));
    const { url } = keep(
      await startNginx([port], {
        server: '} location /shop { default_type text/html; return 200 "<h1>Back soon</h1>";',
      }),
    );
    return { url, origin: at(port), path: '/shop', session: ALICE };
  },
  async 'a limit of requests'() {
    const port = await site(app({ guarded: /account/ }));
    const { url } = keep(
      await startNginx([port], {
        http: 'limit_req_zone $binary_remote_addr zone=z:1m rate=60r/m; limit_req_status 429;',
        server: 'limit_req zone=z burst=6 nodelay;',
      }),
    );
    return { url, origin: at(port), path: '/account', session: ALICE };
  },
  async 'a limit of requests that answers 503'() {
    const port = await site(app({ guarded: /account/ }));
    const { url } = keep(
      await startNginx([port], {
        http: 'limit_req_zone $binary_remote_addr zone=z:1m rate=60r/m;',
        server: 'limit_req zone=z burst=15 nodelay;',
      }),
    );
    return { url, origin: at(port), path: '/account', session: ALICE };
  },
  async 'consent before any cookie, asked for at the edge'() {
    const port = await site(app({}));
    const strip = keep(
      await startNodeEdge(port, {
        answer: (incoming, response) => {
          if (/consent=yes/.test(incoming.headers.cookie ?? '')) return false;
          response.writeHead(200, { 'content-type': 'text/html' });
          response.end('<html><body><h1>We ask for your consent</h1><form></form></body></html>');
          return true;
        },
      }),
    );
    return { url: strip.url, origin: at(port), session: ALICE };
  },
  async 'consent before any cookie, asked for by the app'() {
    const inner = app({});
    const port = await site((request, response) => {
      if (/consent=yes/.test(request.headers.cookie ?? '')) inner(request, response);
      else response.end(page('<form>consent</form>'));
    });
    const { url } = keep(await startVarnish(port));
    return { url, origin: at(port) };
  },
  async 'one mark of the edge’s own for everybody'() {
    const port = await site(app({}));
    const { url } = keep(
      await startNginx([port], {
        server: 'add_header Set-Cookie "edge_build=3f9a0c77d1e24b5586aa; Path=/";',
      }),
    );
    return { url, origin: at(port), session: ALICE };
  },
  async 'a bot shield’s cookie'() {
    const port = await site(app({}));
    const { url } = keep(
      await startNginx([port], {
        server: 'add_header Set-Cookie "__cf_bm=$request_id$request_id; Path=/; HttpOnly";',
      }),
    );
    return { url, origin: at(port) };
  },
  async 'affinity by a balancer’s cookie, one store'() {
    const store = new MemoryStore();
    const apps = [keep(await startSessionApp({ store })), keep(await startSessionApp({ store }))];
    const { url } = keep(
      await startHaproxy(
        apps.map(({ port }) => port),
        { backend: '  cookie SERVERID insert indirect nocache' },
      ),
    );
    const origin = apps[0]?.url ?? '';
    return { url, origin, path: '/me', session: await signIn(origin) };
  },
  async 'a balancer’s cookie of the origin’s that the edge keeps back'() {
    const port = await site(
      app({ more: () => [`AWSALB=${id()}${id()}; Path=/`, `AWSALBCORS=${id()}; Path=/`] }),
    );
    const { url } = keep(
      await startNodeEdge(port, { setCookie: (lines) => lines.filter((line) => !line.startsWith('AWSALB')) }),
    );
    return { url, origin: at(port), session: ALICE };
  },
  async 'a language cookie that the edge keeps back'() {
    const port = await site(app({ more: () => ['lang=en; Path=/', 'theme=dark; Path=/'] }));
    const { url } = keep(
      await startNodeEdge(port, { setCookie: (lines) => lines.filter((line) => line.startsWith('sid')) }),
    );
    return { url, origin: at(port), session: ALICE };
  },
  async 'the same line twice, sent on once'() {
    const inner = app({});
    const port = await site((request, response) => {
      const set = response.setHeader.bind(response);
      response.setHeader = (name: string, value: string | string[]) =>
        set(name, name === 'set-cookie' && Array.isArray(value) ? [...value, ...value] : value);
      inner(request, response);
    });
    const { url } = keep(await startNodeEdge(port, { setCookie: (lines) => [...new Set(lines)] }));
    return { url, origin: at(port), session: ALICE };
  },
  async 'a forgery token anew in each answer'() {
    const port = await site(app({ more: () => [`XSRF-TOKEN=${id()}; Path=/`] }));
    const { url } = keep(await startNginx([port]));
    return { url, origin: at(port), session: ALICE };
  },
  async 'a cookie path that the edge maps with its URLs'() {
    const port = await site(app({ attributes: 'Path=/app/; HttpOnly' }));
    const { url } = keep(
      await startNginx([port], {
        server: '} location /shop { proxy_pass http://apps/app; proxy_cookie_path /app/ /;',
      }),
    );
    return { url, origin: at(port), path: '/shop', session: ALICE };
  },
  async 'a page app: files for every path but /api'() {
    const port = await site(app({ body: (path) => (path.startsWith('/api') ? '{}' : 'not found') }));
    const index = '<html><head><script src="/app.js"></script></head><body><div id=app></div></body></html>';
    const { url } = keep(
      await startNginx([port], {
        server: `} location /api { proxy_pass http://apps; } location / { default_type text/html; return 200 '${index}'; } location /x {`,
      }).catch(() =>
        startNginx([port], {
          server: `if ($uri !~ "^/api") { return 200 '${index}'; } default_type text/html;`,
        }),
      ),
    );
    return { url, origin: at(port), session: ALICE };
  },
  async 'code at the edge that leads strangers to the login'() {
    const port = await site(app({ guarded: /account/ }));
    const { url } = keep(
      await startNodeEdge(port, {
        answer: (incoming, response) => {
          if (!/account/.test(incoming.url ?? '') || /sid=/.test(incoming.headers.cookie ?? '')) return false;
          response.writeHead(302, { location: '/login?next=/account' }).end();
          return true;
        },
      }),
    );
    return { url, origin: at(port), path: '/account', session: ALICE };
  },
  async 'an edge that answers strangers’ errors itself'() {
    const port = await site((request, response) => {
      const held = request.headers.cookie?.includes(ALICE) ?? false;
      response.writeHead(held ? 200 : 401, { 'content-type': 'text/html' }).end(held ? page() : 'no');
    });
    const { url } = keep(
      await startNginx([port], { server: 'proxy_intercept_errors on; error_page 401 =302 /login;' }),
    );
    return { url, origin: at(port), path: '/account', session: ALICE };
  },
  async 'a cookie that slides with every answer'() {
    const port = await site((request, response) => {
      const held = /tok=([0-9a-f]+)\./.exec(request.headers.cookie ?? '')?.[1] ?? id();
      response.setHeader('set-cookie', `tok=${held}.${Date.now()}; Path=/; Max-Age=1800`);
      response.end(page());
    });
    const { url } = keep(await startNginx([port]));
    return { url, origin: at(port) };
  },
  async 'ids that are good for one request'() {
    let good = ALICE;
    const port = await site((request, response) => {
      const held = request.headers.cookie ?? '';
      if (held === good) {
        good = `sid=alice${id()}`;
        response.setHeader('set-cookie', `${good}; Path=/`);
        response.end(page());
      } else response.writeHead(302, { location: '/login' }).end();
    });
    const { url } = keep(await startNginx([port]));
    return { url, origin: at(port), path: '/account', session: ALICE };
  },
  async 'a firewall that blocks after some requests'() {
    const port = await site(app({ guarded: /account/ }));
    const { url } = keep(
      await startNginx([port], {
        http: 'limit_req_zone $binary_remote_addr zone=z:1m rate=1r/m; limit_req_status 403;',
        server: 'limit_req zone=z burst=60 nodelay;',
      }),
    );
    return { url, origin: at(port), path: '/account', session: ALICE };
  },
  async 'a firewall that blocks the replay after some requests'() {
    const port = await site(app({ guarded: /account/ }));
    const { url } = keep(
      await startNginx([port], {
        http: 'limit_req_zone $binary_remote_addr zone=z:1m rate=1r/m; limit_req_status 403;',
        server: 'limit_req zone=z burst=42 nodelay;',
      }),
    );
    return { url, origin: at(port), path: '/account', session: ALICE };
  },
  async 'an origin of another release, with another name'() {
    const port = await site(app({ name: 'session_v1' }));
    const other = await site(app({ name: 'session_v2' }));
    const { url } = keep(await startNginx([port]));
    return { url, origin: at(other), session: ALICE.replace('sid', 'session_v1') };
  },
  async 'an origin that leads to https by itself'() {
    const port = await site(app({ guarded: /account/ }));
    const origin = await site((request, response) => {
      response.writeHead(301, { location: `https://${request.headers.host}${request.url}` }).end();
    });
    const { url } = keep(await startNginx([port]));
    return { url, origin: at(origin), path: '/account', session: ALICE };
  },
  async 'an origin that lets only its edge in'() {
    const inner = app({ guarded: /account/ });
    const port = await site((request, response) => {
      if (request.headers['x-edge'] === 'secret') inner(request, response);
      else response.writeHead(403).end('no');
    });
    const { url } = keep(await startNginx([port], { server: 'proxy_set_header X-Edge secret;' }));
    return { url, origin: at(port), path: '/account', session: ALICE };
  },
  async 'old cookies that a stored page takes away'() {
    const inner = app({ anonymous: false, headers: { 'cache-control': 'public, max-age=60' } });
    const port = await site((request, response) => {
      response.setHeader('set-cookie', 'legacy_id=; Path=/; Max-Age=0');
      inner(request, response);
    });
    const { url } = keep(await startNginx([port], { server: `${CACHE} proxy_ignore_headers Set-Cookie;` }));
    return { url, origin: at(port), session: ALICE };
  },
  async 'errors that the edge answers with a page of its own'() {
    let n = 0;
    const inner = app({});
    const port = await site((request, response) => {
      if (n++ % 7 === 3) response.writeHead(500).end('oops');
      else inner(request, response);
    });
    const { url } = keep(
      await startNginx([port], {
        server:
          "proxy_intercept_errors on; error_page 500 =200 /sorry; } location = /sorry { return 200 'sorry';",
      }),
    );
    return { url, origin: at(port) };
  },
};

it.concurrent.each(Object.keys(sites))('%s', async (name) => {
  const { accused, said } = await diagnose(await (sites[name] as () => Promise<Site>)());
  expect(accused, said.join('\n')).toEqual([]);
});
