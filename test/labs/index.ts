/** Every lab. Recorded with `RECORD=1 npx vitest run --config test/vitest.config.ts test/labs`. */
import { clockLabs } from './clock.ts';
import { cookieLabs } from './cookies.ts';
import { credentialLabs } from './credentials.ts';
import type { Lab } from './lab.ts';
import { providerLabs } from './provider.ts';
import { redisLabs } from './redis.ts';

export const labs: readonly Lab[] = [
  ...redisLabs,
  ...credentialLabs,
  ...providerLabs,
  ...cookieLabs,
  ...clockLabs,
];
