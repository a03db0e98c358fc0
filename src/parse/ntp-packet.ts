/**
 * One NTP packet, bytes to facts (RFC 5905 section 7.3, RFC 4330). Pure: no socket, no clock.
 * It reads the 48-byte header; extension fields and MACs after it are ignored, not verified.
 *
 * @module
 */

/** Seconds from the NTP epoch (1900) to the Unix epoch (1970). */
const UNIX_EPOCH = 2_208_988_800;
/** Seconds in an NTP era: era 1 begins on 2036-02-07. */
const ERA = 4_294_967_296;
const HEADER = 48;
const FRACTION = 4_294_967_296;

/** The largest root distance, ms, of a server worth listening to (chrony's maxdistance). */
export const MAX_ROOT_DISTANCE_MS = 3000;

/** The header's fields. Times are epoch ms, or null where the field is zero ("unknown"). */
export interface NtpPacket {
  /** 0 none, 1 and 2 a leap second ahead, 3 not synchronised. */
  readonly leap: number;
  readonly version: number;
  /** 3 client, 4 server, 5 broadcast … */
  readonly mode: number;
  readonly stratum: number;
  /** Four letters at stratum 0 and 1 (GPS, INIT, RATE …), dotted like an IPv4 address above that. */
  readonly refid: string;
  readonly rootDelayMs: number;
  readonly rootDispersionMs: number;
  /** When the server last set its clock, as it stands in the packet; 0 when it does not tell. */
  readonly referenceTime: bigint;
  /** The requester's transmit timestamp, given back bit for bit. */
  readonly origin: bigint;
  readonly receivedAt: number | null;
  readonly transmittedAt: number | null;
}

/** A client request: version 4, mode 3, and `cookie` (64 bits) where the transmit time would be. */
export function encodeRequest(cookie: bigint): Buffer {
  const packet = Buffer.alloc(HEADER);
  packet[0] = (4 << 3) | 3;
  packet.writeBigUInt64BE(BigInt.asUintN(64, cookie), 40);
  return packet;
}

/** The header of a packet, or undefined when it is too short to have one. Never throws. */
export function parseNtpPacket(bytes: Uint8Array): NtpPacket | undefined {
  if (bytes.length < HEADER) return undefined;
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER);
  const first = packet.readUInt8(0);
  const stratum = packet.readUInt8(1);
  return {
    leap: first >> 6,
    version: (first >> 3) & 7,
    mode: first & 7,
    stratum,
    refid: refid(packet.subarray(12, 16), stratum),
    rootDelayMs: (packet.readUInt32BE(4) / 65_536) * 1000,
    rootDispersionMs: (packet.readUInt32BE(8) / 65_536) * 1000,
    referenceTime: packet.readBigUInt64BE(16),
    origin: packet.readBigUInt64BE(24),
    receivedAt: timestamp(packet, 32),
    transmittedAt: timestamp(packet, 40),
  };
}

/** A 64-bit timestamp; a clear top bit means era 1, so 1968 to 2104 is read right. */
function timestamp(packet: Buffer, at: number): number | null {
  const seconds = packet.readUInt32BE(at);
  const fraction = packet.readUInt32BE(at + 4);
  if (seconds === 0 && fraction === 0) return null;
  const era = seconds < 0x8000_0000 ? ERA : 0;
  return (seconds + era - UNIX_EPOCH) * 1000 + (fraction / FRACTION) * 1000;
}

function refid(bytes: Buffer, stratum: number): string {
  const text = bytes.toString('latin1').replace(/\0+$/, '');
  return stratum <= 1 && /^[\x20-\x7e]+$/.test(text) ? text.trim() : bytes.join('.');
}

/** What a reply to one request is good for. `stray`: not the answer to that request, keep waiting. */
export type NtpReading =
  | {
      readonly kind: 'time';
      /** Server minus local, ms. */
      readonly offsetMs: number;
      /** Round trip without the time the server took, ms, never negative. */
      readonly delayMs: number;
      /**
       * ± ms: half the delay, half the root delay, the root dispersion. A server that says it held the
       * request for longer than the whole round trip took has two clocks, or stepped its own meanwhile:
       * then the bound is as wide as to hold both.
       */
      readonly boundMs: number;
      readonly stratum: number;
      readonly leap: number;
      readonly refid: string;
      /** The same for every address of one server, and for no two servers; empty when that cannot be told. */
      readonly source: string;
    }
  | {
      readonly kind: 'stray' | 'unsynchronised' | 'kiss-of-death' | 'invalid';
      /** A few words; for a kiss-of-death its code. */
      readonly detail: string;
    };

/**
 * Reads a reply. `sentAt` and `answeredAt` are local epoch ms; a reply whose origin is not `cookie` is a
 * stray (late, or forged by somebody who cannot see the traffic). It does not authenticate the server.
 */
export function readReply(bytes: Uint8Array, cookie: bigint, sentAt: number, answeredAt: number): NtpReading {
  const packet = parseNtpPacket(bytes);
  if (!packet) return { kind: 'stray', detail: `${bytes.length} bytes are no NTP packet` };
  if (packet.origin !== BigInt.asUintN(64, cookie)) return { kind: 'stray', detail: 'wrong origin' };
  if (packet.mode !== 4) return { kind: 'stray', detail: `mode ${packet.mode}, not a server's reply` };
  if (packet.stratum === 0 && /^[A-Z]{4}$/.test(packet.refid) && !/^(?:INIT|STEP)$/.test(packet.refid))
    return { kind: 'kiss-of-death', detail: packet.refid };
  if (packet.leap === 3 || packet.stratum === 0 || packet.stratum === 16)
    return { kind: 'unsynchronised', detail: `leap ${packet.leap}, stratum ${packet.stratum}` };
  if (packet.stratum > 16 || packet.version === 0)
    return { kind: 'invalid', detail: `stratum ${packet.stratum}, version ${packet.version}` };
  const { receivedAt, transmittedAt } = packet;
  if (receivedAt === null || transmittedAt === null) return { kind: 'invalid', detail: 'it carries no time' };
  if (transmittedAt < receivedAt) return { kind: 'invalid', detail: 'it answered before it was asked' };
  const rootDistance = packet.rootDelayMs / 2 + packet.rootDispersionMs;
  if (rootDistance > MAX_ROOT_DISTANCE_MS)
    return { kind: 'invalid', detail: `it is itself unsure by ${(rootDistance / 1000).toFixed(1)} s` };
  const roundTrip = answeredAt - sentAt;
  const delayMs = roundTrip - (transmittedAt - receivedAt);
  return {
    kind: 'time',
    offsetMs: (receivedAt - sentAt + (transmittedAt - answeredAt)) / 2,
    delayMs: Math.max(0, delayMs),
    boundMs: (delayMs < 0 ? roundTrip - delayMs / 2 : delayMs / 2) + rootDistance,
    stratum: packet.stratum,
    leap: packet.leap,
    refid: packet.refid,
    source: sourceOf(packet),
  };
}

/**
 * Whom a server follows and the fraction of a nanosecond at which it last did are as good as its name. Not
 * at stratum 1: receivers of the same signal set their clocks at the same whole seconds.
 */
function sourceOf({ stratum, refid, referenceTime }: NtpPacket): string {
  const fraction = referenceTime & 0xffff_ffffn;
  return stratum < 2 || fraction === 0n ? '' : `${stratum} ${refid} ${referenceTime.toString(16)}`;
}
