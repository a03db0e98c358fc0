/**
 * What `decode` found, for a terminal: a card for each of a few credentials, a table of groups for many.
 *
 * @module
 */
import { formatDuration } from '../config/time.ts';
import type { Decoded } from '../probes/credentials/decoded.ts';
import type { Group, Population, Range } from '../probes/credentials/population.ts';
import { type Page, pageOf } from './page.ts';

export interface DecodeReport {
  /** The first ones, in input order. */
  readonly credentials: readonly Decoded[];
  readonly population: Population;
  /** Corrected time, epoch ms. */
  readonly now: number;
  /** Where the time comes from, in words. */
  readonly clock: string;
}

/** More than this many are summarised. */
export const MOST_CARDS = 12;
const MOST_GROUPS = 24;

/** Renders for a terminal of `columns`. */
export function renderDecode(report: DecodeReport, columns: number, colorLevel: 0 | 1 | 2 | 3): string {
  const page = pageOf(columns, colorLevel);
  const { credentials, population, now } = report;
  // A recording repeats its cookies with every request: one card for equal ones.
  const distinct = new Map(credentials.map((one) => [`${one.name}\0${one.fingerprint}`, one]));
  const few = distinct.size <= MOST_CARDS && population.count === credentials.length;
  if (few) for (const one of distinct.values()) card(page, one, now);
  else summary(page, population, credentials, now);
  page.blank();
  page.put(`times: ${report.clock}`, page.paint.dim);
  return page.text();
}

function card(page: Page, one: Decoded, now: number): void {
  page.blank();
  const title = `${one.name === null ? 'token' : one.name}  ${one.format}${one.sure === 'shape' ? ' (by its shape only)' : ''}`;
  page.put(title, page.paint.bold);
  page.item('is', kindWords(one));
  if (one.alternatives.length > 0) page.item('or', `${one.alternatives.join(', ')}: only a key can tell`);
  const { iss, aud, iat, exp } = one.claims;
  if (iss !== undefined) page.item('by', `${text(iss)}${aud === undefined ? '' : `, for ${text(aud)}`}`);
  if (one.kid !== null) page.item('kid', one.kid);
  const times = [
    typeof iat === 'number' ? `issued ${at(iat, now)}` : '',
    typeof exp === 'number' ? `ends ${at(exp, now)}` : '',
  ].filter(Boolean);
  if (times.length > 0) page.item('time', times.join(', '));
  page.item('key', keyWords(one), one.verified === 'current' ? page.paint.green : undefined);
  for (const problem of one.problems) page.item('!', problem, page.paint.yellow);
}

function kindWords(one: Decoded): string {
  const parts = [
    one.encrypted
      ? 'encrypted'
      : one.signed
        ? 'signed, readable'
        : one.readable
          ? 'readable, not signed'
          : 'not readable: only its store can tell more',
    one.alg,
    one.digest === null ? null : `digest ${one.digest}`,
    one.serializer,
    one.purpose === null ? null : `for ${one.purpose}`,
    `${one.bytes.toLocaleString('en')} bytes`,
    `fingerprint ${one.fingerprint}`,
  ];
  return parts.filter((part): part is string => part !== null).join(', ');
}

function keyWords(one: Decoded): string {
  if (one.verified === 'current') return `verifies with current key "${one.key}" (${one.how})`;
  if (one.verified === 'previous') return `verifies with previous secret "${one.key}" (${one.how}) only`;
  if (!one.signed) return 'nothing to verify';
  return one.verified === 'no'
    ? 'verifies with none of the keys given'
    : 'not checked: no fitting key was given';
}

function summary(page: Page, population: Population, credentials: readonly Decoded[], now: number): void {
  page.put(
    `${population.count.toLocaleString('en')} credentials in ${population.groups.length} groups`,
    page.paint.bold,
  );
  for (const group of population.groups.slice(0, MOST_GROUPS)) groupLine(page, group, now);
  const more = population.groups.length - MOST_GROUPS;
  if (more > 0) page.put(`and ${more} smaller groups (--format json has every credential)`);
  if (population.beyond > 0)
    page.put(
      `${population.beyond.toLocaleString('en')} credentials belong to groups beyond those that are kept`,
    );
  const problems = new Map<string, string>();
  for (const one of credentials)
    for (const problem of one.problems) {
      const slug = problem.split(':')[0] ?? problem;
      if (!problems.has(slug)) problems.set(slug, `${problem} (fingerprint ${one.fingerprint})`);
    }
  if (problems.size > 0) page.heading('DISTINCT PROBLEMS, WITH AN EXAMPLE EACH');
  for (const problem of problems.values()) page.item('!', problem, page.paint.yellow);
}

function groupLine(page: Page, group: Group, now: number): void {
  const parts = [
    group.name ?? (group.count === 1 ? 'token' : 'tokens'),
    group.format,
    group.alg,
    group.kid === null ? null : `kid ${group.kid}`,
    group.iss,
    group.issued ? `issued ${span(group.issued, now)}` : null,
    group.key === null
      ? group.verified === 'no'
        ? 'verifies with no key given'
        : null
      : `verifies with "${group.key}" (${group.verified})`,
    group.problems.length === 0 ? null : group.problems.join(' '),
  ];
  page.item(
    group.count.toLocaleString('en'),
    parts.filter((part): part is string => part !== null).join(', '),
  );
}

function text(value: unknown): string {
  return Array.isArray(value) ? value.join(' ') : typeof value === 'string' ? value : JSON.stringify(value);
}

function span([first, last]: Range, now: number): string {
  return first === last ? at(first, now) : `${at(first, now)} to ${at(last, now)}`;
}

/** A time in seconds as ISO 8601 with its distance from now. */
function at(seconds: number, now: number): string {
  const date = new Date(Math.round(seconds * 1000));
  if (Number.isNaN(date.getTime())) return `${seconds} (no date)`;
  const distance = date.getTime() - now;
  const words = formatDuration(Math.abs(distance));
  return `${date.toISOString().replace('.000Z', 'Z')} (${distance < 0 ? `${words} ago` : `in ${words}`})`;
}
