import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { diagnoseRedis } from '../../support/diagnose-redis.ts';
import { freePort } from '../../support/port.ts';
import { login, type RedisServer, startRedis } from '../../support/redis.ts';
import { until } from '../../support/redis-topologies.ts';
import { startTls } from '../../support/redis-tls.ts';
import { type RespServer, startResp } from '../../support/resp-replay.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

function keep<T extends RedisServer | RespServer>(server: T): T {
  running.push(server);
  return server;
}

const PASSWORD = 'correct-horse-battery';

describe('who may come in', () => {
  it('is told to give a password', async () => {
    const server = keep(await startRedis({ password: PASSWORD }));
    const { findings, verdicts } = await diagnoseRedis({ url: server.url });
    expect(findings.has('auth-required')).toBe(true);
    expect(verdicts).toEqual(['store-unavailable likely']);
  });

  it('is told that the password is wrong, and the password is nowhere', async () => {
    const server = keep(await startRedis({ password: PASSWORD }));
    const { findings, verdicts, saved } = await diagnoseRedis({
      url: `redis://:wrong-canary-4711@127.0.0.1:${server.port}`,
    });
    expect(findings.has('auth-rejected')).toBe(true);
    expect(verdicts).toEqual(['store-unavailable likely']);
    expect(saved).not.toContain('wrong-canary-4711');
  });

  it('comes in with password, user and database', async () => {
    const server = keep(await startRedis({ password: PASSWORD }));
    await server.client.select(2);
    await login(server.client, 50);
    const { findings, verdicts, saved } = await diagnoseRedis({
      url: `redis://default:${PASSWORD}@127.0.0.1:${server.port}/2`,
    });
    expect(verdicts).toEqual([]);
    expect(findings.get('keys-present')?.detail).toContain('in db2');
    expect(findings.has('no-password')).toBe(false);
    expect(saved).not.toContain(PASSWORD);
  });

  it('hears that a password is not wanted', async () => {
    const server = keep(await startRedis());
    const { findings } = await diagnoseRedis({ url: `redis://:${PASSWORD}@127.0.0.1:${server.port}` });
    expect(findings.has('password-unneeded')).toBe(true);
    expect(findings.has('serving')).toBe(true);
  });

  it('is an app user who may not look inside: nothing is blamed', async () => {
    const server = keep(await startRedis());
    await login(server.client, 200);
    await server.client.acl('SETUSER', 'app', 'on', `>${PASSWORD}`, '~*', '+@all', '-@dangerous');
    const url = `redis://app:${PASSWORD}@127.0.0.1:${server.port}`;
    const fresh = await diagnoseRedis({ url });
    expect(fresh.verdicts).toEqual([]);
    // All sessions are seconds old: whether older ones were there before is not to be seen.
    expect(fresh.report.status).toBe('incomplete');
    expect(fresh.findings.has('info-denied')).toBe(true);
    const keys = await server.client.keys('sess:*');
    for (const [index, key] of keys.entries()) await server.client.expire(key, 86_400 - index * 400);
    const { findings, verdicts, report } = await diagnoseRedis({ url });
    expect(verdicts).toEqual([]);
    expect(report.status).toBe('clear');
    expect(findings.has('info-withheld')).toBe(true);
    expect(findings.has('rights-unknown')).toBe(true);
    expect(findings.has('flush-open')).toBe(false);
    expect(findings.has('admin-open')).toBe(false);
    expect(findings.get('keys-present')?.detail).toContain('200 session keys');
  });

  it.each([0, 5, 100])(
    'is an app user who sees by the memory that it was flushed (%i back)',
    async (back) => {
      const server = keep(await startRedis());
      await login(server.client, 2000);
      await server.client.acl('SETUSER', 'app', 'on', `>${PASSWORD}`, '~*', '+@all', '-@dangerous');
      const url = `redis://app:${PASSWORD}@127.0.0.1:${server.port}`;
      expect((await diagnoseRedis({ url })).verdicts).toEqual([]);
      await server.client.flushall();
      await login(server.client, back, { from: 9000 });
      const { verdicts, findings } = await diagnoseRedis({ url });
      // It is not told the uptime: a weekend without logins would have ended all sessions of a day as well.
      expect(findings.has('emptied-or-expired')).toBe(true);
      expect(verdicts).toEqual(['store-flushed possible']);
    },
  );

  it('is an app user, and sessions of thirty days outlast every quiet time', async () => {
    const server = keep(await startRedis());
    await login(server.client, 2000);
    await server.client.acl('SETUSER', 'app', 'on', `>${PASSWORD}`, '~*', '+@all', '-@dangerous');
    await server.client.flushall();
    await login(server.client, 50, { ttlSeconds: 2_592_000 });
    const { verdicts } = await diagnoseRedis({ url: `redis://app:${PASSWORD}@127.0.0.1:${server.port}` });
    expect(verdicts).toEqual(['store-flushed likely']);
  });

  it('is a default user whose rules cannot be asked: nothing is called open', async () => {
    const server = keep(await startRedis());
    await server.client.acl('SETUSER', 'default', '-@dangerous');
    const { findings } = await diagnoseRedis({ url: server.url });
    expect(findings.has('flush-open')).toBe(false);
    expect(findings.has('admin-open')).toBe(false);
  });

  it('is a user who may not even look up a key', async () => {
    const server = keep(await startRedis());
    await server.client.acl('SETUSER', 'app', 'on', `>${PASSWORD}`, '~*', '+ping');
    const { findings, verdicts } = await diagnoseRedis({
      url: `redis://app:${PASSWORD}@127.0.0.1:${server.port}`,
    });
    expect(findings.has('acl-denied')).toBe(true);
    expect(verdicts).toEqual(['store-unavailable likely']);
  });

  it('can do everything with the printed least privilege', async () => {
    const server = keep(await startRedis());
    await login(server.client, 300);
    const denied = await diagnoseRedis({ url: server.url });
    const line = (await import('../../../src/probes/redis/reach.ts')).reachFindings['info-denied'].fix;
    expect(line).toMatch(/^ACL SETUSER /);
    const [, , name = '', ...rules] = line
      .replace(' (from Redis 7 on also:', '')
      .replace(')', '')
      .replace('PASSWORD', PASSWORD)
      .split(' ');
    await server.client.acl('SETUSER', name, ...rules);
    const { findings, verdicts } = await diagnoseRedis({
      url: `redis://${name}:${PASSWORD}@127.0.0.1:${server.port}`,
    });
    expect(verdicts).toEqual([]);
    for (const slug of denied.findings.keys())
      if (!['no-password', 'admin-open', 'flush-open'].includes(slug))
        expect([...findings.keys()]).toContain(slug);
    expect(findings.has('flush-closed')).toBe(true);
    const log = (await server.client.acl('LOG')) as unknown[];
    expect(JSON.stringify(log)).not.toMatch(/info|scan|slowlog|config|"ttl"/);
  });
});

describe('dangerous commands', () => {
  it('are seen as renamed or disabled without being run', async () => {
    const server = keep(
      await startRedis({
        settings: ['--rename-command', 'FLUSHALL', 'zz-9', '--rename-command', 'FLUSHDB', ''],
      }),
    );
    const { findings } = await diagnoseRedis({ url: server.url });
    expect(findings.get('flush-closed')?.detail).toBe('FLUSHALL renamed, FLUSHDB disabled for user default');
  });

  it('are asked for the app’s own user', async () => {
    const server = keep(await startRedis());
    await server.client.acl('SETUSER', 'shop', 'on', '>x', '~*', '+@all', '-flushall', '-flushdb');
    const { findings } = await diagnoseRedis({ url: server.url, appUser: 'shop' });
    expect(findings.get('flush-closed')?.detail).toBe('FLUSHALL denied, FLUSHDB denied for user shop');
    const stats = await server.client.info('commandstats');
    expect(stats).not.toMatch(/cmdstat_flush/);
  });

  it('that were refused to somebody are reported with the name', async () => {
    const server = keep(await startRedis());
    await login(server.client, 50);
    await server.client.acl('SETUSER', 'job', 'on', '>x', '~*', '+@all', '-@dangerous');
    const job = new Redis({
      port: server.port,
      username: 'job',
      password: 'x',
      protocol: 2,
      enableReadyCheck: false,
      disableClientInfo: true,
    });
    await expect(job.flushall()).rejects.toThrow('NOPERM');
    job.disconnect();
    const { findings, verdicts } = await diagnoseRedis({ url: server.url });
    expect(findings.get('flush-denied')?.detail).toContain('user job');
    expect(verdicts).toEqual([]);
  });
});

describe('what is not there', () => {
  it('refuses the connection', async () => {
    const { findings, verdicts, report } = await diagnoseRedis({
      url: `redis://127.0.0.1:${await freePort()}`,
    });
    expect([...findings.keys()]).toEqual(['refused']);
    expect(verdicts).toEqual(['store-unavailable likely']);
    expect(report.status).toBe('diagnosed');
  });

  it('does not resolve', async () => {
    const { findings, verdicts, report } = await diagnoseRedis({ url: 'redis://no-such-host.invalid:6379' });
    expect([...findings.keys()]).toEqual(['dns']);
    expect(verdicts).toEqual(['store-unavailable possible']);
    expect(report.status).not.toBe('diagnosed');
  });

  it('cannot be selected', async () => {
    const server = keep(await startRedis({ settings: ['--databases', '4'] }));
    await login(server.client, 100);
    const { findings, cause } = await diagnoseRedis({ url: `${server.url}/9` });
    expect(cause('store-lookup-moved').verdict).toBe('likely');
    expect(findings.get('select-refused')?.detail).toContain('out of range');
  });
});

describe('what a server says before it hangs up', () => {
  it('is out of clients', async () => {
    const server = keep(await startRedis());
    await server.client.config('SET', 'maxclients', '1');
    const { findings, verdicts } = await diagnoseRedis({ url: server.url });
    expect([...findings.keys()]).toEqual(['too-many-clients']);
    expect(verdicts).toEqual(['store-unavailable confirmed']);
  });

  it('is in protected mode', async () => {
    const port = await freePort();
    const { createServer } = await import('node:net');
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('-DENIED Redis is running in protected mode because protected mode is enabled.\r\n');
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    try {
      const { findings } = await diagnoseRedis({ url: `redis://127.0.0.1:${port}` });
      expect([...findings.keys()]).toEqual(['protected-mode']);
    } finally {
      server.close();
    }
  });

  it.each([
    ['-LOADING Redis is loading the dataset in memory\r\n', 'loading'],
    ["-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n", 'master-down'],
    ['-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n', 'busy'],
    ['-CLUSTERDOWN The cluster is down\r\n', 'cluster-down'],
  ])('answers everything with %s', async (line, slug) => {
    const server = keep(await startResp(() => Buffer.from(line)));
    const { findings, cause } = await diagnoseRedis({ url: `redis://127.0.0.1:${server.port}` });
    expect(findings.has(slug)).toBe(true);
    expect(cause('store-unavailable').verdict).toBe('confirmed');
  });
});

describe('TLS', () => {
  it('is trusted with its own CA, refused without, and not mistaken for a plain port', async () => {
    const { server, port, ca } = await startTls();
    keep(server);
    const good = await diagnoseRedis({ url: `rediss://localhost:${port}`, tls: { ca } });
    expect(good.verdicts).toEqual([]);
    expect(good.findings.has('serving')).toBe(true);
    const untrusted = await diagnoseRedis({ url: `rediss://localhost:${port}` });
    expect([...untrusted.findings.keys()]).toEqual(['tls-failed']);
    const mixed = await diagnoseRedis({ url: `redis://127.0.0.1:${port}` });
    expect([...mixed.findings.keys()]).toEqual(['tls-mismatch']);
    const reversed = await diagnoseRedis({ url: `rediss://127.0.0.1:${server.port}` });
    expect([...reversed.findings.keys()]).toEqual(['tls-mismatch']);
  });
});

it('leaves nothing open behind', async () => {
  const server = keep(await startRedis());
  await diagnoseRedis({ url: server.url });
  const alone = async (): Promise<boolean> =>
    String(await server.client.client('LIST'))
      .trim()
      .split('\n').length === 1;
  await expect(until(alone, 'only the test’s own client is left')).resolves.toBeUndefined();
});
