import { type Chronyd, startChronyds } from '../support/chronyd.ts';
import type { Lab, LabRun } from './lab.ts';
import { secrets, writeTokens } from './tokens.ts';

async function against(
  folder: string,
  offsets: readonly (string | undefined)[],
  under?: readonly string[],
): Promise<LabRun> {
  const servers: readonly Chronyd[] = await startChronyds(...offsets);
  const samples = await writeTokens(folder, {
    name: 'clock.txt',
    secret: secrets.NEW,
    age: 600,
    lifetime: 1800,
  });
  return {
    args: [
      '--samples',
      samples,
      '--secret',
      'v1=env:NEW',
      '--ntp',
      ...servers.map((server) => `127.0.0.1:${server.port}`),
    ],
    env: secrets,
    ...(under && { under }),
    stop: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  };
}

export const clockLabs: readonly Lab[] = [
  {
    name: 'clock-ahead',
    title: 'The clock of this host is an hour ahead, and half-hour tokens look expired',
    demo: true,
    causes: ['clock-skew'],
    verdict: 'likely',
    exitCode: 1,
    make: (folder) => against(folder, [undefined, undefined, undefined], ['faketime', '-f', '+1h']),
  },
  {
    name: 'clock-falseticker',
    title: 'One of three time servers lies; the host is right',
    demo: false,
    causes: [],
    exitCode: 0,
    make: (folder) => against(folder, [undefined, undefined, '+1h']),
  },
];
