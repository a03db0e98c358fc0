/**
 * What the claims say: the contract (issuer, audience, algorithm, type) against what is expected, and
 * before against after. Pure; looks at no clock.
 *
 * @module
 */
import type { Settings } from '../../config/config.ts';
import type { Fact } from '../../model.ts';
import { isNearMiss } from '../provider/kin.ts';
import { isIssuedBy, quirkOf } from '../provider/quirks.ts';
import type { Slug } from './findings.ts';
import type { CredentialsSeen } from './observe.ts';
import type { Group } from './population.ts';
import { count, list, sum, tell } from './words.ts';

type Expect = Settings['expect'];

/** Facts about the contract between issuer and verifiers. Only JWTs carry one. */
export function* examineClaims(seen: CredentialsSeen, expect: Expect): Generator<Fact<Slug>> {
  const before = jwts(seen.before?.groups);
  const after = jwts(seen.after?.groups);
  const all = [...before, ...after];
  if (all.length === 0) return;
  yield* ofProblem(all, 'alg-none', 'alg-none', 'say alg none');
  yield* ofProblem(
    all,
    'kid-in-payload',
    'kid-in-payload',
    'have a kid in the payload and none in the header',
  );
  yield* expected([before, after], expect, seen.ring.issuer);
  if (before.length > 0 && after.length > 0) yield* changed(before, after);
}

function* ofProblem(
  groups: readonly Group[],
  problem: string,
  slug: Slug,
  words: string,
): Generator<Fact<Slug>> {
  const found = groups.filter((group) => group.problems.includes(problem));
  if (found.length > 0) yield { slug, detail: `${tell(sum(found), sum(groups), 'token')} ${words}` };
}

function* expected(
  generations: readonly (readonly Group[])[],
  expect: Expect,
  discovered: string | null,
): Generator<Fact<Slug>> {
  const all = generations.flat();
  const faults: Fact<Slug>[] = [];
  const issuer = expect.issuer ?? discovered ?? undefined;
  const source = expect.issuer === undefined ? 'the discovery document says' : 'verifiers expect';
  const checked: string[] = [];
  if (issuer !== undefined) {
    checked.push('issuer');
    const wrong =
      expect.issuer === undefined
        ? generations.flatMap((groups) => notIssuedBy(groups, issuer))
        : all.filter((group) => group.iss !== null && !isIssuedBy(group.iss, issuer, quirkOf(issuer)));
    if (wrong.length > 0)
      faults.push({
        slug: 'issuer-unexpected',
        detail: `${count(sum(wrong), 'token')} say iss ${list(values(wrong, issOf))}, ${source} ${list([issuer])}${slashWords(wrong, issuer)}`,
      });
  }
  if (expect.audience !== undefined) {
    checked.push('audience');
    const accepted = expect.audience;
    const wrong = all.filter((group) => !group.aud.some((aud) => accepted.includes(aud)));
    if (wrong.length > 0)
      faults.push({
        slug: 'audience-unexpected',
        detail: `${count(sum(wrong), 'token')} say aud ${list(values(wrong, audOf))}, verifiers expect ${list(accepted)}`,
      });
  }
  if (expect.algorithms !== undefined) {
    checked.push('algorithm');
    const accepted = expect.algorithms;
    const wrong = all.filter((group) => !accepted.includes(group.alg ?? ''));
    if (wrong.length > 0)
      faults.push({
        slug: 'algorithm-unexpected',
        detail: `${count(sum(wrong), 'token')} say alg ${list(values(wrong, algOf))}, verifiers accept ${list(accepted)}`,
      });
  }
  yield* faults;
  if (faults.length === 0 && checked.length > 0)
    yield {
      slug: 'claims-accepted',
      detail: `${checked.join(', ')} of ${sum(all) === 1 ? 'the token' : `all ${count(sum(all), 'token')}`} are as expected, byte for byte`,
    };
}

/**
 * Tokens that contradict a discovery document. Beside tokens that are its own, those of quite another issuer
 * are somebody else's: an app may trust several.
 */
function notIssuedBy(groups: readonly Group[], issuer: string): Group[] {
  const wrong = groups.filter(
    (group) => group.iss !== null && !isIssuedBy(group.iss, issuer, quirkOf(issuer)),
  );
  const own = groups.some((group) => group.iss !== null && !wrong.includes(group));
  return wrong.filter((group) => !own || isNearMiss(group.iss ?? '', issuer));
}

const CONTRACT = [
  ['issuer-changed', 'iss', issOf],
  ['audience-changed', 'aud', audOf],
  ['algorithm-changed', 'alg', algOf],
  ['type-changed', 'typ', typOf],
] as const satisfies readonly (readonly [Slug, string, (group: Group) => string | null])[];

function* changed(before: readonly Group[], after: readonly Group[]): Generator<Fact<Slug>> {
  let any = false;
  let compared = 0;
  for (const name of new Set(before.map((group) => group.name))) {
    const olds = before.filter((group) => group.name === name);
    const news = after.filter((group) => group.name === name);
    if (news.length === 0) continue;
    compared += sum(olds) + sum(news);
    for (const [slug, claim, get] of CONTRACT) {
      const old = values(olds, get);
      const fresh = values(news, get);
      // New values beside old ones may be a second client; only a value that replaced the others is a change.
      if (old.some((value) => fresh.includes(value))) continue;
      any = true;
      yield {
        slug,
        subject: name ?? undefined,
        detail: `${claim} was ${list(old)} before and is ${list(fresh)} after${slug === 'issuer-changed' ? slashWords(olds, fresh[0] ?? '') : ''}`,
      };
    }
  }
  if (!any && compared > 0)
    yield {
      slug: 'contract-unchanged',
      detail: `iss, aud, alg and typ of ${count(compared, 'token')} from before and after agree`,
    };
}

function jwts(groups: readonly Group[] | undefined): Group[] {
  return (groups ?? []).filter((group) => group.format === 'jws');
}

function issOf(group: Group): string | null {
  return group.iss;
}
function audOf(group: Group): string | null {
  return group.aud.length === 0 ? null : group.aud.join(' ');
}
function algOf(group: Group): string | null {
  return group.alg;
}
function typOf(group: Group): string | null {
  return group.typ?.toLowerCase() ?? null;
}

function values(groups: readonly Group[], get: (group: Group) => string | null): (string | null)[] {
  return [...new Set(groups.map(get))];
}

function slashWords(groups: readonly Group[], issuer: string): string {
  const bare = (text: string) => text.replace(/\/$/, '');
  const close = groups.some(
    (group) => group.iss !== null && group.iss !== issuer && bare(group.iss) === bare(issuer),
  );
  return close ? ': they differ in the trailing slash only' : '';
}
