// Start-up of the built bin against an empty Node process: whole processes, interleaved.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/sessdoctor.js', import.meta.url));
const RUNS = 40;

/** Wall-clock ms of one whole process. */
function once(args) {
  const started = performance.now();
  const { status, error } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (error || status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status ?? error}`);
  return performance.now() - started;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Lines: medians in ms and the ratio of medians; `--help` should stay at or under 1.5. */
export async function bench() {
  const rows = {
    'node -e 0': ['-e', '0'],
    '--help': [bin, '--help'],
    '--version': [bin, '--version'],
    demo: [bin, 'demo'],
  };
  const taken = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
  for (let run = -2; run < RUNS; run++)
    for (const [name, args] of Object.entries(rows)) {
      const ms = once(args);
      if (run >= 0) taken[name].push(ms);
    }
  const floor = median(taken['node -e 0']);
  return Object.entries(taken).map(([name, values]) => {
    const ms = median(values);
    return `${name.padEnd(12)} ${ms.toFixed(1).padStart(7)} ms   ${(ms / floor).toFixed(2)} × node -e 0   (${RUNS} runs)`;
  });
}
