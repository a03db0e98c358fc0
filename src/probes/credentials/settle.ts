/**
 * What some credentials of a run tell of the others. Pure.
 *
 * @module
 */
import { alike } from './alike.ts';
import type { CredentialsSeen } from './observe.ts';
import type { Group, Population } from './population.ts';

/**
 * Where one cookie of a name verifies without a salt or purpose of the app's own, the others of that name
 * take none either: a key that does not fit them is another key, not one that lacks something. Tokens have
 * no name to go by, and a password hash is each user's own.
 */
export function settled(seen: CredentialsSeen): CredentialsSeen {
  const proved = [...(seen.before?.groups ?? []), ...(seen.after?.groups ?? [])].filter(
    (group) => group.name !== null && group.key !== null,
  );
  const settle = (group: Group): Group =>
    (group.lacks === 'salt' || group.lacks === 'purpose') && proved.some((one) => alike(one, group))
      ? { ...group, verified: 'no', lacks: null }
      : group;
  const all = (population: Population | null) =>
    population && { ...population, groups: population.groups.map(settle) };
  return { ...seen, before: all(seen.before), after: all(seen.after) };
}
