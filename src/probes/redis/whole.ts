/**
 * An observation as this version knows it, whatever version saved it.
 *
 * @module
 */
import type { LiveNode, NodeSeen, RedisSeen, SentinelSeen } from './seen.ts';

/** Nothing was sampled, so nothing is said of keys. */
const NO_SAMPLE: LiveNode['sample'] = { method: 'none', reason: 'the evidence does not hold one' };

const UNTOLD = { code: 'UNTOLD', message: 'the evidence does not hold it' } as const;

/** Fills what an older or damaged evidence file lacks with "not looked at", never with health. */
export function whole(seen: RedisSeen): RedisSeen {
  const given: Partial<RedisSeen> = seen;
  return {
    target: given.target ?? 'redis',
    db: given.db ?? 0,
    dbGiven: given.dbGiven ?? false,
    tls: given.tls ?? false,
    withPassword: given.withPassword ?? false,
    nodes: list<NodeSeen>(given.nodes).map(wholeNode),
    sentinels: list<SentinelSeen>(given.sentinels).map((one) =>
      one.reached ? { ...one, names: list(one.names), replicas: list(one.replicas) } : one,
    ),
    leftOut: given.leftOut ?? 0,
  };
}

function wholeNode(node: NodeSeen): NodeSeen {
  if (!node.reached) return { ...node, trouble: node.trouble ?? UNTOLD };
  const given: Partial<LiveNode> = node;
  return {
    ...node,
    info: given.info ?? UNTOLD,
    dbsize: given.dbsize ?? UNTOLD,
    config: given.config ?? UNTOLD,
    dangerous: given.dangerous ?? {},
    slowlog: given.slowlog ?? UNTOLD,
    denied: list(given.denied),
    sample: given.sample ?? NO_SAMPLE,
    elsewhere: list(given.elsewhere),
    replicas: list(given.replicas),
  };
}

function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}
