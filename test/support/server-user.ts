import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Servers that refuse to run as root run as this user of theirs; undefined when the tests are not root. */
export async function serverUser(name: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const found = lines.find(([user]) => user === name) ?? lines.find(([user]) => user === 'nobody');
  if (!found) throw new Error(`no user ${name}`);
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

/** Starts a program, as another user where one is given; its output goes nowhere, or to `log`. */
export function asUser(
  user: ServerUser | undefined,
  program: string,
  args: readonly string[],
  log?: number,
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(program, [...args], {
    ...(user && { uid: user.uid, gid: user.gid }),
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC', ...env },
    stdio: ['ignore', log ?? 'ignore', log ?? 'ignore'],
  });
}
