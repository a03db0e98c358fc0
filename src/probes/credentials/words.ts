/**
 * Numbers and lists as words, for details of findings.
 *
 * @module
 */
import type { Group } from './population.ts';

/** `1 token`, `12 tokens`, `1,200,000 tokens`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/** `all 12 tokens`, `3 of 12 tokens`, `the only token`. */
export function tell(part: number, all: number, noun: string): string {
  if (part === all) return all === 1 ? `the only ${noun}` : `all ${count(all, noun)}`;
  return `${part.toLocaleString('en')} of ${count(all, noun)}`;
}

/** Up to five, quoted: `"a", "b" and 3 more`. */
export function list(names: readonly (string | null)[]): string {
  const shown = names.slice(0, 5).map((name) => `"${name ?? '(none)'}"`);
  return names.length > 5 ? `${shown.join(', ')} and ${names.length - 5} more` : shown.join(', ');
}

/** What a check takes beside the key, and how to tell it. */
export function lackWords(lacks: string): string {
  const words = {
    salt: 'a salt of the app’s own, if it set one: the framework’s default and, for a cookie of Django, its name were tried',
    purpose: 'the application name (or content root) that its purposes begin with',
    'password hash': 'the password hash that is stored of the user',
  }[lacks];
  return `${words ?? lacks} (credentials.salts in sessdoctor.yaml)`;
}

/** How many credentials the groups hold. */
export function sum(groups: readonly Group[]): number {
  return groups.reduce((total, group) => total + group.count, 0);
}

/** Groups with one verdict. */
export function of(groups: readonly Group[], verified: string): Group[] {
  return groups.filter((group) => group.verified === verified);
}

/** The name of the key that verified a group. */
export function secretName(group: Group | undefined): string {
  return `"${group?.key ?? '?'}"`;
}

/** Seconds since 1970 as ISO 8601 without a fraction; an impossible time as the number. */
export function isoSeconds(seconds: number): string {
  const date = new Date(Math.round(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString().replace('.000Z', 'Z');
}
