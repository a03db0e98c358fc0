/**
 * The observations that would change the ranking most: the expected drop of entropy over the causes, for
 * every probe that did not look, every part that a probe was not given, and every one of the six facts
 * that nobody told. What each answer is expected to be follows from the ranking as it stands.
 *
 * @module
 */
import { type Cause, STRENGTH_BITS, type Weight } from '../causes/cause.ts';
import type { NextQuestion, Outcome, RankedCause, Vote } from '../model.ts';
import { probes } from '../probes/index.ts';
import type { AnyProbe } from '../probes/probe.ts';
import { patterns, sixFacts, symptoms } from '../probes/symptoms.ts';
import { notLookedAt } from './exit-code.ts';
import { missingParts } from './parts.ts';
import { bitsOf, howElse, probeOf, reaches } from './rank.ts';

/** Less than this is not worth an operator's minute. Bits of entropy over all causes. */
const WORTH_ASKING = 0.1;

/** Asked otherwise, or derived from what the others see: nobody can look there. */
const DERIVED: readonly string[] = [symptoms.id, 'vantage', 'clocks'];

/** What one answer says: a code, and which share of its weight counts (part of a pattern of answers). */
interface Said {
  readonly code: string;
  readonly share: number;
}

/** Something that could be asked. */
interface Candidate {
  readonly question: string;
  readonly enable: string;
  /** What may come back; of each probe only the strongest of what is said counts. */
  readonly answers: readonly (readonly Said[])[];
  /** How likely each answer is when only this cause is true, or none (`undefined`). Sums to 1. */
  expected(cause: Cause | undefined): readonly number[];
}

/** What was asked for, and what it could be weighed with. */
export interface Known {
  readonly causes: readonly Cause[];
  readonly ranked: readonly RankedCause[];
  readonly outcomes: readonly Outcome[];
  /** Somebody said when it began. */
  readonly dated: boolean;
  readonly isWeakness: (code: string) => boolean;
}

/** The best question with the second best behind it, or null when nothing left unasked would change much. */
export function nextQuestion(known: Known): NextQuestion | null {
  const open = openCauses(known);
  const [best, second] = [...openProbes(known), ...openParts(known), ...untoldFacts(known)]
    .map((candidate) => ({ candidate, gain: gainOf(candidate, open) }))
    .filter(({ gain }) => gain.total >= WORTH_ASKING)
    .toSorted((a, b) => b.gain.total - a.gain.total)
    .map(({ candidate: { question, enable }, gain }) => ({
      question,
      enable,
      wouldSettle: gain.moved
        .filter(({ by }) => by > 0)
        .slice(0, 3)
        .map(({ id }) => id),
    }));
  return best ? { ...best, ...(second && { otherwise: second }) } : null;
}

function openProbes(known: Known): Candidate[] {
  return known.outcomes
    .filter((outcome) => outcome.status === 'skipped' || notLookedAt(outcome))
    .filter(({ probe }) => !DERIVED.includes(probe))
    .map((outcome) => {
      const probe: AnyProbe | undefined = probes.find((candidate) => candidate.id === outcome.probe);
      const codes = Object.keys(probe?.findings ?? {}).map((slug) => `${outcome.probe}/${slug}`);
      return look(probe?.asks ?? outcome.probe, enableOf(outcome), codes, known);
    });
}

function enableOf(outcome: Outcome): string {
  return outcome.status === 'skipped' ? outcome.enable : howElse(outcome);
}

function openParts(known: Known): Candidate[] {
  return missingParts(known.outcomes, known.dated).map(({ question, enable, tells }) =>
    look(question, enable, tells, known),
  );
}

/**
 * A look at a system: where a cause is true, the strongest sign of it is expected to be found; where none
 * of those that it can see is, it is expected to state health.
 */
function look(question: string, enable: string, codes: readonly string[], known: Known): Candidate {
  const counting = codes.filter((code) => !known.isWeakness(code));
  const signOf = (cause: Cause): Said | undefined => {
    const [code] = counting
      .filter((one) => weightOf(cause, one) > 0)
      .toSorted((a, b) => weightOf(cause, b) - weightOf(cause, a));
    return code === undefined ? undefined : { code, share: 1 };
  };
  const signs = known.causes.flatMap((cause) => {
    const sign = signOf(cause);
    return sign ? [{ id: cause.id, sign }] : [];
  });
  const spokenOf = new Set(signs.map(({ sign }) => sign.code));
  const health = counting
    .filter((code) => !spokenOf.has(code) && known.causes.some((cause) => weightOf(cause, code) < 0))
    .map((code): Said => ({ code, share: 1 }));
  return {
    question,
    enable,
    answers: [health, ...signs.map(({ sign }) => [sign])],
    expected: (cause) => {
      const at = signs.findIndex(({ id }) => id === cause?.id);
      return [at < 0 ? 1 : 0, ...signs.map((_, index) => (index === at ? 1 : 0))];
    },
  };
}

/** Each of the six facts that nobody told yet. */
function untoldFacts({ outcomes, causes }: Known): Candidate[] {
  const turn = outcomes.find((outcome) => outcome.probe === symptoms.id);
  if (!turn) return [];
  const told = turn.status === 'ran' ? turn.findings.map(({ code }) => code) : [];
  return Object.entries(sixFacts)
    .filter(([name]) => !told.some((code) => code.startsWith(`${symptoms.id}/${name}-`)))
    .map(([name, { asks, values }]) => {
      const answers = values.map((value) => saidBy(name, value, told));
      return {
        question: asks,
        enable: `--symptom ${name}=${values.join('|')}`,
        answers,
        expected: (cause) => {
          const odds = answers.map((said) => 2 ** leaning(cause, said, causes));
          const all = odds.reduce((sum, each) => sum + each, 0);
          return odds.map((each) => each / all);
        },
      };
    });
}

/** How far a world leans towards an answer, in bits. What proves one cause is rarely said in another’s world. */
function leaning(cause: Cause | undefined, said: readonly Said[], causes: readonly Cause[]): number {
  const of = (one: Cause): number => said.reduce((sum, each) => strongerOf(sum, shareOf(one, each)), 0);
  const proof = Math.max(0, ...causes.map(of));
  const own = cause ? of(cause) : 0;
  return proof >= STRENGTH_BITS.decisive && own < proof ? -proof : own;
}

/** What one answer says, alone and as part of the patterns that it may complete. */
function saidBy(name: string, value: string, told: readonly string[]): readonly Said[] {
  const completed = Object.entries(patterns).flatMap(([slug, parts]): Said[] => {
    const needed = Object.entries(parts);
    if (!needed.some(([part, wanted]) => part === name && wanted === value)) return [];
    const missing = needed.filter(([part, wanted]) => !told.includes(`${symptoms.id}/${part}-${wanted}`));
    const spoilt = missing.some(([part]) => told.some((code) => code.startsWith(`${symptoms.id}/${part}-`)));
    // The fewer answers a pattern still lacks, the more this one is worth.
    return spoilt ? [] : [{ code: `${symptoms.id}/${slug}`, share: 1 / missing.length }];
  });
  return [{ code: `${symptoms.id}/${name}-${value}`, share: 1 }, ...completed];
}

/** The causes that are still open. One already ruled out is not reopened, and a confirmed one needs no more. */
function openCauses({ causes, ranked }: Known): readonly Open[] {
  // Once a cause is confirmed, only what is still open beside it is worth an operator's minute.
  const settled = ranked[0]?.verdict === 'confirmed';
  return causes.flatMap((cause): Open[] => {
    const now = ranked.find(({ id }) => id === cause.id);
    if (!now || now.verdict === 'ruled-out' || now.verdict === 'confirmed') return [];
    return settled && !reaches(now.verdict, 'possible') ? [] : [{ cause, now }];
  });
}

interface Open {
  readonly cause: Cause;
  readonly now: RankedCause;
}

interface Gain {
  /** Expected drop of entropy, in bits. */
  readonly total: number;
  /** By how much each cause's share is expected to move, most first. */
  readonly moved: readonly { readonly id: string; readonly by: number }[];
}

/** What asking is expected to tell about which open cause it is, if any. */
function gainOf({ answers, expected }: Candidate, open: readonly Open[]): Gain {
  const now = shares(open.map((one) => one.now.bits));
  const worlds = [undefined, ...open.map(({ cause }) => cause)].map(expected);
  const moved = open.map(() => 0);
  let left = 0;
  for (const [index, said] of answers.entries()) {
    const chance = worlds.reduce((sum, likely, world) => sum + (now[world] ?? 0) * (likely[index] ?? 0), 0);
    const then = shares(open.map((one) => heard(one.cause, one.now, said)));
    left += chance * entropy(then);
    for (const at of moved.keys())
      moved[at] = (moved[at] ?? 0) + chance * Math.abs((then[at + 1] ?? 0) - (now[at + 1] ?? 0));
  }
  return {
    total: entropy(now) - left,
    moved: open.map(({ cause: { id } }, at) => ({ id, by: moved[at] ?? 0 })).toSorted((a, b) => b.by - a.by),
  };
}

/** How likely it is that it is none of them, and then each of them, when it is one at most. Sums to 1. */
function shares(bits: readonly number[]): readonly number[] {
  const odds = [1, ...bits.map((each) => 2 ** each)];
  const all = odds.reduce((sum, each) => sum + each, 0);
  return odds.map((each) => each / all);
}

/** The bits of a cause after an answer: per probe and side only what is stronger than what was said counts. */
function heard(cause: Cause, now: RankedCause, said: readonly Said[]): number {
  const perProbe = new Map<string, { more: number; less: number }>();
  for (const one of said) {
    const bits = shareOf(cause, one);
    const known = perProbe.get(probeOf(one.code)) ?? { more: 0, less: 0 };
    perProbe.set(probeOf(one.code), {
      more: Math.max(known.more, bits),
      less: Math.min(known.less, bits),
    });
  }
  let bits = now.bits;
  for (const [probe, { more, less }] of perProbe)
    bits += Math.max(0, more - votedBy(now.for, probe)) + Math.min(0, less - votedBy(now.against, probe));
  return bits;
}

function votedBy(votes: readonly Vote[], probe: string): number {
  return votes.find(({ code }) => probeOf(code) === probe)?.bits ?? 0;
}

function shareOf(cause: Cause, { code, share }: Said): number {
  return weightOf(cause, code) * share;
}

function weightOf(cause: Cause, code: string): number {
  const signals: Readonly<Record<string, Weight | undefined>> = cause.signals;
  const weight = signals[code];
  return weight === undefined ? 0 : bitsOf(weight);
}

function strongerOf(a: number, b: number): number {
  return Math.abs(b) > Math.abs(a) ? b : a;
}

function entropy(chances: readonly number[]): number {
  return chances.reduce((sum, chance) => (chance > 0 ? sum - chance * Math.log2(chance) : sum), 0);
}
