/** Sick sites, some of them with the oddities of healthy ones: the cause is named all the same. */
import { createHmac } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { MemoryStore } from 'express-session';
import { afterAll, expect, it } from 'vitest';
import { startHaproxy, startNginx, startVarnish } from '../../support/edges.ts';
import { keeper } from '../../support/keep.ts';
import { startNodeEdge } from '../../support/node-edge.ts';
import { signIn, startSessionApp } from '../../support/session-app.ts';
import { ALICE, app, at, diagnose, id, page, serve, type Site } from '../../support/whole-look.ts';

const keep = keeper(afterAll);
const site = async (listener: RequestListener) => keep(await serve(listener)).port;
const MARK = 'add_header Set-Cookie "ab=$request_id; Path=/" always;';
const STORE_ALL = `
  sub vcl_recv { return (hash); }
  sub vcl_backend_response { set beresp.ttl = 60s; set beresp.uncacheable = false; return (deliver); }`;
const IGNORE =
  'proxy_cache c; proxy_cache_valid any 60s; proxy_ignore_headers Set-Cookie Cache-Control Expires Vary;';

const sites: Readonly<Record<string, readonly [string, () => Promise<Site>]>> = {
  'an edge that hides Set-Cookie and adds a cookie of its own': [
    'edge-strips-cookie',
    async () => {
      const port = await site(app({}));
      const { url } = keep(await startNginx([port], { server: `proxy_hide_header Set-Cookie; ${MARK}` }));
      return { url, origin: at(port), session: ALICE };
    },
  ],
  'an edge that forwards no Cookie and adds a cookie of its own': [
    'edge-strips-cookie',
    async () => {
      const port = await site(app({}));
      const { url } = keep(await startNginx([port], { server: `proxy_set_header Cookie ""; ${MARK}` }));
      return { url, origin: at(port) };
    },
  ],
  'an edge that forwards no Cookie to a page that needs a login': [
    'edge-strips-cookie',
    async () => {
      const port = await site(app({ guarded: /account/ }));
      const { url } = keep(await startNginx([port], { server: 'proxy_set_header Cookie "";' }));
      return { url, origin: at(port), path: '/account', session: ALICE };
    },
  ],
  'an edge that keeps the last of several lines': [
    'edge-strips-cookie',
    async () => {
      const inner = app({});
      const port = await site((request, response) => {
        const set = response.setHeader.bind(response);
        response.setHeader = (name: string, value: string | string[]) =>
          set(name, name === 'set-cookie' && Array.isArray(value) ? [...value, 'lang=en; Path=/'] : value);
        inner(request, response);
      });
      const { url } = keep(await startNodeEdge(port, { setCookie: (lines) => lines.slice(-1) }));
      return { url, origin: at(port) };
    },
  ],
  'a stale copy with its cookie': [
    'edge-caches-session',
    async () => {
      const port = await site(app({}));
      const { url } = keep(await startNginx([port], { server: `${IGNORE} proxy_cache_use_stale updating;` }));
      return { url, origin: at(port) };
    },
  ],
  'a stored session beside a cookie of the edge’s own': [
    'edge-caches-session',
    async () => {
      const port = await site(app({}));
      const { url } = keep(await startNginx([port], { server: `${IGNORE} ${MARK}` }));
      return { url, origin: at(port), session: ALICE };
    },
  ],
  'a stored page of somebody signed in': [
    'edge-caches-session',
    async () => {
      const port = await site(app({ guarded: /account/ }));
      const { url } = keep(await startVarnish(port, STORE_ALL));
      return { url, origin: at(port), path: '/account', session: ALICE };
    },
  ],
  'three instances with a store each': [
    'session-pinned-to-instance',
    async () => {
      const apps = [
        keep(await startSessionApp()),
        keep(await startSessionApp()),
        keep(await startSessionApp()),
      ];
      const { url } = keep(
        await startHaproxy(
          apps.map(({ port }) => port),
          { backend: '  cookie SERVERID insert indirect nocache' },
        ),
      );
      return { url, origin: apps[0]?.url ?? '', path: '/me', session: await signIn(url) };
    },
  ],
  'one of three instances with another secret': [
    'secret-split-brain',
    async () => {
      const store = new MemoryStore();
      const apps = [
        keep(await startSessionApp({ store })),
        keep(await startSessionApp({ store })),
        keep(await startSessionApp({ store, secret: 'with a newline\n' })),
      ];
      const { url } = keep(await startNginx(apps.map(({ port }) => port)));
      return { url, origin: apps[0]?.url ?? '', path: '/me', session: await signIn(apps[0]?.url ?? '') };
    },
  ],
  'a rename that is half rolled out': [
    'cookie-identity-changed',
    async () => {
      const store = new MemoryStore();
      const apps = [
        keep(await startSessionApp({ store })),
        keep(await startSessionApp({ store, name: 'sess2' })),
      ];
      const { url } = keep(await startNginx(apps.map(({ port }) => port)));
      return { url, origin: apps[0]?.url ?? '', path: '/me', session: await signIn(apps[0]?.url ?? '') };
    },
  ],
  'a session bound to an address that the proxy hides': [
    'client-binding-broken',
    async () => {
      const inner = app({ guarded: /account/ });
      const port = await site((request, response) => {
        if (request.headers['x-forwarded-for'] !== undefined && request.headers.cookie?.includes(ALICE))
          response.writeHead(302, { location: '/login?next=/account' }).end();
        else inner(request, response);
      });
      const { url } = keep(
        await startNginx([port], { server: 'proxy_set_header X-Forwarded-For $remote_addr;' }),
      );
      return { url, origin: at(port), path: '/account', session: ALICE };
    },
  ],
  'a stored page that takes the session cookie away': [
    'edge-caches-session',
    async () => {
      const inner = app({ anonymous: false });
      const port = await site((request, response) => {
        if (request.headers.cookie?.includes(ALICE) !== true)
          response.setHeader('set-cookie', 'sid=; Path=/; Max-Age=0');
        inner(request, response);
      });
      const { url } = keep(
        await startNginx([port], {
          server: `${IGNORE} add_header X-Cache-Status $upstream_cache_status always;`,
        }),
      );
      return { url, origin: at(port), session: ALICE };
    },
  ],
  'code at the edge that knows another format': [
    'edge-strips-cookie',
    async () => {
      const mac = (text: string) =>
        createHmac('sha256', 'one').update(text).digest('base64').replace(/=+$/, '');
      const held = 's:alice0123456789abcdefghijklmnopqr';
      const cookie = `sid=${encodeURIComponent(`${held}.${mac(held.slice(2))}`)}`;
      const port = await site((request, response) => {
        const good = request.headers.cookie?.includes(cookie) ?? false;
        if (!good)
          response.setHeader('set-cookie', `sid=${encodeURIComponent(`s:${id()}.${mac(id())}`)}; Path=/`);
        response.setHeader('x-powered-by', 'Express');
        response.writeHead(good ? 200 : 401).end(good ? page() : 'no');
      });
      const { url } = keep(
        await startNodeEdge(port, {
          answer: (incoming, response) => {
            const sent = /sid=([^;]+)/.exec(incoming.headers.cookie ?? '')?.[1];
            if (sent === undefined || sent.split('.').length === 3) return false;
            response.writeHead(302, { location: '/login' }).end();
            return true;
          },
        }),
      );
      return { url, origin: at(port), path: '/account', session: cookie };
    },
  ],
};

it.concurrent.each(Object.keys(sites))('%s', async (name) => {
  const [cause, build] = sites[name] ?? [];
  if (!cause || !build) throw new Error(`no ${name}`);
  const { verdict, said } = await diagnose(await build());
  expect(['confirmed', 'likely'], said.join('\n')).toContain(verdict(cause));
});
