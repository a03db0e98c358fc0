// Installs the real servers that the tests start, when it may; otherwise says exactly what to install.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';

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
  iproute2: 'ip',
  'util-linux': 'unshare',
};

/**
 * Packages that are unpacked and not installed, because installing them would remove one of the above
 * (Debian has one time daemon at a time): a program they bring, and the packages of its libraries.
 */
const unpacked = { ntpsec: { program: 'usr/sbin/ntpd', libraries: ['libbsd0', 'libcap2'] } };
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/sessdoctor-servers', import.meta.url));

/** Debian keeps PostgreSQL's programs by version, out of the path. */
const POSTGRES = '/usr/lib/postgresql';
const folders = [
  ...(process.env.PATH ?? '').split(':'),
  '/usr/sbin',
  '/usr/local/sbin',
  '/sbin',
  ...(existsSync(POSTGRES) ? readdirSync(POSTGRES).map((version) => `${POSTGRES}/${version}/bin`) : []),
];
const executable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
const present = (program) => folders.some((folder) => executable(`${folder}/${program}`));
const run = (command, args, cwd) =>
  spawnSync(command, args, {
    ...(cwd && { cwd }),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0;

const root = process.getuid?.() === 0;
const sudo = !root && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
const mayInstall = present('apt-get') && (root || sudo);
const apt = (...args) =>
  mayInstall && run(root ? 'apt-get' : 'sudo', [...(root ? [] : ['-n', 'apt-get']), ...args]);
/** The lists of packages may be missing or old: one more try with new ones. */
const twice = (act) => act() || (apt('update') && act());

function install(packages, works) {
  const manual = `sudo apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (!mayInstall) {
    process.stderr.write(
      `The tests start real servers, and these are missing. Install them first:\n  ${manual}\n`,
    );
    return false;
  }
  process.stderr.write(`installing ${packages.join(' ')} …\n`);
  if (twice(() => apt('install', '-y', '--no-install-recommends', ...packages)) && works()) return true;
  process.stderr.write(`Could not install them. Install them by hand:\n  ${manual}\n`);
  return false;
}

function unpack(name) {
  process.stderr.write(`unpacking ${name} …\n`);
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(`${CACHE}/${name}-`);
  const fetched = twice(() => run('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', name], folder));
  const [archive] = readdirSync(folder).filter((file) => file.endsWith('.deb'));
  if (fetched && archive && run('dpkg', ['-x', archive, 'files'], folder)) {
    rmSync(`${CACHE}/${name}`, { recursive: true, force: true });
    renameSync(`${folder}/files`, `${CACHE}/${name}`);
  }
  rmSync(folder, { recursive: true, force: true });
  if (executable(`${CACHE}/${name}/${unpacked[name].program}`)) return true;
  process.stderr.write(
    `Could not unpack it. By hand, in ${CACHE}:\n  apt-get download ${name} && dpkg -x ${name}_*.deb ${name}\n`,
  );
  return false;
}

const linked = (path) => {
  const { stdout, status } = spawnSync('ldd', [path], { encoding: 'utf8' });
  return status === 0 && !stdout.includes('not found');
};

const missing = Object.entries(servers).filter(([, program]) => !present(program));
if (missing.length > 0) {
  const works = () => missing.every(([, program]) => present(program));
  if (
    !install(
      missing.map(([name]) => name),
      works,
    )
  )
    process.exitCode = 1;
}
for (const [name, { program, libraries }] of Object.entries(unpacked)) {
  const path = `${CACHE}/${name}/${program}`;
  if (!executable(path) && !unpack(name)) process.exitCode = 1;
  else if (!linked(path) && !install(libraries, () => linked(path))) process.exitCode = 1;
}
