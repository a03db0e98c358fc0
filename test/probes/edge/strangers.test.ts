/** Healthy sites that treat strangers, or this tool, in a way that looks like a fault of the edge. */
import { createServer, type RequestListener } from 'node:http';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { edge } from '../../../src/probes/edge/index.ts';
import { replay } from '../../../src/probes/replay/index.ts';
import { startHaproxy, startNginx, startVarnish } from '../../support/edges.ts';
import { keeper } from '../../support/keep.ts';
import { look } from '../../support/look.ts';
import { close, listen, signIn, startSessionApp } from '../../support/session-app.ts';

const keep = keeper();

async function site(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  const port = await listen(server);
  keep({ stop: () => close(server) });
  return port;
}

const named = ['confirmed', 'likely'];

describe('an edge that lets nobody in', () => {
  const gates = [
    ['a firewall or a list of addresses', 'deny all;'],
    ['a password', 'if ($http_authorization = "") { add_header WWW-Authenticate Basic always; return 401; }'],
  ] as const;
  it.each(gates)('%s strips no cookie, and hides what becomes of cookies', async (_name, server) => {
    const app = keep(await startSessionApp());
    const front = keep(await startNginx([app.port], { server }));
    const { codes, cause } = await look(
      edge,
      { edge: { url: `${front.url}/me`, origin: app.url, cookie: 'env:SESSION' } },
      { env: { SESSION: await signIn(app.url) } },
    );
    expect(codes).toContain('edge/turned-away');
    expect(codes).not.toContain('edge/cookie-stripped');
    expect(named).not.toContain(cause('edge-strips-cookie').verdict);
  });

  it('a limit that this look itself runs into refuses no session in particular', async () => {
    const app = keep(await startSessionApp());
    const front = keep(
      await startNginx([app.port], {
        http: 'limit_req_zone $binary_remote_addr zone=z:1m rate=1r/m; limit_req_status 403;',
        server: 'limit_req zone=z burst=12 nodelay;',
      }),
    );
    const { codes, cause } = await look(
      edge,
      { edge: { url: `${front.url}/me`, origin: app.url, cookie: 'env:SESSION' } },
      { env: { SESSION: await signIn(app.url) } },
    );
    expect(codes).toContain('edge/turned-away');
    expect(codes).not.toContain('edge/edge-refuses-session');
    expect(named).not.toContain(cause('edge-strips-cookie').verdict);
  });
});

describe('a redirect to the login that is stored for strangers', () => {
  const toLogin: RequestListener = (_request, response) => {
    response.writeHead(302, { location: '/login', 'cache-control': 'public, max-age=60' });
    response.end();
  };
  const STORES = 'proxy_cache c; add_header X-Cache-Status $upstream_cache_status always;';
  it('is no fault where whoever sends a cookie is asked for at the origin', async () => {
    const port = await site(toLogin);
    const fronts = [
      await startVarnish(port),
      await startNginx([port], {
        server: `${STORES} proxy_cache_bypass $http_cookie; proxy_no_cache $http_cookie;`,
      }),
    ].map(keep);
    for (const front of fronts) {
      const { codes, cause } = await look(edge, { edge: { url: `${front.url}/` } });
      expect(codes).not.toContain('edge/stored-refusal');
      expect(named).not.toContain(cause('edge-caches-session').verdict);
    }
  });

  it.each([
    ['/account', '/login', 'public, max-age=60'],
    ['/', '/login?next=%2F', 'public, max-age=60'],
    ['/', '/login', 'private'],
  ])('is one where they get the copy as well (%s to %s, %s)', async (path, location, control) => {
    const port = await site((_request, response) => {
      response.writeHead(302, { location, 'cache-control': control }).end();
    });
    const server = `${STORES} proxy_cache_valid any 60s; proxy_ignore_headers Cache-Control;`;
    const front = keep(await startNginx([port], { server }));
    const { codes, cause } = await look(edge, { edge: { url: `${front.url}${path}` } });
    expect(codes).toContain('edge/stored-refusal');
    expect(cause('edge-caches-session').verdict).toBe('likely');
  });

  it.each(['/', '/de/', '/index.html', '/login'])(
    'may be meant for everybody at the door (%s): possible, until a session shows it',
    async (path) => {
      const port = await site((_request, response) => {
        const headers = { location: '/sso/start', 'cache-control': 'public, max-age=60' };
        response.writeHead(302, headers).end();
      });
      const front = keep(await startNginx([port], { server: STORES }));
      const { codes, cause } = await look(edge, { edge: { url: `${front.url}${path}` } });
      expect(codes).toContain('edge/stored-redirect');
      expect(codes).not.toContain('edge/stored-refusal');
      expect(cause('edge-caches-session').verdict).toBe('possible');
    },
  );

  it('is none at all where the place only sounds like a login', async () => {
    const port = await site((_request, response) => {
      response.writeHead(302, { location: '/2026/sessions/', 'cache-control': 'public, max-age=60' });
      response.end();
    });
    const front = keep(await startNginx([port], { server: STORES }));
    const { codes } = await look(edge, { edge: { url: `${front.url}/` } });
    expect(codes).not.toContain('edge/stored-refusal');
  });
});

describe('a long cookie of words', () => {
  const saying = (value: () => string, headers: Record<string, string> = {}) =>
    site((_request, response) => {
      response.writeHead(200, { 'set-cookie': `choice=${value()}; Path=/`, ...headers });
      response.end('page');
    });

  it('drawn for each visitor from a list is no session, here or there', async () => {
    let drawn = 0;
    const groups = ['control-homepage-hero', 'variant-homepage-hero'];
    const port = await saying(() => groups[Math.floor(drawn++ / 3) % 2] ?? '');
    const front = keep(await startNginx([port]));
    const seen = await look(edge, { edge: { url: `${front.url}/`, origin: `http://127.0.0.1:${port}` } });
    expect(seen.codes).not.toContain('edge/same-cookie');
    expect(named).not.toContain(seen.cause('edge-caches-session').verdict);
    const { codes } = await look(replay, { replay: { url: `${front.url}/` } });
    expect(codes).toContain('replay/no-anonymous-cookie');
  });

  it('the same for everybody may be stored', async () => {
    const port = await saying(() => 'pending-version-2025-11', { 'cache-control': 'public, max-age=60' });
    const vcl = 'sub vcl_backend_response { set beresp.ttl = 60s; return (deliver); }';
    const front = keep(await startVarnish(port, vcl));
    const { codes, cause } = await look(edge, { edge: { url: `${front.url}/` } });
    expect(codes).toContain('edge/stored-other-cookie');
    expect(named).not.toContain(cause('edge-caches-session').verdict);
  });

  it('that names the instance under a name of the app’s own pins no session', async () => {
    const ports = [
      await saying(() => 'web-frontend-1.prod.eu'),
      await saying(() => 'web-frontend-2.prod.eu'),
    ];
    const front = keep(await startHaproxy(ports));
    const { cause } = await look(replay, { replay: { url: `${front.url}/` } });
    expect(named).not.toContain(cause('session-pinned-to-instance').verdict);
  });

  it('is told from an id, which is found when it is stored', async () => {
    const port = await saying(() => randomBytes(16).toString('hex'));
    const vcl = 'sub vcl_backend_response { set beresp.ttl = 60s; return (deliver); }';
    const front = keep(await startVarnish(port, vcl));
    const { cause } = await look(edge, { edge: { url: `${front.url}/` } });
    expect(cause('edge-caches-session').verdict).toBe('confirmed');
  });
});
