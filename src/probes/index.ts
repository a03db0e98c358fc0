/**
 * THE SEQUENCE: the probes in the order in which they run. A probe that is not listed here does not exist.
 *
 * @module
 */
import { type AnyProbe } from './probe.ts';
import { clock } from './clock/index.ts';
import { cookies } from './cookies/index.ts';
import { clocks } from './clocks/index.ts';
import { database } from './database/index.ts';
import { credentials } from './credentials/index.ts';
import { redis } from './redis/index.ts';
import { replay } from './replay/index.ts';
import { provider } from './provider/index.ts';
import { edge } from './edge/index.ts';
import { symptoms } from './symptoms.ts';
import { vantage } from './vantage.ts';

/** Every probe, in sequence. Later ones may look back at what earlier ones saw. */
export const probes = [
  symptoms,
  clock,
  credentials,
  cookies,
  edge,
  replay,
  redis,
  database,
  provider,
  clocks,
  vantage,
] as const satisfies readonly AnyProbe[];

type Listed = (typeof probes)[number];

export type ProbeId = Listed['id'];

/** Every finding code there is: `<probe>/<slug>`. */
export type Code = {
  [P in Listed as P['id']]: `${P['id']}/${Extract<keyof P['findings'], string>}`;
}[ProbeId];
