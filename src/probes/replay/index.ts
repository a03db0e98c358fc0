/**
 * One credential, sent many times: do all instances behind the URL agree about it? And the echo test,
 * which needs no login: does the site accept the anonymous cookie that it has just issued?
 *
 * @module
 */
import { REQUESTS } from '../clock/hosts.ts';
import { clock } from '../clock/index.ts';
import { readClockSeen } from '../clock/seen.ts';
import { defineProbe, type Scene, Skip } from '../probe.ts';
import { examineReplay } from './examine.ts';
import { replayFindings } from './findings.ts';
import { observeReplay, type ReplayInput, type ReplaySeen } from './observe.ts';

/** Enough to see a share of 14 % with 95 % probability, few enough not to fill a session table. */
const TIMES = 20;

export const replay = defineProbe({
  id: 'replay',
  asks: 'Do all instances accept the same credential?',
  network: true,
  findings: replayFindings,
  input(config): ReplayInput | Skip {
    const { url, samples, times, instances, instanceHeader, authenticated } = config.replay;
    if (!url)
      return new Skip(
        'no URL was given that tells who is signed in',
        '--replay URL (with --samples FILE for a signed-in session)',
      );
    return {
      url,
      times: times ?? TIMES,
      instances: instances ?? [],
      samples: samples ?? config.credentials.samples ?? [],
      samplesFromBefore: samples === undefined && config.credentials.samples !== undefined,
      field: config.credentials.field,
      names: config.cookies.names ?? [],
      instanceHeader,
      secrets: { ...config.credentials.previousSecrets, ...config.credentials.secrets },
      salts: config.credentials.salts ?? [],
      rule: { status: authenticated?.status ?? null, notLocation: authenticated?.notLocation ?? null },
    };
  },
  observe: (input, io): Promise<ReplaySeen> => observeReplay(input, io),
  examine: (seen, scene) => examineReplay(seen, clockRequests(seen, scene)),
});

/** At most so many requests without a cookie did the clock probe send to the same instances. */
function clockRequests({ instances }: ReplaySeen, scene: Pick<Scene, 'seen'>): number {
  const { hosts } = readClockSeen(scene.seen(clock));
  return REQUESTS * hosts.filter(({ host }) => instances.some(({ url }) => url === host)).length;
}
