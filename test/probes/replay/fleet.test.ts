import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore } from 'express-session';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay } from '../../../src/probes/replay/index.ts';
import { type Edge, startHaproxy, startNginx } from '../../support/edges.ts';
import { keeper } from '../../support/keep.ts';
import { look } from '../../support/look.ts';
import {
  type SessionApp,
  type SessionAppOptions,
  signIn,
  startSessionApp,
} from '../../support/session-app.ts';

let folder = '';
const keep = keeper();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessdoctor-replay-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function sampleFile(line: string): Promise<string> {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.txt`);
  await writeFile(file, `Cookie: ${line}\n`);
  return file;
}

/** Two real versions behind one balancer; a session that version 1 has signed in. */
async function fleet(
  balancer: (ports: readonly number[]) => Promise<Edge>,
  v1: SessionAppOptions,
  v2: SessionAppOptions,
  path = '/me',
): Promise<Awaited<ReturnType<typeof look<'replay', never, never, never>>> & { apps: SessionApp[] }> {
  const apps = [
    keep(await startSessionApp({ instance: 'a', build: 'v1', ...v1 })),
    keep(await startSessionApp({ instance: 'b', build: 'v2', ...v2 })),
  ];
  const edge = keep(await balancer(apps.map(({ port }) => port)));
  const cookie = await signIn(apps[0]?.url ?? '');
  const looked = await look(replay, {
    replay: { url: `${edge.url}${path}`, samples: [await sampleFile(cookie)] },
  });
  return { ...looked, apps } as never;
}

/** The same, and no header tells the two apart. */
async function unmarked(
  balancer: (ports: readonly number[]) => Promise<Edge>,
  v1: SessionAppOptions,
  v2: SessionAppOptions,
) {
  const apps = [keep(await startSessionApp(v1)), keep(await startSessionApp(v2))];
  const edge = keep(await balancer(apps.map(({ port }) => port)));
  const cookie = await signIn(apps[0]?.url ?? '');
  return look(replay, { replay: { url: `${edge.url}/me`, samples: [await sampleFile(cookie)] } });
}

const balancers = {
  nginx: (ports: readonly number[]) => startNginx(ports),
  haproxy: (ports: readonly number[]) => startHaproxy(ports),
} as const;

describe.each(Object.entries(balancers))('two versions behind %s, round robin', (_name, balancer) => {
  it('says nothing against a fleet in which nothing differs', async () => {
    const store = new MemoryStore();
    const { codes, suspects, cause } = await fleet(balancer, { store }, { store });
    expect(codes).toEqual(
      expect.arrayContaining(['replay/all-accepted', 'replay/echo-kept', 'replay/fleet-uniform']),
    );
    expect(suspects).toEqual([]);
    expect(cause('secret-split-brain').verdict).toBe('ruled-out');
    expect(cause('session-pinned-to-instance').verdict).toBe('ruled-out');
  });

  it('sees a rotation half rolled out in one step: [new, old] beside [old]', async () => {
    const store = new MemoryStore();
    const { codes, suspects } = await fleet(
      balancer,
      { store, secret: ['old secret'] },
      { store, secret: ['new secret', 'old secret'] },
    );
    // Both take the old session; v1 cannot read what v2 signs with the new secret.
    expect(codes).toEqual(
      expect.arrayContaining(['replay/accepted-though-mixed', 'replay/accepted-one-way']),
    );
    expect(suspects).not.toContain('session-pinned-to-instance');
    expect(suspects).toContain('secret-split-brain');
  });

  it('sees another secret', async () => {
    const store = new MemoryStore();
    const { codes, findings, cause } = await fleet(balancer, { store }, { store, secret: 'another secret' });
    expect(codes).toEqual(
      expect.arrayContaining(['replay/mixed-signed-id', 'replay/follows-build', 'replay/overwritten']),
    );
    expect(findings.find(({ code }) => code === 'replay/mixed-signed-id')?.detail).toMatch(
      /^10 of 20 refused \(50 %; .*fits 1 of 2.*: (?:\+-|-\+)/,
    );
    expect(['likely', 'confirmed']).toContain(cause('secret-split-brain').verdict);
    expect(['likely', 'confirmed']).toContain(cause('mixed-fleet').verdict);
  });

  it('sees a store of its own', async () => {
    const { codes, cause } = await fleet(balancer, {}, {});
    expect(codes).toContain('replay/mixed-signed-id');
    expect(cause('session-pinned-to-instance').verdict).toBe('likely');
  });

  it('sees another name', async () => {
    const store = new MemoryStore();
    const { codes, cause } = await fleet(balancer, { store }, { store, name: 'session_v2' });
    expect(codes).toContain('replay/fleet-names');
    expect(codes).not.toContain('replay/mixed-signed-id');
    expect(['likely', 'confirmed']).toContain(cause('cookie-identity-changed').verdict);
    expect(cause('secret-split-brain').verdict).toMatch(/unlikely|ruled-out/);
  });

  it('sees another Path by its errors outside of it: express-session makes no session there', async () => {
    const store = new MemoryStore();
    const { codes, cause } = await fleet(balancer, { store }, { store, cookie: { path: '/app' } });
    expect(codes).toEqual(expect.arrayContaining(['replay/some-errors', 'replay/follows-build']));
    expect(codes).not.toContain('replay/mixed-signed-id');
    expect(cause('mixed-fleet').verdict).toBe('likely');
  });

  it('sees another Path by the cookies inside of it', async () => {
    const store = new MemoryStore();
    const { codes, cause } = await fleet(balancer, { store }, { store, cookie: { path: '/app' } }, '/app/x');
    expect(codes).toContain('replay/fleet-scopes');
    expect(cause('cookie-identity-changed').verdict).toMatch(/^(?:likely|possible)$/);
  });

  it('sees another SameSite', async () => {
    const store = new MemoryStore();
    const { codes, suspects } = await fleet(
      balancer,
      { store, cookie: { sameSite: 'lax' } },
      { store, cookie: { sameSite: 'strict' } },
    );
    expect(codes).toContain('replay/fleet-attributes');
    expect(suspects).not.toContain('secret-split-brain');
  });

  describe('that name neither instance nor build', () => {
    const outside = { cookie: { path: '/app' } };

    it('says nothing where nothing differs', async () => {
      const store = new MemoryStore();
      const { codes, suspects } = await unmarked(balancer, { store }, { store });
      expect(codes).toContain('replay/fleet-uniform');
      expect(suspects).toEqual([]);
    });

    it('sees another Path outside of it, by errors', async () => {
      const store = new MemoryStore();
      const { codes, cause } = await unmarked(balancer, { store }, { store, ...outside });
      expect(codes).toContain('replay/fleet-sessionless');
      expect(codes).not.toContain('replay/fleet-uniform');
      expect(cause('mixed-fleet').verdict).toBe('likely');
      expect(cause('cookie-identity-changed').verdict).toBe('possible');
      expect(cause('secret-split-brain').verdict).toBe('unlikely');
    });

    it('sees another Path outside of it, by refusals', async () => {
      const store = new MemoryStore();
      const { codes, cause } = await unmarked(
        balancer,
        { store },
        {
          store,
          ...outside,
          routes: (app) => {
            app.use((request, response, next) => {
              if ((request.session as object | undefined) === undefined) response.status(401).send('no');
              else next();
            });
          },
        },
      );
      expect(codes).toContain('replay/fleet-sessionless');
      expect(codes).not.toContain('replay/mixed-signed-id');
      expect(cause('mixed-fleet').verdict).toBe('likely');
      expect(cause('secret-split-brain').verdict).toMatch(/unlikely|untested/);
    });

    it('sees another SameSite', async () => {
      const store = new MemoryStore();
      const { codes, cause } = await unmarked(
        balancer,
        { store, cookie: { sameSite: 'lax' } },
        { store, cookie: { sameSite: 'strict' } },
      );
      expect(codes).toContain('replay/fleet-attributes');
      expect(cause('mixed-fleet').verdict).toBe('likely');
    });
  });
});

describe('a 9:1 canary with another secret', () => {
  it('is met by 2 of 20 at HAProxy', async () => {
    const store = new MemoryStore();
    const { findings, cause } = await fleet(
      (ports) => startHaproxy(ports, { weights: [9, 1] }),
      { store },
      { store, secret: 'another secret' },
    );
    const mixed = findings.filter(({ code }) => code === 'replay/mixed-signed-id');
    expect(mixed[0]?.detail).toMatch(/^[123] of 20 refused/);
    expect(['likely', 'confirmed']).toContain(cause('secret-split-brain').verdict);
  });
});

describe('affinity', () => {
  it('is dropped to see the mix and kept to confirm it', async () => {
    const { codes, findings, cause } = await fleet(
      (ports) => startHaproxy(ports, { backend: '  cookie SERVERID insert indirect nocache' }),
      {},
      {},
    );
    expect(codes).toEqual(expect.arrayContaining(['replay/mixed-signed-id', 'replay/affinity-hides']));
    expect(findings.find(({ code }) => code === 'replay/affinity-hides')?.detail).toContain('SERVERID');
    expect(cause('session-pinned-to-instance').verdict).toBe('likely');
  });
});

describe('pinned instances', () => {
  const pinned = async (v1: SessionAppOptions, v2: SessionAppOptions) => {
    const apps = [keep(await startSessionApp(v1)), keep(await startSessionApp(v2))];
    const edge = keep(await startNginx(apps.map(({ port }) => port)));
    const cookie = await signIn(apps[0]?.url ?? '');
    return look(replay, {
      replay: {
        url: `${edge.url}/me`,
        samples: [await sampleFile(cookie)],
        instances: apps.map(({ url }) => url),
      },
    });
  };

  it('agree when they share secret and store', async () => {
    const store = new MemoryStore();
    const { codes, suspects } = await pinned({ store }, { store });
    expect(codes).toContain('replay/instances-agree');
    expect(suspects).toEqual([]);
  });

  it('keep to themselves when they do not', async () => {
    const store = new MemoryStore();
    const { codes, findings } = await pinned({ store }, { store, secret: 'another secret' });
    expect(codes).toContain('replay/cross-refused-signed-id');
    const pins = findings.filter(({ subject }) => subject === 'pinned instances');
    expect(pins[0]?.detail).toMatch(/: accepted; .*: refused$/);
  });

  it('that are gone are said to be unreachable, and nothing more', async () => {
    const app = keep(await startSessionApp());
    const { codes, findings } = await look(replay, {
      replay: { url: `${app.url}/me`, instances: ['http://127.0.0.1:1/'] },
    });
    expect(codes).toContain('replay/instance-unreachable');
    expect(findings.find(({ blind }) => blind)?.detail).toMatch(/^from this host,/);
  });
});

describe('what it sends', () => {
  it('is GET only, counted, and says the tool’s name', async () => {
    const asked: string[] = [];
    const app = keep(
      await startSessionApp({
        routes: (express) => {
          express.use((request, _response, next) => {
            asked.push(`${request.method} ${request.get('user-agent')}`);
            next();
          });
        },
      }),
    );
    const cookie = await signIn(app.url);
    asked.length = 0;
    const { seen } = await look(replay, {
      replay: { url: `${app.url}/me`, samples: [await sampleFile(cookie)] },
    });
    expect(asked.length).toBe(seen.sent);
    expect(seen.sent).toBeLessThanOrEqual(46);
    expect(asked.every((one) => one.startsWith('GET sessdoctor'))).toBe(true);
    expect(JSON.stringify(seen)).not.toContain(cookie.slice(4, 40));
  });

  it('makes few anonymous records in a healthy site', async () => {
    const app = keep(await startSessionApp());
    await look(replay, { replay: { url: `${app.url}/page` } });
    const count = await new Promise<number>((resolve) => {
      app.store.all?.((_error, all) => resolve(Object.keys(all ?? {}).length));
    });
    expect(count).toBeLessThanOrEqual(5);
  });
});

describe('odd sites', () => {
  it('a page for everybody tells nothing about the credential', async () => {
    const app = keep(await startSessionApp());
    const cookie = await signIn(app.url);
    const { codes, suspects } = await look(replay, {
      replay: { url: `${app.url}/page`, samples: [await sampleFile(cookie)] },
    });
    expect(codes).toContain('replay/not-protected');
    expect(codes).not.toContain('replay/all-accepted');
    expect(suspects).toEqual([]);
  });

  it('a site that issues nothing to strangers', async () => {
    const app = keep(await startSessionApp({ saveUninitialized: false }));
    const { codes, suspects } = await look(replay, { replay: { url: `${app.url}/page` } });
    expect(codes).toContain('replay/no-anonymous-cookie');
    expect(suspects).toEqual([]);
  });

  it('a session that appears a second later is a replica that lags', async () => {
    const start = Date.now();
    const app = keep(
      await startSessionApp({
        routes: (express) => {
          express.get('/late', (_request, response) => {
            setTimeout(() => response.status(Date.now() - start < 1500 ? 401 : 200).send('.'), 150);
          });
        },
      }),
    );
    const cookie = await signIn(app.url);
    const { codes, cause } = await look(replay, {
      replay: { url: `${app.url}/late`, samples: [await sampleFile(cookie)] },
    });
    expect(codes).toContain('replay/fails-then-passes');
    expect(cause('replica-lag').verdict).toBe('likely');
    expect(cause('secret-split-brain').verdict).toMatch(/unlikely|untested|ruled-out/);
  });

  it('so is one that half of the reads go to, until it has caught up', async () => {
    const start = Date.now();
    let reads = 0;
    const app = keep(
      await startSessionApp({
        routes: (express) => {
          express.get('/late', (_request, response) => {
            const behind = reads++ % 2 === 0 && Date.now() - start < 1200;
            setTimeout(() => response.status(behind ? 401 : 200).send('.'), 150);
          });
        },
      }),
    );
    const cookie = await signIn(app.url);
    const { codes, cause } = await look(replay, {
      replay: { url: `${app.url}/late`, samples: [await sampleFile(cookie)] },
    });
    expect(codes).toContain('replay/fails-then-passes');
    expect(cause('replica-lag').verdict).toBe('likely');
  });

  it('a dead target is an observation that nobody is blamed for', async () => {
    const { codes, suspects, findings } = await look(replay, { replay: { url: 'http://127.0.0.1:1/me' } });
    expect(codes).toContain('replay/unreachable');
    expect(findings.find(({ code }) => code === 'replay/unreachable')?.blind).toBe(true);
    expect(suspects).toEqual([]);
  });
});
