import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ReplaySeen } from '../../../src/probes/replay/observe.ts';
import { replay } from '../../../src/probes/replay/index.ts';
import { startNginx } from '../../support/edges.ts';
import { judged, look } from '../../support/look.ts';
import { close, listen } from '../../support/session-app.ts';

let folder = '';
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessdoctor-kinds-'));
});
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A stateless app: a JWT of its own secret in the cookie `token`, issued to strangers too. */
interface Stateless {
  issue(): string;
  accepts(value: string): boolean;
}

function jwtApp(secret: string): Stateless {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const mac = (text: string) => createHmac('sha256', secret).update(text).digest('base64url');
  return {
    issue() {
      const iat = Math.floor(Date.now() / 1000);
      const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'guest', iat, exp: iat + 3600 })}`;
      return `${text}.${mac(text)}`;
    },
    accepts(value) {
      const at = value.lastIndexOf('.');
      return at > 0 && value.slice(at + 1) === mac(value.slice(0, at));
    },
  };
}

function idApp(ids: Set<string>): Stateless {
  return {
    issue() {
      const id = [...crypto.getRandomValues(new Uint8Array(16))]
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join('');
      ids.add(id);
      return id;
    },
    accepts: (value) => ids.has(value),
  };
}

async function serve(app: Stateless): Promise<number> {
  const server = createServer((request, response) => {
    const value = /(?:^|;\s*)token=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
    const good = value !== undefined && app.accepts(value);
    if (!good) response.setHeader('Set-Cookie', `token=${app.issue()}; Path=/; HttpOnly`);
    response.statusCode = good ? 200 : 401;
    response.end('.');
  });
  const port = await listen(server);
  ends.push(() => close(server));
  return port;
}

async function fleetOf(one: Stateless, other: Stateless) {
  const ports = [await serve(one), await serve(other)];
  const edge = await startNginx(ports);
  ends.push(() => edge.stop());
  const file = join(folder, `${ends.length}-${ports[0]}.txt`);
  await writeFile(file, `Cookie: token=${one.issue()}\n`);
  const instances = ports.map((port) => `http://127.0.0.1:${port}/`);
  return look(replay, { replay: { url: `${edge.url}/me`, samples: [file], instances } });
}

describe('what kind of credential it is decides whom a mix speaks for', () => {
  it('self-contained: only keys can differ', async () => {
    const { codes, cause } = await fleetOf(jwtApp('one'), jwtApp('other'));
    expect(codes).toEqual(
      expect.arrayContaining(['replay/mixed-self-contained', 'replay/cross-refused-self-contained']),
    );
    expect(cause('secret-split-brain').verdict).toBe('confirmed');
    expect(cause('session-pinned-to-instance').verdict).toBe('ruled-out');
  });

  it('opaque: only stores can differ', async () => {
    const { codes, cause } = await fleetOf(idApp(new Set()), idApp(new Set()));
    expect(codes).toEqual(expect.arrayContaining(['replay/mixed-opaque', 'replay/cross-refused-opaque']));
    expect(cause('session-pinned-to-instance').verdict).toBe('likely');
    expect(['unlikely', 'ruled-out']).toContain(cause('secret-split-brain').verdict);
  });

  it('two formats at once: a release that is half rolled out', async () => {
    const { codes, cause } = await fleetOf(idApp(new Set()), jwtApp('one'));
    expect(codes).toContain('replay/fleet-formats-refused');
    expect(codes.filter((code) => code === 'replay/mixed-opaque').length).toBeLessThanOrEqual(1);
    expect(cause('credential-format-changed').verdict).toBe('confirmed');
    expect(['likely', 'confirmed']).toContain(cause('mixed-fleet').verdict);
  });

  it('nothing to say when both agree', async () => {
    const { suspects, codes } = await fleetOf(jwtApp('one'), jwtApp('one'));
    expect(codes).toContain('replay/instances-agree');
    expect(suspects).toEqual([]);
  });
});

describe('an odd observation', () => {
  const empty: ReplaySeen = {
    url: 'http://a.example/',
    rule: { status: null, notLocation: null },
    instanceHeader: null,
    credential: { none: 'no sample was given' },
    fresh: [],
    replayed: [],
    sticky: null,
    echoed: [],
    echo: [],
    instances: [],
    cross: [],
    sent: 0,
    cut: true,
  };

  const answered = (status: number) =>
    ({ ok: true, status, cookies: [], headers: {}, at: 1, bytes: 0, truncated: false }) as const;

  it('of nothing at all blames nobody', () => {
    const { suspects, findings } = judged(replay, empty);
    expect(suspects).toEqual([]);
    expect(findings.some(({ blind }) => blind)).toBe(true);
  });

  it('whose credential could not be sent is no look; where none was given, none was asked for', () => {
    const reply = answered(401);
    const without = (none: string) => judged(replay, { ...empty, fresh: [reply], credential: { none } });
    const unsent = without('dead.txt holds no credential').findings.find(({ blind }) => blind);
    expect(unsent?.code).toBe('replay/credential-unsent');
    expect(unsent?.detail).toContain('dead.txt holds no credential');
    const none = without('no sample was given').findings;
    expect(none.map(({ code }) => code)).toContain('replay/no-credential');
    expect(none.some(({ blind }) => blind)).toBe(false);
  });

  it('of balancer errors only is no refusal', () => {
    const reply = answered(503);
    const credential = {
      name: 'sid',
      kind: 'opaque',
      format: 'opaque',
      value: 'x',
      fromBefore: true,
    } as const;
    const seen = { ...empty, credential, fresh: [reply], replayed: Array.from({ length: 20 }, () => reply) };
    const { suspects, codes } = judged(replay, seen);
    expect(suspects).toEqual([]);
    expect(codes).not.toContain('replay/all-refused');
  });
});
