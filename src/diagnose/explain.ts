/**
 * What the tool knows about one cause or one finding code, apart from any run.
 *
 * @module
 */
import type { Cause, Weight } from '../causes/cause.ts';
import { type Incident, incidentsOf } from '../causes/incidents.ts';
import { causes } from '../causes/index.ts';
import type { FindingDoc, Level } from '../model.ts';
import { probes } from '../probes/index.ts';
import type { AnyProbe } from '../probes/probe.ts';
import { named } from './advice.ts';
import { bitsOf } from './rank.ts';

/** A finding code and how much it says about a cause. */
export interface Sign {
  readonly code: string;
  readonly title: string;
  readonly bits: number;
}

/** A cause and how much a code says about it. */
export interface Bearing {
  readonly cause: string;
  readonly title: string;
  readonly bits: number;
}

export interface CauseExplanation {
  readonly kind: 'cause' | 'amplifier';
  readonly id: string;
  readonly title: string;
  readonly hop: string;
  readonly problem: string;
  /** What speaks for it and against it, strongest first. */
  readonly shows: readonly Sign[];
  readonly against: readonly Sign[];
  readonly confirm: readonly string[];
  readonly fix: readonly string[];
  readonly doNot: readonly string[];
  readonly prevention: readonly string[];
  readonly incidents: readonly Incident[];
}

export interface CodeExplanation {
  readonly kind: 'finding';
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  /** The probe's question, which the finding is an answer to. */
  readonly asks: string;
  readonly problem: string;
  readonly fix: string | null;
  /** `weakness`: never raises a cause; `blind`: the target could not be looked at. */
  readonly nature: 'weakness' | 'blind' | 'evidence';
  readonly bearings: readonly Bearing[];
}

export type Explanation = CauseExplanation | CodeExplanation;

/** Everything `explain` knows by name: cause ids first, then codes in the order of the probes. */
export function explainable(): readonly string[] {
  return [...causes.map((cause) => cause.id), ...codes().map(({ code }) => code)];
}

/** The explanation of a cause id or a finding code, or undefined when there is none of that name. */
export function explain(name: string): Explanation | undefined {
  const cause = causes.find((each) => each.id === name);
  if (cause) return explainCause(cause);
  const found = codes().find(({ code }) => code === name);
  return found && explainCode(found);
}

interface Known {
  readonly code: string;
  readonly doc: FindingDoc;
  readonly probe: AnyProbe;
}

function codes(): readonly Known[] {
  return (probes as readonly AnyProbe[]).flatMap((probe) =>
    Object.entries(probe.findings).map(([slug, doc]) => ({ code: `${probe.id}/${slug}`, doc, probe })),
  );
}

function signalsOf(cause: Cause): readonly (readonly [code: string, bits: number])[] {
  const entries = Object.entries(cause.signals) as readonly (readonly [string, Weight])[];
  return entries.map(([code, weight]) => [code, bitsOf(weight)]);
}

function explainCause(cause: Cause): CauseExplanation {
  const known = codes();
  const signs = signalsOf(cause)
    .map(([code, bits]) => ({
      code,
      title: known.find((each) => each.code === code)?.doc.title ?? code,
      bits,
    }))
    .sort((a, b) => Math.abs(b.bits) - Math.abs(a.bits));
  return {
    kind: cause.kind ?? 'cause',
    id: cause.id,
    title: cause.title,
    hop: cause.hop,
    problem: cause.story,
    shows: signs.filter((sign) => sign.bits > 0),
    against: signs.filter((sign) => sign.bits < 0),
    confirm: cause.confirmWith.map((line) => named(line)),
    fix: cause.doNow.map((line) => named(line)),
    doNot: cause.doNot.map((line) => named(line)),
    prevention: cause.prevent.map((line) => named(line)),
    incidents: incidentsOf(cause.id),
  };
}

function explainCode({ code, doc, probe }: Known): CodeExplanation {
  const bearings = causes.flatMap((cause) =>
    signalsOf(cause)
      .filter(([known]) => known === code)
      .map(([, bits]) => ({ cause: cause.id, title: cause.title, bits })),
  );
  return {
    kind: 'finding',
    id: code,
    title: doc.title,
    level: doc.level,
    asks: probe.asks,
    problem: doc.why,
    fix: doc.fix ?? null,
    nature: doc.weakness ? 'weakness' : doc.blind ? 'blind' : 'evidence',
    bearings: bearings.sort((a, b) => b.bits - a.bits),
  };
}
