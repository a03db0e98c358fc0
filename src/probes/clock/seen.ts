/**
 * The clock probe's observation, and how it is read back from a file that may be old or odd.
 *
 * @module
 */
import type { NtpSeen, TrackingSeen } from '../../io/ntp.ts';
import type { Json } from '../../model.ts';
import type { ClockSample } from '../../parse/clock-sample.ts';

/** Plain JSON. Offsets are "theirs minus the local clock's", ms; local times are uncorrected epoch ms. */
export type ClockSeen = {
  readonly servers: readonly NtpSeen[];
  readonly tracking: TrackingSeen;
  readonly hosts: readonly HostSeen[];
};

/** What an instance said about the time. Cookies by name only. */
export type HostSeen = {
  readonly host: string;
  /** Readings of the Date header; none when there was none, or only out of a cache. */
  readonly dates: readonly ClockSample[];
  /** The app's own time, from cookies with both Expires and Max-Age: a proxy that writes Date leaves them. */
  readonly cookies: readonly CookieClock[];
  /** Cookies with an Expires alone, which tell the app's time to who knows how long they live. Older observations lack it. */
  readonly ends?: readonly CookieEnd[];
  /** Cookies whose Expires was over before the Date of the answer that set them, ms by how much. */
  readonly bornExpired: readonly { readonly name: string; readonly byMs: number }[];
  /** Answers that say they come out of a cache, whose Date is that of a stored copy. */
  readonly cached: number;
  readonly answers: number;
  /** Why it could not be asked, or null. */
  readonly failure: string | null;
};

/** The app's time by one cookie; `lifetimeMs` is its Max-Age, which older observations lack. */
export type CookieClock = ClockSample & { readonly name: string; readonly lifetimeMs?: number };

/** When a cookie ends; its `serverTime` is that moment, by the app's clock. */
export type CookieEnd = ClockSample & { readonly name: string };

type Fields = { readonly [key: string]: Json | undefined };

/** Keeps what is well formed and drops the rest; what is missing counts as not seen. Never throws. */
export function readClockSeen(value: Json | undefined): ClockSeen {
  const seen = fields(value);
  return {
    servers: items(seen['servers']).flatMap(server),
    tracking: tracking(fields(seen['tracking'])),
    hosts: items(seen['hosts']).flatMap(host),
  };
}

const SILENCES = [
  'timeout',
  'refused',
  'dns',
  'unsynchronised',
  'kiss-of-death',
  'invalid',
  'error',
] as const;

function server(value: Fields): NtpSeen[] {
  const { host: name, port, offsetMs, boundMs } = value;
  if (typeof name !== 'string' || !finite(port)) return [];
  const who = { host: name, port };
  const status = SILENCES.find((one) => one === value['status']);
  if (status) return [{ ...who, status, detail: text(value['detail']) }];
  if (value['status'] !== 'answered' || !finite(offsetMs) || !finite(boundMs)) return [];
  return [
    {
      ...who,
      status: 'answered',
      address: typeof value['address'] === 'string' ? value['address'] : name,
      offsetMs,
      boundMs: Math.abs(boundMs),
      delayMs: count(value['delayMs']),
      stratum: count(value['stratum']),
      leap: count(value['leap']),
      refid: text(value['refid']),
      ...(typeof value['source'] === 'string' && { source: value['source'] }),
      samples: count(value['samples']),
    },
  ];
}

function tracking(value: Fields): TrackingSeen {
  const { status, correctionMs, boundMs } = value;
  if (status === 'synchronised' && finite(correctionMs) && finite(boundMs))
    return {
      status,
      correctionMs,
      boundMs: Math.abs(boundMs),
      stratum: count(value['stratum']),
      source: text(value['source']),
      sources: count(value['sources']),
    };
  const known = status === 'unsynchronised' || status === 'absent' ? status : 'error';
  return { status: known, detail: text(value['detail']) };
}

function host(value: Fields): HostSeen[] {
  const { host: name, failure } = value;
  if (typeof name !== 'string') return [];
  return [
    {
      host: name,
      dates: items(value['dates']).flatMap(sample),
      cookies: items(value['cookies']).flatMap((one) =>
        sample(one).map((clock) => ({
          ...clock,
          name: text(one['name']),
          ...(finite(one['lifetimeMs']) && { lifetimeMs: one['lifetimeMs'] }),
        })),
      ),
      ends: items(value['ends']).flatMap((one) =>
        sample(one).map((end) => ({ ...end, name: text(one['name']) })),
      ),
      bornExpired: items(value['bornExpired']).flatMap((one) =>
        finite(one['byMs']) ? [{ name: text(one['name']), byMs: one['byMs'] }] : [],
      ),
      cached: count(value['cached']),
      answers: count(value['answers']),
      failure: typeof failure === 'string' ? failure : null,
    },
  ];
}

function sample({ sentAt, answeredAt, serverTime, resolutionMs }: Fields): ClockSample[] {
  if (!finite(sentAt) || !finite(answeredAt) || !finite(serverTime) || !finite(resolutionMs)) return [];
  return [{ sentAt, answeredAt, serverTime, resolutionMs }];
}

function fields(value: Json | undefined): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function items(value: Json | undefined): readonly Fields[] {
  return Array.isArray(value) ? (value as readonly Json[]).map(fields) : [];
}

/** Beyond this no two clocks are apart, and arithmetic on it would lose its digits. ms */
const MOST = 1e15;

function finite(value: Json | undefined): value is number {
  return typeof value === 'number' && Math.abs(value) < MOST;
}

function count(value: Json | undefined): number {
  return finite(value) ? value : 0;
}

function text(value: Json | undefined): string {
  return typeof value === 'string' && value !== '' ? value : 'not recorded';
}
