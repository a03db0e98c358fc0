import { login, MEMORY_ONLY, startRedis } from '../support/redis.ts';
import type { Lab } from './lab.ts';
import { secrets, writeTokens } from './tokens.ts';

const nothing = async (): Promise<void> => {};
const keys = ['--secret', 'v2=env:NEW', '--previous-secret', 'v1=env:OLD'];

export const credentialLabs: readonly Lab[] = [
  {
    name: 'secret-rotated',
    title:
      'The signing secret was replaced and nothing checks with the old one; a risky Redis stands beside it',
    demo: true,
    causes: ['secret-rotated-no-grace'],
    verdict: 'confirmed',
    exitCode: 1,
    async make(folder) {
      const server = await startRedis({ settings: MEMORY_ONLY });
      await login(server.client, 1000);
      const before = await writeTokens(folder, { name: 'before.txt', secret: secrets.OLD, age: 3600 });
      const after = await writeTokens(folder, { name: 'after.txt', secret: secrets.NEW, age: 60 });
      return {
        args: [
          '--samples',
          before,
          '--samples-after',
          after,
          ...keys,
          '--redis',
          server.url,
          '--key-prefix',
          'sess:',
          '--ntp',
          'none',
          '--since',
          '20m',
        ],
        env: secrets,
        stop: () => server.stop(),
      };
    },
  },
  {
    name: 'secret-rotated-alone',
    title: 'A rotated secret, with nothing but old tokens and both secrets',
    demo: false,
    causes: ['secret-rotated-no-grace'],
    verdict: 'confirmed',
    exitCode: 1,
    async make(folder) {
      const before = await writeTokens(folder, { name: 'before.txt', secret: secrets.OLD });
      return { args: ['--samples', before, ...keys, '--ntp', 'none'], env: secrets, stop: nothing };
    },
  },
  {
    name: 'tokens-healthy',
    title: 'Old and new tokens that verify with the current secret',
    demo: false,
    causes: [],
    exitCode: 0,
    async make(folder) {
      const before = await writeTokens(folder, { name: 'before.txt', secret: secrets.NEW, age: 3600 });
      const after = await writeTokens(folder, { name: 'after.txt', secret: secrets.NEW, age: 60 });
      return {
        args: ['--samples', before, '--samples-after', after, ...keys, '--ntp', 'none'],
        env: secrets,
        stop: nothing,
      };
    },
  },
];
