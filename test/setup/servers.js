// Installs the real servers that the tests start, when it may; otherwise says exactly what to install.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';

/** Debian package → a program it brings. One line a server. */
const servers = {
  'redis-server': 'redis-server',
  postgresql: 'postgres',
  'mariadb-server': 'mariadbd',
  sqlite3: 'sqlite3',
  chrony: 'chronyd',
  faketime: 'faketime',
  squid: 'squid',
  varnish: 'varnishd',
  haproxy: 'haproxy',
  'nginx-light': 'nginx',
  'libxml2-utils': 'xmllint',
  openssl: 'openssl',
  prometheus: 'promtool',
  chromium: 'chromium',
};

/** Debian keeps PostgreSQL's programs by version, out of the path. */
const POSTGRES = '/usr/lib/postgresql';
const folders = [
  ...(process.env.PATH ?? '').split(':'),
  '/usr/sbin',
  '/usr/local/sbin',
  '/sbin',
  ...(existsSync(POSTGRES) ? readdirSync(POSTGRES).map((version) => `${POSTGRES}/${version}/bin`) : []),
];
const present = (program) =>
  folders.some((folder) => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const missing = Object.entries(servers).filter(([, program]) => !present(program));
if (missing.length > 0) {
  const packages = missing.map(([name]) => name);
  const root = process.getuid?.() === 0;
  const sudo = !root && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  const manual = `sudo apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (!present('apt-get') || (!root && !sudo)) {
    process.stderr.write(
      `The tests start real servers, and these are missing. Install them first:\n  ${manual}\n`,
    );
    process.exitCode = 1;
  } else {
    process.stderr.write(`installing ${packages.join(' ')} …\n`);
    const apt = (...args) =>
      spawnSync(root ? 'apt-get' : 'sudo', [...(root ? [] : ['-n', 'apt-get']), ...args], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      }).status === 0;
    const installed =
      apt('install', '-y', '--no-install-recommends', ...packages) ||
      (apt('update') && apt('install', '-y', '--no-install-recommends', ...packages));
    const still = missing.filter(([, program]) => !present(program));
    if (!installed || still.length > 0) {
      process.stderr.write(`Could not install them. Install them by hand:\n  ${manual}\n`);
      process.exitCode = 1;
    }
  }
}
