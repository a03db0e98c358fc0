import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Address } from '../../../src/config/secret.ts';
import { type Chronyd, startChronyds } from '../../support/chronyd.ts';
import { runClock } from '../../support/clock-run.ts';
import { type Edge, startHaproxy, startNginx } from '../../support/edges.ts';
import { startHttpClock } from '../../support/http-clock.ts';
import { keeper } from '../../support/keep.ts';

const keep = keeper();
let good: readonly Chronyd[];
beforeAll(async () => {
  good = await startChronyds(undefined, undefined, undefined);
});
afterAll(async () => {
  await Promise.all(good.map((server) => server.stop()));
});

type Front = (origin: number) => Promise<Edge>;
const nginx: Front = (origin) => startNginx([origin]);
const haproxy: Front = (origin) => startHaproxy([origin]);

/** An origin whose whole clock is off, behind a real edge, looked at by a host that may or may not ask the time. */
async function behind(front: Front, off: string | undefined, servers: readonly Chronyd[]) {
  const app = keep(await startHttpClock(off));
  const edge = keep(await front(app.port));
  const run = await runClock({
    servers,
    more: { edge: { url: [new Address(`${edge.url}/expires`)], origin: new Address(app.url) } },
    only: ['clock', 'edge'],
  });
  return { run, said: run.codes('edge').filter((code) => /dated|clock/.test(code)) };
}

describe('the clocks of edge and origin', () => {
  it('two hours behind, passed on by HAProxy: the origin’s is wrong, by the agreed time', async () => {
    const { run, said } = await behind(haproxy, '-2h', good);
    expect(said).toEqual(['edge/origin-clock-off']);
    expect(run.finding('edge/origin-clock-off').detail).toBe(
      'the origin’s Date is 2h behind, the edge’s 2h behind',
    );
  });

  it.each([
    [
      '-2h',
      /^the origin’s Date is 2h behind, the edge’s 2h behind, seen from this host’s clock, which was not checked$/,
    ],
    [
      '+3d',
      /^the origin’s Date is 3d ahead, the edge’s 3d ahead, seen from this host’s clock, which was not checked$/,
    ],
  ])(
    '%s by this host’s unchecked clock alone: either may be wrong, and nobody is convicted',
    async (off, words) => {
      const { run, said } = await behind(haproxy, off, []);
      expect(said).toEqual(['edge/clock-differs']);
      expect(run.finding('edge/clock-differs').detail).toMatch(words);
      expect(run.verdict('clock-skew')).toBe('possible');
    },
  );

  it.each([
    ['the agreed time', (): readonly Chronyd[] => good, /^the origin’s Date is 2h behind, the edge’s right;/],
    [
      'this host alone',
      (): readonly Chronyd[] => [],
      /the edge’s right, seen from this host’s clock, which was not checked;/,
    ],
  ])('two hours behind, re-dated by nginx, which agrees with %s', async (_, servers, words) => {
    const { run, said } = await behind(nginx, '-2h', servers());
    expect(said).toEqual(['edge/re-dated']);
    expect(run.finding('edge/re-dated').detail).toMatch(words);
    expect(['likely', 'confirmed']).toContain(run.verdict('clock-skew'));
  });

  it('wrong in the origin and in the edge: nobody writes a right Date over it', async () => {
    const app = keep(await startHttpClock('-2h'));
    const edge = keep(await startNginx([app.port], { off: '+1h' }));
    const run = await runClock({
      servers: good,
      more: { edge: { url: [new Address(edge.url)], origin: new Address(app.url) } },
      only: ['clock', 'edge'],
    });
    expect(run.codes('edge')).toContain('edge/origin-clock-off');
    expect(run.codes('edge')).not.toContain('edge/re-dated');
    expect(run.finding('edge/origin-clock-off').detail).toBe(
      'the origin’s Date is 2h behind, the edge’s 60m ahead',
    );
  });

  it('right: nothing is said of them, whether or not the time is agreed on', async () => {
    expect((await behind(nginx, undefined, good)).said).toEqual([]);
    expect((await behind(haproxy, undefined, [])).said).toEqual([]);
  });
});
