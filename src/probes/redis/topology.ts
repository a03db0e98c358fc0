/**
 * Which servers make up the store: one, the primary that Sentinels name, or every master of a cluster;
 * with the replicas that answer from here. Asks them all, a few at a time.
 *
 * @module
 */
import type { Io } from '../../io/io.ts';
import type { RedisTarget } from '../../io/redis.ts';
import { parseSentinelNodes } from '../../parse/redis-sentinel.ts';
import type { RedisInput } from './input.ts';
import { lookAtNode, type NodeRequest } from './node.ts';
import { addressOf, type NodeSeen, type SentinelSeen } from './seen.ts';

/** More masters than this are not asked one by one; the report says how many were left out. */
const MAX_MASTERS = 64;
const MAX_REPLICAS = 16;
const AT_ONCE = 6;
/** Keys sampled over all masters of a cluster. */
const SAMPLE = 20_000;

export interface Surveyed {
  readonly nodes: readonly NodeSeen[];
  readonly sentinels: readonly SentinelSeen[];
  /** Masters that were not asked because there are too many. */
  readonly leftOut: number;
}

/** Asks the whole store. Never throws for what servers do. */
export async function survey(target: RedisTarget, input: RedisInput, io: Io): Promise<Surveyed> {
  const sentinels = await inTurns(input.sentinels, (one) => askSentinel(one, input, target, io));
  const named = sentinels.flatMap((one) => (one.reached && one.master ? [one] : []))[0];
  const request = (host: string, port: number, as: NodeSeen['as']): NodeRequest => ({
    target: { ...target, host, port },
    as,
    keyPrefix: input.keyPrefix,
    appUser: input.appUser,
  });
  const first: NodeSeen[] = [];
  if (named?.master)
    first.push(await lookAtNode(request(named.master.host, named.master.port, 'master'), io));
  if (input.named && !sameAddress(first[0], target))
    first.push(await lookAtNode({ ...request(target.host, target.port, 'given'), target }, io));

  const cluster = first.flatMap((node) =>
    node.reached && node.cluster ? [{ node, ...node.cluster }] : [],
  )[0];
  const asked = new Set(first.map((node) => node.address));
  const more: NodeRequest[] = [];
  const add = (host: string, port: number, as: NodeSeen['as'], most = Number.POSITIVE_INFINITY): void => {
    const address = addressOf(host, port);
    if (asked.has(address) || host === '') return;
    if (more.filter((one) => one.as === as).length >= most) return;
    asked.add(address);
    more.push(request(host, port, as));
  };
  const masters =
    cluster?.nodes.filter((node) => node.role === 'master' && !node.self && node.slots > 0) ?? [];
  for (const node of masters) if (!node.failed) add(node.host, node.port, 'master', MAX_MASTERS);
  for (const node of cluster?.nodes ?? [])
    if (node.role === 'replica' && !node.self && !node.failed)
      add(node.host, node.port, 'replica', MAX_REPLICAS);
  for (const replica of named?.replicas ?? []) add(replica.host, replica.port, 'replica', MAX_REPLICAS);
  for (const node of first)
    if (node.reached)
      for (const replica of node.replicas) add(replica.host, replica.port, 'replica', MAX_REPLICAS);
  const maxKeys = Math.max(500, Math.floor(SAMPLE / Math.max(1, masters.length + 1)));
  const rest = await inTurns(more, (one) => lookAtNode({ ...one, ...(cluster && { maxKeys }) }, io));
  return {
    nodes: [...first, ...rest],
    sentinels,
    leftOut: Math.max(0, masters.filter((node) => !node.failed).length - MAX_MASTERS),
  };
}

function sameAddress(node: NodeSeen | undefined, target: RedisTarget): boolean {
  return node?.address === addressOf(target.host, target.port);
}

async function askSentinel(
  one: { readonly host: string; readonly port: number },
  input: RedisInput,
  target: RedisTarget,
  io: Io,
): Promise<SentinelSeen> {
  const address = addressOf(one.host, one.port);
  const plain = { ...one, db: 0, ...(target.tls && { tls: target.tls }) };
  let connect = await io.redis.connect(
    { ...plain, username: target.username, password: target.password },
    io.signal,
  );
  // A Sentinel has users of its own; most have none.
  if (!connect.ok && connect.code === 'WRONGPASS') connect = await io.redis.connect(plain, io.signal);
  if (!connect.ok)
    return { address, reached: false, trouble: { code: connect.code, message: connect.message } };
  const { connection } = connect;
  try {
    const masters = await connection.call('SENTINEL', 'MASTERS');
    if (!masters.ok)
      return { address, reached: false, trouble: { code: masters.code, message: masters.message } };
    const all = parseSentinelNodes(masters.reply);
    const master =
      all.find((node) => node.name === input.sentinelName) ?? (input.sentinelName ? undefined : all[0]);
    if (!master) return { address, reached: true, names: all.map((node) => node.name), replicas: [] };
    const [replicas, quorum] = await connection.pipeline([
      ['SENTINEL', 'REPLICAS', master.name],
      ['SENTINEL', 'CKQUORUM', master.name],
    ]);
    return {
      address,
      reached: true,
      names: all.map((node) => node.name),
      master,
      replicas: replicas?.ok ? parseSentinelNodes(replicas.reply) : [],
      ...(quorum && {
        quorum: quorum.ok
          ? { ok: true, says: String(quorum.reply).slice(0, 200) }
          : { ok: false, says: quorum.message },
      }),
    };
  } finally {
    connection.close();
  }
}

/** Runs `work` over `items`, a few at once, results in order. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) results[at] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
