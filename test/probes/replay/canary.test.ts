import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay } from '../../../src/probes/replay/index.ts';
import {
  interval,
  missProbability,
  nearestFleets,
  smallestShareSeen,
} from '../../../src/probes/replay/share.ts';
import { look } from '../../support/look.ts';
import { close, listen } from '../../support/session-app.ts';

/** A small generator with a seed, so that the measurement is the same every time (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('a canary of one in ten, chosen by chance for each request', () => {
  const draw = chance(20);
  const sign = (id: string, secret: string) =>
    createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
  const server = createServer((request, response) => {
    const secret = draw() < 0.1 ? 'canary' : 'stable';
    const [, id = '', mac = ''] = /sid=s%3A([^.]+)\.([^;]+)/.exec(request.headers.cookie ?? '') ?? [];
    if (decodeURIComponent(mac) !== sign(id, secret)) {
      const fresh = randomBytes(24).toString('base64url');
      const value = encodeURIComponent(`s:${fresh}.${sign(fresh, secret)}`);
      response.setHeader('Set-Cookie', `sid=${value}; Path=/; HttpOnly`);
    }
    response.end('hello');
  });
  let url = '';
  beforeAll(async () => {
    url = `http://127.0.0.1:${await listen(server)}/`;
  });
  afterAll(() => close(server));

  it('is found as often as (1-p)^20 says, measured over 200 runs', async () => {
    let found = 0;
    for (let run = 0; run < 200; run++) {
      const { codes } = await look(replay, { replay: { url } });
      if (codes.includes('replay/mixed-signed-id')) found += 1;
      else expect(codes.filter((code) => code.startsWith('replay/echo-'))).toHaveLength(1);
    }
    const stated = 1 - missProbability(0.1, 20);
    expect(stated).toBeCloseTo(0.878, 3);
    // Three standard deviations of 200 draws are 7 %.
    expect(Math.abs(found / 200 - stated)).toBeLessThan(0.07);
  });
});

describe('the arithmetic', () => {
  it('says what twenty requests see', () => {
    expect(smallestShareSeen(20)).toBeCloseTo(0.139, 3);
    expect(missProbability(smallestShareSeen(20), 20)).toBeCloseTo(0.05, 6);
    expect(smallestShareSeen(0)).toBe(1);
  });

  it('names the likely fleet', () => {
    expect(nearestFleets(10, 20)[0]).toBe('1 of 2');
    expect(nearestFleets(2, 20)[0]).toBe('1 of 10');
    expect(nearestFleets(7, 20)[0]).toBe('1 of 3');
  });

  it('holds the true share in its interval, which lies within 0 and 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, share) => {
          const k = Math.round(n * share);
          const [low, high] = interval(k, n);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(k / n + 1e-9);
          expect(high).toBeGreaterThanOrEqual(k / n - 1e-9);
        },
      ),
    );
  });
});
