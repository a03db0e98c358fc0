/**
 * What was in the samples where nothing else can be said of them: plain text, or ids that a store resolves.
 * Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { Slug } from './findings.ts';
import type { CredentialsSeen } from './observe.ts';
import type { Group } from './population.ts';
import { count, list, sum } from './words.ts';

/** For samples of which no other fact came; silent when there were none. */
export function* examineContent({ before, after }: CredentialsSeen): Generator<Fact<Slug>> {
  const groups = [...(before?.groups ?? []), ...(after?.groups ?? [])];
  if (groups.length === 0) return;
  const files = list([...(before?.files ?? []), ...(after?.files ?? [])]);
  const plain = groups.filter((group) => group.format === 'plain');
  if (plain.length === groups.length) {
    yield {
      slug: 'no-credential',
      detail: `${files}: ${count(sum(plain), 'value')} of plain text (${names(plain)}), and no token, no signed value and no session id among them`,
    };
    return;
  }
  const others = groups.filter((group) => !plain.includes(group));
  yield {
    slug: 'nothing-to-check',
    detail: `${files}: ${count(sum(others), 'value')} (${names(others)}: ${kinds(others)}) without signature, issuer or times to check`,
  };
}

/** Other sites of a recording, whose cookies were not looked at. */
export function* examineLeftOut({ leftOut }: CredentialsSeen): Generator<Fact<Slug>> {
  const all = leftOut.reduce((total, { cookies }) => total + cookies, 0);
  if (all === 0) return;
  const sites = (get: (one: (typeof leftOut)[number]) => string) => list([...new Set(leftOut.map(get))]);
  yield {
    slug: 'site-left-out',
    detail: `${count(all, 'cookie')} of ${sites(({ site }) => site)}; the app’s site was taken to be ${sites(({ own }) => own)}`,
  };
}

function names(groups: readonly Group[]): string {
  return list([...new Set(groups.map((group) => group.name ?? 'without a name'))]);
}

function kinds(groups: readonly Group[]): string {
  return [
    ...new Set(
      groups.map((group) => (group.shape === null ? group.format : `${group.format} ${group.shape}`)),
    ),
  ]
    .slice(0, 5)
    .join(', ');
}
