/**
 * The session store: was it flushed, restarted empty, evicting, unreachable, or merely risky?
 *
 * @module
 */
import type { Io } from '../../io/io.ts';
import type { RedisTarget } from '../../io/redis.ts';
import type { Fact } from '../../model.ts';
import { defineProbe, type Scene } from '../probe.ts';
import { examineFlush, flushFindings } from './flush.ts';
import { type RedisInput, readInput } from './input.ts';
import { examineKeyspace, keyspaceFindings } from './keyspace.ts';
import { examineMemory, memoryFindings } from './memory.ts';
import { lookAtNode } from './node.ts';
import { examineProtections, protectionFindings } from './protections.ts';
import { examineServing, examineUnreached, reachFindings } from './reach.ts';
import { examineRestart, restartFindings } from './restart.ts';
import type { RedisSeen } from './seen.ts';
import { viewOf } from './view.ts';

const findings = {
  ...reachFindings,
  ...flushFindings,
  ...restartFindings,
  ...memoryFindings,
  ...keyspaceFindings,
  ...protectionFindings,
};

type Slug = keyof typeof findings;

/** Looks at the session store, read-only, by an allow-list of commands that the door enforces. */
export const redis = defineProbe({
  id: 'redis',
  asks: 'Does the session store answer, and does it still hold the sessions?',
  network: true,
  findings,
  input: readInput,
  async observe(input: RedisInput, io: Io): Promise<RedisSeen> {
    if (input.target.password !== undefined) io.vault.learn(input.target.password);
    const target = await withTlsFiles(input, io);
    const node = await lookAtNode(
      { target, as: 'given', keyPrefix: input.keyPrefix, appUser: input.appUser },
      io,
    );
    return {
      target: input.shown,
      db: target.db,
      tls: target.tls !== undefined,
      withPassword: target.password !== undefined,
      nodes: [node],
    };
  },
  *examine(seen: RedisSeen, scene: Scene): Generator<Fact<Slug>> {
    for (const node of seen.nodes) {
      if (!node.reached) {
        yield* examineUnreached(node, seen);
        continue;
      }
      const view = viewOf(node, node.selectFailed ? 0 : seen.db, scene);
      yield* examineServing(view);
      yield* examineFlush(view, scene);
      yield* examineRestart(view, scene);
      yield* examineMemory(view, scene);
      yield* examineKeyspace(view, seen.db, scene);
      yield* examineProtections(view, seen.withPassword);
    }
  },
});

async function withTlsFiles({ target, tlsFiles }: RedisInput, io: Io): Promise<RedisTarget> {
  if (!target.tls) return target;
  const read = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : (await io.files.read(path, 1_048_576)).toString('utf8');
  const [ca, cert, key] = await Promise.all([tlsFiles?.ca, tlsFiles?.cert, tlsFiles?.key].map(read));
  return {
    ...target,
    tls: {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(tlsFiles?.servername !== undefined && { servername: tlsFiles.servername }),
      ...(tlsFiles?.rejectUnauthorized !== undefined && { rejectUnauthorized: tlsFiles.rejectUnauthorized }),
    },
  };
}
