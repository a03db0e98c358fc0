/**
 * The NTP door: asks time servers what time it is (SNTP, RFC 4330 and 5905), and the local time daemon
 * what it believes. It never sets a clock.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { combinedSources } from '../parse/chrony-sources.ts';
import { parseChronyTracking } from '../parse/chrony-tracking.ts';
import { encodeRequest, type NtpReading, readReply } from '../parse/ntp-packet.ts';
import { isStopped, within } from './limit.ts';
import { type HostAddress, resolveHost } from './resolve.ts';

/** What one server answered. Every way of not answering is a value too. */
export type NtpSeen = {
  readonly host: string;
  readonly port: number;
} & (
  | {
      readonly status: 'answered';
      /** The address that answered: two names of one server are one witness. */
      readonly address: string;
      /** Server minus local, ms. */
      readonly offsetMs: number;
      /** Round trip, ms, of the best sample. */
      readonly delayMs: number;
      /** ± ms: half the delay, half the root delay, the root dispersion. */
      readonly boundMs: number;
      readonly stratum: number;
      readonly leap: number;
      readonly refid: string;
      /** The same for every address of one server; empty or missing when that could not be told. */
      readonly source?: string;
      readonly samples: number;
    }
  | {
      readonly status:
        | 'timeout'
        | 'refused'
        | 'dns'
        | 'unsynchronised'
        | 'kiss-of-death'
        | 'invalid'
        | 'error';
      readonly detail: string;
    }
);

/** `chronyc -c tracking`, or why there is none. */
export type TrackingSeen =
  | {
      readonly status: 'synchronised';
      /** Positive: the local clock is slow by that many ms. */
      readonly correctionMs: number;
      /** ± ms */
      readonly boundMs: number;
      readonly stratum: number;
      readonly source: string;
      /** How many sources its time is made of; a daemon with one source believes whatever that says. */
      readonly sources: number;
    }
  | { readonly status: 'unsynchronised' | 'absent' | 'error'; readonly detail: string };

export interface NtpDoor {
  /** Asks one server, four times at most, in two seconds at most. Never rejects. */
  query(host: string, port: number, signal: AbortSignal): Promise<NtpSeen>;
  /** Asks chronyd on this machine, in one second at most. Never rejects. */
  tracking(signal: AbortSignal): Promise<TrackingSeen>;
}

/** Everything about one server, name look-up included, ms. */
const LIMIT_MS = 2000;
/** Of that, for the name. */
const LOOKUP_MS = 1500;
/** Four packets let a delayed one be outvoted; more would be counted as abuse by rate-limiting servers. */
const SAMPLES = 4;
const SPACING_MS = 220;
/** After the last packet was sent, how long to wait for the answers that are still out, ms. */
const LINGER_MS = 400;
const TRACKING_MS = 1000;

type Answer = Exclude<NtpSeen, { readonly status: 'answered' }>['status'];
type Heard =
  | {
      readonly status: 'answered';
      readonly address: string;
      readonly reading: TimeReading;
      readonly samples: number;
    }
  | { readonly status: Answer; readonly detail: string };
type TimeReading = Extract<NtpReading, { kind: 'time' }>;

/** The real NTP door. `chronyc` is the command and arguments before `-c -n tracking`. */
export function ntpDoor(chronyc: readonly string[] = ['chronyc']): NtpDoor {
  return {
    async query(host, port, signal) {
      const heard = await within(LIMIT_MS, signal, (limit) => ask(host, port, limit));
      const silent = ['timeout', 'dns', 'error'].includes(heard.status);
      if (silent && isStopped(signal))
        return { host, port, status: 'timeout', detail: 'no answer when this run was stopped' };
      if (heard.status !== 'answered') return { host, port, status: heard.status, detail: heard.detail };
      const { kind: _, ...reading } = heard.reading;
      return { host, port, status: 'answered', address: heard.address, ...reading, samples: heard.samples };
    },
    tracking: (signal) => tracking(chronyc, signal),
  };
}

/** Asks the first address of each family at the same time; the first to tell the time wins. */
async function ask(host: string, port: number, limit: AbortSignal): Promise<Heard> {
  let addresses: readonly HostAddress[];
  try {
    addresses = await resolveHost(host, limit, LOOKUP_MS);
  } catch (error) {
    return { status: 'dns', detail: codeOf(error) };
  }
  const firsts = ([4, 6] as const).flatMap((family) => addresses.find((one) => one.family === family) ?? []);
  const won = new AbortController();
  const limits = AbortSignal.any([limit, won.signal]);
  const heard = await Promise.all(
    firsts.map(async (address) => {
      const result = await converse(address, port, limits);
      if (result.status === 'answered') won.abort();
      return result;
    }),
  );
  return heard.sort((a, b) => rank(a) - rank(b))[0] ?? { status: 'dns', detail: 'no address' };
}

const RANKS = [
  'answered',
  'kiss-of-death',
  'unsynchronised',
  'invalid',
  'refused',
  'timeout',
  'error',
  'dns',
];
const rank = (heard: Heard): number => RANKS.indexOf(heard.status);

/** Up to four requests to one address over one connected socket, and the reply that says most. */
async function converse({ address, family }: HostAddress, port: number, limit: AbortSignal): Promise<Heard> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const sent = new Map<bigint, number>();
  const readings: TimeReading[] = [];
  let other: Exclude<NtpReading, TimeReading> | undefined;
  let failure: unknown;
  const done = new AbortController();
  const stop = AbortSignal.any([limit, done.signal]);
  socket.on('error', (error) => {
    failure = error;
    done.abort();
  });
  socket.on('message', (bytes) => {
    const answeredAt = localNow();
    for (const [cookie, sentAt] of sent) {
      const reading = readReply(bytes, cookie, sentAt, answeredAt);
      if (reading.kind === 'stray') continue;
      sent.delete(cookie);
      if (reading.kind === 'time') readings.push(reading);
      else other = reading;
      // A server that asks to be left alone is; one that has no time has none a moment later.
      if (reading.kind !== 'time' || readings.length === SAMPLES) done.abort();
      break;
    }
  });
  try {
    await connected(socket, port, address);
    for (let round = 0; round < SAMPLES && !stop.aborted; round++) {
      const cookie = randomBytes(8).readBigUInt64BE();
      sent.set(cookie, localNow());
      socket.send(encodeRequest(cookie));
      await pause(SPACING_MS, stop);
    }
    await pause(readings.length > 0 ? LINGER_MS : LIMIT_MS, stop);
  } catch (error) {
    failure = error;
  } finally {
    socket.close();
  }
  const best = readings.sort((a, b) => a.boundMs - b.boundMs)[0];
  if (best) return { status: 'answered', address, reading: best, samples: readings.length };
  if (other && other.kind !== 'stray') return { status: other.kind, detail: other.detail };
  return failure === undefined
    ? { status: 'timeout', detail: `no answer in ${LIMIT_MS / 1000} s` }
    : { status: codeOf(failure) === 'ECONNREFUSED' ? 'refused' : 'error', detail: codeOf(failure) };
}

/** Node hands a failed connect to the callback, not to 'error'. */
function connected(socket: ReturnType<typeof createSocket>, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.connect(port, address, (error?: Error) => (error ? reject(error) : resolve()));
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/**
 * Local epoch ms with its fraction, which Date.now() lacks. When somebody stepped the wall clock after
 * this process started, the whole milliseconds of Date.now() win.
 */
function localNow(): number {
  const fine = performance.timeOrigin + performance.now();
  const coarse = Date.now();
  return Math.abs(fine - coarse) < 5 ? fine : coarse;
}

async function tracking(chronyc: readonly string[], signal: AbortSignal): Promise<TrackingSeen> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRACKING_MS)]);
  const { said, missing } = await askChronyd(chronyc, 'tracking', limit);
  if (missing) return { status: 'absent', detail: 'chronyc is not installed' };
  const parsed = parseChronyTracking(said);
  if (!parsed) {
    const shown = said
      .trim()
      .slice(0, 120)
      .replace(/[^\x20-\x7e]/g, ' ');
    return /^506|Could not open/.test(shown)
      ? { status: 'absent', detail: 'chronyd does not run here, or may not be asked' }
      : { status: 'error', detail: shown || 'chronyc did not answer' };
  }
  if (!parsed.synchronised) return { status: 'unsynchronised', detail: parsed.leap };
  const { correctionMs, boundMs, stratum, source } = parsed;
  const sources = combinedSources((await askChronyd(chronyc, 'sources', limit)).said);
  return { status: 'synchronised', correctionMs, boundMs, stratum, source, sources };
}

/** One question to chronyd. Never rejects. */
function askChronyd(
  [command = 'chronyc', ...before]: readonly string[],
  question: 'tracking' | 'sources',
  signal: AbortSignal,
): Promise<{ readonly said: string; readonly missing: boolean }> {
  const options = {
    signal,
    maxBuffer: 65_536,
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
  };
  return new Promise((resolve) => {
    execFile(command, [...before, '-c', '-n', question], options, (error, stdout, stderr) =>
      resolve({
        said: stdout || stderr,
        missing: error !== null && (error as { code?: unknown }).code === 'ENOENT',
      }),
    );
  });
}

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? 'unknown';
}
