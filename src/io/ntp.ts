/**
 * The NTP door: asks time servers what time it is, and the local time daemon what it believes.
 *
 * @module
 */

/** What one server answered. Every way of not answering is a value too. */
export type NtpSeen = {
  readonly host: string;
  readonly port: number;
} & (
  | {
      readonly status: 'answered';
      /** Server minus local, ms. */
      readonly offsetMs: number;
      /** Round trip, ms, of the best sample. */
      readonly delayMs: number;
      /** ± ms: half the delay, half the root delay, the root dispersion. */
      readonly boundMs: number;
      readonly stratum: number;
      readonly leap: number;
      readonly refid: string;
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
    }
  | { readonly status: 'unsynchronised' | 'absent' | 'error'; readonly detail: string };

export interface NtpDoor {
  query(host: string, port: number, signal: AbortSignal): Promise<NtpSeen>;
  tracking(signal: AbortSignal): Promise<TrackingSeen>;
}
