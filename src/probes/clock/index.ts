/**
 * Is the time right: here, and on the instances that were named? The corrected time of every later probe
 * comes from here (`correctionOf`).
 *
 * @module
 */
import type { Config } from '../../config/config.ts';
import type { Address } from '../../config/secret.ts';
import { defineProbe } from '../probe.ts';
import { findings, type Slug } from './findings.ts';
import { hostFacts, namingOthers } from './host-facts.ts';
import { askHosts } from './hosts.ts';
import { correctionOf } from './judge.ts';
import { lifetimeFacts } from './lifetime.ts';
import { ownFacts } from './own.ts';
import { type ClockSeen, readClockSeen } from './seen.ts';

/** Whom to ask. */
export interface ClockInput {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly hosts: readonly Address[];
}

/** More servers than this add nothing but traffic. */
const MOST_SERVERS = 12;
const MOST_HOSTS = 64;

/** Instances whose clock is asked for: those named for it, and those named for `replay`. */
export function clockHosts(config: Config): readonly Address[] {
  const named = [...config.clock.hosts, ...(config.replay.instances ?? [])];
  return [...new Map(named.map((address) => [address.href(), address])).values()];
}

/** Never skipped: without servers it still asks the local daemon. */
export const clock = defineProbe({
  id: 'clock',
  asks: 'Is the time right, here and on the instances?',
  network: false,
  findings,
  input: (config): ClockInput => ({ servers: config.clock.servers, hosts: clockHosts(config) }),
  async observe({ servers, hosts }, io): Promise<ClockSeen> {
    const distinct = new Map(servers.map((server) => [`${server.host} ${server.port}`, server]));
    const [answers, tracking, instances] = await Promise.all([
      Promise.all(
        [...distinct.values()]
          .slice(0, MOST_SERVERS)
          .map(({ host, port }) => io.ntp.query(host, port, io.signal)),
      ),
      io.ntp.tracking(io.signal),
      askHosts(hosts.slice(0, MOST_HOSTS), io),
    ]);
    return { servers: answers, tracking, hosts: instances };
  },
  correction: (seen: ClockSeen) => correctionOf(readClockSeen(seen)),
  *examine(observed, scene) {
    const seen = readClockSeen(observed);
    const { leewayMs } = scene.settings;
    const correction = correctionOf(seen);
    const said: Slug[] = [];
    const hosts = seen.hosts.flatMap((host) => [
      ...hostFacts(host, correction, leewayMs),
      ...lifetimeFacts(host, seen.hosts, correction, scene.settings),
    ]);
    for (const facts of [ownFacts(seen, leewayMs), namingOthers(hosts)])
      for (const fact of facts) {
        said.push(fact.slug);
        yield fact;
      }
    const right = said.filter((slug) => slug === 'host-in-sync').length;
    const other = said.some((slug) => slug !== 'host-in-sync' && slug.startsWith('host-'));
    if (right > 0 && !other && said.includes('in-sync'))
      yield {
        slug: 'all-in-sync',
        detail: `this host and ${right === 1 ? 'the instance' : `all ${right} instances`} that ${right === 1 ? 'was' : 'were'} named`,
      };
  },
});
