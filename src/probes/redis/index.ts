/**
 * The session store: was it flushed, restarted empty, evicting, unreachable, or merely risky?
 *
 * @module
 */
import type { Io } from '../../io/io.ts';
import type { RedisTarget } from '../../io/redis.ts';
import type { Fact } from '../../model.ts';
import { defineProbe, type Scene } from '../probe.ts';
import { findings, type Slug } from './catalogue.ts';
import { examineStore } from './examine.ts';
import { type RedisInput, readInput } from './input.ts';
import type { RedisSeen } from './seen.ts';
import { survey } from './topology.ts';
import { whole } from './whole.ts';

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
    return {
      target: input.shown,
      db: target.db,
      dbGiven: input.dbGiven,
      tls: target.tls !== undefined,
      withPassword: target.password !== undefined,
      ...(await survey(target, input, io)),
    };
  },
  examine: (seen: RedisSeen, scene: Scene): Iterable<Fact<Slug>> => examineStore(whole(seen), scene),
});

/** The target with its TLS files read. Throws UsageError when one cannot be. */
export async function withTlsFiles({ target, tlsFiles }: RedisInput, io: Io): Promise<RedisTarget> {
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
