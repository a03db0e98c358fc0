// `npm run score`: prints the figures; exits 1 when a ranking is wrong.
import { score } from './score.js';

const { reliability, wrong, ...figures } = score();
for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(12)} ${value}\n`);
process.stdout.write('\nstated confidence, forecasts, mean stated, share true\n');
for (const row of reliability)
  process.stdout.write(
    `  ${row.band.padEnd(8)} ${String(row.forecasts).padStart(5)}  ${row.stated ?? '-'}  ${row.true ?? '-'}\n`,
  );
for (const line of wrong) process.stdout.write(`wrong: ${line}\n`);
process.exitCode = wrong.length === 0 ? 0 : 1;
