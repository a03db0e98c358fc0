/**
 * A cause's steps, made concrete by what was found: the key's name, the host, the exact line to send.
 *
 * @module
 */
import { STRENGTH_BITS } from '../causes/cause.ts';
import type { Finding, FindingDoc, RankedCause } from '../model.ts';
import { probes } from '../probes/index.ts';
import type { AnyProbe } from '../probes/probe.ts';
import { probeOf } from './rank.ts';

/** `{the old secret|credentials/verifies-previous-only}`: words, and the codes whose subjects name them. */
const NAMED = /\{([^{}|]{1,80})\|([^{}|]{1,200})\}/g;
/** A step names so many; the findings hold them all. */
const MOST_NAMES = 3;
/** More than this many extra steps would push the cause's own off the screen. */
const MOST_FIXES = 2;
/** Where the cause's own steps turn from repair to words for users and what to watch. */
const AFTERWARDS = /^(?:Tell users|Watch )/;

/** Fills the names into a line: `the old secret (v1)`; without findings only the words stay. */
export function named(line: string, findings: readonly Finding[] = []): string {
  return line.replace(NAMED, (_, words: string, codes: string) => {
    const wanted = codes.trim().split(/\s+/);
    const subjects = findings.filter(({ code, subject }) => subject && wanted.includes(code));
    const names = [...new Set(subjects.map(({ subject }) => unquoted(subject)))].slice(0, MOST_NAMES);
    return names.length === 0 ? words : `${words} (${names.join(', ')})`;
  });
}

function unquoted(name: string | undefined): string {
  return (name ?? '').replace(/^"([^"]*)"$/, '$1');
}

/** The finding codes that a line's names come from. */
export function codesIn(line: string): readonly string[] {
  return [...line.matchAll(NAMED)].flatMap(([, , codes = '']) => codes.trim().split(/\s+/));
}

/**
 * The cause with names filled in, and with the fixes of those findings that speak strongly for it set
 * before its words for users, unless a step already names what they found. Steps of a cause that nothing speaks for stay general.
 */
export function advised(cause: RankedCause, findings: readonly Finding[]): RankedCause {
  const fill = (lines: readonly string[]): readonly string[] => lines.map((line) => named(line, findings));
  const doNow = fill(cause.doNow);
  const at = doNow.findIndex((line) => AFTERWARDS.test(line));
  return {
    ...cause,
    doNow: doNow.toSpliced(at < 0 ? doNow.length : at, 0, ...fixesFor(cause, findings)),
    doNot: fill(cause.doNot),
    prevent: fill(cause.prevent),
    confirmWith: fill(cause.confirmWith),
  };
}

function fixesFor(cause: RankedCause, findings: readonly Finding[]): string[] {
  const covered = new Set(cause.doNow.flatMap(codesIn));
  const fixes = cause.for.flatMap((vote) => {
    const found = findings.filter(({ code }) => code === vote.code);
    // A line made for just this finding says more than any step that names it.
    const exact = found.filter(isExact);
    if (exact.length > 0) return vote.bits >= STRENGTH_BITS.weak ? exact : [];
    if (vote.bits < STRENGTH_BITS.strong || covered.has(vote.code)) return [];
    return found.filter(({ detail }) => detail === vote.detail);
  });
  const steps = [...new Set(fixes.flatMap(({ fix }) => fix ?? []))].slice(0, MOST_FIXES);
  return steps.map((step) => {
    const subjects = fixes.flatMap(({ fix, subject }) =>
      fix === step && subject ? [unquoted(subject)] : [],
    );
    const names = [...new Set(subjects)].slice(0, MOST_NAMES);
    return `As found${names.length > 0 ? ` (${names.join(', ')})` : ''}: ${begun(step)}`;
  });
}

/** Catalogues begin a step in either way; a list of steps begins them alike. Code at the beginning stays. */
function begun(step: string): string {
  return /^[a-z]+,? /.test(step) ? `${step[0]?.toUpperCase() ?? ''}${step.slice(1)}` : step;
}

function isExact({ code, fix }: Finding): boolean {
  const probe: AnyProbe | undefined = probes.find(({ id }) => id === probeOf(code));
  const doc: FindingDoc | undefined = probe?.findings[code.slice(code.indexOf('/') + 1)];
  return fix !== undefined && doc !== undefined && fix !== doc.fix;
}
