// How well the ranking names the cause of each recorded incident: AC@1, AC@3, MRR, false alarms, Brier
// score and a reliability table. Works on the built code and fixtures/incidents/index.json.
import { readFileSync } from 'node:fs';
import { readEvidence, reportOf } from '../../dist/index.js';

const folder = new URL('../../fixtures/incidents/', import.meta.url);
const LIKELY = ['confirmed', 'likely'];

/** The index: which incidents there are and what is true of each (`causes` is empty for healthy ones). */
export function incidents() {
  return JSON.parse(readFileSync(new URL('index.json', folder), 'utf8'));
}

/** The report of one recorded incident. */
export function diagnose(name) {
  return reportOf(readEvidence(readFileSync(new URL(`${name}.json`, folder), 'utf8'), name));
}

/** All figures over the recorded and written incidents. */
export function score() {
  return figuresOf(incidents(), ({ name }) => diagnose(name));
}

/**
 * The figures over any incidents, whose reports `reportFor` gives; `wrong` names each that is not right, and
 * why. With two causes in an incident, AC@1 asks for one of them first and AC@3 for both among three.
 */
export function figuresOf(list, reportFor) {
  const wrong = [];
  const forecasts = [];
  let first = 0;
  let third = 0;
  let reciprocal = 0;
  let sick = 0;
  let falseAlarms = 0;
  for (const incident of list) {
    const { name, causes, plausible = [] } = incident;
    const report = reportFor(incident);
    for (const cause of report.causes)
      if (cause.verdict !== 'untested')
        forecasts.push({ confidence: cause.confidence, truth: causes.includes(cause.id) ? 1 : 0 });
    const alarms = report.causes.filter(
      ({ verdict, id }) => LIKELY.includes(verdict) && !causes.includes(id) && !plausible.includes(id),
    );
    for (const alarm of alarms) wrong.push(`${name}: ${alarm.id} is called ${alarm.verdict}`);
    if (causes.length === 0) {
      falseAlarms += alarms.length > 0 ? 1 : 0;
      continue;
    }
    sick += 1;
    const ranks = causes.map((id) => report.causes.find((cause) => cause.id === id)?.rank ?? Infinity);
    const best = Math.min(...ranks);
    first += best === 1 ? 1 : 0;
    third += ranks.every((rank) => rank <= 3) ? 1 : 0;
    reciprocal += 1 / best;
    if (best !== 1)
      wrong.push(`${name}: ${causes.join(', ')} ranked ${ranks.join(', ')}; first is ${report.causes[0].id}`);
  }
  const round = (value) => Math.round(value * 1000) / 1000;
  return {
    incidents: list.length,
    sick,
    'AC@1': round(first / sick),
    'AC@3': round(third / sick),
    MRR: round(reciprocal / sick),
    falseAlarms,
    brier: round(
      forecasts.reduce((sum, { confidence, truth }) => sum + (confidence - truth) ** 2, 0) / forecasts.length,
    ),
    reliability: reliability(forecasts),
    wrong,
  };
}

/** Per band of stated confidence: how many forecasts, the mean stated and the share that was true. */
function reliability(forecasts) {
  return [0, 0.1, 0.3, 0.5, 0.7, 0.9].map((from, index, bands) => {
    const to = bands[index + 1] ?? 1.0001;
    const inside = forecasts.filter(({ confidence }) => confidence >= from && confidence < to);
    const mean = (key) =>
      inside.length === 0
        ? null
        : Math.round((inside.reduce((sum, one) => sum + one[key], 0) / inside.length) * 100) / 100;
    return {
      band: `${from}–${Math.min(1, to)}`,
      forecasts: inside.length,
      stated: mean('confidence'),
      true: mean('truth'),
    };
  });
}
