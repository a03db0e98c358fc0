import { describe, expect, it } from 'vitest';
import { redis } from '../../../src/probes/redis/index.ts';
import { look } from '../../support/look.ts';
import { silentServer } from '../../support/silent-server.ts';

/** What is said when Ctrl-C comes while `config` waits for servers that say `first` and then nothing. */
async function stopped(config: (port: number) => object, first = '') {
  const stop = new AbortController();
  const server = await silentServer(first, () => setTimeout(() => stop.abort(), 150));
  try {
    return await look(redis, { redis: config(server.port) }, { signal: stop.signal });
  } finally {
    server.close();
  }
}

describe('a look that Ctrl-C ended', () => {
  it.each<[string, (port: number) => object, string]>([
    ['before Redis said anything', (port) => ({ url: `redis://127.0.0.1:${port}` }), ''],
    ['after it had greeted', (port) => ({ url: `redis://127.0.0.1:${port}` }), '+PONG\r\n'],
    ['at the Sentinels', (port) => ({ sentinels: [`127.0.0.1:${port}`] }), ''],
  ])('%s blames nobody, and is no look', async (_, config, first) => {
    const { codes, findings, suspects, cause } = await stopped(config, first);
    expect(codes).toEqual(['redis/unfinished']);
    expect(findings[0]).toMatchObject({ blind: true });
    expect(findings[0]?.detail).toMatch(/ when this run was stopped$/);
    expect(suspects).toEqual([]);
    expect(cause('store-unavailable').verdict).toBe('untested');
  });
});
