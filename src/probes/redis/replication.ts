/**
 * Sentinel, cluster and replication: who serves, who follows, who is behind. Words and judgement. Pure.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import { isCut, isTrouble, type LiveNode, type RedisSeen } from './seen.ts';
import { taggedShare } from './shards.ts';
import type { View } from './view.ts';
import { counted, many, moment, percent, span } from './words.ts';

export const replicationFindings = {
  'is-replica': {
    level: 'info',
    title: 'This server is a replica',
    why: 'It answers reads with what its primary sent, and refuses writes.',
  },
  'replica-link-down': {
    level: 'critical',
    title: 'A replica has lost its primary',
    why: 'It serves what it had when the link broke: sessions made since are not there.',
    fix: 'Bring the link back, or read sessions from the primary.',
  },
  'replica-holds-data': {
    level: 'critical',
    title: 'A replica still holds data that the primary has lost',
    why: 'As soon as it synchronises again it copies the emptiness.',
    fix: 'At once: REPLICAOF NO ONE on that replica; then point the app at it.',
  },
  'replica-unreached': {
    level: 'info',
    title: 'A replica was not looked at',
    why: 'Its counters outlive a restart of the primary and could tell more.',
  },
  'master-unreached': {
    level: 'warning',
    title: 'A server of the store did not answer from this host',
    why: 'The store announces an address that leads nowhere from here. Apps on other hosts may reach it.',
    blind: true,
  },
  'sentinels-unreached': {
    level: 'critical',
    title: 'No Sentinel answered',
    why: 'Clients that ask Sentinels for the primary cannot find the store.',
    blind: true,
  },
  'sentinel-unreached': {
    level: 'info',
    title: 'A Sentinel did not answer',
    why: 'The others were asked.',
  },
  'sentinel-unknown-master': {
    level: 'critical',
    title: 'The Sentinels do not know this master name',
    why: 'Clients that ask for that name are told of no primary.',
    fix: 'Compare redis.sentinelName with SENTINEL MASTERS and the app’s configuration.',
  },
  'sentinels-disagree': {
    level: 'critical',
    title: 'Sentinels name different primaries',
    why: 'Some clients write to one server and some to another: sessions made on one are missing on the other.',
    fix: 'redis-cli -p 26379 SENTINEL MASTERS on each; SENTINEL RESET the one that is wrong.',
  },
  'sentinel-master-down': {
    level: 'critical',
    title: 'The Sentinels call the primary down',
    why: 'Until another one is promoted, lookups and logins fail.',
  },
  'no-quorum': {
    level: 'warning',
    title: 'The Sentinels have no quorum',
    why: 'If the primary fails, nobody will take its place.',
    fix: 'Bring Sentinels back until SENTINEL CKQUORUM says OK.',
    weakness: true,
  },
  'master-rebooted': {
    level: 'info',
    title: 'The primary restarted, and the Sentinels have not noticed',
    why: 'It was back before they called it down: no failover took place, and the replicas copied whatever it came back with.',
  },
  'given-not-primary': {
    level: 'warning',
    title: 'The address given is not the primary that the Sentinels name',
    why: 'An app that has this address fixed reads old data, or writes where nobody else looks.',
    fix: 'Let the app ask the Sentinels.',
  },
  'cluster-not-ok': {
    level: 'critical',
    title: 'The cluster does not serve all slots',
    why: 'Lookups of sessions in the other slots fail.',
    fix: 'redis-cli --cluster check HOST:PORT; bring the missing masters back.',
  },
  'shard-down': {
    level: 'critical',
    title: 'A master of the cluster has failed',
    why: 'Its share of the sessions cannot be read until a replica takes over.',
  },
  'shard-empty': {
    level: 'critical',
    title: 'One shard of the cluster holds far fewer keys than the others',
    why: 'It was flushed, or restarted without its data, and its share of the users was logged out. Or hardly any key of these apps belongs to it: hash tags put many keys into one slot.',
    fix: 'Look at that node alone: its uptime, its flush counters and its peak of memory tell the two apart.',
  },
  'shards-even': {
    level: 'ok',
    title: 'All shards of the cluster hold about as many keys',
    why: 'No single node lost its data.',
  },
  'masters-left-out': {
    level: 'info',
    title: 'Not every master was asked',
    why: 'The cluster is larger than one run looks at.',
  },
} as const satisfies Record<string, FindingDoc>;

type Slug = keyof typeof replicationFindings;

/** What Sentinels say. */
export function* examineSentinels(seen: RedisSeen): Generator<Fact<Slug | 'unfinished'>> {
  const { sentinels } = seen;
  if (sentinels.length === 0) return;
  const reached = sentinels.filter((one) => one.reached);
  const cut = sentinels.some((one) => !one.reached && isCut(one.trouble));
  for (const one of sentinels)
    if (!one.reached && (reached.length > 0 || cut))
      yield {
        slug: isCut(one.trouble) ? 'unfinished' : 'sentinel-unreached',
        subject: one.address,
        detail: isCut(one.trouble)
          ? `${one.address}: ${one.trouble.message}`
          : `it answered: ${one.trouble.message}`,
      };
  if (reached.length === 0 && cut) return;
  if (reached.length === 0) {
    const why = sentinels
      .map((one) => (one.reached ? '' : `${one.address}: ${one.trouble.message}`))
      .join('; ');
    yield { slug: 'sentinels-unreached', detail: `from this host: ${why}` };
    return;
  }
  const knowing = reached.filter((one) => one.master !== undefined);
  if (knowing.length === 0) {
    const names = [...new Set(reached.flatMap((one) => one.names))].join(', ') || 'none';
    yield { slug: 'sentinel-unknown-master', detail: `they watch: ${names}` };
    return;
  }
  const named = new Map(knowing.map((one) => [`${one.master?.host}:${one.master?.port}`, one.address]));
  if (named.size > 1)
    yield {
      slug: 'sentinels-disagree',
      detail: [...named].map(([master, by]) => `${by} names ${master}`).join('; '),
    };
  const down = knowing.filter((one) =>
    one.master?.flags.some((flag) => flag === 'o_down' || flag === 's_down'),
  );
  if (down.length > 0)
    yield {
      slug: 'sentinel-master-down',
      subject: [...named.keys()][0],
      detail: `${counted(down.length, 'Sentinel')} of ${many(knowing.length)}: ${down[0]?.master?.flags.join(',')}`,
    };
  const without = knowing.find((one) => one.quorum?.ok === false);
  if (without) yield { slug: 'no-quorum', subject: without.address, detail: without.quorum?.says ?? '' };
  yield* primaryOf(seen, knowing[0]?.master);
}

function* primaryOf(
  seen: RedisSeen,
  named:
    | { readonly host: string; readonly port: number; readonly runId: string; readonly downAfterMs?: number }
    | undefined,
): Generator<Fact<Slug>> {
  const master = seen.nodes.find((node): node is LiveNode => node.reached && node.as === 'master');
  const given = seen.nodes.find((node): node is LiveNode => node.reached && node.as === 'given');
  const runId = (node: LiveNode | undefined): string =>
    node && !isTrouble(node.info) ? (node.info.fields['run_id'] ?? '') : '';
  if (master && named && named.runId !== '' && runId(master) !== '' && named.runId !== runId(master))
    yield {
      slug: 'master-rebooted',
      subject: master.address,
      detail: `the Sentinels know run ${named.runId.slice(0, 8)}, it is run ${runId(master).slice(0, 8)}; they call it down after ${span(named.downAfterMs ?? 0)}`,
    };
  if (master && given && runId(master) !== runId(given))
    yield {
      slug: 'given-not-primary',
      subject: given.address,
      detail: `the Sentinels name ${master.address}`,
    };
}

/** Replication as one node tells it. */
export function* examineLink(view: View): Generator<Fact<Slug>> {
  const { node, info } = view;
  const subject = node.address;
  if (view.role === 'replica' && info) {
    const link = info.fields['master_link_status'] ?? 'unknown';
    const seconds = view.num('master_link_down_since_seconds') ?? 0;
    if (node.as === 'given') yield { slug: 'is-replica', subject, detail: `link to its primary ${link}` };
    if (link === 'down')
      yield {
        slug: 'replica-link-down',
        subject,
        detail: seconds < 0 ? 'it has never been connected to its primary' : `for ${span(seconds * 1000)}`,
        ...(seconds >= 0 && { at: view.at - seconds * 1000 }),
      };
  }
}

/** Nodes asked besides the first: replicas that hold more than their primary, and those that do not answer. */
export function* examineOthers(
  seen: RedisSeen,
  primaryKeys: number | undefined,
): Generator<Fact<Slug | 'unfinished'>> {
  for (const node of seen.nodes) {
    if (node.as === 'given') continue;
    if (!node.reached) {
      const unreached = node.as === 'replica' ? 'replica-unreached' : 'master-unreached';
      yield {
        slug: isCut(node.trouble) ? 'unfinished' : unreached,
        subject: node.address,
        detail: `from this host: ${node.trouble.message}`,
      };
      continue;
    }
    const keys = typeof node.dbsize === 'number' ? node.dbsize : 0;
    if (node.as === 'replica' && primaryKeys !== undefined && keys > 100 && primaryKeys < keys / 4)
      yield {
        slug: 'replica-holds-data',
        subject: node.address,
        detail: `${counted(keys, 'key')} here, ${counted(primaryKeys, 'key')} on the primary, at ${moment(node.at)}`,
      };
  }
}

/** The cluster as a whole. */
export function* examineCluster(seen: RedisSeen, masters: readonly LiveNode[]): Generator<Fact<Slug>> {
  const cluster = masters.find((node) => node.cluster)?.cluster;
  if (!cluster) return;
  if (cluster.state && (!cluster.state.ok || cluster.state.slotsOk < 16_384))
    yield {
      slug: 'cluster-not-ok',
      detail: `cluster_state ${cluster.state.ok ? 'ok' : 'fail'}, ${many(cluster.state.slotsOk)} of 16,384 slots are served`,
    };
  for (const node of cluster.nodes)
    if (node.role === 'master' && node.failed && node.slots > 0)
      yield {
        slug: 'shard-down',
        subject: `${node.host}:${node.port}`,
        detail: `it serves ${counted(node.slots, 'slot')} and is marked as failed`,
      };
  if (seen.leftOut > 0)
    yield { slug: 'masters-left-out', detail: `${counted(seen.leftOut, 'master')} not asked` };
  const slots = new Map(cluster.nodes.map((node) => [`${node.host}:${node.port}`, node.slots]));
  const shards = masters.flatMap((node) => {
    const own = node.cluster?.nodes.find((one) => one.self)?.slots ?? slots.get(node.address) ?? 0;
    return typeof node.dbsize === 'number' && own > 0
      ? [{ address: node.address, perSlot: node.dbsize / own, keys: node.dbsize }]
      : [];
  });
  if (shards.length < 2) return;
  const usual =
    shards.map((shard) => shard.perSlot).sort((a, b) => a - b)[Math.floor(shards.length / 2)] ?? 0;
  if (usual * 16_384 < 300) return;
  const low = shards.filter((shard) => shard.perSlot < usual / 5);
  const table = shards.map((shard) => `${shard.address} ${many(shard.keys)}`).join(', ');
  for (const shard of low)
    yield {
      slug: 'shard-empty',
      subject: shard.address,
      detail: `keys per master: ${table}; ${percent(taggedShare(masters))} of the sampled keys carry a hash tag`,
    };
  if (low.length === 0) yield { slug: 'shards-even', detail: `keys per master: ${table}` };
}
