/**
 * SENTINEL MASTERS and REPLICAS → who is primary, as one Sentinel sees it.
 *
 * @module
 */
import { flatMap, type Reply } from './redis-replies.ts';

export type SentinelNode = {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly runId: string;
  /** `master`, `slave`, `s_down`, `o_down`, `disconnected` … */
  readonly flags: readonly string[];
  /** ms without an answer after which this Sentinel calls it down; masters only. */
  readonly downAfterMs?: number;
};

/** Each entry a flat list of names and values. Skips entries without an address. */
export function parseSentinelNodes(reply: Reply): readonly SentinelNode[] {
  if (!Array.isArray(reply)) return [];
  return (reply as readonly Reply[]).slice(0, 64).flatMap((entry) => {
    const map = flatMap(entry);
    const text = (name: string): string =>
      String(map.get(name) ?? '')
        .replace(/[^\x20-\x7e]+/g, '?')
        .slice(0, 120);
    const port = Number(text('port'));
    const host = text('ip');
    if (host === '' || !(port >= 1 && port <= 65_535)) return [];
    const downAfterMs = Number(text('down-after-milliseconds'));
    return [
      {
        host,
        port,
        name: text('name'),
        runId: text('runid'),
        flags: text('flags').split(',').slice(0, 16),
        ...(downAfterMs > 0 && { downAfterMs }),
      },
    ];
  });
}
