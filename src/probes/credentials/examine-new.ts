/**
 * What the keys of credentials issued since say: whether the instances that issued them agree. Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import { type Age, type Aged, agesOf } from './ages.ts';
import { alike, isAsymmetric, isUsual } from './alike.ts';
import type { Slug } from './findings.ts';
import type { Group } from './population.ts';
import { count, of, secretName, sum } from './words.ts';

/** Facts about who signs now. `before` tells what was so already; `since` when it began, epoch ms. */
export function* examineNew(
  before: readonly Group[],
  after: readonly Group[],
  since: number | null,
): Generator<Fact<Slug>> {
  yield* split(before, after, since);
  yield* newlines(before, after);
}

function* split(
  before: readonly Group[],
  after: readonly Group[],
  since: number | null,
): Generator<Fact<Slug>> {
  const bySecret = after.filter((group) => group.key !== null && !isAsymmetric(group));
  let agreed = 0;
  let disagreed = false;
  for (const [index, first] of bySecret.entries()) {
    if (bySecret.findIndex((group) => alike(group, first)) !== index) continue;
    const like = bySecret.filter((group) => alike(group, first));
    const ages = agesOf(like, since);
    const same = like.filter((group) => ages.get(group)?.age !== 'older');
    const unverified = of(after, 'no').filter(
      (group) =>
        alike(group, first) &&
        agesOf([...of(like, 'current'), group], null).get(group)?.age !== 'older' &&
        !isUsual(group, before, after),
    );
    const keys = new Map<string, number>();
    for (const group of same) keys.set(keyOf(group), (keys.get(keyOf(group)) ?? 0) + group.count);
    const subject = first.name ?? first.format;
    const counted = [...keys].map(([key, number]) => `${number} verify with ${key}`).join(', ');
    const split = keys.size > 1 && !wasSo(keys, first, before);
    if (split) yield { subject, ...told(same, ages, counted) };
    if (unverified.length > 0)
      yield {
        slug: 'split-unverified',
        subject,
        detail: `from after: ${counted}, ${sum(unverified)} with no key that was given`,
      };
    disagreed ||= split || unverified.length > 0;
    agreed += sum(same);
  }
  if (agreed > 1 && !disagreed)
    yield {
      slug: 'same-key-after',
      detail: `all ${count(agreed, 'credential')} from after that could be checked agree in their key`,
    };
}

/** Which of the splits it is: the surest that any of those that are not under the newest key shows. */
function told(
  same: readonly Group[],
  ages: ReadonlyMap<Group, Aged>,
  counted: string,
): Pick<Fact<Slug>, 'slug' | 'detail'> {
  const of = (age: Age) => same.map((group) => ages.get(group)).find((one) => one?.age === age);
  for (const [age, slug] of [
    ['fresh', 'split-keys'],
    ['said to be fresh', 'keys-differ-after'],
    ['left over', 'split-with-previous'],
  ] as const) {
    const found = of(age);
    if (found) return { slug, detail: `from after: ${counted}; ${found.words}` };
  }
  return { slug: 'split-keys', detail: `from after: ${counted}` };
}

/** A key in one reading of it, in words. */
function keyOf(group: Group): string {
  return `${secretName(group)} (${group.how ?? 'as it is'})`;
}

/** Two current secrets that signed side by side before it began as well serve two uses; nobody disagrees. */
function wasSo(keys: ReadonlyMap<string, number>, like: Group, before: readonly Group[]): boolean {
  const old = new Set(
    of(before, 'current')
      .filter((group) => alike(group, like))
      .map(keyOf),
  );
  return [...keys.keys()].every((key) => old.has(key));
}

function* newlines(before: readonly Group[], after: readonly Group[]): Generator<Fact<Slug>> {
  const found = [...before, ...after].filter((group) => group.how?.includes('newline'));
  if (found.length === 0) return;
  const detail = `${count(sum(found), 'credential')} verify with ${secretName(found[0])} followed by a newline, not with the secret itself`;
  // Where old and new ones alike do, the newline is part of the app's secret, and nothing is wrong with that.
  const always = [before, after].every(
    (groups) =>
      groups.some((group) => found.includes(group)) &&
      groups.every((group) => found.includes(group) || group.key !== found[0]?.key),
  );
  const fails = [...of(before, 'no'), ...of(after, 'no')].some((group) =>
    found.some((one) => alike(one, group)),
  );
  yield { slug: always && !fails ? 'newline-everywhere' : 'newline-in-secret', detail };
}
