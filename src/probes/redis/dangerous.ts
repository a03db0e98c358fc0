/**
 * Which dangerous commands are open, renamed, disabled or denied: found out without ever running one.
 *
 * @module
 */
import type { RedisCall, RedisConnection } from '../../io/redis.ts';
import { parseCommandInfo, parseCommandNames } from '../../parse/redis-replies.ts';
import type { CommandState } from './seen.ts';

/** Commands that can log everybody out, stop the server or stall it. */
export const DANGEROUS = ['flushall', 'flushdb', 'config', 'keys', 'swapdb', 'debug', 'shutdown'] as const;

/**
 * How each of DANGEROUS stands for `user`: by COMMAND INFO, the list of names, and ACL DRYRUN (7.0+). Where a
 * server has users but no DRYRUN, only the default user's rights are taken as open; another's are unknown.
 */
export async function dangerousStates(
  connection: RedisConnection,
  commandInfo: RedisCall | undefined,
  user: string | undefined,
  whoami: RedisCall | undefined,
): Promise<Record<string, CommandState>> {
  const present = commandInfo?.ok ? parseCommandInfo(commandInfo.reply, DANGEROUS.length) : undefined;
  if (!present) return Object.fromEntries(DANGEROUS.map((name) => [name, 'unknown' as const]));
  let names: ReadonlySet<string> | undefined;
  if (present.includes(false)) {
    // The list keeps original names, so a command that is listed but not found by its name was renamed.
    const list = await connection.call('COMMAND', 'LIST');
    const usable = list.ok ? list : await connection.call('COMMAND');
    names = usable.ok ? parseCommandNames(usable.reply) : undefined;
  }
  const open = DANGEROUS.filter((_, at) => present[at]);
  const dry =
    user === undefined
      ? []
      : await connection.pipeline(open.map((name) => ['ACL', 'DRYRUN', user, name, ...DRY_ARGUMENTS[name]]));
  return Object.fromEntries(
    DANGEROUS.map((name, at): [string, CommandState] => {
      if (present[at]) {
        const answer = dry[open.indexOf(name)];
        if (answer?.ok && typeof answer.reply === 'string')
          return [name, /no permissions/i.test(answer.reply) ? 'denied' : 'open'];
        // A user that may not ask has rules of its own, which COMMAND INFO does not reflect.
        const ruled = refused(whoami) || refused(answer);
        return [name, !ruled && (user === undefined || user === 'default') ? 'open' : 'unknown'];
      }
      if (!names || names.size === 0) return [name, 'unknown'];
      return [name, names.has(name) ? 'renamed' : 'disabled'];
    }),
  );
}

function refused(call: RedisCall | undefined): boolean {
  return call !== undefined && !call.ok && call.code === 'NOPERM';
}

/** ACL DRYRUN checks the number of arguments too. None of these is ever run. */
const DRY_ARGUMENTS: Readonly<Record<(typeof DANGEROUS)[number], readonly string[]>> = {
  flushall: [],
  flushdb: [],
  config: ['GET', 'save'],
  keys: ['*'],
  swapdb: ['0', '1'],
  debug: ['SLEEP', '0'],
  shutdown: [],
};
