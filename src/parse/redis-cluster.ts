/**
 * CLUSTER NODES and CLUSTER INFO → who serves which slots, and whether the cluster serves at all.
 *
 * @module
 */

/** Redis allows about a thousand nodes. */
const MAX_NODES = 1000;

export type ClusterNode = {
  readonly host: string;
  readonly port: number;
  readonly role: 'master' | 'replica';
  /** The cluster itself calls it failed, or is about to. */
  readonly failed: boolean;
  readonly self: boolean;
  /** Slots it serves, 0…16384. */
  readonly slots: number;
};

/** One line a node: `id ip:port@cport[,hostname] flags master ping pong epoch link slot…`. Skips what it cannot read. */
export function parseClusterNodes(text: string): readonly ClusterNode[] {
  return text
    .slice(0, 1_048_576)
    .split('\n', MAX_NODES)
    .flatMap((line) => {
      const [, address = '', flagText = '', , , , , , ...ranges] = line.trim().slice(0, 100_000).split(' ');
      const found =
        /^(?<host>\[?[^\s,@]*?\]?):(?<port>\d{1,5})(?=[@,]|$)(?:@\d+)?(?:,(?<name>[^\s,=]*))?/.exec(
          address,
        )?.groups;
      const flags = flagText.split(',');
      const role = flags.includes('master') ? 'master' : flags.includes('slave') ? 'replica' : undefined;
      const host = (found?.['host'] || found?.['name'] || '').replace(/^\[|\]$/g, '');
      const port = Number(found?.['port']);
      if (!role || !(port >= 1 && port <= 65_535)) return [];
      return [
        {
          host,
          port,
          role,
          failed: flags.some((flag) => flag === 'fail' || flag === 'fail?' || flag === 'noaddr'),
          self: flags.includes('myself'),
          slots: ranges.reduce((sum, range) => sum + slotsIn(range), 0),
        },
      ];
    });
}

/** `0-5460` → 5461, `77` → 1; a slot on the move (`[93->-…]`) is still counted by its range. */
function slotsIn(range: string): number {
  const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? [];
  if (from === undefined) return 0;
  return Math.max(0, Number(to ?? from) - Number(from) + 1);
}

export type ClusterState = { readonly ok: boolean; readonly slotsOk: number; readonly slotsAssigned: number };

/** Lines `name:value`; undefined when there is no `cluster_state`. */
export function parseClusterInfo(text: string): ClusterState | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:(\\w{1,20})`, 'm').exec(text.slice(0, 65_536))?.[1];
  const state = field('cluster_state');
  if (state === undefined) return undefined;
  return {
    ok: state === 'ok',
    slotsOk: Number(field('cluster_slots_ok')) || 0,
    slotsAssigned: Number(field('cluster_slots_assigned')) || 0,
  };
}
