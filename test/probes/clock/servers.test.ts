import { describe, expect, it } from 'vitest';
import { startChronyd, startChronyds, threeGood } from '../../support/chronyd.ts';
import { runClock } from '../../support/clock-run.ts';
import { shifted, startNtpRelay } from '../../support/ntp-relay.ts';

const HOUR = 3_600_000;
const DAY = 86_400_000;
const blamed = ['confirmed', 'likely', 'possible'];

const good = threeGood();

const ports = () => good.map(({ port }) => port);

describe('this host’s clock', () => {
  it('is right by three real chronyd, and the run is clear', async () => {
    const run = await runClock({ servers: good });
    expect(run.slugs).toEqual(['in-sync']);
    expect(run.report.status).toBe('clear');
    expect(Math.abs(run.correction.offsetMs)).toBeLessThan(50);
    expect(run.correction.uncertaintyMs).toBeGreaterThanOrEqual(5);
  });

  it.each(['+1h', '-1h', '+400d'])('is likely wrong by three real chronyd that are %s away', async (off) => {
    const servers = await startChronyds(off, off, off);
    const run = await runClock({ servers });
    await Promise.all(servers.map((server) => server.stop()));
    const truth = Number.parseInt(off, 10) * (off.endsWith('h') ? HOUR : DAY);
    expect(run.slugs).toEqual(['local-wrong']);
    expect(run.verdict('clock-skew')).toBe('likely');
    expect(run.report.causes[0]?.id).toBe('clock-skew');
    expect(Math.abs(run.correction.offsetMs - truth)).toBeLessThanOrEqual(run.correction.uncertaintyMs);
    expect(run.finding('local-wrong').detail).toContain(off.startsWith('+') ? 'behind' : 'ahead');
  });

  it.each([5, -5, 40, -400])('is right for sessions, and corrected, when %i ms off', async (shift) => {
    const { relays, stop } = await shifted(ports(), shift, shift, shift);
    const run = await runClock({ servers: relays });
    stop();
    expect(run.slugs).toEqual(['in-sync']);
    expect(Math.abs(run.correction.offsetMs - shift)).toBeLessThanOrEqual(run.correction.uncertaintyMs);
  });

  it.each([
    [30_000, 60_000, 'local-off-within-leeway', false],
    [-30_000, 60_000, 'local-off-within-leeway', false],
    [30_000, 10_000, 'local-wrong', true],
    [61_000, 60_000, 'local-wrong', true],
  ])('%i ms off against a leeway of %i ms is %s', async (shift, leeway, slug, likely) => {
    const { relays, stop } = await shifted(ports(), shift, shift, shift);
    const run = await runClock({ servers: relays, leeway });
    stop();
    expect(run.slugs).toEqual([slug]);
    expect(run.verdict('clock-skew') === 'likely').toBe(likely);
  });

  it('is not blamed for one false ticker of three, which is named', async () => {
    const wrong = await startChronyd({ off: '+1h' });
    const run = await runClock({ servers: [good[0]!, good[1]!, wrong] });
    await wrong.stop();
    expect(run.slugs).toEqual(['in-sync', 'falseticker']);
    expect(run.finding('falseticker').subject).toBe(`127.0.0.1:${wrong.port}`);
    expect(blamed).not.toContain(run.verdict('clock-skew'));
    expect(Math.abs(run.correction.offsetMs)).toBeLessThan(50);
  });

  it.each([
    ['+1h', /clock is 60m \(\d+\.\d{3} s\) behind/],
    ['-1h', /clock is 60m \(\d+\.\d{3} s\) ahead/],
    ['+400d', /clock is 400d .* behind/],
    ['-400d', /clock is 400d .* ahead/],
  ])('is suspected, not convicted, by one server that is %s away', async (off, words) => {
    const wrong = await startChronyd({ off });
    const run = await runClock({ servers: [wrong] });
    await wrong.stop();
    expect(run.slugs).toEqual(['local-suspect']);
    const { detail } = run.finding('local-suspect');
    expect(detail).toMatch(words);
    expect(detail).toMatch(
      /^by 1 of 1 time server that answered .*; one server alone cannot say which of the two is wrong$/,
    );
    expect(run.verdict('clock-skew')).toBe('possible');
    expect(run.correction.offsetMs).toBe(0);
    expect(run.correction.uncertaintyMs).toBeGreaterThan(HOUR - 1000);
  });

  it('is suspected, not convicted, by two servers that agree', async () => {
    const wrong = await startChronyds('+1h', '+1h');
    const run = await runClock({ servers: wrong });
    await Promise.all(wrong.map((server) => server.stop()));
    expect(run.slugs).toEqual(['local-suspect']);
    expect(run.verdict('clock-skew')).toBe('possible');
  });

  it('is called wrong by two that agree against one that does not, and who that is, is said', async () => {
    const wrong = await startChronyds('+1h', '+1h');
    const run = await runClock({ servers: [...wrong, good[0]!] });
    await Promise.all(wrong.map((server) => server.stop()));
    expect(run.slugs).toEqual(['local-wrong', 'falseticker']);
    expect(run.finding('local-wrong').detail).toContain('by 2 of 3 time servers that answered');
    expect(run.finding('local-wrong').detail).toContain(
      `, though 127.0.0.1:${good[0]!.port} agrees with this host; the leeway is`,
    );
    expect(run.verdict('clock-skew')).toBe('likely');
  });

  it('is right, and no server is outvoted, where the way to one of three is slow one way', async () => {
    const slow = await startNtpRelay({ to: good[2]!.port, requestDelayMs: 400 });
    const run = await runClock({ servers: [good[0]!, good[1]!, slow] });
    slow.stop();
    expect(run.slugs).toEqual(['in-sync']);
    expect(run.finding('in-sync').detail).toContain('by 3 of 3 time servers');
    expect(Math.abs(run.correction.offsetMs)).toBeLessThan(50);
  });

  it('is right where one server smears a leap second, which is no lie', async () => {
    const smearing = await startNtpRelay({ to: good[0]!.port, shiftMs: 500 });
    const four = await runClock({ servers: [...good, smearing] });
    const two = await runClock({ servers: [good[1]!, smearing] });
    smearing.stop();
    expect(four.slugs).toEqual(['in-sync', 'falseticker']);
    const told = four.finding('falseticker');
    expect(told.detail).toMatch(/agree on a time (?:49\d|50\d) ms away from it$/);
    expect(JSON.stringify(told)).not.toMatch(/wrong|lie/);
    expect(two.slugs).toEqual(['servers-disagree']);
    expect(two.finding('servers-disagree').detail).toMatch(
      /no majority, but none is more than 50\d ms from this host’s clock$/,
    );
    expect(blamed).not.toContain(two.verdict('clock-skew'));
  });

  it('takes one server under three names for one witness', async () => {
    const wrong = await startChronyd({ off: '+1h' });
    const { port } = wrong;
    const run = await runClock({
      servers: [wrong, { host: 'localhost', port }, { host: '127.0.0.1', port }],
    });
    await wrong.stop();
    expect(run.slugs).toEqual(['local-suspect']);
    expect(run.finding('local-suspect').detail).toMatch(
      /^by 1 of 1 time server that answered under 2 names \(/,
    );
  });

  it('takes one server at three addresses for one witness', async () => {
    const wrong = await startChronyd({ off: '-1h', host: '0.0.0.0' });
    const { port } = wrong;
    const run = await runClock({
      servers: ['127.0.0.1', '127.0.0.2', '127.0.0.3'].map((host) => ({ host, port })),
    });
    await wrong.stop();
    expect(run.seen.servers.map(({ status }) => status)).toEqual(['answered', 'answered', 'answered']);
    expect(run.slugs).toEqual(['local-suspect']);
    expect(run.verdict('clock-skew')).toBe('possible');
  });

  it('has no verdict when three servers tell three times, or two tell two', async () => {
    const wrong = await startChronyds('+1h', '-1h');
    const three = await runClock({ servers: [good[0]!, ...wrong] });
    const two = await runClock({ servers: [good[0]!, wrong[0]!] });
    await Promise.all(wrong.map((server) => server.stop()));
    expect([three.slugs, two.slugs]).toEqual([['servers-disagree'], ['servers-disagree']]);
    expect(blamed).not.toContain(three.verdict('clock-skew'));
    expect(blamed).not.toContain(two.verdict('clock-skew'));
    expect(two.correction.uncertaintyMs).toBeGreaterThan(HOUR - 1000);
  });

  it('is not accused by a slow way to the servers', async () => {
    const relays = await Promise.all(
      good.map((server) => startNtpRelay({ to: server.port, requestDelayMs: 400 })),
    );
    const run = await runClock({ servers: relays, leeway: 100 });
    relays.forEach((relay) => relay.stop());
    expect(run.slugs).toEqual(['in-sync']);
  });

  it('is unknown, which is no fault and no blindness, when no server answers', async () => {
    const run = await runClock({
      servers: [
        { host: '127.0.0.1', port: 1 },
        { host: 'ntp.invalid', port: 123 },
      ],
    });
    expect(run.slugs).toEqual(['no-answer']);
    expect(run.finding('no-answer')).toMatchObject({ level: 'info' });
    expect(run.finding('no-answer').blind).toBeUndefined();
    expect(run.correction).toEqual({ offsetMs: 0, uncertaintyMs: Number.POSITIVE_INFINITY });
    // Nothing else was asked for, so nothing was looked at.
    expect(run.report.status).toBe('incomplete');
  });

  it('does not listen to a server without time, and says so', async () => {
    const lost = await startChronyd({ lines: [] });
    const run = await runClock({ servers: [...good, lost] });
    await lost.stop();
    expect(run.slugs).toEqual(['in-sync', 'server-unsynchronised']);
  });

  it('leaves a server alone that says so', async () => {
    const relay = await startNtpRelay({
      to: good[0]!.port,
      mangle(reply) {
        reply.fill(0, 1, 2);
        reply.write('DENY', 12, 'latin1');
        return reply;
      },
    });
    const run = await runClock({ servers: [...good, relay] });
    relay.stop();
    expect(run.slugs).toEqual(['in-sync', 'server-limits']);
    expect(relay.requests()).toBe(1);
  });

  it('says when it asked nobody', async () => {
    expect((await runClock({})).slugs).toEqual(['not-asked']);
  });
});
