/** The same mix has two reasons, another secret or a store of one's own; what tells them apart, and what only looks like either. */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore } from 'express-session';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay } from '../../../src/probes/replay/index.ts';
import { startHaproxy, startNginx } from '../../support/edges.ts';
import { keeper } from '../../support/keep.ts';
import { look } from '../../support/look.ts';
import { close, listen, signIn, startSessionApp } from '../../support/session-app.ts';

const keep = keeper();
const named = ['confirmed', 'likely'];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessdoctor-signed-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function sampleFile(line: string): Promise<string> {
  const file = join(folder, `${randomBytes(6).toString('hex')}.txt`);
  await writeFile(file, `Cookie: ${line}\n`);
  return file;
}

type Options = NonNullable<Parameters<typeof startSessionApp>[0]>;

/** Two express apps behind HAProxy that name neither instance nor build, and a session of the first. */
async function express(one: Options, other: Options, config: object = {}, env: Record<string, string> = {}) {
  const apps = [keep(await startSessionApp(one)), keep(await startSessionApp(other))];
  const front = keep(await startHaproxy(apps.map(({ port }) => port)));
  const samples = [await sampleFile(await signIn(apps[0]?.url ?? ''))];
  return look(replay, { replay: { url: `${front.url}/me`, samples }, ...config }, { env });
}

describe('another secret and a store of one’s own', () => {
  it('stand equal where nothing tells: neither is more than likely', async () => {
    const store = new MemoryStore();
    for (const { cause } of [
      await express({ store, secret: 'one' }, { store, secret: 'two' }),
      await express({}, {}),
    ]) {
      expect(cause('secret-split-brain').verdict).toBe('likely');
      expect(cause('session-pinned-to-instance').bits).toBe(cause('secret-split-brain').bits);
    }
  });

  const given = { credentials: { secrets: { app: 'env:APP_SECRET' } } };

  it.each(['one', 'two'])('are told apart by the secret of any one of them (%s)', async (secret) => {
    const store = new MemoryStore();
    const { codes, cause } = await express({ store, secret: 'one' }, { store, secret: 'two' }, given, {
      APP_SECRET: secret,
    });
    expect(codes).toContain('replay/secret-differs');
    expect(cause('secret-split-brain').verdict).toBe('confirmed');
    expect(named).not.toContain(cause('session-pinned-to-instance').verdict);
  });

  it('are told apart by the one secret of both', async () => {
    const { codes, cause } = await express({ secret: 'one' }, { secret: 'one' }, given, {
      APP_SECRET: 'one',
    });
    expect(codes).toContain('replay/secret-shared');
    expect(cause('session-pinned-to-instance').verdict).toBe('likely');
    expect(cause('secret-split-brain').verdict).toBe('ruled-out');
  });

  it('are not judged by a secret that signs neither', async () => {
    const { codes } = await express({}, {}, given, { APP_SECRET: 'of another app' });
    expect(codes).not.toContain('replay/secret-shared');
    expect(codes).not.toContain('replay/secret-differs');
  });

  it.each([
    [['old'], ['new', 'old']],
    [['new', 'old'], ['old']],
  ])('are told apart where one reads both secrets (%j and %j)', async (one, other) => {
    const store = new MemoryStore();
    const { codes, cause } = await express({ store, secret: one }, { store, secret: other });
    expect(codes).toContain('replay/accepted-one-way');
    expect(codes).not.toContain('replay/all-accepted');
    expect(codes).not.toContain('replay/echo-kept');
    expect(cause('secret-split-brain').verdict).toBe('likely');
    expect(cause('session-pinned-to-instance').verdict).toBe('ruled-out');
  });
});

/** An app that signs ids as Express does. `adopts`: it goes on with an id that it does not know. */
function signing(secrets: readonly string[], records: Set<string>, { rolling = false, adopts = false } = {}) {
  const mac = (id: string, secret: string) =>
    createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
  const line = (id: string) =>
    `sid=${encodeURIComponent(`s:${id}.${mac(id, secrets[0] ?? '')}`)}; Path=/; HttpOnly`;
  const listener: RequestListener = (request, response) => {
    const sent = decodeURIComponent(/sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '');
    const [, id = '', given = ''] = /^s:([^.]+)\.(.+)$/.exec(sent) ?? [];
    const read = secrets.some((secret) => mac(id, secret) === given) ? id : undefined;
    const signedIn = read !== undefined && records.has(`user ${read}`);
    const known = read !== undefined && (adopts || records.has(read) || signedIn);
    const kept = known ? read : randomBytes(24).toString('base64url');
    records.add(kept);
    if (!known || rolling) response.setHeader('set-cookie', line(kept));
    response.writeHead(signedIn ? 200 : 401).end();
  };
  const login = (): string => {
    const id = randomBytes(24).toString('base64url');
    records.add(`user ${id}`);
    return line(id).split(';')[0] ?? '';
  };
  return { listener, login };
}

async function behind(listeners: readonly RequestListener[], sample: string) {
  const ports = await Promise.all(
    listeners.map(async (listener) => {
      const server = createServer(listener);
      const port = await listen(server);
      keep({ stop: () => close(server) });
      return port;
    }),
  );
  const front = keep(await startNginx(ports));
  return look(replay, { replay: { url: `${front.url}/`, samples: [await sampleFile(sample)] } });
}

it('a rotation in which all read both secrets and sign anew each time is healthy', async () => {
  const records = new Set<string>();
  const one = signing(['old', 'new'], records, { rolling: true });
  const other = signing(['new', 'old'], records, { rolling: true });
  const { codes, suspects } = await behind([one.listener, other.listener], one.login());
  expect(codes).toEqual(expect.arrayContaining(['replay/all-accepted', 'replay/echo-kept']));
  expect(suspects).toEqual([]);
});

it('ids that are taken up unknown leave the signature out of it', async () => {
  const one = signing(['one'], new Set(), { adopts: true });
  const other = signing(['one'], new Set(), { adopts: true });
  const { codes, cause } = await behind([one.listener, other.listener], one.login());
  expect(codes).toEqual(expect.arrayContaining(['replay/mixed-signed-id', 'replay/signature-holds']));
  expect(codes).not.toContain('replay/echo-kept');
  expect(cause('session-pinned-to-instance').verdict).toBe('likely');
  expect(named).not.toContain(cause('secret-split-brain').verdict);
});

describe('PHP, which takes up any id', () => {
  const php =
    (users: ReadonlySet<string>): RequestListener =>
    (request, response) => {
      const id = /PHPSESSID=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
      if (id === undefined)
        response.setHeader('set-cookie', `PHPSESSID=${randomBytes(13).toString('hex')}; path=/`);
      response.writeHead(id !== undefined && users.has(id) ? 200 : 302, { location: '/login' }).end();
    };
  const id = randomBytes(13).toString('hex');

  it('with files of each instance’s own is found by a session, and cleared by no echo', async () => {
    const { codes, cause } = await behind([php(new Set([id])), php(new Set())], `PHPSESSID=${id}`);
    expect(codes).toEqual(expect.arrayContaining(['replay/mixed-opaque', 'replay/echo-unclear']));
    expect(cause('session-pinned-to-instance').verdict).toBe('likely');
  });

  it('with one store is healthy', async () => {
    const users = new Set([id]);
    const { suspects } = await behind([php(users), php(users)], `PHPSESSID=${id}`);
    expect(suspects).toEqual([]);
  });
});

describe('a signature in a cookie of its own (keygrip)', () => {
  const sealed = (value: string, secret: string) => {
    const mac = createHmac('sha1', secret).update(`app=${value}`).digest('base64url');
    return [`app=${value}`, `app.sig=${mac}`];
  };
  /** cookie-session: all is in the cookie. An id instead of it: koa-session with a store. */
  const app =
    (secret: string, value: () => string): RequestListener =>
    (request, response) => {
      const sent = (request.headers.cookie ?? '').split('; ');
      const held = sent.find((pair) => pair.startsWith('app='))?.slice(4) ?? '';
      const good = held !== '' && sent.includes(sealed(held, secret)[1] ?? '');
      if (!good)
        response.setHeader(
          'set-cookie',
          sealed(value(), secret).map((pair) => `${pair}; path=/`),
        );
      response.writeHead(good ? 200 : 401).end();
    };
  const payload = () =>
    Buffer.from(JSON.stringify({ user: randomBytes(9).toString('hex') })).toString('base64');
  const id = () => `${Date.now()}-${randomBytes(16).toString('hex')}`;

  it.each([
    ['self-contained', payload],
    ['signed-id', id],
  ])('is a key that instances may disagree about (%s)', async (kind, value) => {
    const sample = sealed(value(), 'one').join('; ');
    const { codes, cause } = await behind([app('one', value), app('two', value)], sample);
    expect(codes).toContain(`replay/mixed-${kind}`);
    expect(codes).not.toContain('replay/mixed-opaque');
    expect(cause('secret-split-brain').verdict).toBe('likely');
  });
});
