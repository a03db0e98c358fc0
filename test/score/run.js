// `npm run score`: prints the figures; exits 1 when a ranking is wrong.
import { readFileSync } from 'node:fs';
import { score } from './score.js';

const { reliability, wrong, ...figures } = score();
for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(12)} ${value}\n`);
process.stdout.write('\nstated confidence, forecasts, mean stated, share true\n');
for (const row of reliability)
  process.stdout.write(
    `  ${row.band.padEnd(8)} ${String(row.forecasts).padStart(5)}  ${row.stated ?? '-'}  ${row.true ?? '-'}\n`,
  );
const heldOut = JSON.parse(
  readFileSync(new URL('../../fixtures/incidents/held-out.json', import.meta.url), 'utf8'),
);
process.stdout.write(
  '\nheld out (no weight was chosen by these; kept true by test/score/held-out.test.ts)\n',
);
const { facts, questions, ...sets } = heldOut;
for (const [set, its] of Object.entries(sets))
  process.stdout.write(
    `  ${set.padEnd(8)} incidents ${its.incidents}  AC@1 ${its['AC@1']}  AC@3 ${its['AC@3']}  MRR ${its.MRR}  alarms beside the cause ${its.alarms}  false alarms ${its.falseAlarms}  brier ${its.brier}\n`,
  );
process.stdout.write(
  `  facts    incidents ${facts.incidents}  AC@1 ${facts['AC@1']}  AC@3 ${facts['AC@3']}  AC@5 ${facts['AC@5']}  MRR ${facts.MRR}  alarms ${facts.alarms}  (what was told in public, nothing looked at)\n`,
);
process.stdout.write(
  `  next     incidents ${questions.incidents}  asks for the probe that settles it first ${questions.first}, first or second ${questions.firstTwo}  (told facts only, nine probes to choose from)\n`,
);
for (const line of wrong) process.stdout.write(`wrong: ${line}\n`);
process.exitCode = wrong.length === 0 ? 0 : 1;
