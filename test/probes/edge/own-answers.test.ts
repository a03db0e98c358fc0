/** Whose answer is it? A cookie that is missing from an answer of the edge's own was taken from nobody. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { edge } from '../../../src/probes/edge/index.ts';
import { startHaproxy, startNginx, startVarnish } from '../../support/edges.ts';
import { keeper } from '../../support/keep.ts';
import { look } from '../../support/look.ts';
import { close, listen } from '../../support/session-app.ts';

const keep = keeper(afterAll);
const named = ['confirmed', 'likely'];

const HOME = (token: string) =>
  `<!doctype html><html><head><title>Shop</title><meta name="csrf" content="${token}"></head><body>
<h1>Welcome</h1><p>Shoes</p><p>Hats</p><p>Gloves</p><ul><li>one</li><li>two</li></ul>
<a href="/account/login">Log in</a></body></html>`;

/** An app of which every page sets a session; its pages carry a token, so no two are the same. */
const app =
  (token: () => string): RequestListener =>
  (request, response) => {
    const known = /sid=([0-9a-f]{32})/.test(request.headers.cookie ?? '');
    const headers = { 'content-type': 'text/html' };
    const id = randomBytes(16).toString('hex');
    response.writeHead(200, known ? headers : { ...headers, 'set-cookie': `sid=${id}; Path=/; HttpOnly` });
    response.end(request.url === '/' ? HOME(token()) : `<form action="/account/login">${token()}</form>`);
  };
const dynamic = app(() => randomBytes(8).toString('hex'));
const constant = app(() => 'none');

async function site(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  const port = await listen(server);
  keep({ stop: () => close(server) });
  return port;
}

async function folder(page: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sessdoctor-bucket-'));
  keep({ stop: () => rm(path, { recursive: true }) });
  await chmod(path, 0o755);
  await writeFile(join(path, 'index.html'), page);
  return path;
}

const lookAt = (front: { readonly url: string }, port: number, path = '/') =>
  look(edge, { edge: { url: `${front.url}${path}`, origin: `http://127.0.0.1:${port}` } });

describe('a home page that the edge serves itself', () => {
  const OTHER = '<html><body><h1>Hello</h1></body></html>';
  const builds = [
    ['a folder of files', async (port: number) => bucket(port, OTHER)],
    ['the same page, prerendered', async (port: number) => bucket(port, HOME('none'))],
    [
      'a rule of HAProxy',
      (port: number) =>
        startHaproxy([port], {
          frontend: `  http-request return status 200 content-type text/html string "${OTHER}" if { path / }`,
        }),
    ],
    [
      'a synthetic answer of Varnish',
      (port: number) =>
        startVarnish(
          port,
          `sub vcl_recv { if (req.url ~ "^/($|\\?)") { return (synth(200)); } }
           sub vcl_synth { synthetic({"${OTHER}"}); set resp.http.Content-Type = "text/html"; return (deliver); }`,
        ),
    ],
  ] as const;
  const bucket = async (port: number, page: string) =>
    startNginx([port], {
      server: `} location = / { root ${await folder(page)}; index index.html; }
      location = /index.html { root ${await folder(page)};`,
    });

  it.concurrent.each(builds)(
    '%s strips nothing, and the login is looked at instead',
    async (_name, build) => {
      const port = await site(constant);
      const { findings, codes, cause } = await lookAt(keep(await build(port)), port);
      expect(findings.find(({ code }) => code === 'edge/made-by-edge')?.detail).toMatch(/its own: it/);
      expect(codes).not.toContain('edge/cookie-stripped');
      expect(['unlikely', 'ruled-out', 'untested']).toContain(cause('edge-strips-cookie').verdict);
    },
  );

  it.concurrent('does not hide that the login loses its cookie', async () => {
    const port = await site(dynamic);
    const files = await folder(OTHER);
    const front = keep(
      await startNginx([port], {
        server: `proxy_hide_header Set-Cookie; } location = / { root ${files}; index index.html; }
          location = /index.html { root ${files};`,
      }),
    );
    const { findings, cause } = await lookAt(front, port);
    const stripped = findings.find(({ code }) => code === 'edge/cookie-stripped');
    expect(stripped?.subject).toMatch(/\/account\/login$/);
    expect(cause('edge-strips-cookie').verdict).toBe('confirmed');
  });
});

describe('an answer of the origin’s without its cookie', () => {
  const HIDE = 'proxy_hide_header Set-Cookie;';
  it.concurrent.each([
    ['with a token on each page', dynamic, HIDE],
    ['compressed on the way', dynamic, `${HIDE} gzip on; gzip_min_length 0; gzip_proxied any;`],
    ['with a page that stays the same', constant, HIDE],
  ])('is known %s', async (_name, listener, server) => {
    const port = await site(listener);
    const { codes, cause } = await lookAt(keep(await startNginx([port], { server })), port);
    expect(codes).toContain('edge/cookie-stripped');
    expect(cause('edge-strips-cookie').verdict).toBe('confirmed');
  });

  it.concurrent('is no more than possible where the login keeps its own', async () => {
    const port = await site(dynamic);
    const front = keep(
      await startNginx([port], { server: `} location = / { proxy_pass http://apps; ${HIDE}` }),
    );
    const { findings, codes, cause } = await lookAt(front, port);
    expect(findings.find(({ code }) => code === 'edge/cookie-left-off')?.detail).toMatch(
      /at http:.* one comes through each time/,
    );
    expect(codes).not.toContain('edge/cookie-stripped');
    expect(named).not.toContain(cause('edge-strips-cookie').verdict);
  });

  it.concurrent('is no more than possible where nothing tells whose it is', async () => {
    const port = await site((request, response) => {
      const noise = Array.from({ length: 40 }, () => `<p>${randomBytes(6).toString('hex')}</p>`).join('');
      const id = randomBytes(16).toString('hex');
      response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': `sid=${id}; Path=/` });
      response.end(`${noise}${request.url}`);
    });
    const { codes, cause } = await lookAt(keep(await startNginx([port], { server: HIDE })), port);
    expect(codes).toContain('edge/cookie-left-off');
    expect(cause('edge-strips-cookie').verdict).toBe('possible');
  });
});
