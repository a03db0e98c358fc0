import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRequest, parseNtpPacket, readReply } from '../../src/parse/ntp-packet.ts';

const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/ntp/ntpsec-1.2.2.json', import.meta.url), 'utf8'),
) as { replies: { when: string; cookie: string; packet: string; kind: string; detail: string }[] };

const UNIX_EPOCH = 2_208_988_800;

interface Reply {
  readonly leap?: number;
  readonly mode?: number;
  readonly version?: number;
  readonly stratum?: number;
  readonly refid?: string;
  readonly rootDelay?: number;
  readonly rootDispersion?: number;
  readonly origin?: bigint;
  /** Epoch ms. */
  readonly received: number;
  readonly transmitted: number;
}

/** A reply as a server would build it, written from RFC 5905 figure 8 and not from the reader. */
function reply(parts: Reply): Buffer {
  const packet = Buffer.alloc(48);
  packet[0] = ((parts.leap ?? 0) << 6) | ((parts.version ?? 4) << 3) | (parts.mode ?? 4);
  packet[1] = parts.stratum ?? 2;
  packet.writeUInt32BE(Math.round((parts.rootDelay ?? 0) * 65.536), 4);
  packet.writeUInt32BE(Math.round((parts.rootDispersion ?? 0) * 65.536), 8);
  packet.write(parts.refid ?? '\x0a\0\0\x01', 12, 'latin1');
  packet.writeBigUInt64BE(parts.origin ?? 7n, 24);
  for (const [at, ms] of [
    [32, parts.received],
    [40, parts.transmitted],
  ] as const) {
    const seconds = Math.floor(ms / 1000);
    packet.writeUInt32BE((seconds + UNIX_EPOCH) % 2 ** 32, at);
    packet.writeUInt32BE(Math.floor(((ms - seconds * 1000) / 1000) * 2 ** 32), at + 4);
  }
  return packet;
}

/** 1990 to 2100: both sides of the era's end in 2036. */
const moment = fc.integer({ min: 631_152_000_000, max: 4_102_444_800_000 });
const within = fc.integer({ min: -400 * 86_400_000, max: 400 * 86_400_000 });
const span = fc.integer({ min: 0, max: 5000 });

describe('readReply', () => {
  it('has the true offset within its bound, whatever the way there and back cost', () => {
    fc.assert(
      fc.property(moment, within, span, span, span, (sentAt, offset, there, held, back) => {
        const received = sentAt + there + offset;
        const bytes = reply({ received, transmitted: received + held });
        const reading = readReply(bytes, 7n, sentAt, sentAt + there + held + back);
        expect(reading.kind).toBe('time');
        const { offsetMs, delayMs, boundMs } = reading as Extract<typeof reading, { kind: 'time' }>;
        expect(Math.abs(offsetMs - offset)).toBeLessThanOrEqual(boundMs + 0.01);
        expect(Math.abs(delayMs - there - back)).toBeLessThan(0.01);
      }),
    );
  });

  it('never takes a reply to somebody else, and never throws, on any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 120 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (bytes, cookie) => {
          const origin = bytes.length >= 48 ? Buffer.from(bytes).readBigUInt64BE(24) : undefined;
          const reading = readReply(bytes, cookie, 0, 1);
          expect(reading.kind === 'stray' || origin === cookie).toBe(true);
        },
      ),
    );
  });

  it('gives finite numbers for any header that is meant for it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 48, maxLength: 48 }), moment, span, (bytes, sentAt, delay) => {
        const packet = Buffer.from(bytes);
        packet[0] = 0x24;
        packet[1] = 1 + ((packet[1] ?? 0) % 15);
        const reading = readReply(packet, packet.readBigUInt64BE(24), sentAt, sentAt + delay);
        const numbers = Object.values(reading).filter((value) => typeof value === 'number');
        expect(numbers.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('reads the day before and the day after the era ends', () => {
    const end = Date.UTC(2036, 1, 7, 6, 28, 16);
    for (const at of [end - 1000, end + 1000]) {
      const packet = parseNtpPacket(reply({ received: at, transmitted: at }));
      expect(packet?.transmittedAt).toBe(at);
    }
  });

  it.each([
    ['INIT', 0, 3, 'unsynchronised', 'leap 3, stratum 0'],
    ['STEP', 0, 3, 'unsynchronised', 'leap 3, stratum 0'],
    ['\0\0\0\0', 0, 3, 'unsynchronised', 'leap 3, stratum 0'],
    ['RATE', 0, 3, 'kiss-of-death', 'RATE'],
    ['DENY', 0, 0, 'kiss-of-death', 'DENY'],
    ['RSTR', 0, 3, 'kiss-of-death', 'RSTR'],
    ['\x0a\0\0\x01', 16, 0, 'unsynchronised', 'leap 0, stratum 16'],
    ['\x0a\0\0\x01', 2, 3, 'unsynchronised', 'leap 3, stratum 2'],
    ['\x0a\0\0\x01', 17, 0, 'invalid', 'stratum 17, version 4'],
  ])('names %j at stratum %i with leap %i', (refid, stratum, leap, kind, detail) => {
    const bytes = reply({ refid, stratum, leap, received: 1, transmitted: 1 });
    expect(readReply(bytes, 7n, 0, 0)).toEqual({ kind, detail });
  });

  it.each(recorded.replies)('reads what a real ntpd sends when $when', ({ packet, cookie, kind, detail }) => {
    const bytes = Buffer.from(packet, 'hex');
    expect(readReply(bytes, BigInt(`0x${cookie}`), 0, 1)).toEqual({ kind, detail });
    expect(readReply(bytes, 0n, 0, 1).kind).toBe('stray');
  });

  it('adds half the root delay and the root dispersion to the bound', () => {
    const bytes = reply({ rootDelay: 100, rootDispersion: 25, received: 1000, transmitted: 1000 });
    const reading = readReply(bytes, 7n, 990, 1010) as { boundMs: number };
    expect(reading.boundMs).toBeCloseTo(10 + 50 + 25, 1);
  });

  it('allows either of two times that do not fit together: held for longer than the round trip took', () => {
    const bytes = reply({ received: 1000, transmitted: 1500 });
    const reading = readReply(bytes, 7n, 1000, 1001) as {
      offsetMs: number;
      boundMs: number;
      delayMs: number;
    };
    expect(reading.delayMs).toBe(0);
    expect(reading.offsetMs - reading.boundMs).toBeLessThanOrEqual(0);
    expect(reading.offsetMs + reading.boundMs).toBeGreaterThanOrEqual(500);
    expect(reading.boundMs).toBeLessThan(252);
  });

  it('refuses a server that says it answered before it was asked', () => {
    const bytes = reply({ received: 2000, transmitted: 1000 });
    expect(readReply(bytes, 7n, 0, 1)).toMatchObject({ kind: 'invalid' });
  });

  it('knows a server again by whom it follows since when, and not receivers of one signal', () => {
    const source = (stratum: number, since: bigint) => {
      const bytes = reply({ stratum, received: 1, transmitted: 1 });
      bytes.writeBigUInt64BE(since, 16);
      return (readReply(bytes, 7n, 0, 1) as { source: string }).source;
    };
    expect(source(2, 0xeeabfb12704c1815n)).toBe(source(2, 0xeeabfb12704c1815n));
    expect(source(2, 0xeeabfb12704c1815n)).not.toBe(source(2, 0xeeabfb12704c1816n));
    expect([source(1, 0xeeabfb12704c1815n), source(2, 0xeeabfb1200000000n), source(2, 0n)]).toEqual([
      '',
      '',
      '',
    ]);
  });

  it('writes names of stratum 1 as text and addresses as numbers', () => {
    const of = (refid: string, stratum: number) =>
      parseNtpPacket(reply({ refid, stratum, received: 1, transmitted: 1 }))?.refid;
    expect(of('GPS\0', 1)).toBe('GPS');
    expect(of('\x0a\0\0\x01', 2)).toBe('10.0.0.1');
    expect(of('\x1b[2J', 1)).toBe('27.91.50.74');
  });
});

describe('encodeRequest', () => {
  it('is a version 4 client request that carries nothing but the cookie', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (cookie) => {
        const bytes = encodeRequest(cookie);
        expect(bytes).toHaveLength(48);
        expect(bytes[0]).toBe(0x23);
        expect(bytes.subarray(1, 40).every((byte) => byte === 0)).toBe(true);
        expect(bytes.readBigUInt64BE(40)).toBe(cookie);
      }),
    );
  });
});
