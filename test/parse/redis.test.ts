import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClusterInfo, parseClusterNodes } from '../../src/parse/redis-cluster.ts';
import { parseRedisInfo } from '../../src/parse/redis-info.ts';
import {
  parseAclLog,
  parseCommandInfo,
  parseCommandNames,
  parseConfigValue,
  parseMemoryStats,
  parseSlowlog,
  parseTime,
  type Reply,
} from '../../src/parse/redis-replies.ts';
import { parseSentinelNodes } from '../../src/parse/redis-sentinel.ts';

const folder = new URL('../../fixtures/redis-replies/', import.meta.url);

describe('INFO', () => {
  it.each(readdirSync(folder))('of every recorded situation of %s', (file) => {
    const situations = JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString()) as Record<
      string,
      Record<string, unknown>
    >;
    for (const replies of Object.values(situations)) {
      const text = replies['INFO all'] ?? replies['INFO everything'];
      if (typeof text !== 'string') continue;
      const info = parseRedisInfo(text);
      expect(info.fields.get('redis_version')).toMatch(/^\d/);
      expect([...info.keyspace.values()].reduce((sum, one) => sum + one.keys, 0)).toBe(
        [...text.matchAll(/^db\d+:keys=(\d+)/gm)].reduce((sum, [, keys]) => sum + Number(keys), 0),
      );
    }
  });

  it('reads counters with their refusals', () => {
    const info = parseRedisInfo(
      'cmdstat_flushall:calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=2\r\n' +
        'cmdstat_config|resetstat:calls=1,usec=5\r\nerrorstat_OOM:count=200\r\ndb3:keys=7,expires=6,avg_ttl=9\r\n',
    );
    expect(info.commands.get('flushall')).toEqual({ calls: 0, rejected: 1, failed: 2 });
    expect(info.commands.get('config|resetstat')).toEqual({ calls: 1 });
    expect(info.errors.get('OOM')).toBe(200);
    expect(info.keyspace.get(3)).toEqual({ keys: 7, expires: 6, avgTtlMs: 9 });
  });

  it('never throws, and gives numbers only where numbers stand', () => {
    const line = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom('cmdstat_set', 'errorstat_ERR', 'db0', 'uptime_in_seconds'), fc.string())
        .map(([name, value]) => `${name}:${value}`),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const info = parseRedisInfo(lines.join('\r\n'));
        for (const { calls } of info.commands.values())
          expect(Number.isFinite(calls) && calls >= 0).toBe(true);
        for (const { keys } of info.keyspace.values()) expect(Number.isFinite(keys) && keys >= 0).toBe(true);
      }),
    );
  });
});

describe('replies', () => {
  const reply: fc.Arbitrary<Reply> = fc.letrec<{ reply: Reply }>((tie) => ({
    reply: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.constant(null),
      fc.array(tie('reply'), { maxLength: 8 }),
    ),
  })).reply;

  it('of any shape are taken or left, never thrown at', () => {
    fc.assert(
      fc.property(reply, (any) => {
        for (const entry of parseSlowlog(any)) expect(entry.command).toMatch(/^[a-z]+$/);
        for (const entry of parseAclLog(any)) expect(entry.username.length).toBeLessThanOrEqual(80);
        for (const node of parseSentinelNodes(any)) expect(node.port).toBeGreaterThan(0);
        expect(parseCommandNames(any).size).toBeLessThanOrEqual(5000);
        expect(parseCommandInfo(any, 7)?.length ?? 7).toBe(7);
        expect(typeof (parseConfigValue(any) ?? '')).toBe('string');
        expect(parseTime(any) ?? 1).toBeGreaterThan(0);
        expect(typeof (parseMemoryStats(any)?.peak ?? 0)).toBe('number');
      }),
    );
  });

  it('of the slow log keep neither arguments nor a renamed command’s secret name', () => {
    const log = parseSlowlog([
      [7, 1795250081, 20_931, ['FLUSHALL'], '10.0.0.5:51234', 'deploy'],
      [6, 1795250080, 11_000, ['s3cret-flush', 'x'], '10.0.0.5:51234', ''],
      [5, 1795250079, 12_000, ['DEL', 'sess:abcdef'], '', ''],
    ]);
    expect(log.map((entry) => entry.command)).toEqual(['flushall', 'other', 'del']);
    expect(log[0]).toMatchObject({ client: '10.0.0.5:51234', clientName: 'deploy' });
    expect(JSON.stringify(log)).not.toMatch(/s3cret|abcdef/);
  });

  it('of the ACL log name the user and the command, never a key', () => {
    const entries = parseAclLog([
      [
        'count',
        3,
        'reason',
        'command',
        'object',
        'FLUSHALL',
        'username',
        'job',
        'age-seconds',
        '4.5',
        'client-info',
        'id=7 addr=10.0.0.9:4711 name=',
      ],
      [
        'count',
        1,
        'reason',
        'key',
        'object',
        'sess:abcdef',
        'username',
        'app',
        'age-seconds',
        '1',
        'client-info',
        '',
      ],
    ]);
    expect(entries[0]).toEqual({
      reason: 'command',
      object: 'flushall',
      username: 'job',
      ageSeconds: 4.5,
      count: 3,
      client: '10.0.0.9:4711',
    });
    expect(JSON.stringify(entries)).not.toContain('abcdef');
  });
});

describe('CLUSTER NODES', () => {
  it('reads masters, replicas, failures, hostnames and moving slots', () => {
    const nodes = parseClusterNodes(
      'a1 10.0.0.1:6379@16379,redis-1.example myself,master - 0 0 1 connected 0-5460 [93->-b2]\n' +
        'b2 10.0.0.2:6379@16379 master,fail - 1 1 2 disconnected 5461-10922 16383\n' +
        'c3 :0@0 slave,noaddr a1 0 0 1 disconnected\n' +
        'd4 2001:db8::7:6380@16380 slave a1 0 0 1 connected\n',
    );
    expect(nodes).toEqual([
      { host: '10.0.0.1', port: 6379, role: 'master', failed: false, self: true, slots: 5461 },
      { host: '10.0.0.2', port: 6379, role: 'master', failed: true, self: false, slots: 5463 },
      { host: '2001:db8::7', port: 6380, role: 'replica', failed: false, self: false, slots: 0 },
    ]);
    expect(
      parseClusterInfo('cluster_state:fail\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:10923\r\n'),
    ).toEqual({
      ok: false,
      slotsOk: 10_923,
      slotsAssigned: 16_384,
    });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const node of parseClusterNodes(text)) expect(node.slots).toBeGreaterThanOrEqual(0);
        expect(parseClusterInfo(text)?.slotsOk ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
