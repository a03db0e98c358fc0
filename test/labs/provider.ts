import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Idp, signingKey, startIdp } from '../support/oidc.ts';
import { freePort } from '../support/port.ts';
import type { Lab } from './lab.ts';

async function tokensOf(idp: Idp, folder: string, name: string): Promise<string> {
  const tokens = await Promise.all([idp.token(), idp.token(), idp.token()]);
  writeFileSync(join(folder, name), `${tokens.join('\n')}\n`);
  return name;
}

export const providerLabs: readonly Lab[] = [
  {
    name: 'kid-withdrawn',
    title: 'The provider withdrew a signing key while tokens signed with it were alive',
    demo: true,
    causes: ['jwks-key-withdrawn'],
    verdict: 'confirmed',
    exitCode: 1,
    async make(folder) {
      const idp = await startIdp(await signingKey('2026-01'));
      idp.use(await signingKey('2026-01'));
      const samples = await tokensOf(idp, folder, 'withdrawn.txt');
      idp.use(await signingKey('2026-11'));
      return {
        args: [
          '--samples',
          samples,
          '--issuer',
          idp.issuer,
          '--ntp',
          'none',
          '--symptom',
          'oldSessions=rejected',
          'onset=ramp',
        ],
        stop: () => idp.close(),
      };
    },
  },
  {
    name: 'provider-refusing',
    title: 'The provider refuses connections',
    demo: true,
    causes: ['idp-outage'],
    verdict: 'likely',
    exitCode: 1,
    async make() {
      const port = await freePort();
      return { args: ['--issuer', `http://127.0.0.1:${port}`, '--ntp', 'none'], stop: async () => {} };
    },
  },
  {
    name: 'provider-healthy',
    title: 'A healthy provider whose keys verify the tokens',
    demo: false,
    causes: [],
    exitCode: 0,
    async make(folder) {
      const key = await signingKey('2026-11');
      const idp = await startIdp(key);
      idp.use(key);
      const samples = await tokensOf(idp, folder, 'healthy.txt');
      return {
        args: ['--samples', samples, '--issuer', idp.issuer, '--ntp', 'none'],
        stop: () => idp.close(),
      };
    },
  },
];
