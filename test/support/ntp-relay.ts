import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export interface NtpRelayOptions {
  /** The real server behind it, on loopback. */
  readonly to: number;
  /** Added to the two times in each reply, ms: a server whose clock is off by that much. */
  readonly shiftMs?: number;
  /** A slow way there, ms. */
  readonly requestDelayMs?: number;
  /** A slow way back, ms. */
  readonly replyDelayMs?: number;
  /** Changes a reply in place, or returns another one, or undefined to swallow it. Counts from 0. */
  readonly mangle?: (reply: Buffer, count: number) => Buffer | undefined;
}

export interface NtpRelay {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Requests that came in. */
  readonly requests: () => number;
  stop(): void;
}

/** Stands between a client and a real NTP server and does to the packets what a bad path or clock does. */
export async function startNtpRelay(options: NtpRelayOptions): Promise<NtpRelay> {
  const front = createSocket('udp4');
  let requests = 0;
  let replies = 0;
  let stopped = false;
  front.on('message', (request, client) => {
    requests++;
    const back = createSocket('udp4');
    back.on('error', () => back.close());
    back.on('message', (bytes) => {
      back.close();
      shift(bytes, 32, options.shiftMs ?? 0);
      shift(bytes, 40, options.shiftMs ?? 0);
      const reply = options.mangle ? options.mangle(bytes, replies++) : bytes;
      if (reply) later(options.replyDelayMs, () => front.send(reply, client.port, client.address));
    });
    later(options.requestDelayMs, () => back.send(request, options.to, '127.0.0.1'));
  });
  function later(ms: number | undefined, act: () => void): void {
    void sleep(ms ?? 0).then(() => stopped || act());
  }
  front.bind(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    host: '127.0.0.1',
    port: front.address().port,
    requests: () => requests,
    stop() {
      stopped = true;
      front.close();
    },
  };
}

/** The servers on these ports, as a host sees them whose clock is off by `-shiftMs`; in turn, one a shift. */
export async function shifted(ports: readonly number[], ...shifts: readonly number[]) {
  const relays = await Promise.all(
    shifts.map((shiftMs, index) => startNtpRelay({ to: ports[index % ports.length] ?? 0, shiftMs })),
  );
  return { relays, stop: () => relays.forEach((relay) => relay.stop()) };
}

function shift(packet: Buffer, at: number, ms: number): void {
  if (ms === 0 || packet.length < at + 8) return;
  const fraction = BigInt(Math.round((ms / 1000) * 2 ** 32));
  packet.writeBigUInt64BE(BigInt.asUintN(64, packet.readBigUInt64BE(at) + fraction), at);
}
