import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { diagnoseRedis } from '../../support/diagnose-redis.ts';
import { type Recorded, startResp } from '../../support/resp-replay.ts';

type Situation = Readonly<Record<string, Recorded>>;

const folder = new URL('../../../fixtures/redis-replies/', import.meta.url);
const versions = readdirSync(folder).sort();

function load(file: string): Record<string, Situation> {
  return JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString()) as Record<string, Situation>;
}

/** What each situation must come to, on every version, when nobody said when it began. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'fresh-empty': ['store-lost-on-restart possible'],
  healthy: [],
  flushall: ['store-flushed confirmed'],
  'flushall-save-off': ['store-flushed confirmed'],
  'flushall-aof': ['store-flushed confirmed'],
  'flushall-async': ['store-flushed confirmed'],
  flushdb: ['store-flushed confirmed'],
  'flushall-then-resetstat': ['store-flushed likely'],
  'flushall-then-relogin': ['store-flushed confirmed'],
  swapdb: ['store-lookup-moved confirmed'],
  'mass-del': ['session-reaper possible'],
  'mass-expire': ['session-reaper possible'],
  evicted: ['store-evicting confirmed'],
  'oom-noeviction': ['store-unavailable confirmed'],
  'restart-no-persistence': ['store-lost-on-restart likely'],
  'restart-old-rdb': ['store-lost-on-restart possible'],
  'restart-aof': [],
  'replica-healthy': [],
  'master-with-replica': [],
  'replica-of-restarted-empty-master': ['store-lost-on-restart confirmed'],
  'restarted-empty-master-with-replica': ['store-lost-on-restart likely'],
  'replica-master-down': ['store-lost-on-restart confirmed', 'replica-lag possible'],
  'promoted-empty-replica': ['store-lost-on-restart confirmed'],
  renamed: ['store-lost-on-restart possible'],
  'acl-app-minus-dangerous': [],
};

/** Serves one recording; what was not recorded is an unknown command. */
function answerFrom(situation: Situation): (words: readonly string[]) => Recorded {
  const settings = new Map<string, Recorded>();
  for (const [command, reply] of Object.entries(situation)) {
    if (!command.startsWith('CONFIG GET')) continue;
    if (!Array.isArray(reply)) settings.set('*', reply);
    else for (let at = 0; at < reply.length; at += 2) settings.set(String(reply[at]), reply[at + 1] ?? null);
  }
  const info = situation['INFO all'] ?? situation['INFO everything'];
  const lives = typeof info === 'string' ? /avg_ttl=(\d+)/.exec(info)?.[1] : undefined;
  return (words) => {
    const command = words.join(' ');
    if (words[0] === 'PING') return 'PONG';
    if (words[0] === 'CONFIG') {
      const refused = settings.get('*');
      if (refused !== undefined) return refused;
      const value = settings.get(words[2] ?? '');
      return value === undefined ? [] : [words[2] ?? '', value];
    }
    if (command === 'INFO all' && situation['INFO all'] === undefined)
      return situation['INFO everything'] ?? '';
    if (words[0] === 'SCAN') {
      const [, keys] = situation['SCAN 0 COUNT 10'] as readonly [string, readonly string[]];
      return ['0', keys];
    }
    if (words[0] === 'PTTL') return Number(lives ?? -1);
    if (words[0] === 'ACL' && words[1] === 'LOG') return situation['ACL LOG'] ?? [];
    if (command === 'COMMAND LIST' || command === 'COMMAND') return situation['COMMAND (names)'] ?? [];
    return situation[command] ?? { error: `ERR unknown command '${words[0]}'` };
  };
}

describe.each(versions)('%s', (file) => {
  const situations = load(file);
  it('has a verdict for every recorded situation', () => {
    expect(Object.keys(situations).filter((name) => !(name in expected))).toEqual([]);
  });

  it.concurrent.each(Object.keys(situations))('%s', async (name) => {
    const server = await startResp(answerFrom(situations[name] ?? {}));
    try {
      const { verdicts } = await diagnoseRedis({ url: `redis://127.0.0.1:${server.port}` });
      expect(verdicts).toEqual(expected[name]);
    } finally {
      await server.stop();
    }
  });
});
