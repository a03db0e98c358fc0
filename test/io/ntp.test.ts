import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NtpSeen, ntpDoor } from '../../src/io/ntp.ts';
import { type Chronyd, startChronyd } from '../support/chronyd.ts';
import { type NtpRelayOptions, startNtpRelay } from '../support/ntp-relay.ts';

const never = new AbortController().signal;
let good: Chronyd;
beforeAll(async () => {
  good = await startChronyd();
});
afterAll(async () => good.stop());

type Answered = Extract<NtpSeen, { status: 'answered' }>;

async function through(options: Omit<NtpRelayOptions, 'to'>): Promise<{ seen: NtpSeen; requests: number }> {
  const relay = await startNtpRelay({ to: good.port, ...options });
  const seen = await ntpDoor().query(relay.host, relay.port, never);
  relay.stop();
  return { seen, requests: relay.requests() };
}

const SECOND = 1000;
const DAY = 86_400_000;

describe.concurrent('query', () => {
  it('reads the time of a real chronyd to its bound, from four packets', async () => {
    const seen = (await ntpDoor().query(good.host, good.port, never)) as Answered;
    expect(seen).toMatchObject({ status: 'answered', samples: 4, stratum: 8, leap: 0, address: '127.0.0.1' });
    expect(Math.abs(seen.offsetMs)).toBeLessThanOrEqual(seen.boundMs + 1);
  });

  it.each(['+1h', '-1h', '+400d', '-400d'])('reads a chronyd that is %s off', async (off) => {
    const wrong = await startChronyd({ off });
    const seen = (await ntpDoor().query(wrong.host, wrong.port, never)) as Answered;
    await wrong.stop();
    const truth = Number.parseInt(off, 10) * (off.endsWith('h') ? 3600 * SECOND : DAY);
    expect(Math.abs(seen.offsetMs - truth)).toBeLessThanOrEqual(seen.boundMs + 1);
  });

  it.each([5, -5, 90, -1400, 299_950, 10 * 365 * DAY])('measures a shift of %i ms', async (shiftMs) => {
    const seen = (await through({ shiftMs })).seen as Answered;
    expect(Math.abs(seen.offsetMs - shiftMs)).toBeLessThanOrEqual(seen.boundMs + 1);
  });

  it.each([
    ['there', { requestDelayMs: 150 }, 75],
    ['back', { replyDelayMs: 150 }, -75],
    ['both ways', { requestDelayMs: 150, replyDelayMs: 150 }, 0],
  ])('widens its bound by a slow way %s, so that the truth stays inside', async (_, slow, apparent) => {
    const seen = (await through(slow)).seen as Answered;
    expect(seen.boundMs).toBeGreaterThan(70);
    expect(Math.abs(seen.offsetMs)).toBeLessThanOrEqual(seen.boundMs + 1);
    expect(Math.abs(seen.offsetMs - apparent)).toBeLessThan(40);
  });

  it('keeps the best of its samples when only one came through undelayed', async () => {
    const packets: Buffer[] = [];
    const { seen, requests } = await through({
      mangle: (reply, count) => {
        packets.push(reply);
        return count < 3 ? undefined : reply;
      },
    });
    expect(seen).toMatchObject({ status: 'answered', samples: 1 });
    expect(requests).toBe(4);
  });

  it('calls a chronyd without a source unsynchronised, not a kiss-of-death, and asks it once', async () => {
    const lost = await startChronyd({ lines: [] });
    const seen = await ntpDoor().query(lost.host, lost.port, never);
    await lost.stop();
    expect(seen).toMatchObject({ status: 'unsynchronised', detail: 'leap 3, stratum 0' });
  });

  it('stops at a kiss-of-death', async () => {
    const { seen, requests } = await through({ mangle: kiss });
    expect(seen).toMatchObject({ status: 'kiss-of-death', detail: 'RATE' });
    expect(requests).toBe(1);
  });

  it('keeps what it had when the rate limit strikes later', async () => {
    const { seen, requests } = await through({ mangle: (reply, count) => (count < 2 ? reply : kiss(reply)) });
    expect(seen).toMatchObject({ status: 'answered', samples: 2 });
    expect(requests).toBe(3);
  });

  it.each<[string, (reply: Buffer) => Buffer]>([
    ['a forged origin', (reply) => set(reply, 24, 0x5a)],
    ['an echo of its own request', (reply) => set(reply, 0, 0x23)],
    ['a short packet', (reply) => reply.subarray(0, 47)],
  ])('does not listen to %s', async (_, mangle) => {
    expect((await through({ mangle })).seen).toMatchObject({ status: 'timeout' });
  });

  it.each<[string, string, (reply: Buffer) => Buffer]>([
    ['no time', 'it carries no time', (reply) => reply.fill(0, 40, 48)],
    ['5 s of root dispersion', 'it is itself unsure by 5.0 s', (reply) => set(reply.fill(0, 4, 12), 9, 5)],
  ])('refuses a server with %s', async (_, detail, mangle) => {
    expect((await through({ mangle })).seen).toMatchObject({ status: 'invalid', detail });
  });

  it('tells a closed port from silence, and both from a name that does not exist', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address();
    const [closed, silence, nameless] = await Promise.all([
      ntpDoor().query('127.0.0.1', 1, never),
      ntpDoor().query('127.0.0.1', port, never),
      ntpDoor().query('ntp.invalid', 123, never),
    ]);
    silent.close();
    expect(closed).toMatchObject({ status: 'refused' });
    expect(silence).toMatchObject({ status: 'timeout', detail: 'no answer in 2 s' });
    expect(nameless).toMatchObject({ status: 'dns' });
  });

  it('finds the family that answers behind a name with two', async () => {
    expect(await ntpDoor().query('localhost', good.port, never)).toMatchObject({ status: 'answered' });
  });

  it('comes back at once when its signal is aborted', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const seen = await ntpDoor().query('127.0.0.1', silent.address().port, AbortSignal.abort());
    silent.close();
    expect(seen).toMatchObject({ status: 'timeout', detail: 'no answer when this run was stopped' });
  });
});

describe('tracking', () => {
  it('does not take a daemon that follows its own clock for a synchronised one', async () => {
    const seen = await ntpDoor(['chronyc', '-h', good.socket]).tracking(never);
    expect(seen).toEqual({ status: 'unsynchronised', detail: 'Local reference' });
  });

  it('hears from a daemon that follows a server by how much the local clock is wrong', async () => {
    const ahead = await startNtpRelay({ to: good.port, shiftMs: 90_000 });
    const follower = await startChronyd({
      lines: [`server 127.0.0.1 port ${ahead.port} iburst minpoll 0 maxpoll 0`],
    });
    const door = ntpDoor(['chronyc', '-h', follower.socket]);
    let seen = await door.tracking(never);
    for (let tries = 0; tries < 100 && seen.status !== 'synchronised'; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      seen = await door.tracking(never);
    }
    await follower.stop();
    ahead.stop();
    expect(seen).toMatchObject({ status: 'synchronised', stratum: 9, source: '127.0.0.1' });
    const { correctionMs } = seen as Extract<typeof seen, { status: 'synchronised' }>;
    expect(Math.abs(correctionMs - 90_000)).toBeLessThan(50);
  });

  it('says that there is no daemon, or no chronyc, and never rejects', async () => {
    expect(await ntpDoor(['chronyc', '-h', '/nowhere.sock']).tracking(never)).toMatchObject({
      status: 'absent',
    });
    expect(await ntpDoor(['/nowhere/chronyc']).tracking(never)).toMatchObject({ status: 'absent' });
    expect(await ntpDoor(['echo']).tracking(never)).toMatchObject({ status: 'error' });
  });
});

/** What ntpsec sends to a client over its limit: the request's own time, stratum 0, and the code. */
function kiss(reply: Buffer): Buffer {
  reply[0] = 0xe4;
  reply[1] = 0;
  reply.write('RATE', 12, 'latin1');
  return reply;
}

function set(reply: Buffer, at: number, value: number): Buffer {
  reply[at] = value;
  return reply;
}
