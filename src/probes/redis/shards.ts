/**
 * What the shards of a cluster say of each other: keys spread over all of them, unless hash tags hold them
 * together. Pure.
 *
 * @module
 */
import type { LiveNode, RedisSeen } from './seen.ts';
import type { View } from './view.ts';

/** From this share of tagged keys on, an empty shard may be one that no tag leads to. */
const HELD_TOGETHER = 0.1;

/**
 * What an empty server without persistence that started lately is: where the cluster's other shards hold keys
 * that spread over all, this one did as well; where tags hold them together, it need not ever have.
 */
export function emptyStart(
  view: View,
  seen: RedisSeen,
): 'restarted-empty' | 'started-bare' | 'started-empty' {
  if (!view.node.cluster) return 'started-bare';
  const masters = seen.nodes.filter((node): node is LiveNode => node.reached && node.as !== 'replica');
  const held = masters.some((node) => typeof node.dbsize === 'number' && node.dbsize > 0);
  if (!held) return 'started-bare';
  return taggedShare(masters) < HELD_TOGETHER ? 'restarted-empty' : 'started-empty';
}

/** Share of the sampled keys that carry a hash tag, 0…1. */
export function taggedShare(nodes: readonly LiveNode[]): number {
  let keys = 0;
  let tagged = 0;
  for (const { sample } of nodes)
    if (sample.method !== 'none') {
      keys += sample.keys;
      tagged += sample.tagged ?? 0;
    }
  return keys === 0 ? 0 : tagged / keys;
}
