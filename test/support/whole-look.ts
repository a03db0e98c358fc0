import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, prepareYaml } from '../../src/config/load.ts';
import { Secret } from '../../src/config/secret.ts';
import { restrictedTo } from '../../src/diagnose/evidence.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import { run } from '../../src/diagnose/run.ts';
import { openDoors } from '../../src/io/doors.ts';
import { createVault } from '../../src/io/vault.ts';
import { close, listen } from './session-app.ts';

export const at = (port: number): string => `http://127.0.0.1:${port}`;

/** A real server for this listener. */
export async function serve(
  listener: RequestListener,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server = createServer(listener);
  const port = await listen(server);
  return { port, stop: () => close(server) };
}

/** A site as an operator knows it. */
export interface Site {
  /** As users reach it. */
  readonly url: string;
  readonly origin: string;
  readonly path?: string;
  /** A signed-in Cookie header. */
  readonly session?: string;
}

/** `diagnose --edge URL --origin URL --replay URL`, with a session where there is one; both probes, and each alone. */
export async function diagnose({ url, origin, path = '/', session }: Site) {
  await prepareYaml();
  const folder = await mkdtemp(join(tmpdir(), 'sessdoctor-look-'));
  const file = join(folder, 'sample.txt');
  if (session !== undefined) await writeFile(file, `Cookie: ${session}\n`);
  const { config } = loadConfig({
    flags: {
      edge: [`${url}${path}`],
      origin,
      replay: `${url}${path}`,
      ...(session !== undefined && { samples: [file] }),
      ntp: ['none'],
      timeout: '60s',
      deadline: '120s',
    },
    env: {},
    cwd: folder,
    learn: () => {},
  });
  const edge =
    session === undefined ? config.edge : { ...config.edge, cookie: new Secret(Buffer.from(session)) };
  const evidence = await run({
    config: { ...config, edge },
    doors: openDoors(),
    vault: createVault(),
    tool: { name: 'sessdoctor', version: '0' },
    only: ['edge', 'replay'],
    interrupted: new AbortController().signal,
  });
  await rm(folder, { recursive: true });
  const reports = [undefined, ['edge'], ['replay']].map((only) =>
    reportOf(restrictedTo(evidence, only, undefined)),
  );
  const [whole] = reports;
  return {
    verdict: (id: string) => whole?.causes.find((cause) => cause.id === id)?.verdict,
    accused: reports
      .flatMap(({ causes }) => causes)
      .filter(({ verdict }) => ['confirmed', 'likely', 'possible'].includes(verdict))
      .map(({ id, verdict }) => `${verdict} ${id}`),
    said: (whole?.probes ?? []).flatMap((probe) =>
      probe.status === 'ran' ? probe.findings.map(({ code, detail }) => `${code}: ${detail}`) : [],
    ),
  };
}

/** 128 bits. */
export const id = () => randomBytes(16).toString('hex');

/** A page like many. */
export const page = (more = '') =>
  `<html><body><h1>Shop</h1>${'<p>text</p>'.repeat(20)}${more}</body></html>`;
/** Knows its ids, sets one for every stranger; `alice` is signed in. */
export function app(options: {
  readonly name?: string;
  readonly more?: () => readonly string[];
  readonly attributes?: string;
  readonly headers?: Record<string, string>;
  readonly body?: (path: string) => string;
  readonly anonymous?: boolean;
  readonly guarded?: RegExp;
}): RequestListener {
  const { name = 'sid', attributes = 'Path=/; HttpOnly; SameSite=Lax' } = options;
  const known = new Set(['alice0123456789abcdef0123456789ab']);
  return (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const held = new RegExp(`(?:^|; )${name}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];
    const lines = [...(options.more?.() ?? [])];
    if ((held === undefined || !known.has(held)) && options.anonymous !== false) {
      const fresh = id();
      known.add(fresh);
      lines.push(`${name}=${fresh}; ${attributes}`);
    }
    if (lines.length > 0) response.setHeader('set-cookie', lines);
    for (const [key, value] of Object.entries(options.headers ?? {})) response.setHeader(key, value);
    if (options.guarded?.test(path) && !held?.startsWith('alice'))
      response.writeHead(302, { location: `/login?next=${encodeURIComponent(path)}` }).end();
    else response.writeHead(200, { 'content-type': 'text/html' }).end((options.body ?? (() => page()))(path));
  };
}
/** The Cookie header of somebody whom `app` knows as signed in. */
export const ALICE = 'sid=alice0123456789abcdef0123456789ab';
