/**
 * All facts about a store, from all its nodes. What is healthy is said only when it holds for every node
 * that holds sessions: one flushed shard is not cleared by the others. Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { Scene } from '../probe.ts';
import { type Slug, slugLevels } from './catalogue.ts';
import { examineFlush } from './flush.ts';
import { examineKeyspace } from './keyspace.ts';
import { examineLag } from './lag.ts';
import { examineLookup } from './lookup.ts';
import { examineMemory } from './memory.ts';
import { examinePace } from './pace.ts';
import { examineProtections } from './protections.ts';
import { examineServing, examineUnreached } from './reach.ts';
import { examineRefusals } from './refusals.ts';
import { examineCluster, examineLink, examineOthers, examineSentinels } from './replication.ts';
import { examineRestart } from './restart.ts';
import { isCut, isTrouble, type LiveNode, type NodeSeen, type RedisSeen } from './seen.ts';
import { type View, viewOf } from './view.ts';

/** Everything that one observation says. */
export function* examineStore(seen: RedisSeen, scene: Scene): Generator<Fact<Slug>> {
  yield* examineSentinels(seen);
  const holding = seen.nodes.filter((node) => isHolder(node, seen));
  const live = holding.filter((node): node is LiveNode => node.reached);
  for (const node of holding) if (!node.reached && node.as === 'given') yield* examineUnreached(node, seen);
  const views = live.map((node) => viewOf(node, node.selectFailed ? 0 : seen.db, scene));
  const perNode = views.map((view) => [...examineHolder(view, seen, scene)]);
  const complete = live.length === holding.length && seen.leftOut === 0 && live.every(clusterWhole);
  yield* united(perNode, complete);
  yield* examineCluster(seen, live);
  const only = live.length === 1 ? live[0] : undefined;
  yield* examineOthers(seen, typeof only?.dbsize === 'number' ? only.dbsize : undefined);
  for (const node of seen.nodes)
    if (node.reached && node.as === 'replica')
      yield* examineReplica(viewOf(node, seen.db, scene), seen, scene);
}

function clusterWhole({ cluster }: LiveNode): boolean {
  if (!cluster) return true;
  const failed = cluster.nodes.some((node) => node.role === 'master' && node.failed && node.slots > 0);
  return !failed && cluster.state?.ok !== false;
}

/** A given server that the Sentinels do not name is looked at, but speaks for itself only. */
function isHolder(node: NodeSeen, seen: RedisSeen): boolean {
  if (node.as === 'replica') return false;
  const named = seen.nodes.some((one) => one.as === 'master' && one.reached && !one.cluster);
  return node.as === 'master' || !named;
}

function* examineHolder(view: View, seen: RedisSeen, scene: Scene): Generator<Fact<Slug>> {
  yield* examineServing(view, scene);
  if (isTrouble(view.node.info) && isCut(view.node.info)) return;
  yield* examineRefusals(view);
  yield* examineFlush(view, scene);
  yield* examineRestart(view, seen, scene);
  yield* examineMemory(view, scene);
  yield* examinePace(view, scene);
  yield* examineKeyspace(view, seen.db, scene);
  yield* examineLookup(view, seen, scene);
  yield* examineLink(view);
  yield* examineLag(view, seen);
  yield* examineProtections(view, seen.withPassword);
}

/** From a replica only what is wrong counts: its counters outlive a restart of the primary. */
function* examineReplica(view: View, seen: RedisSeen, scene: Scene): Generator<Fact<Slug>> {
  const wrong = new Set<Slug>([
    'flushed',
    'resynced-empty',
    'promoted-empty',
    'replica-link-down',
    'swapped',
  ]);
  const facts = [...examineFlush(view, scene), ...examineRestart(view, seen, scene), ...examineLink(view)];
  for (const fact of facts) if (wrong.has(fact.slug)) yield fact;
}

/** The facts of several holders; healthy ones once, and only when all of them say so. */
function* united(perNode: readonly (readonly Fact<Slug>[])[], complete: boolean): Generator<Fact<Slug>> {
  if (perNode.length === 1 && complete) {
    yield* perNode[0] ?? [];
    return;
  }
  const said = new Set<Slug>();
  for (const fact of perNode.flat()) {
    if (slugLevels[fact.slug] !== 'ok') {
      yield fact;
      continue;
    }
    if (said.has(fact.slug)) continue;
    said.add(fact.slug);
    const same = perNode.flatMap((facts) => facts.find((other) => other.slug === fact.slug) ?? []);
    if (complete && same.length === perNode.length)
      yield {
        slug: fact.slug,
        detail: same
          .map((one) => `${one.subject ?? ''}: ${one.detail}`)
          .join('; ')
          .slice(0, 600),
      };
  }
}
