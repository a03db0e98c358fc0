import { describe, expect, it } from 'vitest';
import { silentServer } from '../../support/silent-server.ts';
import { look } from './support.ts';

describe('a look that Ctrl-C ended', () => {
  it.each(['postgres', 'mysql', 'mariadb'])('at a silent %s blames nobody', async (scheme) => {
    const stop = new AbortController();
    const server = await silentServer('', () => setTimeout(() => stop.abort(), 100));
    const url = `${scheme}://app@127.0.0.1:${server.port}/app`;
    const { slugs, facts, verdict } = await look({ url, signal: stop.signal });
    server.close();
    expect(slugs).toEqual(['unfinished']);
    expect(facts[0]?.detail).toMatch(/ when this run was stopped \(ABORTED\)/);
    expect(verdict('store-unavailable')).toBe('untested');
  });

  it.each(['postgres', 'mysql'])(
    'at a silent %s is told from a deadline, which speaks of it',
    async (scheme) => {
      const late = new AbortController();
      const passed = () => late.abort(new DOMException('deadline', 'TimeoutError'));
      const server = await silentServer('', () => setTimeout(passed, 100));
      const url = `${scheme}://app@127.0.0.1:${server.port}/app`;
      const { slugs } = await look({ url, signal: late.signal });
      server.close();
      expect(slugs).toEqual(['no-answer']);
    },
  );

  it('while the name was looked up blames nobody', async () => {
    const url = 'postgres://app@store.invalid/app';
    expect((await look({ url, signal: AbortSignal.abort() })).slugs).toEqual(['unfinished']);
  });
});
