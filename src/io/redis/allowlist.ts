/**
 * The commands that may ever leave for a Redis, enforced in the door itself. Everything here only reads;
 * nothing blocks, and nothing walks the keyspace without a bound. Reading a value (GET, HGETALL, DUMP) is
 * not here: it would bring session data onto this machine and reset the server's idle clock.
 *
 * @module
 */

type Argument = string | number;
type Rule = (args: readonly Argument[]) => boolean;

/** Settings that CONFIG GET may name, one by one. Never `*`, never a password. */
const SETTINGS: ReadonlySet<string> = new Set([
  'save',
  'appendonly',
  'appendfsync',
  'dir',
  'dbfilename',
  'databases',
  'maxmemory',
  'maxmemory-policy',
  'slowlog-log-slower-than',
  'latency-monitor-threshold',
  'lazyfree-lazy-user-flush',
  'stop-writes-on-bgsave-error',
  'min-replicas-to-write',
  'replica-serve-stale-data',
  'maxclients',
  'protected-mode',
  'bind',
]);

const none: Rule = (args) => args.length === 0;
const any: Rule = () => true;
const oneKey: Rule = (args) => args.length === 1;
const first =
  (...words: readonly string[]): Rule =>
  (args) =>
    words.includes(String(args[0] ?? '').toLowerCase());
const each =
  (...rules: readonly Rule[]): Rule =>
  (args) =>
    rules.every((rule) => rule(args));
const oneOf =
  (...rules: readonly Rule[]): Rule =>
  (args) =>
    rules.some((rule) => rule(args));

/** SCAN with a COUNT of at most 1,000, so that no single call stalls the server for more than about a ms. */
const boundedScan: Rule = (args) => {
  const words = args.map((word) => String(word).toLowerCase());
  const at = words.indexOf('count');
  return at > 0 && Number(words[at + 1]) > 0 && Number(words[at + 1]) <= 1000;
};
const number: Rule = (args) => args.length === 2 && /^\d+$/.test(String(args[1]));
const length =
  (most: number): Rule =>
  (args) =>
    args.length <= most;

const RULES: Readonly<Record<string, Rule>> = {
  ping: none,
  info: any,
  dbsize: none,
  lastsave: none,
  time: none,
  role: none,
  select: oneKey,
  scan: boundedScan,
  randomkey: none,
  pttl: oneKey,
  ttl: oneKey,
  type: oneKey,
  object: first('idletime', 'freq', 'encoding'),
  command: oneOf(none, first('info', 'list')),
  slowlog: oneOf(each(first('get'), number), each(first('len'), length(1))),
  latency: oneOf(each(first('latest'), length(1)), each(first('history'), length(2))),
  config: (args) =>
    args.length === 2 &&
    String(args[0]).toLowerCase() === 'get' &&
    SETTINGS.has(String(args[1]).toLowerCase()),
  // Every second argument of LOG is a count here, so LOG RESET cannot pass.
  acl: oneOf(each(first('whoami'), length(1)), first('dryrun'), each(first('log'), number)),
  memory: each(first('stats'), length(1)),
  cluster: each(first('info', 'nodes', 'slots', 'shards'), length(1)),
  sentinel: each(first('masters', 'replicas', 'slaves', 'ckquorum'), length(2)),
};

/** May this command leave? Case does not matter; an unknown command may not. */
export function isAllowed(command: string, args: readonly Argument[]): boolean {
  const name = command.toLowerCase();
  return Object.hasOwn(RULES, name) && RULES[name]?.(args) === true;
}
