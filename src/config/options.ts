/**
 * The one table of what an operator can set: flag, environment variable, config path, words.
 * Commands pick rows by name; `--help`, the environment names and the README are made from it.
 * It holds data only, so that `--help` need not load the schema.
 *
 * @module
 */

/** How a flag's words become a value at its config path. */
export type OptionShape = 'one' | 'many' | 'pairs' | 'switch';

export interface OptionRow {
  /** Long flag without dashes; the environment variable is `SESSDOCTOR_` + this in upper case. */
  readonly flag: string;
  /** What stands for its value in help, e.g. FILE. */
  readonly value?: string;
  readonly shape: OptionShape;
  /** Where it lands in the config, dotted; absent for flags that steer the command itself. */
  readonly path?: string;
  readonly help: string;
}

const row = (
  flag: string,
  value: string | undefined,
  shape: OptionShape,
  path: string | undefined,
  help: string,
): OptionRow => ({ flag, ...(value && { value }), shape, ...(path && { path }), help });

/** Everything that lands in the config, in the order of the help text. */
export const configOptions: readonly OptionRow[] = [
  row('since', 'TIME', 'one', 'incident.since', 'when it began: ISO 8601, 03:00, or an age (45m)'),
  row(
    'symptom',
    'NAME=VALUE',
    'pairs',
    'incident.symptoms',
    'what people report, e.g. login=works oldSessions=rejected',
  ),
  row(
    'samples',
    'FILE',
    'many',
    'credentials.samples',
    'cookies or tokens that stopped working (from before)',
  ),
  row('samples-after', 'FILE', 'many', 'credentials.after', 'cookies or tokens issued after it began'),
  row('jwks', 'FILE|URL', 'one', 'credentials.jwks', 'public keys that tokens are checked with'),
  row(
    'secret',
    'NAME=REF',
    'pairs',
    'credentials.secrets',
    'a current secret; REF is env:NAME, file:PATH or -',
  ),
  row('previous-secret', 'NAME=REF', 'pairs', 'credentials.previousSecrets', 'a secret used before'),
  row(
    'before',
    'FILE|URL',
    'many',
    'cookies.before',
    'responses of the old deploy: capture, HAR, curl -i, URL',
  ),
  row('after', 'FILE|URL', 'many', 'cookies.after', 'responses of the new deploy'),
  row('cookie', 'NAME', 'many', 'cookies.names', 'only these cookies'),
  row('url', 'URL', 'many', 'cookies.urls', 'URLs to ask the browser model about'),
  row('edge', 'URL', 'many', 'edge.url', 'public URL, asked through the edge'),
  row('origin', 'URL', 'one', 'edge.origin', 'the same behind the edge'),
  row('replay', 'URL', 'one', 'replay.url', 'send the first sample here, several times'),
  row('instance', 'URL', 'many', 'replay.instances', 'one app instance, asked directly'),
  row('redis', 'URL', 'one', 'redis.url', 'session store, redis:// or rediss://'),
  row('key-prefix', 'STR', 'one', 'redis.keyPrefix', 'prefix of session keys, e.g. sess:'),
  row('database', 'URL', 'one', 'database.url', 'postgres:, mysql:, mariadb: or sqlite:'),
  row('session-table', 'NAME', 'one', 'database.table', 'table that holds the sessions'),
  row('migrations', 'DIR', 'one', 'database.migrations', 'folder of migrations'),
  row('issuer', 'URL', 'one', 'provider.issuer', 'OAuth/OIDC provider'),
  row(
    'empty-post',
    undefined,
    'switch',
    'provider.emptyPost',
    'ask the token and introspection endpoints too, by an empty POST without a credential',
  ),
  row('via', 'PROXY', 'one', 'provider.via', 'ask the provider a second time, through this proxy'),
  row('saml', 'FILE|URL', 'many', 'provider.saml', 'SAML metadata to check dates and certificates of'),
  row('ntp', 'HOST[:PORT]', 'many', 'clock.servers', 'time servers to compare with; none turns them off'),
  row('timeout', 'DURATION', 'one', 'limits.timeout', 'each probe (default 10s)'),
  row('deadline', 'DURATION', 'one', 'limits.deadline', 'the whole run (default 60s)'),
];

/** What steers `diagnose` without being part of the config file. */
export const runOptions: readonly OptionRow[] = [
  row('config', 'FILE', 'one', undefined, 'sessdoctor.yaml to read (default: ./sessdoctor.yaml if present)'),
  row(
    'changes',
    'FILE',
    'one',
    undefined,
    'what changed: git log output, dated lines, or JSON [{at, what}]; - for stdin',
  ),
  row('only', 'PROBE', 'many', undefined, 'run these probes only'),
  row('skip', 'PROBE', 'many', undefined, 'leave these probes out'),
  row(
    'format',
    'NAME[=FILE]',
    'many',
    undefined,
    'terminal json markdown html junit sarif github; repeatable',
  ),
  row('fail-on', 'LEVEL', 'one', undefined, 'exit 1 at confirmed, likely, possible, weakness; or never'),
  row('save', 'FILE', 'one', undefined, 'save all observations, redacted, as an evidence file'),
  row('from', 'FILE', 'one', undefined, 'examine a saved evidence file again, offline; - for stdin'),
];

/** The row of a flag, by its long name. */
export function optionRow(flag: string): OptionRow {
  const found = [...configOptions, ...runOptions].find((option) => option.flag === flag);
  if (!found) throw new Error(`no option --${flag}`);
  return found;
}

/** `--key-prefix` → `SESSDOCTOR_KEY_PREFIX`. */
export function environmentName(option: OptionRow): string {
  return `SESSDOCTOR_${option.flag.toUpperCase().replaceAll('-', '_')}`;
}
