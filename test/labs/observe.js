// Makes the recorded observations again, from real servers: `npm run observe [NAME…]`.
// Runs the probes' own tests, in which real systems are broken for real, while what each probe sees is
// written down; takes from that what fixtures/observations/index.json names by test and look.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const observations = join(root, 'fixtures', 'observations');
const index = JSON.parse(readFileSync(join(observations, 'index.json'), 'utf8'));
const wanted = Object.entries(index).filter(
  ([name]) => process.argv.length < 3 || process.argv.includes(name, 2),
);
const given = process.env['OBSERVE'];
const folder = given ?? mkdtempSync(join(tmpdir(), 'sessdoctor-observe-'));
if (given === undefined) {
  const run = spawnSync('npx', ['vitest', 'run', '--config', 'test/vitest.config.ts', 'test/probes'], {
    cwd: root,
    env: { ...process.env, OBSERVE: folder },
    stdio: 'inherit',
  });
  if (run.error) throw run.error;
}
const looks = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const missing = [];
for (const [name, { probe, test, look }] of wanted) {
  const found = looks.find((one) => one.probe === probe && one.test === test && one.look === look);
  if (!found) {
    missing.push(name);
    continue;
  }
  const { recordedAt, seen } = found;
  const text = JSON.stringify({ probe, recordedAt, seen }, null, 1)
    .replaceAll(folder, '/tmp/lab')
    .replaceAll(tmpdir(), '/tmp');
  writeFileSync(join(observations, `${name}.json`), `${text}\n`);
}
if (given === undefined) rmSync(folder, { recursive: true });
process.stdout.write(`${wanted.length - missing.length} observations written\n`);
for (const name of missing) process.stderr.write(`not made: ${name}\n`);
process.exitCode = missing.length === 0 ? 0 : 1;
